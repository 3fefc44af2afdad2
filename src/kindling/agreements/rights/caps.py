"""The most that ads may spend under an agreement: what they spent, what is left, and who is told.

A cap is of all posts of its agreement together, over the term of their usage rights. Spend counts in the cap's own
currency only; amounts are never converted. Ad accounts know their ads, which lie to the right of here, by relation.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import Error as DatabaseError

from kindling.agreements.models import Agreement, AgreementVersion, UsageRight
from kindling.agreements.rights import service as rights
from kindling.agreements.rights.rules import (
    NEAR_PERCENT,
    AdRun,
    CandidateRight,
    SpendCap,
    counts_under,
)
from kindling.creators.models import Creator
from kindling.facts import gaps
from kindling.facts import queries as facts
from kindling.kit.time import day_in
from kindling.notices import service as notices
from kindling.workspaces.models import AdAccount, Workspace

log = logging.getLogger(__name__)
FRESH = timedelta(hours=24)
TOLD = ("media_buyer", "creator_manager")
UNREADABLE = "The ad figures cannot be read. Run `kindling repair` on the server."


@dataclass(frozen=True, slots=True)
class _CappedAgreement:
    """An agreement with a cap and the posts that ever were under it.

    spans : by item id from when to when rights of the agreement cover the post
    candidates : by item id all rights that cover the post, of other agreements and imports too, the oldest first
    item_ids : the posts that spend under it from now on; not those that a right of another agreement names, also
        one that ended or has not begun: running ads go by it all the same
    """

    agreement: Agreement
    cap_minor: int
    currency: str
    spans: dict[str, tuple[datetime, datetime]]
    candidates: dict[str, list[CandidateRight]]
    item_ids: frozenset[str]


@dataclass(slots=True)
class _Account:
    """What the figures of one ad account rest on."""

    row: AdAccount
    missing: list[date]
    first_day: date | None
    last_sync: tuple[date, datetime] | None
    ads: dict[str, list[AdRun]] = field(default_factory=dict)
    """The ads of each post."""


def caps_of_posts(
    workspace: Workspace,
    posts: Iterable[tuple[int, str]],
    *,
    now: datetime,
    caps: Mapping[int, SpendCap] | None = None,
    found: Mapping[tuple[int, str], UsageRight] | None = None,
) -> dict[str, SpendCap]:
    """The cap that each (creator pk, item id) counts towards, by item id; posts without one are left out.

    caps : all of the workspace, where `caps_of` has just read them
    found : the rights of these posts, where `rights_of_posts` has just read them
    """
    if found is None:
        found = rights.rights_of_posts(workspace, posts, now=now)
    capped = {
        item_id: right.version_id
        for (_, item_id), right in found.items()
        if right.spend_cap_minor is not None and right.version_id is not None
    }
    if not capped:
        return {}
    agreement_of = dict(
        AgreementVersion.objects.filter(pk__in=set(capped.values())).values_list(
            "pk", "agreement_id"
        )
    )
    if caps is None:
        caps = caps_of(workspace, set(agreement_of.values()), now=now)
    return {
        item_id: caps[agreement_of[version]]
        for item_id, version in capped.items()
        if agreement_of[version] in caps
    }


def cap_of(agreement: Agreement, *, now: datetime) -> SpendCap | None:
    """The cap of one agreement with what was spent; None where none is agreed or no right stands."""
    return caps_of(agreement.workspace, [agreement.pk], now=now).get(agreement.pk)


def caps_of(
    workspace: Workspace, agreements: Iterable[int] | None = None, *, now: datetime
) -> dict[int, SpendCap]:
    """The caps of these agreements (None: of all of the workspace), by agreement, with what was spent so far.

    The number of queries of the lake does not grow with the agreements. Where it cannot be read, spend is unknown.
    """
    found = _capped_agreements(workspace, agreements)
    if not found:
        return {}
    try:
        return _measured(workspace, found, now=now)
    except DatabaseError:
        raise  # not of the lake, and nothing else could be answered either
    except Exception:  # damaged, unreachable, too new, out of memory: the guard's other stops must not fall with it
        log.exception("the lake cannot be read; spend under agreements is unknown")
        return {each.agreement.pk: _cap(each, 0, UNREADABLE) for each in found}


def tell_near(workspace: Workspace, caps: Iterable[SpendCap], *, now: datetime) -> int:
    """Say once of each cap that four fifths of it, or what is known of it, are spent; returns how many were said."""
    told = 0
    for cap in caps:
        key = f"cap-{cap.agreement}-{cap.cap_minor}-{NEAR_PERCENT}"
        if not cap.is_near or notices.was_told(workspace, key=key):
            continue
        share = f"{cap.known_percent} %" if cap.spent else f"At least {cap.known_percent} %"
        notices.notify(
            workspace,
            key=key,
            roles=TOLD,
            title=f"{share} of the maximum ad spend of “{cap.title}” is spent: {cap.words} of {cap.cap}.",
            next_step="Agree on more with the creator, or let the ads stop at the maximum.",
            path=f"agreements/{cap.agreement}/",
            at=now,
            urgency=2,
        )
        told += 1
    return told


# --- What is covered --------------------------------------------------------------------------------------------


def _capped_agreements(
    workspace: Workspace, agreements: Iterable[int] | None
) -> list[_CappedAgreement]:
    rows = UsageRight.objects.filter(workspace=workspace, version__isnull=False)
    rows = rows.filter(spend_cap_minor__isnull=False, superseded_at=None)
    if agreements is not None:
        rows = rows.filter(version__agreement_id__in=list(agreements))
    wanted = dict(rows.values_list("version__agreement_id", "creator_id"))
    of_creator: dict[int, list[UsageRight]] = {}
    for right in (
        UsageRight.objects.filter(workspace=workspace, creator_id__in=set(wanted.values()))
        .select_related("version__agreement")
        .order_by("pk")
    ):
        of_creator.setdefault(right.creator_id, []).append(right)
    return [_capped_agreement(pk, of_creator[creator]) for pk, creator in sorted(wanted.items())]


def _capped_agreement(agreement_pk: int, of_creator: list[UsageRight]) -> _CappedAgreement:
    """One agreement's rights, those that newer versions replaced too: what was spent under them counts.

    of_creator : every right of the agreement's creator, the oldest first
    """
    group = [each for each in of_creator if _agreement_of(each) == agreement_pk]
    standing = [each for each in group if each.superseded_at is None]
    newest = standing[-1]
    assert newest.version is not None  # noqa: S101 (as in _capped_agreements)
    agreement = newest.version.agreement
    named = {each.item_id for each in group if each.item_id}
    all_posts = _posts(agreement) if any(not each.item_id for each in group) else set()
    named_by_others = {
        each.item_id
        for each in of_creator
        if each.superseded_at is None and _agreement_of(each) != agreement_pk
    }
    spans, candidates = {}, {}
    for item_id in named | all_posts:
        own = [each for each in group if each.item_id in {item_id, ""}]
        spans[item_id] = min(each.starts_at for each in own), max(each.ends_at for each in own)
        candidates[item_id] = [
            _candidate(each) for each in of_creator if each.item_id in {item_id, ""}
        ]
    caps = [each.spend_cap_minor for each in standing if each.spend_cap_minor is not None]
    return _CappedAgreement(
        agreement,
        min(caps),
        newest.currency,
        spans,
        candidates,
        item_ids=frozenset(named | (all_posts - named_by_others)),
    )


def _agreement_of(right: UsageRight) -> int | None:
    return right.version.agreement_id if right.version else None


def _candidate(right: UsageRight) -> CandidateRight:
    return CandidateRight(
        agreement=_agreement_of(right),
        right=rights.rule_of(getattr(right, name) for name in rights.RULE_COLUMNS),
        is_own=bool(right.item_id),
        superseded_at=right.superseded_at,
    )


def _posts(agreement: Agreement) -> set[str]:
    posts = Creator.objects.filter(pk=agreement.creator_id, posts__isnull=False)
    return set(posts.values_list("posts__item_id", flat=True))


# --- What was spent ---------------------------------------------------------------------------------------------


def _measured(
    workspace: Workspace, capped: list[_CappedAgreement], *, now: datetime
) -> dict[int, SpendCap]:
    items = sorted({item_id for each in capped for item_id in each.spans})
    accounts = _accounts(workspace, items)
    starts = [start for each in capped for start, _ in each.spans.values()]
    rows: list[dict[str, Any]] = []
    if starts:
        rows = facts.spend_of_posts(
            list(accounts),
            items,
            first_day=(min(starts) - timedelta(days=1)).date(),
            last_day=(now + timedelta(days=1)).date(),
        )
    return {each.agreement.pk: _measure(each, accounts, rows, now=now) for each in capped}


def _accounts(workspace: Workspace, items: list[str]) -> dict[str, _Account]:
    """The workspace's ad accounts by lake key, those that are no longer used too: they may have spent."""
    rows = list(AdAccount.objects.filter(workspace=workspace))
    keys = [each.lake_key for each in rows]
    missing, synced = gaps.ad_days_missing(keys), gaps.last_syncs(keys)
    found = {
        each.lake_key: _Account(
            each,
            missing[each.lake_key],
            gaps.first_synced_day(each.lake_key),
            synced.get(each.lake_key),
        )
        for each in rows
    }
    by_pk = {each.pk: found[each.lake_key] for each in rows}
    above = ("ads__adgroup", "ads__adgroup__campaign")
    ads = AdAccount.objects.filter(workspace=workspace, ads__item_id__in=items).values_list(
        "pk", "ads__item_id", "ads__created_at", "ads__adgroup__ends_at",
        "ads__operation_status", "ads__is_gone",
        *[f"{each}__{name}" for each in above for name in ("operation_status", "is_gone")],
    )  # fmt: skip
    for pk, item_id, made_at, ends_at, status, is_gone, *states in ads:
        is_on = status == "ENABLE" and not is_gone and not {"DISABLE", True} & set(states)
        by_pk[pk].ads.setdefault(item_id, []).append(AdRun(made_at, ends_at, is_on))
    return found


