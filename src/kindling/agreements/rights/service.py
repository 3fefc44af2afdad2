"""Usage rights: imported or made from an agreed version, found for a post, started, renewed, and what binds them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from kindling.agreements.contract import transitions
from kindling.agreements.contract.commission import rate_bp
from kindling.agreements.contract.rules import IN_FORCE
from kindling.agreements.contract.terms import PayFrom, StartTrigger, Terms
from kindling.agreements.models import Agreement, AgreementVersion, UsageRight
from kindling.agreements.payments import due_fees
from kindling.agreements.payments.fees import fee_of_post
from kindling.agreements.rights import rules
from kindling.agreements.rights.rules import (
    ClockName,
    Right,
    Span,
    rank,
)
from kindling.creators.models import Creator
from kindling.workspaces.models import Workspace

MANY_POSTS = 1_000  # more are not named in a query

# --- Found ----------------------------------------------------------------------------------------------------


def on_record(workspace: Workspace) -> QuerySet[UsageRight]:
    """Every right that still stands: not those a newer version replaced."""
    return UsageRight.objects.filter(workspace=workspace, superseded_at=None)


def rights_to_named_posts(workspace: Workspace) -> list[UsageRight]:
    """The rights that name one post each."""
    return list(on_record(workspace).exclude(item_id="").select_related("creator"))


def content_fees(
    workspace: Workspace, *, since: datetime | None, before: datetime | None, until: datetime
) -> list[tuple[str, int]]:
    """Item id and content fee (minor units of the workspace's currency) of rights that name one post each.

    Only those that start from `since`, before `before` (None: open) and not after `until`; no fee, no row.
    A right that ended with nothing in its place (the brand called the agreement off, or a newer version leaves its
    post out) keeps its fee in the books as long as it is owed: what was paid cannot leave the days it was paid for.
    """
    rows = UsageRight.objects.filter(
        workspace=workspace, currency=workspace.currency, content_fee_minor__gt=0, starts_at__lte=until
    ).exclude(item_id="")  # fmt: skip
    if since is not None:
        rows = rows.filter(starts_at__gte=since)
    if before is not None:
        rows = rows.filter(starts_at__lt=before)
    standing = rows.filter(superseded_at=None).values_list("item_id", "content_fee_minor")
    return [*standing, *_fees_still_owed(rows.filter(superseded_at__isnull=False))]


def _fees_still_owed(gone: QuerySet[UsageRight]) -> list[tuple[str, int]]:
    """The content fees of those that no newer right of the agreement followed for the post, where they are owed."""
    newer = UsageRight.objects.filter(
        version__agreement=OuterRef("version__agreement"), item_id=OuterRef("item_id"),
        pk__gt=OuterRef("pk"),
    )  # fmt: skip
    last = gone.exclude(Exists(newer)).values_list(
        "version__agreement", "item_id", "content_fee_minor"
    )
    owed = due_fees.content_fees_owed({agreement for agreement, _, _ in last})
    return [
        (item_id, fee)
        for agreement, item_id, fee in last
        if {(agreement, item_id), (agreement, "")} & owed
    ]


def rights_of_creator(creator: Creator) -> list[UsageRight]:
    """Every right on record for a creator, the latest end first."""
    return list(
        UsageRight.objects.filter(creator=creator, superseded_at=None)
        .select_related("version__agreement")
        .order_by("-ends_at")
    )


def of_agreement(agreement: Agreement) -> list[UsageRight]:
    """The rights an agreement gives now, the latest end first."""
    rows = UsageRight.objects.filter(version__agreement=agreement, superseded_at=None)
    return list(rows.order_by("-ends_at", "pk"))


def ever_of(agreement: Agreement) -> list[UsageRight]:
    """Every right an agreement gave, also those a newer version replaced, the newest first."""
    rows = UsageRight.objects.filter(version__agreement=agreement).select_related("version")
    return list(rows.order_by("-pk"))


def some_creator_approves(workspace: Workspace) -> bool:
    """Whether any right on record lets its creator approve the final ad."""
    return on_record(workspace).filter(final_approval=True).exists()


def rights_of_posts(
    workspace: Workspace, posts: Iterable[tuple[int, str]], *, now: datetime
) -> dict[tuple[int, str], UsageRight]:
    """The right that covers each (creator pk, item id): the post's own, else the creator's general one.

    A post's own right always goes before a general one: what was agreed for one post is meant for it. Of several
    equally near (from two agreements) the one with the fewest problems `now` goes, then the latest end.
    One query however many posts; posts without a right are left out.
    """
    wanted = list(posts)
    rows = on_record(workspace).filter(creator_id__in={creator for creator, _ in wanted})
    if len(wanted) <= MANY_POSTS:
        rows = rows.filter(item_id__in={"", *(item_id for _, item_id in wanted)})
    rights: dict[tuple[int, str], UsageRight] = {}
    for right in rows.order_by("ends_at", "pk"):
        key = (right.creator_id, right.item_id)
        known = rights.get(key)
        if known is None or rank(_rule(right), now) >= rank(_rule(known), now):
            rights[key] = right
    found = {}
    for creator, item_id in wanted:
        right_found = rights.get((creator, item_id)) or rights.get((creator, ""))
        if right_found is not None:
            found[creator, item_id] = right_found
    return found


def better(known: Right | None, right: Right, *, now: datetime) -> Right:
    """Which of two rights for the same posts counts; `right` where both serve equally well."""
    return right if known is None or rank(right, now) >= rank(known, now) else known


def commission_bp(right: UsageRight, *, of_ads: bool) -> int | None:
    """The agreed commission in basis points, of sales by ads or of the post's own; None where none is agreed."""
    return rate_bp(right.commission_bp, right.commission_ads_bp, of_ads=of_ads)


def as_rule(right: UsageRight | None) -> Right | None:
    """A stored right as the pure rules take it."""
    return None if right is None else _rule(right)


# Every column of a right that the rules look at: a field of `Right` by its name.
RULE_COLUMNS = tuple(each.name for each in fields(Right))


def _rule(right: UsageRight) -> Right:
    return rule_of([getattr(right, name) for name in RULE_COLUMNS])


def rule_of(values: Iterable[Any]) -> Right:
    """A right as the pure rules take it, from its `RULE_COLUMNS` in their order; lists of JSON become tuples."""
    found: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in zip(RULE_COLUMNS, values, strict=True)
    }
    return Right(**found)


