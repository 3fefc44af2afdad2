"""Breaches and how they are made good: a replacement post, a refund for the unused days, or a waiver."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

from kindling.agreements.contract import transitions
from kindling.agreements.contract.rules import AgreementState
from kindling.agreements.contract.terms import MakeGood
from kindling.agreements.models import Agreement, Breach, Payable, UsageRight
from kindling.agreements.payments import payables
from kindling.agreements.payments.fees import PaidTerm, refund_of_terms, unused_days
from kindling.agreements.payments.rules import PayableState
from kindling.creators.models import Creator
from kindling.errors import ConflictError, InvalidInputError, NotFoundError
from kindling.kit.money import Money
from kindling.notices.service import notify, settle
from kindling.workspaces.models import Role, Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record, system_actor

Kind, Remedy = Breach.Kind, Breach.Remedy
_OF_RIGHT = ("right", "agreement", "unused_days", "term_days", "refund_minor", "currency")
REFUNDING = frozenset({MakeGood.REFUND, MakeGood.EITHER})


@transaction.atomic
def open_breach(
    actor: Actor,
    creator: Creator,
    *,
    kind: str,
    evidence: str,
    at: datetime,
    item_id: str = "",
    happened_at: datetime | None = None,
    agreement: Agreement | None = None,
    right: int | None = None,
) -> Breach:
    """Open a breach and tell the manager and legal; while one of this kind is open for the post it is the same one.

    Where that one is only suspected, a person who opens it confirms it: their evidence is added to Kindling's.

    actor : a person who may manage agreements, or Kindling itself when it saw the post or the permission go
    agreement : found through the post's right where it is not given; there may be none (imported rights)
    right : the number of the right it breaks, where a person chose it; else the one the post falls under, see
        `find_right`. Where that cannot be told a person is asked to choose, now (InvalidInputError) or, if Kindling
        opened it, in the notice
    raises : ConflictError where the one that is open is of another agreement than the one given
    """
    if actor.user is not None:
        actor.require(Action.MANAGE_AGREEMENTS)
    if kind not in Kind.values:
        raise InvalidInputError(
            f"{kind!r} is not a kind of breach.", next_step="Choose from the list.", field="kind"
        )
    if not evidence.strip():
        raise InvalidInputError(
            "A breach needs evidence.",
            next_step="Describe what you saw, where and when.",
            field="evidence",
        )
    when = happened_at or at
    _one_at_a_time(creator)
    known = Breach.objects.filter(creator=creator, item_id=item_id, kind=kind, resolved_at=None)
    held = known.select_related("agreement").select_for_update(of=("self",), no_key=True)
    if (open_one := held.first()) is not None:
        _check_same(open_one, agreement)
        if open_one.is_suspected and actor.user is not None:
            broken = None if right is None else _chosen(creator, right, agreement)
            _confirm_as_theirs(actor, open_one, evidence=evidence, right=broken, at=at)
        return open_one
    found = (
        [_chosen(creator, right, agreement)]
        if right is not None
        else find_right(creator, item_id, kind=kind, when=when, agreement=agreement)
    )
    broken = found[0] if len(found) == 1 else None
    if broken is None and actor.user is not None:
        _ask(creator, item_id, kind, found, agreement)
    if agreement is None and broken is not None:
        agreement = _agreement_of(broken)
    breach = Breach(
        workspace=creator.workspace,
        creator=creator,
        agreement=agreement,
        right=broken,
        item_id=item_id,
        kind=kind,
        evidence=" ".join(filter(None, [evidence.strip(), _missing_notice(kind, broken)])),
        happened_at=when,
        opened_at=at,
        opened_by=actor.user,
    )
    _compute_refund(breach, broken)
    breach.save(force_insert=True)
    _mark_breached(agreement, at=at)
    facts = {"breach": breach.pk, "kind": kind, "item_id": item_id, "evidence": breach.evidence}
    record(actor, "opened breach", breach.subject, at=at, after=facts)
    _notify(breach, found, at=at)
    return breach


def _missing_notice(kind: str, right: UsageRight | None) -> str:
    """What the agreement says of a withdrawal of the authorization that came without a word."""
    days = right.version.content.revocation_notice_days if right and right.version else 0
    if kind != Kind.REVOKED or not days:
        return ""
    return f"The agreement asks for {days} days' notice before a withdrawal; none is on record."


# --- Suspected ------------------------------------------------------------------------------------------------


@transaction.atomic
def suspect(
    right: UsageRight,
    *,
    kind: str,
    evidence: str,
    item_id: str,
    happened_at: datetime,
    at: datetime,
) -> Breach | None:
    """Kindling saw a sign of a breach: kept for a person to confirm, nothing follows from it by itself.

    None where the same post was suspected before, whatever a person made of it, or is in an open breach of the kind.
    """
    creator, agreement = right.creator, _agreement_of(right)
    _one_at_a_time(creator)
    known = Breach.objects.filter(creator=creator, item_id=item_id, kind=kind)
    if known.filter(Q(agreement=agreement) | Q(resolved_at=None)).exists():
        return None
    breach = Breach.objects.create(
        workspace=creator.workspace,
        creator=creator,
        agreement=agreement,
        right=right,
        item_id=item_id,
        kind=kind,
        evidence=evidence,
        is_suspected=True,
        happened_at=happened_at,
        opened_at=at,
    )
    facts = {"breach": breach.pk, "kind": kind, "item_id": item_id, "evidence": evidence}
    actor = system_actor(creator.workspace)
    record(actor, "suspected breach", breach.subject, at=at, after=facts)
    _notify(breach, (), at=at)
    return breach


@transaction.atomic
def confirm(actor: Actor, breach: Breach, *, at: datetime) -> Breach:
    """A person has looked: the suspected breach is one. Raises ConflictError where it is no longer suspected."""
    actor.require(Action.MANAGE_AGREEMENTS)
    _one_at_a_time(breach.creator)
    held = Breach.objects.select_for_update(of=("self",), no_key=True).get(pk=breach.pk)
    if not held.is_suspected or held.resolved_at is not None:
        raise ConflictError("This breach is not open as suspected.", next_step="Reload the page.")
    held.is_suspected = False
    held.save(update_fields=["is_suspected"])
    _mark_breached(held.agreement, at=at)
    record(actor, "confirmed breach", held.subject, at=at, after={"breach": held.pk})
    return held


def _confirm_as_theirs(
    actor: Actor, breach: Breach, *, evidence: str, right: UsageRight | None, at: datetime
) -> None:
    """A person saw what Kindling only suspected. right : the one they chose, None to keep the suspected one."""
    if right is not None:
        _check_same(breach, _agreement_of(right))
        breach.right, breach.agreement = right, breach.agreement or _agreement_of(right)
    breach.evidence = f"{breach.evidence}\n{evidence.strip()}"
    breach.is_suspected, breach.opened_by = False, actor.user
    _compute_refund(breach, breach.right)
    breach.save(update_fields=["evidence", "is_suspected", "opened_by", *_OF_RIGHT])
    _mark_breached(breach.agreement, at=at)
    facts = {"breach": breach.pk, "evidence": evidence.strip()}
    record(actor, "confirmed breach", breach.subject, at=at, after=facts)
    settle(breach.workspace, key=_key(breach), at=at)  # it says that the breach is suspected
    _notify(breach, (), at=at)


def _one_at_a_time(creator: Creator) -> None:
    """A person and Kindling itself may open the same breach at the same moment: the second waits for the first."""
    Creator.objects.select_for_update(no_key=True).get(pk=creator.pk)


def _hold(breach: Breach) -> None:
    """Take the breach as it stands now, locked. All of a creator's wait: two of a post pay the same days back once."""
    _one_at_a_time(breach.creator)
    Breach.objects.select_for_update(no_key=True).get(pk=breach.pk)
    breach.refresh_from_db()


