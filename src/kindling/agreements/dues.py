"""What consents and posts make owed: the fees and the bonus of a version, due with the consent or post by post."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from kindling.agreements.fees import fee_of_post
from kindling.agreements.models import Agreement, AgreementVersion, Payable
from kindling.agreements.payables import make
from kindling.agreements.rules import PayableState
from kindling.agreements.terms import PayFrom, Terms
from kindling.kit.money import Money

Kind = Payable.Kind
FEES = (Kind.CONTENT_FEE, Kind.RIGHTS_FEE)


def of_consent(version: AgreementVersion, *, at: datetime) -> None:
    """What a version that was just consented to makes owed; what an earlier version made and nobody approved goes.

    Fees counted from the consent are due; those counted from the posts are one expected row for each post.
    """
    agreement, terms = version.agreement, version.content
    open_states = (PayableState.EXPECTED, PayableState.DUE)
    earlier = _made_by_versions(agreement).filter(state__in=open_states)
    live = list(earlier.exclude(item_id="").order_by("pk").values_list("kind", "item_id"))
    earlier.update(
        state=PayableState.CANCELLED,
        cancelled_at=at,
        cancelled_because=f"Version {version.number} stands in its place.",
    )
    for kind, fee in (
        (Kind.CONTENT_FEE, terms.content_fee_minor),
        (Kind.RIGHTS_FEE, terms.rights_fee_minor),
    ):
        rest = fee - _settled(agreement, kind)
        if rest > 0:
            _fee(version, terms, kind, rest, at=at)
    for kind_live, item_id in live:
        # These posts went up under the version before; nobody tells of them again.
        _due_with_post(_made_by_versions(agreement).filter(kind=kind_live), terms, item_id, at=at)
    bonus = terms.bonus_minor - _settled(agreement, Kind.BONUS)
    if bonus > 0:
        make(
            agreement,
            agreement.creator,
            key=f"version-{version.pk}-bonus",
            kind=Kind.BONUS,
            what=f"Bonus: {terms.bonus_text}",
            amount=Money(bonus, terms.currency),
            by=version.offered_by,
            at=at,
            due_at=None,
        )


def _made_by_versions(agreement: Agreement) -> QuerySet[Payable]:
    """What consents made owed. What a person added by hand stands beside it, whatever version is in force."""
    return Payable.objects.filter(agreement=agreement, key__startswith="version-")


def _settled(agreement: Agreement, kind: Payable.Kind) -> int:
    """What consents made owed of this kind and was approved or paid already, in minor units."""
    rows = _made_by_versions(agreement).filter(
        kind=kind, state__in=(PayableState.APPROVED, PayableState.PAID)
    )
    return int(rows.aggregate(total=Sum("amount_minor"))["total"] or 0)


def _fee(
    version: AgreementVersion, terms: Terms, kind: Payable.Kind, fee: int, *, at: datetime
) -> None:
    per_post = terms.pay_from is PayFrom.POST_LIVE
    posts = posts_agreed(terms) if per_post else 1
    for number in range(posts):
        share = fee_of_post(fee, posts=posts, number=number)
        make(
            version.agreement,
            version.agreement.creator,
            key=f"version-{version.pk}-{kind}-{number}",
            kind=kind,
            what=f"{Kind(kind).label}, {version.agreement.title}"
            + (f", post {number + 1} of {posts}" if posts > 1 else ""),
            amount=Money(share, terms.currency),
            by=version.offered_by,
            at=at,
            due_at=None if per_post else at + timedelta(days=terms.payment_days),
        )


def standing_for(rows: QuerySet[Payable], item_id: str) -> QuerySet[Payable]:
    """Those that stand for a post: a paid one for the right post after its link was corrected."""
    return rows.filter(Q(correction__item_id=item_id) | Q(correction=None, item_id=item_id))


def posts_paid_for(agreement: Agreement) -> set[str]:
    """The posts whose fee is due, was paid or was called off."""
    rows = Payable.objects.filter(agreement=agreement, kind__in=FEES).exclude(item_id="")
    return set(rows.values_list(Coalesce("correction__item_id", "item_id"), flat=True))


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
    waiting = rows.filter(state=PayableState.EXPECTED, item_id="").order_by("pk").first()
    if waiting is not None:
        waiting.item_id = item_id
        waiting.state = PayableState.DUE
        waiting.due_at = at + timedelta(days=terms.payment_days)
        waiting.save(update_fields=["item_id", "state", "due_at"])