@dataclass(frozen=True, slots=True)
class Clocks:
    """A right with when ads must stop by right and hold alone, UTC, and the clock that decides."""

    right: UsageRight
    stop_by: datetime
    bound_by: ClockName


def clocks(workspace: Workspace, found: Iterable[UsageRight]) -> list[Clocks]:
    """The rights with when their ads must stop; the ad authorization may end earlier."""
    result = []
    for right in found:
        clocks = rules.PermissionClocks(usage_right=right.ends_at, hold=right.hold_until)
        paid = rules.paid_window(clocks, margin=timedelta(hours=workspace.safety_margin_hours))
        if paid is not None:
            result.append(Clocks(right, paid.ends_at, paid.bound_by))
    return result


# --- Made from what was agreed ----------------------------------------------------------------------------------


def in_force(creator: Creator) -> list[AgreementVersion]:
    """The version in force of each of a creator's agreements, the oldest agreement first."""
    newest: dict[int, AgreementVersion] = {}
    rows = AgreementVersion.objects.filter(
        agreement__creator=creator, agreement__state__in=IN_FORCE, consented_at__isnull=False
    ).select_related("agreement__workspace", "agreement__creator")
    for version in rows.order_by("agreement_id", "number"):
        newest[version.agreement_id] = version
    return list(newest.values())


