"""What a workspace decides: shown, checked, changed and recorded in one place, for page, API and command line.

A setting is here when code reads it. What an area on the right knows of them is told when it starts: whether money is
booked (`book_check`), and what is the same for every workspace (`fix`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction

from kindling.errors import ConflictError, InvalidInputError
from kindling.jobs import outbox
from kindling.jobs.registry import JobRequest
from kindling.kit.money import from_minor, parse_amount, to_minor
from kindling.workspaces.models import Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, check_again, record

MOST_MARGIN_HOURS = (
    14 * 24
)  # the shortest authorizations that are worth a flight run for a few weeks
MOST_ANSWER_HOURS = 14 * 24
YES, NO = "yes", "no"
SWEEP = "authorizations.sweep"  # brings the stop-by dates of lists up to date
_book_checks: list[Callable[[Workspace], str]] = []
_fixed: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name in the API, its words on the page, and the column of the workspace it is kept in."""

    name: str
    label: str
    help: str
    column: str
    read: Callable[[str, str], Any]
    is_money: bool = False
    choices: tuple[str, ...] = ()

    def text(self, workspace: Workspace) -> str:
        """The value as it is typed: "24", "200.00", "Europe/Berlin", "yes"."""
        value = getattr(workspace, self.column)
        if isinstance(value, bool):
            return YES if value else NO
        return str(from_minor(value, workspace.currency)) if self.is_money else str(value)


def _read_name(text: str, _: str) -> str:
    name = " ".join(text.split())
    if not 1 <= len(name) <= 120:
        raise ValueError("a workspace needs a name of at most 120 characters")
    return name


def _read_zone(text: str, _: str) -> str:
    if text not in available_timezones():
        raise ValueError(f"{text!r} is not a time zone; write it like Europe/Berlin")
    return text


def _read_currency(text: str, _: str) -> str:
    code = text.upper()
    if not re.fullmatch("[A-Z]{3}", code):
        raise ValueError(f"{text!r} is not a currency; write its three letters, like EUR")
    return code


def _read_hours(text: str, _: str) -> int:
    if not re.fullmatch("[0-9]{1,4}", text) or int(text) > MOST_MARGIN_HOURS:
        raise ValueError(f"{text!r} is not a whole number of hours from 0 to {MOST_MARGIN_HOURS}")
    return int(text)


def _read_answer_hours(text: str, _: str) -> int:
    if not re.fullmatch("[0-9]{1,3}", text) or not 1 <= int(text) <= MOST_ANSWER_HOURS:
        raise ValueError(f"{text!r} is not a whole number of hours from 1 to {MOST_ANSWER_HOURS}")
    return int(text)


def _read_yes(text: str, _: str) -> bool:
    if text.lower() not in {YES, NO}:
        raise ValueError(f"{text!r} is neither yes nor no")
    return text.lower() == YES


def _read_limit(text: str, currency: str) -> int:
    minor = parse_amount(text, currency)
    if minor < 0:
        raise ValueError(f"{text!r} is below zero; 0 means that it always takes two people")
    return minor


SETTINGS = (
    Setting("name", "Name", "Shown on every page, in mails and on the creators' pages.", "name", _read_name),
    Setting(
        "timezone", "Time zone", "Days of orders and fees, due dates and times on pages are of this zone.", "timezone",
        _read_zone,
    ),
    Setting(
        "currency", "Currency", "Of profit, limits and payments. It cannot change once money is booked.", "currency",
        _read_currency,
    ),
    Setting(
        "safety_margin_hours", "Safety margin, hours",
        "Ads stop this long before the earliest end date of their authorization and usage rights.",
        "safety_margin_hours", _read_hours,
    ),
    Setting(
        "plan_limit", "Plan limit, a day",
        "A plan or a resumed ad with a higher daily budget takes a second person, and so does approving a payment "
        "that was added by hand.",
        "second_person_above_minor", _read_limit, is_money=True,
    ),
    Setting(
        "payment_limit", "Payment limit",
        "A payment above it is not sent by the person who approved it; what was added by hand is added up within "
        "its agreement.",
        "pay_second_person_above_minor", _read_limit, is_money=True,
    ),
    Setting(
        "wants_review", "Review before launch",
        "Yes: a post without a deliverable, so without a review on record, cannot be launched. No: it is a warning.",
        "wants_review", _read_yes, choices=(YES, NO),
    ),
    Setting(
        "comment_hours", "Answer comments within, hours",
        "Questions before a purchase and safety concerns within half of it. Later ones are overdue.",
        "comment_hours", _read_answer_hours,
    ),
    Setting(
        "asks_for_comments", "Ask creators for their comments",
        "Yes: creators who connect TikTok are asked to let Kindling read and answer the comments of their posts.",
        "asks_for_comments", _read_yes, choices=(YES, NO),
    ),
    Setting(
        "escalate_hours", "Escalate urgent notices after, hours",
        "An urgent notice that nobody resolved or took on by then is sent to the owners. 0: never.",
        "escalate_hours", _read_hours,
    ),
)  # fmt: skip
BY_NAME = {each.name: each for each in SETTINGS}


