"""Random hours of sync, guard, readings, launches, renewals, creators who change their mind, lost replies and deaths.

What happens in an hour happens at once, each act in a process of its own, and some of them are killed
(`acting_processes.py`). Two seeds run with the slow tests; `make soak SEEDS=200` runs many. What a creator or TikTok
does is the sandbox's truth, what was agreed is the platform's: neither is asked through the code under test.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from sample_team import Team

from kindling.agreements.models import UsageRight
from kindling.delivery.models import Ad, Pause
from kindling.kit.time import parse_instant
from kindling.launches.models import EndChange, PlannedObject
from tiktok_sandbox.server import SandboxError

pytestmark = pytest.mark.slow
SEEDS = int(os.environ.get("SOAK_SEEDS", "2"))
TALLY = Path(__file__).parents[3] / ".pytest_cache"
HERE = Path(__file__).parent
HOURS = 30
HOUR = timedelta(hours=1)
ACTS = ("sync", "read", "sweep", "right", "paste", "resume", "apply")
CREATORS_ACTS: tuple[tuple[str, dict[str, int]], ...] = (
    ("extend", {"days": 7}), ("extend", {"days": 7}), ("extend", {"days": 30}), ("revoke", {}), ("delete", {}),
)  # fmt: skip
DEATHS = 0.15  # of the processes
FAULTS = (
    ("error", "/tt_video/list/", {"code": 50000}),
    ("error", "/ad/status/update/", {"code": 50000}),
    ("drop_reply", "/ad/status/update/", {}),
    ("drop_reply", "/adgroup/update/", {}),
    ("error", "/ad/get/", {"code": 50000}),
)


@dataclass(frozen=True)
class Processes:
    """What starts them (acting_processes.py)."""

    server: subprocess.Popen[str]

    def start(self, orders: list[dict[str, Any]]) -> None:
        assert self.server.stdin is not None
        self.server.stdin.write(json.dumps(orders) + "\n")
        self.server.stdin.flush()

    def end(self) -> list[dict[str, Any]]:
        """How each of them went, once the last has ended."""
        assert self.server.stdout is not None
        answers: list[dict[str, Any]] = json.loads(self.server.stdout.readline())
        return answers


@pytest.fixture(scope="module")
def processes(_server: Any, _databases: Any) -> Iterator[Processes]:
    env = os.environ | {
        "KINDLING_DATA_DIR": str(settings.DATA_DIR),
        "KINDLING_CLOCK": _server.url,
        "KINDLING_LOG_LEVEL": "CRITICAL",
    }
    with subprocess.Popen(
        [sys.executable, str(HERE / "acting_processes.py")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env,
    ) as server:  # fmt: skip
        yield Processes(server)
        assert server.stdin is not None
        server.stdin.close()


@dataclass(frozen=True)
class Known:
    """What is true at a moment: TikTok's and the creators' side from the sandbox, what was agreed from the rows."""

    truth: dict[str, Any]
    rights: dict[str, datetime]

    def stop_by(self, item_id: str) -> datetime:
        """The true last moment: the code's end at TikTok and the right's, less the margin of a day."""
        ends = (parse_instant(self._code(item_id)["auth_end"]), self.rights[item_id])
        return min(ends) - timedelta(days=1)

    def may_run(self, item_id: str, at: datetime) -> bool:
        post = next(row for row in self.truth["posts"] if row["item_id"] == item_id)
        is_lost = self._code(item_id)["deleted_at"] is not None or "DELETE" in post["status"]
        return not is_lost and at < self.stop_by(item_id)

    def _code(self, item_id: str) -> dict[str, Any]:
        return [row for row in self.truth["authorizations"] if row["item_id"] == item_id][-1]


@dataclass
class Hours:
    """One random walk.

    items : the posts that may be launched; seen : stops already looked at
    done : what happened, for the message of a failure
    was_disturbed : calls failed in this hour, so a stop may be an hour late
    """

    team: Team
    processes: Processes
    items: list[str]
    chance: random.Random
    seen: set[int] = field(default_factory=set)
    done: list[str] = field(default_factory=list)
    tally: Counter[str] = field(default_factory=Counter)
    was_disturbed: bool = False

    def walk(self) -> None:
        for _ in range(HOURS):
            self.team.sandbox.advance(hours=1)
            self._disturb()
            before = self._known()
            self._act()
            self._look(before, self._known())
        self.tally["hours"] += HOURS
        self.tally["ads"] += Ad.objects.count()
        self.tally["ends set"] += EndChange.objects.filter(state="done").count()

    # --- What happens ---------------------------------------------------------------------------------------------

    def _disturb(self) -> None:
        self.team.sandbox.delete("faults/")
        self.was_disturbed = self.chance.random() < 0.2
        if self.was_disturbed:
            kind, path, more = self.chance.choice(FAULTS)
            self.team.fault(kind, path, times=self.chance.randint(1, 8), **more)
            self.done.append(f"{kind} {path}")

    def _act(self) -> None:
        """Some acts and the guard at once; a guard that died is followed by another worker's."""
        acts = [*self.chance.sample(ACTS, self.chance.randint(0, 4)), "guard"]
        codes = self._new_codes() if "paste" in acts else []
        orders = [self._order(act, codes=codes) for act in acts]
        self.done.append(str([(each["act"], each["dies_after"] is not None) for each in orders]))
        self.processes.start(orders)
        if self.chance.random() < 0.4:
            time.sleep(self.chance.uniform(0, 0.3))
            self._creator()
        if self._end()["guard"] != 0:
            self.processes.start([self._order("guard", dies_after=None)])
            assert self._end() == {"guard": 0}

    def _order(self, act: str, **more: object) -> dict[str, Any]:
        dies = self.chance.random() < DEATHS
        return {
            "act": act,
            "items": self.items,
            "codes": [],
            "seed": self.chance.random(),
            "after": self.chance.uniform(0, 0.2),
            "dies_after": self.chance.uniform(0.1, 0.6) if dies else None,
            **more,
        }

    def _end(self) -> dict[str, int]:
        """How each process ended: 0, or -9 where it was killed. Only those killed may end otherwise than done."""
        ended = {}
        for answer in self.processes.end():
            act, told = answer["act"], answer["told"]
            ended[act] = answer["exit"]
            self.tally[f"{act}, killed" if answer["exit"] else act] += 1
            assert answer["exit"] in {0, -9}, f"{act}: {told}; {self.done}"
            if act == "guard" and not answer["exit"] and not self.was_disturbed:
                assert told == "done", (told, self.done)
        return ended

    def _creator(self) -> None:
        item_id = self.chance.choice(self.items)
        act, given = self.chance.choice(CREATORS_ACTS)
        self.done.append(f"{act} {item_id}")
        self.tally[act] += 1
        with contextlib.suppress(SandboxError):  # a post that is gone can do nothing more
            self.team.sandbox.phone(f"posts/{item_id}/{act}/", given)

    def _new_codes(self) -> list[str]:
        """Creators make a new code for what is over or withdrawn, where TikTok lets them."""
        found = []
        for item_id in self.items:
            with contextlib.suppress(SandboxError):
                found.append(self.team.code(item_id, days=7))
        return found

    def _known(self) -> Known:
        rights = {
            right.item_id: min(filter(None, [right.ends_at, right.hold_until]))
            for right in UsageRight.objects.all()
        }
        return Known(self.team.truth(), rights)

    # --- What must hold -------------------------------------------------------------------------------------------

    def _look(self, before: Known, after: Known) -> None:
        """before, after : what was true when the hour's acts began and when the last had ended."""
        now = self.team.now
        for pause in Pause.objects.exclude(pk__in=self.seen).select_related("ad"):
            self.seen.add(pause.pk)
            self.tally["stops"] += 1
            assert pause.reason, self.done
            assert pause.evidence, self.done
            item_id = pause.ad.item_id
            assert not (before.may_run(item_id, now) and after.may_run(item_id, now)), (
                f"{pause.ad.ad_id} was stopped and truth permits it: {pause.reason}; {self.done}"
            )
        if self.was_disturbed:
            return  # a stop may wait for the next hour
        for ad in after.truth["ads"]:
            late = now - HOUR
            is_over = all(late >= known.stop_by(ad["item_id"]) for known in (before, after))
            assert not (ad["delivering"] and is_over), (
                f"{ad['ad_id']} delivers past its stop-by time; {self.done}"
            )
        self._look_for_stops_that_nobody_explains()

    def _look_for_stops_that_nobody_explains(self) -> None:
        live = PlannedObject.objects.filter(kind="ad", state="enabled", stopped_at=None)
        launched = set(live.values_list("external_id", flat=True))
        for ad in self.team.held("ad"):
            is_off = ad["operation_status"] == "DISABLE"
            assert not (is_off and ad["ad_id"] in launched), (
                f"{ad['ad_id']} is off and no stop is on record; {self.done}"
            )


@pytest.mark.parametrize("seed", range(SEEDS))
def test_no_permitted_ad_is_stopped_and_none_runs_past_its_stop_by_time(
    team: Team, processes: Processes, seed: int
) -> None:
    team.sandbox.advance(days=9)  # more posts
    posts = team.launchable(5, days=7)
    plan = team.apply(team.approved(posts[:2]))
    assert plan.state == "applied"
    team.read()
    hours = Hours(team, processes, [post.item_id for post in posts], random.Random(seed))
    hours.walk()
    with (TALLY / "guard-in-any-order.jsonl").open("a") as kept:
        kept.write(json.dumps({"seed": seed, **hours.tally}) + "\n")
