"""Random hours of sync, guard, launches, creators who change their mind and lost replies: what the guard promises.

Two seeds run with the slow tests; `make soak SEEDS=200` runs many. What a creator or TikTok does is the sandbox's
truth, what was agreed is the platform's: neither is asked through the code under test.
"""

from __future__ import annotations

import contextlib
import os
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sample_team import Team

from kindling.agreements.models import UsageRight
from kindling.authorizations.lifecycle import polling
from kindling.delivery import guard, resume, sync
from kindling.delivery.models import Ad, Pause
from kindling.errors import KindlingError, PlatformError
from kindling.kit.time import parse_instant
from kindling.posts.models import Post
from tiktok_sandbox.server import SandboxError

pytestmark = pytest.mark.slow
SEEDS = int(os.environ.get("SOAK_SEEDS", "2"))
HOURS = 30
HOUR = timedelta(hours=1)
FAULTS = (
    ("error", "/tt_video/list/", {"code": 50000}),
    ("error", "/ad/status/update/", {"code": 50000}),
    ("drop_reply", "/ad/status/update/", {}),
    ("drop_reply", "/adgroup/update/", {}),
    ("error", "/ad/get/", {"code": 50000}),
)


@dataclass
class Hours:
    """One random walk.

    seen : stops already looked at; done : what happened, for the message of a failure
    was_disturbed : calls failed in this hour, so a stop may be an hour late
    """

    team: Team
    chance: random.Random
    seen: set[int] = field(default_factory=set)
    done: list[str] = field(default_factory=list)
    was_disturbed: bool = False

    def walk(self) -> None:
        for _ in range(HOURS):
            self.team.sandbox.advance(hours=1)
            self._disturb()
            for act in self.chance.sample(
                [self._sync, self._read, self._creator, self._right, self._resume, self._apply],
                self.chance.randint(0, 3),
            ):
                self.done.append(act.__name__)
                act()
            self._guard()
            self._look()

    # --- What happens ---------------------------------------------------------------------------------------------

    def _disturb(self) -> None:
        self.team.sandbox.delete("faults/")
        self.was_disturbed = self.chance.random() < 0.2
        if self.was_disturbed:
            kind, path, more = self.chance.choice(FAULTS)
            self.team.fault(kind, path, times=self.chance.randint(1, 8), **more)

    def _sync(self) -> None:
        sync.sync_account(self.team.account, at=self.team.now)

    def _read(self) -> None:
        polling.read_platform(self.team.workspace, at=self.team.now)

    def _creator(self) -> None:
        item_id = self.chance.choice(self._items())
        act, given = self.chance.choice(
            [("extend", {"days": 7}), ("extend", {"days": 30}), ("revoke", {}), ("delete", {})]
        )
        with contextlib.suppress(SandboxError):  # a post that is gone can do nothing more
            self.team.sandbox.phone(f"posts/{item_id}/{act}/", given)

    def _right(self) -> None:
        days = self.chance.choice([0.5, 1.2, 2.0, 20.0, 90.0])
        UsageRight.objects.filter(item_id=self.chance.choice(self._items())).update(
            ends_at=self.team.now + timedelta(days=days)
        )

    def _resume(self) -> None:
        for held in resume.stopped(self.team.workspace)[:1]:
            ad = Ad.objects.select_related("post", "adgroup", "ad_account__connection").get(
                pk=held.ad_id
            )
            try:
                resume.resume(self.team.buyer, ad, at=self.team.now)
            except KindlingError:
                continue  # what stands against it is said; the checks below look at the outcome

    def _apply(self) -> None:
        """One more post goes live, if anything is left that may."""
        spare = Post.objects.filter(
            workspace=self.team.workspace, authorizations__kind="code"
        ).exclude(item_id__in=self._items())
        try:
            for post in spare.select_related("creator").order_by("item_id")[:1]:
                self.team.apply(self.team.approved([post], days=6))
        except KindlingError:
            return  # preflight, or TikTok in a disturbed hour, said no

    def _guard(self) -> None:
        try:
            guard.guard(self.team.workspace, now=self.team.now)
        except PlatformError:
            assert self.was_disturbed

    def _items(self) -> list[str]:
        return sorted(set(Ad.objects.values_list("item_id", flat=True)))

    # --- What must hold -------------------------------------------------------------------------------------------

    def _look(self) -> None:
        truth, now = self.team.truth(), self.team.now
        for pause in Pause.objects.exclude(pk__in=self.seen).select_related("ad"):
            self.seen.add(pause.pk)
            assert pause.reason, self.done
            assert pause.evidence, self.done
            assert self._may_not_run(truth, pause.ad.item_id, now), (
                f"{pause.ad.ad_id} was stopped and truth permits it: {pause.reason}; {self.done}"
            )
        if self.was_disturbed:
            return  # a stop may wait for the next hour
        for ad in truth["ads"]:
            late = now - HOUR
            assert not (ad["delivering"] and self._is_over(truth, ad["item_id"], late)), (
                f"{ad['ad_id']} delivers past its stop-by time; {self.done}"
            )

    def _stop_by(self, truth: Any, item_id: str) -> datetime:
        """The true last moment: the code's end at TikTok and the right on record, less the margin of a day."""
        code = [row for row in truth["authorizations"] if row["item_id"] == item_id][-1]
        right = UsageRight.objects.get(item_id=item_id)
        ends = [parse_instant(code["auth_end"]), right.ends_at, right.hold_until]
        return min(each for each in ends if each) - timedelta(days=1)

    def _is_over(self, truth: Any, item_id: str, now: datetime) -> bool:
        return now >= self._stop_by(truth, item_id)

    def _may_not_run(self, truth: Any, item_id: str, now: datetime) -> bool:
        code = [row for row in truth["authorizations"] if row["item_id"] == item_id][-1]
        post = next(row for row in truth["posts"] if row["item_id"] == item_id)
        is_lost = code["deleted_at"] is not None or "DELETE" in post["status"]
        return is_lost or self._is_over(truth, item_id, now)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_no_permitted_ad_is_stopped_and_none_runs_past_its_stop_by_time(
    team: Team, seed: int
) -> None:
    chance = random.Random(seed)
    plan = team.apply(team.approved(team.launchable(3, days=7)))
    assert plan.state == "applied"
    team.read()
    Hours(team, chance).walk()