def values(workspace: Workspace) -> dict[str, str]:
    """Every setting by name, as it is typed."""
    return {each.name: each.text(workspace) for each in SETTINGS}


def change(actor: Actor, given: Mapping[str, str], *, at: datetime) -> Workspace:
    """Change the given settings, all or none; before and after go into the audit trail. Equal values change nothing.

    given : values as they are typed, by name
    raises : NotAllowedError, InvalidInputError with every problem, ConflictError for a currency that money is booked in
    """
    actor.require(Action.MANAGE_WORKSPACE)
    new = _read(actor.workspace, given)
    if "currency" in new and new["currency"] != actor.workspace.currency:
        check_currency(actor.workspace)
    with transaction.atomic():
        actor = check_again(actor, Action.MANAGE_WORKSPACE)
        workspace = actor.workspace
        before = values(workspace)
        if "currency" in new:
            _restate_limits(workspace, new)
        for name, value in new.items():
            setattr(workspace, BY_NAME[name].column, value)
        after = values(workspace)
        changed = [name for name in after if after[name] != before[name]]
        if not changed:
            return workspace
        workspace.save(update_fields=[each.column for each in SETTINGS])
        record(
            actor, "changed settings", workspace.slug, at=at,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )  # fmt: skip
        if {"safety_margin_hours", "timezone"} & set(changed):
            key = f"sweep-{workspace.pk}-settings-{at.timestamp()}"
            outbox.ask(
                JobRequest(
                    SWEEP, key, {"workspace": workspace.pk}, lane=f"workspace-{workspace.pk}"
                )
            )
    return workspace


def _read(workspace: Workspace, given: Mapping[str, str]) -> dict[str, Any]:
    unknown = [name for name in given if name not in BY_NAME]
    if unknown:
        raise InvalidInputError(
            f"There is no setting {unknown[0]!r}.", next_step=f"Use one of {', '.join(BY_NAME)}."
        )
    currency = given.get("currency", workspace.currency).strip().upper()
    new, problems = {}, []
    for name, text in given.items():
        try:
            new[name] = BY_NAME[name].read(text.strip(), currency)
        except ValueError as error:
            problems.append(f"{BY_NAME[name].label}: {error}.")
    if problems:
        raise InvalidInputError(" ".join(problems), next_step="Correct it and save again.")
    return new


def _restate_limits(workspace: Workspace, new: dict[str, Any]) -> None:
    """Keep limits that are not given at their amount when minor units of the new currency are worth something else."""
    for each in SETTINGS:
        if each.is_money and each.name not in new:
            amount = from_minor(getattr(workspace, each.column), workspace.currency)
            new[each.name] = to_minor(amount, new["currency"])


# --- What other areas know --------------------------------------------------------------------------------------


def book_check(check: Callable[[Workspace], str]) -> None:
    """Ask `check` before a currency changes. It names what is booked in it, "" where nothing is."""
    if check not in _book_checks:
        _book_checks.append(check)


def why_currency_stays(workspace: Workspace) -> str:
    """Why the currency cannot change, as a sentence; "" while it can."""
    booked = next(filter(None, (check(workspace) for check in _book_checks)), "")
    if not booked:
        return ""
    return f"The currency stays {workspace.currency}: {booked} are booked in it, and amounts are never converted."


def check_currency(workspace: Workspace) -> None:
    """Raise ConflictError when money is booked in the workspace's currency."""
    because = why_currency_stays(workspace)
    if because:
        raise ConflictError(
            because,
            next_step="Create another workspace for the other currency.",
            field="currency",
        )


def fix(label: str, text: str) -> None:
    """Show a value on the settings page that is the same for every workspace."""
    _fixed[label] = text


def fixed() -> dict[str, str]:
    """What is the same for every workspace, by label."""
    return dict(_fixed)