def _measure(
    capped: _CappedAgreement,
    accounts: Mapping[str, _Account],
    rows: Iterable[dict[str, Any]],
    *,
    now: datetime,
) -> SpendCap:
    known, why = 0, ""
    concerned: dict[str, set[str]] = {}
    for row in rows:
        account = accounts[row["account"]]
        if not _is_within(capped, account, row):
            continue
        concerned.setdefault(row["account"], set()).add(row["item_id"])
        if row["spend_minor"] is None:
            why = f"A part of the ad spend of {account.row.name} is not known."
        elif row["spend_minor"] and row["currency"] != capped.currency:
            why = (
                f"Ads of {account.row.name} spent in {row['currency']}; the maximum is in {capped.currency}, "
                "and amounts are never converted."
            )
        elif row["day"] not in account.missing:
            known += row["spend_minor"]
        elif row["spend_minor"]:
            why = _missing(account)  # whatever is on record of the ads
    synced, is_current = [], True
    for key, account in accounts.items():
        mine = {item_id: account.ads[item_id] for item_id in _items(capped, account)}
        for item_id in concerned.get(key, set()) - mine.keys():
            mine[item_id] = [AdRun(is_on=False)]  # of an ad that is not on record any more
        if not mine:
            continue  # no ad of these posts was ever here: its gaps hide nothing
        why = why or _why_unknown(capped, account, mine)
        if account.last_sync is not None:
            at = account.last_sync[1]
            synced.append(at)
            is_current = is_current and (at >= now - FRESH or not _goes_on(capped, mine, at))
    return _cap(capped, known, why, as_of=min(synced, default=None), is_current=is_current)