def _check_same(open_one: Breach, agreement: Agreement | None) -> None:
    """What a person saw of one agreement must not go down as seen of another."""
    other = open_one.agreement
    if agreement is not None and other is not None and other.pk != agreement.pk:
        raise ConflictError(
            f"The same breach is open in another agreement: {other.title}.",
            next_step="Resolve it there first, then open this one.",
        )


def _notify(breach: Breach, found: Sequence[UsageRight], *, at: datetime) -> None:
    """`found`: the rights it may be of, where it is of none yet."""
    creator, agreement = breach.creator, breach.agreement
    if agreement is None:
        agreement = next((known for each in found if (known := _agreement_of(each))), None)
    next_step = "Talk to the creator; then record a replacement, a refund or a waiver."
    if breach.is_suspected:
        next_step = "Look at the post, then confirm the breach or resolve it as no breach."
    if breach.agreement is None and agreement is not None:
        next_step = "Several agreements cover the post. Open one of them to assign the breach."
    notify(
        breach.workspace,
        key=_key(breach),
        roles=(Role.CREATOR_MANAGER, Role.LEGAL, Role.OWNER),
        title=f"{breach.label} by @{creator.handle}: {breach.get_kind_display().lower()}",
        next_step=next_step,
        path=f"agreements/{agreement.pk}/" if agreement else "agreements/breaches/",
        at=at,
        urgency=1,
    )