def make_rights(version: AgreementVersion, *, at: datetime) -> None:
    """The rights of a version that was just consented to; those of the version before stand back for them.

    A start with the post or the first spend that happened under the version before is kept, and so are the days
    it was renewed by.
    """
    terms, agreement = version.content, version.agreement
    standing = _locking().filter(version__agreement=agreement, superseded_at=None).order_by("pk")
    # Waits for renewals under way; read again, as one of them may have given a post a right of its own.
    list(standing)
    before = {right.item_id: right for right in standing.all()}
    UsageRight.objects.filter(pk__in=[right.pk for right in before.values()]).update(
        superseded_at=at
    )
    named = terms.item_ids or ("",)
    if terms.start_trigger is StartTrigger.DATE and terms.start_on:
        start = rules.start_of(terms.start_on)
        for item_id in named:
            make_right(version, terms, item_id, rules.span(terms, starts_at=start), at=at)
    elif terms.start_trigger is StartTrigger.FIRST_SPEND:
        for item_id in named:
            waiting = rules.waiting_span(terms, agreed_at=at)
            make_right(version, terms, item_id, waiting, at=at, awaits=True)
    for item_id, old in before.items():
        if item_id and not old.awaits_first_spend and (not terms.item_ids or item_id in named):
            _carry_over(version, terms, old, at=at)


def _carry_over(version: AgreementVersion, terms: Terms, old: UsageRight, *, at: datetime) -> None:
    start = old.starts_at
    if terms.start_trigger is StartTrigger.DATE and terms.start_on:
        start = rules.start_of(terms.start_on)
    renewed = timedelta(0)
    if old.version is not None:
        old_end = rules.span(old.version.content, starts_at=old.starts_at).ends_at
        renewed = max(timedelta(0), old.ends_at - old_end)
    span = rules.carried_span(terms, starts_at=start, renewed=renewed)
    right = make_right(version, terms, old.item_id, span, at=at)
    if _is_paid_by_post(old, terms):
        # See `due_fees.of_consent`: the content of a live post was bought by the version before.
        right.content_fee_minor = old.content_fee_minor
        right.rights_fee_minor = max(old.rights_fee_minor, right.rights_fee_minor)
        right.save(update_fields=["content_fee_minor", "rights_fee_minor"])
    if right.awaits_first_spend:
        right.awaits_first_spend = False
        set_span(right, span)


def _is_paid_by_post(old: UsageRight, terms: Terms) -> bool:
    if old.version is None:
        return False
    before = old.version.content
    is_started = before.start_trigger is StartTrigger.POST_LIVE
    by_post = before.pay_from is PayFrom.POST_LIVE or (
        is_started and terms.pay_from is PayFrom.POST_LIVE
    )
    return by_post and (is_started or old.item_id in due_fees.posts_paid_for(old.version.agreement))


def make_right(
    version: AgreementVersion,
    terms: Terms,
    item_id: str,
    span: Span,
    *,
    at: datetime,
    awaits: bool = False,
) -> UsageRight:
    number = UsageRight.objects.filter(version=version).exclude(item_id="").count()
    posts = due_fees.posts_agreed(terms)
    right, _ = UsageRight.objects.get_or_create(
        workspace=version.agreement.workspace,
        creator=version.agreement.creator,
        version=version,
        item_id=item_id,
        defaults={
            "sku": terms.sku,
            "paid_allowed": terms.paid_amplification,
            "starts_at": span.starts_at,
            "ends_at": span.ends_at,
            "hold_until": span.hold_until,
            "awaits_first_spend": awaits,
            "territory": list(terms.territory),
            "media": [str(each) for each in terms.media],
            "spend_cap_minor": terms.spend_cap_minor,
            "final_approval": terms.final_approval,
            "disclosure_words": terms.disclosure_words if terms.disclosure_duty else "",
            "music_warranty": terms.music_warranty,
            "content_fee_minor": fee_of_post(terms.content_fee_minor, posts=posts, number=number)
            if item_id
            else terms.content_fee_minor,
            "rights_fee_minor": fee_of_post(terms.rights_fee_minor, posts=posts, number=number)
            if item_id
            else terms.rights_fee_minor,
            "currency": terms.currency,
            "commission_bp": terms.commission_organic_bp,
            "commission_ads_bp": terms.commission_ads_bp,
            "source": "agreement",
            "recorded_at": at,
        },
    )
    return right


