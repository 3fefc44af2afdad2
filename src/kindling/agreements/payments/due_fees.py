"""What consents and posts make owed: the fees and the bonus of a version, due with the consent or post by post."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from kindling.agreements.contract.rules import IN_FORCE
from kindling.agreements.contract.terms import PayFrom, StartTrigger, Terms
from kindling.agreements.models import Agreement, AgreementVersion, Payable, UsageRight
from kindling.agreements.payments.fees import fee_of_post
from kindling.agreements.payments.payables import NOT_SETTLED, make
from kindling.agreements.payments.rules import PayableState
from kindling.creators.models import Creator
from kindling.kit.money import Money

Kind = Payable.Kind
FEES = (Kind.CONTENT_FEE, Kind.RIGHTS_FEE)
OWED = (PayableState.DUE, PayableState.APPROVED, PayableState.PAID)


def of_consent(version: AgreementVersion, *, at: datetime) -> None:
    """What a version that was just consented to makes owed, for what is still open under its agreement.

    Fees counted from the consent are one row, due with it; those counted from the posts one expected row for each
    post that is still to come. What is due, approved or paid for a post that is live stays as it is: terms are a
    snapshot at consent (domain reference §4), so a post is owed what the version said under which it went up. The
    content fee is for making it, and a later version makes nothing of it again: no difference is owed (what the
    brand gives on top is a bonus by hand). The rights fee is per term (§4), and a version gives its posts a term of
    its own: where its rights fee is higher, the difference is owed on its own. A lower fee takes nothing back.
    """
    _replace_waiting(version, at=at)
    terms = version.content
    _fee(version, Kind.CONTENT_FEE, terms.content_fee_minor, at=at)
    _fee(version, Kind.RIGHTS_FEE, terms.rights_fee_minor, at=at)
    settled = [row for row in _made_before(version, Kind.BONUS) if row.state in OWED]
    bonus = terms.bonus_minor - sum(row.amount_minor for row in settled)
    if bonus > 0:
        _make(version, Kind.BONUS, "", f"Bonus: {terms.bonus_text}", bonus, at=at)


def _replace_waiting(version: AgreementVersion, *, at: datetime) -> None:
    """Cancel what earlier versions made owed for no post yet and nobody approved."""
    waiting = [
        row.pk
        for kind in (*FEES, Kind.BONUS)
        for row in _made_before(version, kind)
        if row.state == PayableState.EXPECTED or (row.state == PayableState.DUE and _is_whole(row))
    ]
    Payable.objects.filter(
        pk__in=waiting, state__in=(PayableState.EXPECTED, PayableState.DUE)
    ).update(
        state=PayableState.CANCELLED,
        cancelled_at=at,
        cancelled_because=f"Replaced by version {version.number}.",
    )


def _made_before(version: AgreementVersion, kind: Payable.Kind) -> list[Payable]:
    """What earlier versions made owed. What a person added by hand stands beside it, whatever is in force."""
    rows = Payable.objects.filter(
        agreement=version.agreement_id, kind=kind, version__isnull=False
    ).exclude(version=version)
    return list(rows.select_related("version", "correction").order_by("pk"))


def _is_whole(row: Payable) -> bool:
    """Whether it is a fee counted from the consent, for all posts together."""
    if row.version is None or row.kind not in FEES or row.item_id:
        return False
    return row.version.content.pay_from is PayFrom.CONSENT


def _fee(version: AgreementVersion, kind: Payable.Kind, fee: int, *, at: datetime) -> None:
    """One fee of a version: its shares for the posts that have none yet, less what was paid for them before."""
    terms = version.content
    posts, title = posts_agreed(terms), f"{Kind(kind).label}, {version.agreement.title}"
    rows = _made_before(version, kind)
    costs = _costs(rows, terms)
    if kind == Kind.RIGHTS_FEE:
        for item_id, cost in costs.items():
            if cost is not None and fee // posts > cost:
                what, more = f"{title}, increase by version {version.number}", fee // posts - cost
                _make(version, kind, f"-more-{item_id}", what, more, at=at, item_id=item_id)
    open_rows = [row for row in rows if not row.stands_for and row.state in OWED]
    prepaid = sum(row.amount_minor for row in open_rows if _is_whole(row))
    taken = len(costs) + sum(not _is_whole(row) for row in open_rows)
    if terms.pay_from is PayFrom.CONSENT:
        _make(version, kind, "-0", title, _open(fee, posts, taken) - prepaid, at=at, is_due=True)
        return
    for item_id, share in _live_without_fee(version, kind).items():
        if item_id not in costs:
            covered, taken = min(prepaid, share), taken + 1
            prepaid -= covered
            what = f"{title}, post {item_id}"
            _make(version, kind, f"-{item_id}", what, share - covered, at=at, item_id=item_id)
    for number in range(taken, posts):
        share = fee_of_post(fee, posts=posts, number=number)
        covered = min(prepaid, share)
        prepaid -= covered
        what = title + (f", post {number + 1} of {posts}" if posts > 1 else "")
        _make(version, kind, f"-{number}", what, share - covered, at=at)


def _open(fee: int, posts: int, taken: int) -> int:
    """What a fee comes to for the posts that have none yet."""
    return sum(fee_of_post(fee, posts=posts, number=each) for each in range(taken, posts))


def _costs(rows: list[Payable], terms: Terms) -> dict[str, int | None]:
    """Each post of these terms that has a fee, with what it costs; None where it was called off."""
    costs: dict[str, int | None] = {}
    for row in rows:
        post = row.stands_for
        if post and (not terms.item_ids or post in terms.item_ids):
            before = None if row.state == PayableState.CANCELLED else costs.get(post, 0)
            costs[post] = None if before is None else before + row.amount_minor
    return costs


def _live_without_fee(version: AgreementVersion, kind: Payable.Kind) -> dict[str, int]:
    """Posts that went up while fees were counted from the consent, with what their right says they cost."""
    rights = UsageRight.objects.filter(version__agreement=version.agreement_id).exclude(item_id="")
    started = {
        right.item_id
        for right in rights.exclude(version=version).select_related("version")
        if right.version and right.version.content.start_trigger is StartTrigger.POST_LIVE
    }
    name = "content_fee_minor" if kind == Kind.CONTENT_FEE else "rights_fee_minor"
    carried = rights.filter(version=version, item_id__in=started).order_by("pk")
    return dict(carried.values_list("item_id", name))


def _make(
    version: AgreementVersion,
    kind: Payable.Kind,
    part: str,
    what: str,
    amount: int,
    *,
    at: datetime,
    item_id: str = "",
    is_due: bool = False,
) -> None:
    """A row of this version where there is something to pay: due when it is so or stands for a post, expected else."""
    if amount <= 0:
        return
    terms = version.content
    make(
        version.agreement,
        version.agreement.creator,
        key=f"version-{version.pk}-{kind}{part}",
        kind=kind,
        what=what,
        amount=Money(amount, terms.currency),
        by=version.offered_by,
        at=at,
        due_at=at + timedelta(days=terms.payment_days) if is_due or item_id else None,
        item_id=item_id,
        version=version,
    )


def standing_for(rows: QuerySet[Payable], item_id: str) -> QuerySet[Payable]:
    """Those that stand for a post: a paid one for the right post after its link was corrected."""
    return rows.filter(Q(correction__item_id=item_id) | Q(correction=None, item_id=item_id))


def posts_paid_for(agreement: Agreement) -> set[str]:
    """The posts whose fee is due, was paid or was called off."""
    rows = Payable.objects.filter(agreement=agreement, kind__in=FEES).exclude(item_id="")
    return set(rows.values_list(Coalesce("correction__item_id", "item_id"), flat=True))


def content_fees_owed(agreements: Iterable[int]) -> set[tuple[int, str]]:
    """(agreement, item id) of each post whose content fee is due, approved or paid; "" where one is for all posts."""
    rows = Payable.objects.filter(
        agreement__in=list(agreements), kind=Kind.CONTENT_FEE, state__in=OWED
    ).select_related("version", "correction")
    return {
        (row.agreement_id, row.stands_for)
        for row in rows
        if row.agreement_id is not None and (row.stands_for or _is_whole(row))
    }


def posts_agreed(terms: Terms) -> int:
    return len(terms.item_ids) or terms.deliverables


def post_is_live(agreement: Agreement, terms: Terms, *, item_id: str, at: datetime) -> None:
    """The fees that were waiting for this post are due now; once per post."""
    for kind in FEES:
        rows = Payable.objects.filter(agreement=agreement, kind=kind)
        if standing_for(rows, item_id).exists():
            continue
        _due_with_post(rows, terms, item_id, at=at)


def _due_with_post(rows: QuerySet[Payable], terms: Terms, item_id: str, *, at: datetime) -> None:
    """The oldest of these payables that waits for a post is due with this one."""
    waiting = rows.filter(state=PayableState.EXPECTED, item_id="")
    for pk in waiting.order_by("pk").values_list("pk", flat=True):
        # Another post that goes live at this moment may take the row first; then the next one is this post's.
        if waiting.filter(pk=pk).update(
            item_id=item_id,
            state=PayableState.DUE,
            due_at=at + timedelta(days=terms.payment_days),
        ):
            return


# --- What a video code waits for ----------------------------------------------------------------------------------


def has_unpaid_release_fee(agreement: Agreement) -> bool:
    """Whether a fee is open that a code of this agreement waits for (terms: code only after payment, P5)."""
    rows = Payable.objects.filter(agreement=agreement, kind__in=FEES, state__in=NOT_SETTLED)
    return rows.exists() and _gives_codes_after_payment(agreement)


def waits_for_payment(creator: Creator, item_id: str) -> bool:
    """Whether the code of this post waits for a fee that is open (P5).

    Asked of the agreements that have a right for the post; else of all in force that could be for it. Fees of the
    post decide; while it has none, any that is for no post yet may be its own.
    """
    in_force = list(Agreement.objects.filter(creator=creator, state__in=IN_FORCE))
    rights = UsageRight.objects.filter(creator=creator, item_id=item_id, superseded_at=None)
    named = set(rights.values_list("version__agreement", flat=True))
    return any(
        _is_open(agreement, item_id) and _gives_codes_after_payment(agreement, item_id)
        for agreement in in_force
        if not named or agreement.pk in named
    )


def _gives_codes_after_payment(agreement: Agreement, item_id: str = "") -> bool:
    """By the version in force; False where that is for other posts than this one."""
    version = agreement.versions.filter(consented_at__isnull=False).first()
    terms = version.content if version else None
    is_for_others = terms and item_id and terms.item_ids and item_id not in terms.item_ids
    return terms is not None and terms.code_after_payment and not is_for_others


def _is_open(agreement: Agreement, item_id: str) -> bool:
    for kind in FEES:
        rows = Payable.objects.filter(agreement=agreement, kind=kind)
        own = standing_for(rows, item_id)
        if not own.exists() and not _is_paid_with_others(rows, item_id):
            own = rows.filter(item_id="", correction=None)
        if own.filter(state__in=NOT_SETTLED).exists():
            return True
    return False


def _is_paid_with_others(rows: QuerySet[Payable], item_id: str) -> bool:
    """Whether the post went up under a version whose fee for all posts together is paid."""
    paid = rows.filter(item_id="", state=PayableState.PAID, version__rights__item_id=item_id)
    return any(_is_whole(row) and _starts_with_post(row) for row in paid.select_related("version"))


def _starts_with_post(row: Payable) -> bool:
    version = row.version
    return version is not None and version.content.start_trigger is StartTrigger.POST_LIVE
