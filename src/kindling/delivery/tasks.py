"""Background work of delivery: sync every half hour, guard every hour."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings

from kindling.clock import now
from kindling.delivery import guard as guarding
from kindling.delivery import protection
from kindling.delivery import sync as syncing
from kindling.delivery import watch as watching
from kindling.delivery.gmv_max import sync as gmv_max
from kindling.delivery.health import service as health
from kindling.delivery.stop_rules import run as running_rules
from kindling.errors import PlatformError
from kindling.facts import lake
from kindling.facts.schema import TABLES
from kindling.jobs import lease, outbox
from kindling.jobs.registry import JobRequest, registry, slot
from kindling.launches.service import READ_ADS_TASK
from kindling.workspaces.models import AdAccount, Workspace

# Reports run about half an hour behind (reference tiktok-api §11.3): asking more often shows nothing new.
SYNC_EVERY_SECONDS = 1800
GUARD_EVERY_SECONDS = 3600
TIDY_EVERY_SECONDS = 86_400
GMV_MAX_EVERY_SECONDS = (
    21_600  # its states follow an authorization within some 20 minutes (R77); nothing is urgent
)
RULES_TASK = "delivery.stop_rules"
JUDGE_TASK = "delivery.judge_running"
FOLLOWERS = (RULES_TASK, JUDGE_TASK)


@registry.task(protection.SYNC_TASK)
def sync(ad_account: int) -> None:
    account = AdAccount.objects.select_related("connection", "workspace").get(pk=ad_account)
    run = syncing.sync_account(account, at=now())
    _ask_followers(account.workspace_id, run.pk)
    if not run.is_complete:
        raise PlatformError(run.problem, can_retry=True)


def _ask_followers(workspace: int, run: int) -> None:
    """What is judged anew after each sync, whether it was complete or not: what is not known is told then."""
    for task in FOLLOWERS:
        outbox.ask(
            JobRequest(
                task,
                f"{task}-{workspace}-{run}",
                {"workspace": workspace},
                lane=f"{task}-{workspace}",
            )
        )


@registry.task(RULES_TASK)
def stop_rules(workspace: int) -> None:
    """Active rules look at the running ads."""
    running_rules.run(Workspace.objects.get(pk=workspace), now=now())


@registry.task(JUDGE_TASK)
def judge_running(workspace: int) -> None:
    """What Live says of learning and fatigue, and what First days says of young posts."""
    found, at = Workspace.objects.get(pk=workspace), now()
    health.judge(found, now=at)
    watching.judge(found, now=at)


@registry.task(READ_ADS_TASK)
def read_ads(ad_account: int) -> None:
    """Ads alone, without their reports: a plan that has just been applied stands on Live, not half an hour later."""
    account = AdAccount.objects.select_related("connection", "workspace").get(pk=ad_account)
    run = syncing.read_ads(account, at=now())
    if not run.is_complete:
        raise PlatformError(run.problem, can_retry=True)


@registry.task("delivery.gmv_max")
def read_gmv_max(ad_account: int) -> None:
    """What GMV Max uses. A reading that is not whole changes nothing and says so on its page."""
    account = AdAccount.objects.select_related("connection", "workspace").get(pk=ad_account)
    gmv_max.read(account, at=now())


@registry.due
def gmv_max_readings(moment: datetime) -> Iterator[JobRequest]:
    number = slot(moment, seconds=GMV_MAX_EVERY_SECONDS)
    for account in AdAccount.objects.filter(is_used=True):
        yield JobRequest(
            "delivery.gmv_max", f"gmv-max-{account.pk}-{number}", {"ad_account": account.pk}
        )


@registry.task("delivery.guard")
def guard(workspace: int) -> None:
    guarding.guard(Workspace.objects.get(pk=workspace), now=now())


@registry.due
def syncs(moment: datetime) -> Iterator[JobRequest]:
    number = slot(moment, seconds=SYNC_EVERY_SECONDS)
    for account in AdAccount.objects.filter(is_used=True):
        yield JobRequest(
            "delivery.sync",
            f"sync-{account.pk}-{number}",
            {"ad_account": account.pk},
            lane=lease.of_account(account.pk),
        )


@registry.due
def guards(moment: datetime) -> Iterator[JobRequest]:
    number = slot(moment, seconds=GUARD_EVERY_SECONDS)
    for workspace in Workspace.objects.filter(ad_accounts__is_used=True).distinct():
        yield JobRequest(
            "delivery.guard",
            f"guard-{workspace.pk}-{number}",
            {"workspace": workspace.pk},
            lane=f"guard-{workspace.pk}",
        )


@registry.task("delivery.tidy_lake")
def tidy_lake() -> None:
    """Merge the lake's small files: every sync writes some."""
    for table in TABLES:
        lake.tidy(table)


@registry.task("delivery.forget_runs")
def forget_runs() -> None:
    """Drop the records of old syncs: two come every half hour, of every ad account."""
    syncing.forget_runs(before=now() - timedelta(days=settings.KINDLING_RECORD_DAYS))


@registry.due
def tidyings(moment: datetime) -> Iterator[JobRequest]:
    number = slot(moment, seconds=TIDY_EVERY_SECONDS)
    yield JobRequest("delivery.tidy_lake", f"tidy-lake-{number}")
    yield JobRequest("delivery.forget_runs", f"forget-runs-{number}")
