"""The list of ads, with what they cost and brought, and the list of those that were stopped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from kindling.delivery import protection, resume, rules, service, stops
from kindling.delivery.budgets import service as budgets
from kindling.delivery.budgets.rules import Lowering
from kindling.delivery.forms import LowerForm, PauseForm
from kindling.delivery.gmv_max.lists import GMV_MAX
from kindling.delivery.models import Ad, AdGroup, Pause
from kindling.delivery.protection import JudgedAd
from kindling.delivery.results.lists import RESULTS
from kindling.delivery.rules import Verdict
from kindling.delivery.service import LiveAd
from kindling.delivery.stop_rules.lists import FIRINGS, RULES
from kindling.errors import InvalidInputError, KindlingError
from kindling.facts.metrics import METRICS, Metric, Unit
from kindling.kit.money import parse_amount
from kindling.lists.rules import Kind
from kindling.lists.spec import Column, Done, Filter, ListAction, ListSpec, Scope, by_rows, register
from kindling.workspaces import service as workspaces
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from tiktok_business import Switch

__all__ = ["ADS", "FIRINGS", "GMV_MAX", "JUDGED", "RESULTS", "RULES", "STOPPED"]
KINDS = {
    Unit.MONEY: Kind.MONEY,
    Unit.COUNT: Kind.COUNT,
    Unit.SHARE: Kind.SHARE,
    Unit.NUMBER: Kind.NUMBER,
}
RUNNING, REVIEW = "running", "review"
FIRST = ("spend", "conversions", "cpa")  # what an ad costs and brings; the other metrics follow


def _counts(scope: Scope) -> Mapping[str, int]:
    counts = service.count_ads(scope.workspace)
    return {"": counts.all, RUNNING: counts.running, REVIEW: counts.in_review}


def _shown(rows: QuerySet[Ad], show: str, _scope: Scope) -> QuerySet[Ad]:
    statuses = rules.DELIVERING if show == RUNNING else rules.IN_REVIEW
    return rows.filter(secondary_status__in=statuses)


def _metric(metric: Metric) -> Column:
    """A column of a metric of all days. Sorted by sums of the lake, which are kept until the next sync."""

    def value(row: LiveAd) -> object:
        return row.spend if metric.name == "spend" else row.metrics[metric.name]

    def values(scope: Scope) -> Mapping[str, Any]:
        return {
            ad_id: metric.of(sums, currency)
            for ad_id, sums, currency in service.all_sums(scope.workspace, now=scope.now)
        }

    return Column(
        metric.name, metric.label, value, KINDS[metric.unit], sort="ad_id", values=values,
        is_shown=metric.is_on_live_page, digits=metric.digits, is_main=metric.name == "spend",
    )  # fmt: skip


def _health_reason(row: LiveAd) -> str | None:
    return f"{row.health.learning_reason} {row.health.fatigue_reason}" if row.health else None


def _stop_by(row: LiveAd) -> object:
    return row.stop_by.at if row.stop_by else None


def _today(scope: Scope) -> Mapping[str, Any]:
    return service.all_spent_today(scope.workspace, now=scope.now)


def _name(ad: Ad) -> str:
    return f"{ad.name[:60]}, ad {ad.ad_id}"


def _pause(actor: Actor, ads: list[Ad], values: Mapping[str, Any], at: datetime) -> Done:
    on = [each for each in ads if each.operation_status != Switch.DISABLE]
    made = stops.pause_all(actor, on, reason=values["reason"], at=at)
    refused = [(_name(each), "It is off already.") for each in ads if each not in on]
    refused += [
        (_name(each.ad), f"{stops.UNCONFIRMED} {stops.IF_UNCONFIRMED}")
        for each in made
        if not each.is_confirmed
    ]
    return Done(sum(bool(each.is_confirmed) for each in made), refused)


PAUSE = ListAction(
    name="pause",
    label="Pause",
    does="The ads stop at TikTok. You can resume each under Stopped ads.",
    action=Action.PAUSE,
    fields=lambda _: PauseForm().fields,
    do=_pause,
    said=lambda count: (
        "1 ad is paused at TikTok." if count == 1 else f"{count:,} ads are paused at TikTok."
    ),
)


def _lower(actor: Actor, ads: list[Ad], values: Mapping[str, Any], at: datetime) -> Done:
    """Lower the ad groups of the ads, each group once; every ad is answered for."""
    groups = budgets.groups_of(actor.workspace, ads)
    by_currency: dict[str, list[AdGroup]] = {}
    for group in groups:
        by_currency.setdefault(group.ad_account.currency, []).append(group)
    done = {
        each.group.pk: each
        for currency, some in by_currency.items()
        for each in budgets.lower_all(
            actor, some, _lowering(values, currency), reason=values["reason"], at=at
        )
    }
    came_of = [(ad, done[ad.adgroup_id]) for ad in ads]
    refused = [(_name(ad), each.problem) for ad, each in came_of if not each.is_done]
    return Done(len(came_of) - len(refused), refused)


def _lowering(values: Mapping[str, Any], currency: str) -> Lowering:
    percent, text = values.get("percent"), (values.get("to") or "").strip()
    if bool(percent) == bool(text):
        raise InvalidInputError(
            "Say by how many per cent, or to which amount.",
            next_step="Fill in one of the two.",
            field="percent",
        )
    try:
        minor = parse_amount(text, currency) if text else None
    except ValueError as error:
        raise InvalidInputError(f"{error}.", next_step="Correct the amount.", field="to") from None
    return Lowering(percent, minor, is_large_meant=bool(values.get("is_large_meant")))


LOWER = ListAction(
    name="lower",
    label="Lower budget",
    does="The daily budget of each ad's ad group is lowered at TikTok, never below its minimum. "
    "More spend is a plan, which a person approves.",
    action=Action.PAUSE,
    fields=lambda _: LowerForm().fields,
    do=_lower,
    said=lambda count: (
        "The daily budget of 1 ad is lower."
        if count == 1
        else f"The daily budgets of {count:,} ads are lower."
    ),
)

# --- Running ads as the guard judges them ---------------------------------------------------------------------


VERDICTS = {
    Verdict.STOP.value: "Would stop",
    Verdict.UNKNOWN.value: "Unknown",
    Verdict.MAY_RUN.value: "May run",
}


def _judged(scope: Scope) -> list[JudgedAd]:
    wanted = scope.chosen.get("ad_account", "")
    accounts = [
        each
        for each in workspaces.ad_accounts(scope.workspace)
        if wanted in {"", each.advertiser_id}
    ]
    judged = [row for each in accounts for row in protection.judge_ads(each, now=scope.now)]
    return protection.worst_first(judged)


JUDGED = register(
    ListSpec(
        name="judged-ads",
        title="Running ads",
        page="delivery:protection",
        page_of=("ad_account",),
        rows=_judged,
        order="those that would stop first",
        row_template="delivery/judged_row.html",
        search=lambda rows, word, _: [
            row
            for row in rows
            if word.lstrip("@").casefold() in f"{row.handle} {row.ad.ad_id} {row.ad.name}".casefold()
        ],
        search_hint="Creator, ad id or ad name",
        filters=(
            Filter("ad_account", "Ad account", lambda _: (), by_rows, is_key=True),
            Filter(
                "verdict", "Verdict", lambda _: list(VERDICTS.items()),
                lambda rows, verdict, _: [row for row in rows if row.judgement.verdict == verdict],
                is_tabs=True,
            ),
        ),
        columns=(
            Column("ad", "Ad", lambda row: row.ad.ad_id, sort="ad", is_title=True),
            Column("name", "Name", lambda row: row.ad.name, sort="name", is_shown=False),
            Column("handle", "Creator", lambda row: row.handle or None, sort="handle", is_shown=False),
            Column("launched", "Launched by Kindling", lambda row: row.is_launched, Kind.YES, is_shown=False),
            Column("verdict", "Verdict", lambda row: VERDICTS[row.judgement.verdict], sort="verdict"),
            Column("why", "Why", lambda row: row.judgement.reason or None),
            Column("next_step", "What makes it safe", lambda row: row.judgement.next_step or None),
        ),
    )
)  # fmt: skip


ADS = register(
    ListSpec(
        name="ads",
        title="Ads",
        page="delivery:live",
        rows=lambda scope: service.list_ads(scope.workspace).only("ad_id"),
        opened=lambda scope, rows: service.opened(scope.workspace, rows, now=scope.now),
        order="the running first, the earliest stop date first",
        row_template="delivery/ad_row.html",
        search=lambda rows, word, _: service.matching(rows, word),
        search_hint="Creator, campaign, ad or its id",
        seconds=30,
        lacks=lambda scope: [str(each) for each in service.list_gaps(scope.workspace)],
        actions=(PAUSE, LOWER),
        row_name=lambda row: _name(row.ad),
        filters=(
            Filter(
                "show", "Which ads", lambda _: [(RUNNING, "Running"), (REVIEW, "In review")], _shown,
                counts=_counts, is_tabs=True, unless=RUNNING,
            ),
        ),
        columns=(
            Column("ad", "Ad", lambda row: row.ad.ad_id, is_title=True),
            Column("ad_name", "Name", lambda row: row.ad.name, sort="name", is_shown=False),
            Column("handle", "Creator", lambda row: row.handle or None, sort="post__creator__handle", is_shown=False),
            Column("post", "Post", lambda row: row.ad.item_id or None, is_shown=False),
            Column("campaign", "Campaign", lambda row: row.ad.adgroup.campaign.name, is_shown=False),
            Column("status", "Status", lambda row: row.status),
            Column("learning", "Learning", lambda row: row.learning, sort="health__learning", is_shown=False),
            Column("fatigue", "Fatigue", lambda row: row.fatigue, sort="health__fatigue", is_shown=False),
            Column("health_reason", "Why", _health_reason, is_shown=False),
            Column("stop_by", "Stop by", _stop_by, Kind.INSTANT, sort="stops"),
            Column("ends_first", "Ends first", lambda row: str(row.stop_by.ends_first.label) if row.stop_by else None,
                   is_shown=False),
            Column("daily_budget", "Daily budget", lambda row: row.budget, Kind.MONEY, sort="adgroup__budget_minor",
                   is_shown=False),
            Column("spend_today", "Today", lambda row: row.spend_today, Kind.MONEY, sort="ad_id", values=_today),
            *(_metric(METRICS[name]) for name in FIRST),
            *(_metric(each) for name, each in METRICS.items() if name not in FIRST),
            Column("actions", "Actions", lambda row: None, is_drawn_only=True),
        ),
    )
)  # fmt: skip


def _searched(rows: QuerySet[Pause], word: str, _scope: Scope) -> QuerySet[Pause]:
    word = word.lstrip("@").lower()
    return rows.filter(
        Q(ad__name__icontains=word)
        | Q(ad__item_id__startswith=word)
        | Q(ad__post__creator__handle__contains=word)
    )


def _resume(actor: Actor, rows: list[Pause], _values: Mapping[str, Any], at: datetime) -> Done:
    """Resume each by the rules of one; what needs a second person waits, and says so."""
    count, refused = 0, []
    for row in rows:
        try:
            held = resume.resume(actor, service.find_ad(actor.workspace, row.ad.ad_id), at=at)
        except KindlingError as error:
            refused.append((_name(row.ad), f"{error.message} {error.next_step}"))
            continue
        if held.resumed_at:
            count += 1
        else:
            refused.append(
                (_name(row.ad), "You asked to resume it: a second person has to confirm.")
            )
    return Done(count, refused)


RESUME = ListAction(
    name="resume",
    label="Resume",
    does="Each ad is checked as at a launch and switched on at TikTok. What needs a second person waits for one.",
    action=Action.APPLY,
    confirms=True,
    do=_resume,
    said=lambda count: "1 ad runs again." if count == 1 else f"{count:,} ads run again.",
)


def _handle(row: Pause) -> str | None:
    return row.ad.post.creator.handle if row.ad.post else None


STOPPED = register(
    ListSpec(
        name="stopped-ads",
        title="Stopped ads",
        page="delivery:stopped",
        rows=lambda scope: resume.list_stopped(scope.workspace),
        actions=(RESUME,),
        row_name=lambda row: _name(row.ad),
        order="newest first",
        row_template="delivery/stopped_row.html",
        search=_searched,
        search_hint="Creator, post id or ad name",
        columns=(
            Column("ad", "Ad", lambda row: row.ad.ad_id, sort="ad__ad_id", is_title=True),
            Column("ad_name", "Name", lambda row: row.ad.name, sort="ad__name", is_shown=False),
            Column("handle", "Creator", _handle, sort="ad__post__creator__handle", is_shown=False),
            Column("post", "Post", lambda row: row.ad.item_id or None, is_shown=False),
            Column("stopped", "Stopped", lambda row: row.at, Kind.INSTANT, sort="at"),
            Column("by", "By", lambda row: str(row.by) if row.by else "Kindling", is_shown=False),
            Column("reason", "Reason", lambda row: row.reason),
            Column("actions", "Actions", lambda row: None, is_drawn_only=True),
        ),
    )
)  # fmt: skip