def _mark_breached(agreement: Agreement | None, *, at: datetime) -> None:
    if agreement is not None:
        transitions.move_if(agreement, AgreementState.AGREED, AgreementState.BREACHED, at=at)


# --- The right it is of ---------------------------------------------------------------------------------------


def find_right(
    creator: Creator, item_id: str, *, kind: str, when: datetime, agreement: Agreement | None
) -> list[UsageRight]:
    """The rights a breach may be of: in force on its day and covering the post, the post's own before general ones.

    Of several, those whose clause is broken; of these, those of an agreement before imported ones, of whose terms
    Kindling knows too little to hold anybody to them. One is the answer; none or several must be asked.
    """
    rows = UsageRight.objects.filter(
        Q(superseded_at=None) | Q(superseded_at__gt=when),
        Q(version=None) | Q(recorded_at__lte=when),  # what was agreed later was not broken before
        creator=creator, item_id__in={item_id, ""}, starts_at__lte=when,
    ).select_related("version__agreement")  # fmt: skip
    if agreement is not None:
        rows = rows.filter(version__agreement=agreement)
    in_force = [
        right
        for right in rows.order_by("pk")
        if when < max(right.ends_at, right.hold_until or right.ends_at)
    ]
    near = [right for right in in_force if right.item_id == item_id] or in_force
    broken = [right for right in near if _is_broken(right, kind, when)] or near
    return [right for right in broken if right.version_id is not None] or broken


def _is_broken(right: UsageRight, kind: str, when: datetime) -> bool:
    """Whether the right has the clause that such a breach breaks (domain reference §4)."""
    terms = right.version.content if right.version else None
    match kind:
        case Kind.DELETED | Kind.HIDDEN:
            return right.hold_until is not None and when < right.hold_until
        case Kind.REVOKED:
            return right.paid_allowed and when < right.ends_at
        case Kind.NO_DISCLOSURE:
            return terms is not None and terms.disclosure_duty
        case Kind.CLAIM:
            return terms is not None and bool(terms.forbidden_claims)
        case Kind.EXCLUSIVITY:
            return terms is not None and bool(terms.exclusivity_days)
    return True


def _ask(
    creator: Creator,
    item_id: str,
    kind: str,
    found: Sequence[UsageRight],
    agreement: Agreement | None,
) -> None:
    """Raise InvalidInputError where a person has rights to choose from and the breach is one of a right."""
    known = UsageRight.objects.filter(creator=creator)
    if agreement is not None:
        known = known.filter(version__agreement=agreement)
    if not item_id or kind in {Kind.NOT_DELIVERED, Kind.OTHER} or not known.exists():
        return
    how_many = "several usage rights" if found else "no usage rights"
    raise InvalidInputError(
        f"On that day {how_many} covered this post.",
        next_step="Choose the usage rights that were breached.",
        right="Choose one of them.",
        field="right",
    )


def _chosen(creator: Creator, pk: int, agreement: Agreement | None) -> UsageRight:
    rows = UsageRight.objects.filter(pk=pk, creator=creator).select_related("version__agreement")
    if agreement is not None:
        rows = rows.filter(version__agreement=agreement)
    if (right := rows.first()) is None:
        raise NotFoundError(
            "These usage rights were not found for this creator.", next_step="Choose again."
        )
    return right


def _agreement_of(right: UsageRight) -> Agreement | None:
    return right.version.agreement if right.version else None


