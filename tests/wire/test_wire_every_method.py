"""Every method that TikTok's own SDK has for an endpoint of ours works, unmodified."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sdk_journey import Journey, sdk_methods

from tiktok_sandbox.server import SandboxServer


@pytest.fixture(scope="module")
def journey() -> Iterator[Journey]:
    with SandboxServer(seed=7, clock="manual") as sandbox:
        made = Journey(sandbox)
        yield made.walk()
        made.close()


@pytest.mark.parametrize("path", sorted(sdk_methods()))
def test_every_method_of_the_sdk_gets_its_answer(journey: Journey, path: str) -> None:
    assert path not in journey.failed, journey.failed[path]
    assert path in journey.done, f"add a call of {path} to sdk_journey.py; {journey.failed}"


@pytest.mark.slow
def test_the_sdk_covers_most_of_the_ads_side() -> None:
    assert len(sdk_methods()) >= 85
