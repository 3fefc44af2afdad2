"""Background work of authorizations: take codes in, keep reading what TikTok says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from kindling.authorizations.codes import intake as intakes
from kindling.authorizations.lifecycle import daily as sweeping
from kindling.authorizations.lifecycle import polling
from kindling.authorizations.models import CODED, Authorization, Intake
from kindling.authorizations.requests import ask as requests
from kindling.authorizations.requests import lead_times, renewals
from kindling.clock import now
from kindling.errors import PlatformError
from kindling.jobs import lease
from kindling.jobs.registry import JobRequest, registry, resume_slot, slot
from kindling.workspaces import service as workspaces
from kindling.workspaces import tiktok
from kindling.workspaces.models import Workspace

# How often the worker asks which permissions want reading; which they are is `rules.poll_every`.
LOOK_EVERY_SECONDS = 600
READ_ALL_EVERY_SECONDS = 6 * 3600
SWEEP_EVERY_SECONDS = 6 * 3600
START_WAITING_EVERY_SECONDS = 60


@registry.task(intakes.TASK)
def take_in(intake: int) -> None:
    intakes.process_batch(intake)


@registry.task("authorizations.start_waiting")
def start_waiting(workspace: int) -> None:
    """Codes that were added before any ad account was connected."""
    intakes.start_waiting(Workspace.objects.get(pk=workspace))


@registry.task(polling.READ_TASK)
def read(workspace: int) -> None:
    """Everything: posts, links, every binding. Twice a day, and the first time."""
    found = Workspace.objects.get(pk=workspace)
    requests.read_tiktok_one(found, at=now())
    _raise_if_any(polling.read_platform(found, at=now()))


@registry.task("authorizations.read_due")
def read_due(workspace: int) -> None:
    """Only what its own cadence asks for: hourly on a permission's last day (§3)."""
    problems = []
    accounts = workspaces.ad_accounts(Workspace.objects.get(pk=workspace))
    with tiktok.sessions(accounts):
        for account in accounts:
            try:
                polling.poll_due(account, at=now())
            except PlatformError as error:
                problems.append(f"{account.name}: {error}")
    _raise_if_any(problems)


@registry.task("authorizations.sweep")
def sweep(workspace: int) -> None:
    found, at = Workspace.objects.get(pk=workspace), now()
    sweeping.sweep(found, now=at)
    requests.remind(found, now=at)
    lead_times.open_due(found, now=at)
    renewals.remind(found, now=at)
    lead_times.remind_to_renew(found, now=at)


def _raise_if_any(problems: list[str]) -> None:
    if problems:
        # Raised so that the job shows as failed; what could be read is written down already.
        raise PlatformError(" ".join(problems), can_retry=True)


@registry.due
def readings(moment: datetime) -> Iterator[JobRequest]:
    whole = slot(moment, seconds=READ_ALL_EVERY_SECONDS)
    some = slot(moment, seconds=LOOK_EVERY_SECONDS)
    for workspace in Workspace.objects.filter(ad_accounts__is_used=True).distinct():
        lane = f"workspace-{workspace.pk}"
        yield JobRequest(
            "authorizations.read",
            f"read-{workspace.pk}-{whole}",
            {"workspace": workspace.pk},
            lane=lane,
        )
        if _is_due(workspace, moment):
            yield JobRequest(
                "authorizations.read_due",
                f"read-due-{workspace.pk}-{some}",
                {"workspace": workspace.pk},
                lane=lane,
            )


@registry.due
def waiting_codes(moment: datetime) -> Iterator[JobRequest]:
    """Workspaces whose codes wait, and that have an ad account now."""
    number = slot(moment, seconds=START_WAITING_EVERY_SECONDS)
    waits = Intake.objects.filter(ad_account=None).values("workspace")
    for workspace in Workspace.objects.filter(pk__in=waits, ad_accounts__is_used=True).distinct():
        yield JobRequest(
            "authorizations.start_waiting",
            f"start-waiting-{workspace.pk}-{number}",
            {"workspace": workspace.pk},
            lane=f"workspace-{workspace.pk}",
        )


@registry.due
def stranded_codes(moment: datetime) -> Iterator[JobRequest]:
    """Batches under way that nobody works on."""
    number = resume_slot()
    for intake in intakes.stranded():
        yield JobRequest(
            intakes.TASK,
            f"intake-{intake.pk}-resume-{number}",
            {"intake": intake.pk},
            lane=lease.of_account(intake.ad_account_id),
        )


def _is_due(workspace: Workspace, moment: datetime) -> bool:
    rows = Authorization.objects.filter(workspace=workspace, kind__in=CODED)
    return rows.filter(next_read_at__lte=moment).exists()


@registry.due
def sweeps(moment: datetime) -> Iterator[JobRequest]:
    number = slot(moment, seconds=SWEEP_EVERY_SECONDS)
    for workspace in Workspace.objects.all():
        yield JobRequest(
            "authorizations.sweep",
            f"sweep-{workspace.pk}-{number}",
            {"workspace": workspace.pk},
            lane=f"workspace-{workspace.pk}",
        )
