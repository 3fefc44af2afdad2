"""Background work of launches: apply a plan, check what runs, look for duplicates and changes, read music and pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from kindling.clock import now
from kindling.jobs import lease
from kindling.jobs.registry import JobRequest, registry, resume_slot, slot
from kindling.launches import service
from kindling.launches.checks import in_flight, pages_of_posts
from kindling.launches.planning import readiness
from kindling.launches.sending import apply as applying
from kindling.launches.sending import drift, lookups
from kindling.workspaces.models import Workspace

HOUR_SECONDS = 3_600
DAY_SECONDS = 86_400
MUSIC_EVERY_SECONDS = 900
COMPARED_EVERY_SECONDS = 21_600


@registry.task(service.APPLY_TASK)
def apply(plan: int) -> None:
    applying.run(plan)


@registry.task("launches.strays")
def strays(plan: int) -> None:
    lookups.look_for_strays(service.find_plan_by_pk(plan), at=now())


@registry.task("launches.compare")
def compare(plan: int) -> None:
    drift.tell(service.find_plan_by_pk(plan), at=now())


@registry.due
def comparisons(moment: datetime) -> Iterator[JobRequest]:
    """Every six hours, for the plans that are in flight: what was changed at TikTok since they were approved."""
    number = slot(moment, seconds=COMPARED_EVERY_SECONDS)
    for row in drift.in_flight(at=moment):
        lane = lease.of_account(row.ad_account_id)
        yield JobRequest("launches.compare", f"compare-{row.pk}-{number}", {"plan": row.pk}, lane)


@registry.task(service.MUSIC_TASK)
def read_music(workspace: int) -> None:
    readiness.read_music(Workspace.objects.get(pk=workspace), now=now())


@registry.due
def music_readings(moment: datetime) -> Iterator[JobRequest]:
    """Every quarter of an hour, for workspaces with an ad account: mostly nothing is due, and nothing is asked."""
    number = slot(moment, seconds=MUSIC_EVERY_SECONDS)
    for workspace in Workspace.objects.filter(ad_accounts__is_used=True).distinct():
        yield JobRequest(
            service.MUSIC_TASK,
            f"music-{workspace.pk}-{number}",
            {"workspace": workspace.pk},
            lane=f"workspace-{workspace.pk}",
        )


@registry.task("launches.check_in_flight")
def check_in_flight(plan: int) -> None:
    in_flight.check_running(service.find_plan_by_pk(plan), now=now())


@registry.task("launches.read_pages")
def read_pages(workspace: int) -> None:
    pages_of_posts.read_stale(Workspace.objects.get(pk=workspace), now=now())


@registry.due
def checks_in_flight(moment: datetime) -> Iterator[JobRequest]:
    """Once a day for every plan with an ad that runs."""
    number = slot(moment, seconds=DAY_SECONDS)
    for row in in_flight.plans_to_check(now=moment):
        yield JobRequest(
            "launches.check_in_flight", f"in-flight-{row.pk}-{number}", {"plan": row.pk},
            lane=lease.of_account(row.ad_account_id),
        )  # fmt: skip


@registry.due
def page_readings(moment: datetime) -> Iterator[JobRequest]:
    """Every hour, so that Inventory knows the pages of posts that may run: mostly none is due."""
    number = slot(moment, seconds=HOUR_SECONDS)
    for workspace in Workspace.objects.filter(ad_accounts__is_used=True).distinct():
        yield JobRequest(
            "launches.read_pages", f"pages-{workspace.pk}-{number}", {"workspace": workspace.pk},
            lane=f"pages-{workspace.pk}",
        )  # fmt: skip


@registry.due
def stranded_plans(moment: datetime) -> Iterator[JobRequest]:
    """Plans being applied that nobody works on."""
    number = resume_slot()
    for row in applying.stranded():
        lane = lease.of_account(row.ad_account_id)
        yield JobRequest(
            service.APPLY_TASK, f"apply-{row.pk}-resume-{number}", {"plan": row.pk}, lane
        )


@registry.due
def stray_looks(moment: datetime) -> Iterator[JobRequest]:
    """Every hour of the first day, for plans in which something was sent more than once."""
    number = slot(moment, seconds=HOUR_SECONDS)
    for row in lookups.plans_to_look_at(at=moment):
        lane = lease.of_account(row.ad_account_id)
        yield JobRequest("launches.strays", f"strays-{row.pk}-{number}", {"plan": row.pk}, lane)
