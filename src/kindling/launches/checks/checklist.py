"""All preflight checks, and asking them. Pure.

Adding one: write a function `Launch -> Answer` in the module of its subject, under `@check(number, title, level)`, and
run `python docs/generate.py`, which writes docs/reference/preflight.md.
"""

from __future__ import annotations

from kindling.launches.checks import (  # noqa: F401 (each puts its checks into CHECKS)
    evidence,
    landing,
    money,
    permission,
    post,
    review,
    rights,
)
from kindling.launches.checks.rules import CHECKS, Launch, Result, answered

__all__ = ["CHECKS", "run"]


def run(launch: Launch) -> list[Result]:
    """Every check's result for one post, in the order of their numbers."""
    return [answered(known, launch, known.ask(launch)) for known in CHECKS]