def locked(right: UsageRight) -> UsageRight:
    """The right as it stands now, locked until the transaction ends: two must not write its end at once."""
    return _locking().get(pk=right.pk)


def standing_instead(right: UsageRight, item_id: str) -> UsageRight | None:
    """The right, locked, by which a post goes since a newer version replaced this one; None where none does."""
    while right.superseded_at is not None:
        found = _of_same_agreement(right, item_id)
        if found is None:
            return None
        right = locked(found)
    return right


def _of_same_agreement(right: UsageRight, item_id: str) -> UsageRight | None:
    rows = UsageRight.objects.filter(
        version__agreement__versions=right.version_id,
        item_id__in=(item_id, ""),
        superseded_at=None,
    )
    return rows.order_by("-item_id", "-pk").first()


def _locking() -> QuerySet[UsageRight]:
    rows = UsageRight.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("version__agreement__workspace", "version__agreement__creator")


def span_of(right: UsageRight) -> Span:
    return Span(right.starts_at, right.ends_at, right.hold_until)


def set_span(right: UsageRight, span: Span) -> None:
    right.starts_at, right.ends_at, right.hold_until = span.starts_at, span.ends_at, span.hold_until
    right.save(update_fields=["starts_at", "ends_at", "hold_until", "awaits_first_spend"])


@transaction.atomic
def note_post_live(creator: Creator, item_id: str, at: datetime) -> UsageRight | None:
    """A creator's post went up: the right that starts with it starts, the fees that waited for it are due.

    It belongs to the agreement that names it; else to the oldest one in force that still waits for a post and was
    consented to before. Safe to tell again. Returns the right made by it, None when nothing waited for the post.
    """
    version = _version_of_post(creator, item_id, at)
    while version is not None:
        # Another post that goes live at this moment may be the last one that was agreed.
        transitions.hold(version.agreement)
        still = _version_of_post(creator, item_id, at)
        if still is not None and still.agreement_id == version.agreement_id:
            return start_with_post(still, item_id, at)
        version = still
    return None


def start_with_post(version: AgreementVersion, item_id: str, at: datetime) -> UsageRight | None:
    """What starts under this version when its post goes up; None where the term has another start."""
    terms = version.content
    due_fees.post_is_live(version.agreement, terms, item_id=item_id, at=at)
    if terms.start_trigger is not StartTrigger.POST_LIVE:
        return None
    # A post that was live before its agreement runs its term from the consent on.
    start = max(at, version.consented_at or at)
    return make_right(version, terms, item_id, rules.span(terms, starts_at=start), at=at)


def _version_of_post(creator: Creator, item_id: str, at: datetime) -> AgreementVersion | None:
    versions = in_force(creator)
    named = [each for each in versions if item_id in each.content.item_ids]
    if named:
        return named[0]
    for version in versions:
        is_from_before = version.consented_at is not None and at < version.consented_at
        if not is_from_before and covers(version, item_id):
            return version
    return None


def covers(version: AgreementVersion, item_id: str) -> bool:
    """Whether a post is, or still can become, one of those this version was agreed for."""
    terms = version.content
    if terms.item_ids:
        return item_id in terms.item_ids
    posts = _posts_under(version.agreement)
    return item_id in posts or len(posts) < terms.deliverables


def _posts_under(agreement: Agreement) -> set[str]:
    """The posts an agreement is used for, by its rights and its fees."""
    rights = UsageRight.objects.filter(version__agreement=agreement, superseded_at=None)
    posts = rights.exclude(item_id="").values_list("item_id", flat=True)
    return {*posts, *due_fees.posts_paid_for(agreement)}