def _is_within(capped: _CappedAgreement, account: _Account, row: Mapping[str, Any]) -> bool:
    """Whether a day of spend, of the ad account's zone, counts under the cap."""
    candidates = capped.candidates.get(row["item_id"])
    if candidates is None:
        return False
    return counts_under(candidates, row["day"], account.row.timezone) == capped.agreement.pk


def _items(capped: _CappedAgreement, account: _Account) -> list[str]:
    """The posts with ads in an ad account of which a day counts under the cap."""
    # The first half is a shortcut that saves reading the days; a post too many can only make spend unknown.
    return [
        item_id
        for item_id in sorted(capped.spans.keys() & account.ads.keys())
        if item_id in capped.item_ids or _counts_at_all(capped, account, item_id)
    ]


def _counts_at_all(capped: _CappedAgreement, account: _Account, item_id: str) -> bool:
    """Whether a post that a right of another agreement names was under the cap before, by the account's days."""
    first, last = _days(capped.spans[item_id], account)
    zone, candidates = account.row.timezone, capped.candidates[item_id]
    return any(
        counts_under(candidates, first + timedelta(days=number), zone) == capped.agreement.pk
        for number in range((last - first).days + 1)
    )


def _days(span: tuple[datetime, datetime], account: _Account) -> tuple[date, date]:
    """The first and the last day of the ad account's zone that a span touches."""
    starts_at, ends_at = span
    name = account.row.timezone
    return day_in(starts_at, name), day_in(ends_at - timedelta.resolution, name)


def _goes_on(capped: _CappedAgreement, ads: Mapping[str, list[AdRun]], at: datetime) -> bool:
    """Whether ads of its posts can spend under it after a moment."""
    return any(
        ad.goes_on_after(at) and capped.spans[item_id][1] > at
        for item_id, of_post in ads.items()
        for ad in of_post
    )


def _why_unknown(
    capped: _CappedAgreement, account: _Account, ads: Mapping[str, list[AdRun]]
) -> str:
    """What an ad account's figures lack for its posts, as a sentence; "" where they are whole.

    What is missing of days on which none of the ads can have spent is no spend, also where nobody can sync the ad
    account any more.
    """
    name = account.row.name
    runs = [
        ad.days_within(*_days(capped.spans[item_id], account), account.row.timezone)
        for item_id, of_post in ads.items()
        for ad in of_post
    ]
    spans = [each for each in runs if each is not None]
    if not spans:
        return ""
    if account.first_day is None:
        return f"Ad figures of {name} were not synced yet."
    if any(first <= day <= last for day in account.missing for first, last in spans):
        return _missing(account)
    if min(first for first, _ in spans) < account.first_day:
        return f"Ad figures of {name} begin after the ads did. Sync it from an earlier day."
    return ""


def _missing(account: _Account) -> str:
    name = account.row.name
    return f"Ad figures of {name} are missing for some days. Run `kindling repair` on the server."


def _cap(
    capped: _CappedAgreement,
    known: int,
    why: str,
    *,
    as_of: datetime | None = None,
    is_current: bool = True,
) -> SpendCap:
    return SpendCap(
        agreement=capped.agreement.pk,
        title=capped.agreement.title,
        cap_minor=capped.cap_minor,
        currency=capped.currency,
        spent_minor=None if why else known,
        known_minor=known,
        why_unknown=why,
        as_of=as_of,
        is_current=is_current,
        item_ids=capped.item_ids,
    )
