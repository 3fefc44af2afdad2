"""Does what a worker or a person does, each in a process of its own, some of them killed on the way.

Reads one JSON line per hour: a list of `{"act", "items", "codes", "seed", "after", "dies_after"}`. items: the posts
that may be launched; codes: new ones of them to take in; times in seconds from the hour's start, `dies_after` null
for a process that lives. All are started at once; the answer is one JSON line with an `{"act", "exit", "told"}`
each. It loads Django once and forks, so that thousands of processes and deaths cost little. Only the length of the
lease and the client's waits are shortened. Run by test_guard_in_any_order.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sys
import threading
import traceback
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import django

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ["DJANGO_SETTINGS_MODULE"] = "kindling.settings"
django.setup()

from sample_team import Team  # noqa: E402 (models need Django to be set up)

from kindling.agreements.models import UsageRight  # noqa: E402 (see above)
from kindling.authorizations import tasks as authorizations  # noqa: E402 (see above)
from kindling.delivery import resume as resuming  # noqa: E402 (see above)
from kindling.delivery import tasks as delivery  # noqa: E402 (see above)
from kindling.delivery.models import Ad  # noqa: E402 (see above)
from kindling.errors import KindlingError  # noqa: E402 (see above)
from kindling.jobs import lease  # noqa: E402 (see above)
from kindling.launches.models import Plan  # noqa: E402 (see above)
from kindling.launches.sending import apply as applying  # noqa: E402 (see above)
from kindling.posts.models import Post  # noqa: E402 (see above)
from kindling.workspaces import service as workspaces  # noqa: E402 (see above)
from kindling.workspaces import tiktok  # noqa: E402 (see above)
from kindling.workspaces.models import Member, Role, Workspace  # noqa: E402 (see above)
from tiktok_business import Retry  # noqa: E402 (see above)

RIGHT_DAYS = (0.5, 1.2, 2.0, 20.0, 90.0)


def the_team() -> Team:
    """The sample team as its rows tell it; the sandbox is asked only through the platform here."""
    workspace = Workspace.objects.get()
    people = {
        member.role: workspaces.actor_for(member.user, workspace.slug)
        for member in Member.objects.select_related("user")
    }
    return Team(
        sandbox=cast("Any", None), stages=cast("Any", None), workspace=workspace,
        owner=people[Role.OWNER], manager=people[Role.CREATOR_MANAGER],
        buyer=people[Role.MEDIA_BUYER], finance=people[Role.FINANCE],
        account=next(each for each in workspaces.ad_accounts(workspace) if each.currency == "USD"),
    )  # fmt: skip


# --- What happens in an hour ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hour:
    """Who acts, on which posts, with which luck."""

    team: Team
    items: list[str]
    codes: list[str]
    chance: random.Random

    def sync(self) -> None:
        delivery.sync(self.team.account.pk)

    def guard(self) -> None:
        delivery.guard(self.team.workspace.pk)

    def read(self) -> None:
        authorizations.read(self.team.workspace.pk)

    def sweep(self) -> None:
        authorizations.sweep(self.team.workspace.pk)

    def right(self) -> None:
        """What was agreed for a post is lengthened or cut."""
        ends_at = self.team.now + timedelta(days=self.chance.choice(RIGHT_DAYS))
        UsageRight.objects.filter(item_id=self.chance.choice(self.items)).update(ends_at=ends_at)

    def paste(self) -> None:
        """New codes that creators made for posts whose last one is over or withdrawn."""
        if self.codes:
            self.team.paste(*self.codes)

    def resume(self) -> None:
        for held in resuming.stopped(self.team.workspace)[:1]:
            ad = Ad.objects.select_related("post", "adgroup", "ad_account__connection")
            resuming.resume(self.team.buyer, ad.get(pk=held.ad_id), at=self.team.now)

    def apply(self) -> None:
        """A plan that a dead process left is gone on with; else one more post goes live."""
        left = Plan.objects.filter(state=Plan.State.APPLYING).first()
        if left is not None:
            applying.run(left.pk)
            return
        launched = set(Ad.objects.values_list("item_id", flat=True))
        spare = [each for each in self.items if each not in launched]
        if spare:
            post = Post.objects.get(item_id=self.chance.choice(spare))
            self.team.apply(self.team.approved([post], days=self.chance.choice([2, 3, 6])))


# --- Processes ------------------------------------------------------------------------------------------------------


def act(order: dict[str, Any], answer: int) -> None:
    threading.Event().wait(order["after"])
    try:
        hour = Hour(the_team(), order["items"], order["codes"], random.Random(order["seed"]))
        getattr(hour, order["act"])()
        os.write(answer, b"done")
    except KindlingError as error:
        os.write(answer, f"{type(error).__name__}: {error}".encode()[:4000])


def start(order: dict[str, Any]) -> tuple[int, int]:
    """A process that does it. Returns its number and where it tells how it went."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child:
        os.close(theirs)
        return child, ours
    os.close(ours)
    try:
        act(order, theirs)
    except BaseException:
        os.write(theirs, traceback.format_exc()[-4000:].encode())
        os._exit(1)
    os._exit(0)


def kill(process: int) -> None:
    with contextlib.suppress(ProcessLookupError):  # it was done before
        os.kill(process, signal.SIGKILL)


def run(orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
    processes = [start(order) for order in orders]
    deaths = [
        threading.Timer(order["dies_after"], kill, [process])
        for order, (process, _) in zip(orders, processes, strict=True)
        if order["dies_after"] is not None
    ]
    for death in deaths:
        death.start()
    answers = []
    for order, (process, pipe) in zip(orders, processes, strict=True):
        with os.fdopen(pipe, "rb") as told:
            said = told.read().decode(errors="replace")
        # Not reaped before its death is called off: its number could be another's by then.
        os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)
        answers.append({"act": order["act"], "told": said})
    for death in deaths:
        death.cancel()
        death.join()
    for answer, (process, _) in zip(answers, processes, strict=True):
        _, status = os.waitpid(process, 0)
        answer["exit"] = os.waitstatus_to_exitcode(status)
    return answers


def serve() -> None:
    lease.LENGTH = timedelta(seconds=1)
    brief = Retry(first_wait=timedelta(milliseconds=5), longest_wait=timedelta(milliseconds=20))
    tiktok.Retry = lambda: brief
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)  # noqa: T201 (the answer)


if __name__ == "__main__":
    serve()