@transaction.atomic
def choose_right(
    actor: Actor, breach: Breach, *, right: int, at: datetime, agreement: Agreement | None = None
) -> Breach:
    """Say which right a breach is of, where Kindling could not tell. Raises ConflictError when it is known."""
    actor.require(Action.MANAGE_AGREEMENTS)
    _hold(breach)
    if breach.resolved_at is not None or breach.right_id is not None:
        raise ConflictError("This is already resolved.", next_step="Reload the page.")
    broken = _chosen(breach.creator, right, agreement or breach.agreement)
    breach.right, breach.agreement = broken, breach.agreement or _agreement_of(broken)
    _compute_refund(breach, broken)
    breach.save(update_fields=_OF_RIGHT)
    _mark_breached(breach.agreement, at=at)
    record(
        actor, "chose right of breach", breach.subject, at=at,
        after={"breach": breach.pk, "right": broken.pk, "refund_minor": breach.refund_minor},
    )  # fmt: skip
    _notify(breach, (), at=at)
    return breach


REMEDIES = [each for each in Remedy.choices if each[0] != Remedy.OPEN]


def list_breaches(workspace: Workspace) -> QuerySet[Breach]:
    """Every breach, the open ones first, then the newest."""
    rows = Breach.objects.filter(workspace=workspace).select_related(
        "creator", "agreement", "resolved_by"
    )
    return rows.order_by(F("resolved_at").desc(nulls_first=True), "-happened_at", "-pk")


STATES = {"open": "Open", "suspected": "Suspected", "resolved": "Resolved"}


def of_state(rows: QuerySet[Breach], state: str) -> QuerySet[Breach]:
    """Those of a state. `state`: a key of STATES."""
    if state == "resolved":
        return rows.exclude(resolved_at=None)
    return rows.filter(resolved_at=None, is_suspected=state == "suspected")


def matching(rows: QuerySet[Breach], search: str) -> QuerySet[Breach]:
    """Those of a creator or post, or with the text in their evidence."""
    return rows.filter(
        Q(creator__handle__icontains=search.lstrip("@"))
        | Q(item_id__contains=search)
        | Q(evidence__icontains=search)
    )


def without_right(creator: Creator) -> QuerySet[Breach]:
    """A creator's open breaches that nobody put to an agreement yet."""
    return Breach.objects.filter(creator=creator, agreement=None, right=None, resolved_at=None)


def _compute_refund(breach: Breach, right: UsageRight | None) -> None:
    """The refund of the fees' share for the unused days, as far as a right says what was bought."""
    if right is None or not _provides_refund(breach.kind, right):
        return
    unused, term = unused_days(
        starts_at=right.starts_at, ends_at=right.ends_at, lost_at=breach.happened_at
    )
    breach.unused_days, breach.term_days = unused, term
    breach.refund_minor = refund_of_terms(_terms_of(right, days=term), unused=unused)
    breach.currency = right.currency


def _terms_of(right: UsageRight, *, days: int) -> list[PaidTerm]:
    """What was paid for a right of so many days: its fees for the first term, then each renewal for its own days."""
    renewals = _paid_terms(_renewals_of(right))
    first = max(1, days - sum(each.days for each in renewals))
    return [PaidTerm(right.content_fee_minor + right.rights_fee_minor, first), *renewals]


def _paid_terms(renewals: Iterable[Payable]) -> list[PaidTerm]:
    """Renewals as terms; the days of one that was called off were added all the same, for nothing."""
    return [
        PaidTerm(0 if row.state == PayableState.CANCELLED else row.amount_minor, row.days)
        for row in renewals
    ]


def _renewals_of(right: UsageRight) -> list[Payable]:
    """What was made owed for the renewals of a right, the oldest first."""
    if right.version is None or not right.item_id:
        return []
    rows = Payable.objects.filter(
        agreement=right.version.agreement_id, kind=Payable.Kind.RENEWAL,
        item_id=right.item_id, currency=right.currency,
    )  # fmt: skip
    if right.superseded_at is not None:  # what came later was added to the right in its place
        rows = rows.filter(created_at__lte=right.superseded_at)
    return list(rows.order_by("pk"))


def _provides_refund(kind: str, right: UsageRight) -> bool:
    """Whether fees are paid back for such a breach: by the agreement's terms; imported rights say nothing of it."""
    if right.version is None:
        return True
    return kind != Kind.EXCLUSIVITY and right.version.content.make_good in REFUNDING


