"""Applies plans in processes that die by SIGKILL at a chosen step. Run by test_apply_exactly_once.

Reads lines "PLAN STEP" (step 0: never die) and answers each with one JSON line. It loads Django once and
forks for every line, so that hundreds of true deaths cost little. Only the length of the lease is shortened.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "kindling.settings"
django.setup()

from kindling.jobs import lease  # noqa: E402 (models need Django to be set up)
from kindling.launches.sending import apply as applying  # noqa: E402 (see above
from kindling.workspaces import tiktok  # noqa: E402 (see above)


class Steps:
    """Counts the steps of an apply and dies at one of them."""

    def __init__(self, die_at: int, answer: int) -> None:
        self.die_at, self.answer, self.count = die_at, answer, 0

    def pass_by(self, name: str) -> None:
        self.count += 1
        if self.count == self.die_at:
            os.write(self.answer, name.encode())
            os.kill(os.getpid(), signal.SIGKILL)

    def after(self, call: Callable[..., Any], name: str) -> Callable[..., Any]:
        """The call with a step after it."""

        def stepping(*args: Any, **kwargs: Any) -> Any:
            result = call(*args, **kwargs)
            self.pass_by(f"after {name}")
            return result

        return stepping


def watch(steps: Steps) -> None:
    """A step after everything that lasts: each call to TikTok, each noted row, the parts of the closing.

    Between two of them nothing lasting happens, so these are all the states a death can leave behind.
    """
    tiktok.ask = steps.after(tiktok.ask, "a call to TikTok")
    applying._note = steps.after(applying._note, "a noted object")
    applying.record = steps.after(applying.record, "the audit entry")
    applying._close = steps.after(applying._close, "closing the plan")


def apply(plan: int, die_at: int, answer: int) -> None:
    steps = Steps(die_at, answer)
    watch(steps)
    steps.pass_by("at the start")
    applying.run(plan)
    os.write(answer, f"{steps.count}".encode())


def serve() -> None:
    lease.LENGTH = timedelta(seconds=0.4)
    for line in sys.stdin:
        plan, die_at = (int(word) for word in line.split())
        ours, theirs = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(ours)
            try:
                apply(plan, die_at, theirs)
            except BaseException as error:
                os.write(theirs, repr(error).encode())
                os._exit(1)
            os._exit(0)
        os.close(theirs)
        _, status = os.waitpid(child, 0)
        told = os.read(ours, 4096).decode()
        os.close(ours)
        print(json.dumps({"exit": os.waitstatus_to_exitcode(status), "told": told}), flush=True)  # noqa: T201 (the answer)


if __name__ == "__main__":
    serve()