@transaction.atomic
def resolve(
    actor: Actor,
    breach: Breach,
    *,
    remedy: str,
    resolution: str,
    replacement_item_id: str = "",
    at: datetime,
) -> Breach:
    """Note how a breach was made good. A refund makes a payable below zero; the agreement is kept again after it.

    raises : InvalidInputError, ConflictError when it was resolved already
    """
    actor.require(Action.MANAGE_AGREEMENTS)
    _hold(breach)
    if breach.resolved_at is not None:
        raise ConflictError("This breach is already resolved.", next_step="Reload the page.")
    if remedy not in Remedy.values or remedy == Remedy.OPEN:
        raise InvalidInputError(
            "Choose how it was resolved.", next_step="Choose from the list.", field="remedy"
        )
    if not resolution.strip():
        raise InvalidInputError(
            "Describe what was agreed.", next_step="Enter a short text.", field="resolution"
        )
    replacement = replacement_item_id.strip()
    if remedy == Remedy.REPLACEMENT and not (replacement.isdigit() and len(replacement) <= 32):
        raise InvalidInputError(
            "The replacement is a post: its id is digits only.",
            next_step="Write the last part of the post's address.",
            field="replacement_item_id",
        )
    if breach.is_suspected and remedy != Remedy.NO_BREACH:
        raise ConflictError(
            "This breach is only suspected.",
            next_step="Confirm it first, or resolve it as no breach.",
        )
    if remedy == Remedy.REFUND:
        _pay_back(actor, breach, at=at)
    breach.remedy, breach.resolution = remedy, resolution.strip()
    breach.replacement_item_id = replacement if remedy == Remedy.REPLACEMENT else ""
    breach.resolved_at, breach.resolved_by = at, actor.user
    breach.save(
        update_fields=[
            "remedy", "resolution", "replacement_item_id", "resolved_at", "resolved_by",
        ]
    )  # fmt: skip
    agreement = breach.agreement
    open_ones = Breach.objects.filter(agreement=agreement, resolved_at=None, is_suspected=False)
    if agreement is not None and not open_ones.exists():
        transitions.move_if(agreement, AgreementState.BREACHED, AgreementState.AGREED, at=at)
    settle(breach.workspace, key=_key(breach), at=at)
    facts = {"breach": breach.pk, "remedy": remedy, "resolution": breach.resolution}
    record(actor, "resolved breach", breach.subject, at=at, after=facts)
    return breach


def _pay_back(actor: Actor, breach: Breach, *, at: datetime) -> None:
    if breach.right is not None and not _provides_refund(breach.kind, breach.right):
        raise InvalidInputError(
            "The agreement provides for no refund here.",
            next_step="Choose a replacement or a waiver.",
            field="remedy",
        )
    if not breach.refund_minor:
        raise InvalidInputError(
            "No refund is due: there was no fee, or no day of the term was left.",
            next_step="Choose a replacement or a waiver.",
            field="remedy",
        )
    left = _not_paid_back(breach)
    if left <= 0:
        raise InvalidInputError(
            "No refund is due: another breach of this post has paid these days back.",
            next_step="Choose a replacement or a waiver.",
            field="remedy",
        )
    payables.make(
        breach.agreement,
        breach.creator,
        key=f"breach-{breach.pk}-refund",
        kind=Payable.Kind.REFUND,
        what=f"Refund, {breach.unused_days} of {breach.term_days} unused days",
        amount=Money(-left, breach.currency),
        by=actor.user,
        at=at,
        due_at=at + timedelta(days=30),
        item_id=breach.item_id,
    )


def _not_paid_back(breach: Breach) -> int:
    """The breach's refund less what other breaches of the post pay back, minor units: its fees go back once.

    What was renewed after the last of them is in none of them.
    """
    rows = Payable.objects.filter(
        kind=Payable.Kind.REFUND, creator=breach.creator, agreement=breach.agreement,
        item_id=breach.item_id, currency=breach.currency,
    ).exclude(state=PayableState.CANCELLED)  # fmt: skip
    paid_back = -sum(row.amount_minor for row in rows)
    last = max((row.pk for row in rows), default=0)
    renewals = _renewals_of(breach.right) if breach.right else []
    later = _paid_terms(row for row in renewals if row.pk > last)
    of_later = min(breach.refund_minor, refund_of_terms(later, unused=breach.unused_days))
    return of_later + max(0, breach.refund_minor - of_later - paid_back)


def _key(breach: Breach) -> str:
    return f"breach-{breach.pk}"


def find(workspace: Workspace, pk: int) -> Breach:
    found = (
        Breach.objects.select_related("workspace", "creator", "agreement")
        .filter(workspace=workspace, pk=pk)
        .first()
    )
    if found is None:
        raise NotFoundError("This breach was not found.", next_step="Open Agreements to see all.")
    return found
