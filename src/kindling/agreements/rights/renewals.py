"""Renewals of usage rights: what more days cost, and the right that runs on once they are agreed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from kindling.agreements.models import AgreementVersion, Payable, UsageRight
from kindling.agreements.payments import payables
from kindling.agreements.payments.fees import (
    UsualShare,
    benchmark_share,
    days_bought,
    renewal_price,
)
from kindling.agreements.rights import rules
from kindling.agreements.rights import service as rights
from kindling.creators.models import Creator
from kindling.errors import ConflictError
from kindling.kit.money import Money
from kindling.workspaces.models import User, Workspace


@dataclass(frozen=True, slots=True)
class RenewalOffer:
    """What more days cost by the agreement in force. `usual` is context, not part of the price.

    source : in words how the price comes about; paid_days : days of it that the term does not cover already
    """

    version: AgreementVersion
    right: UsageRight
    days: int
    paid_days: int
    price_minor: int
    currency: str
    source: str
    is_auto: bool
    notice_days: int
    usual: UsualShare | None

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)


def renewal_offer(
    workspace: Workspace,
    creator: Creator,
    item_id: str,
    days: int,
    *,
    permission_ends_at: datetime | None = None,
    now: datetime,
) -> RenewalOffer | None:
    """What `days` more cost by the version in force; None without an agreement that says so.

    permission_ends_at : when TikTok's permission ends; days after it that the term covers anyway cost nothing
    """
    right = rights.rights_of_posts(workspace, [(creator.pk, item_id)], now=now).get(
        (creator.pk, item_id)
    )
    if right is None or right.version_id is None:
        return None
    version = AgreementVersion.objects.select_related("agreement").get(pk=right.version_id)
    if not version.agreement.is_in_force:
        return None
    terms, paid_days = version.content, days
    if permission_ends_at is not None:
        wanted = permission_ends_at + timedelta(days=days)
        beyond = wanted - max(right.ends_at, permission_ends_at)
        paid_days = min(days, max(0, -(-beyond // timedelta(days=1))))
    price = renewal_price(terms, paid_days)
    if price is None and paid_days:
        return None
    return RenewalOffer(
        version=version,
        right=right,
        days=days,
        paid_days=paid_days,
        price_minor=price.minor if price else 0,
        currency=terms.currency,
        source=price.source if price else "already covered by the paid term",
        is_auto=price.is_auto if price else False,
        notice_days=terms.notice_days,
        usual=benchmark_share(days),
    )


@transaction.atomic
def renew(
    right: UsageRight,
    *,
    key: str,
    item_id: str,
    until: datetime,
    price_minor: int,
    days: int,
    by: User | None,
    at: datetime,
) -> UsageRight:
    """Let a right run to `until`, its hold as its terms say, and owe its price. Safe to tell again with the same key.

    key : what the renewal is, e.g. "renewal-12"; a right that reaches further is not made shorter
    returns : the post's right, that of a newer version where one replaced it meanwhile; unchanged, with nothing
        owed, when its agreement has ended or a newer version gives the post none
    raises : ConflictError for a right that no agreement stands behind
    """
    # Since it was read another renewal or a first spend may have moved its end, or a new version replaced it.
    right = rights.locked(right)
    standing = rights.standing_instead(right, item_id)
    if standing is None:
        return right
    right = standing
    version = right.version
    if version is None:
        raise ConflictError(
            "These usage rights have no agreement.",
            next_step="Record the agreement, then renew.",
        )
    if not version.agreement.is_in_force:
        return right
    agreement, terms = version.agreement, version.content
    full_key = f"agreement-{agreement.pk}-{key}"
    if Payable.objects.filter(workspace=agreement.workspace, key=full_key).exists():
        return right
    if not right.item_id:
        right = rights.locked(
            rights.make_right(version, terms, item_id, rights.span_of(right), at=at)
        )
    new = rules.renewed_span(terms, rights.span_of(right), until=until)
    payables.make(
        agreement,
        agreement.creator,
        key=full_key,
        kind=Payable.Kind.RENEWAL,
        what=f"Renewal, {days} days, {agreement.title}",
        amount=Money(price_minor, terms.currency),
        by=by or version.offered_by,  # who set the price, where nobody asked for the days
        at=at,
        due_at=at + timedelta(days=terms.payment_days),
        item_id=item_id,
        days=days_bought(days, before=right.ends_at, end=new.ends_at),
    )
    right.awaits_first_spend = False
    rights.set_span(right, new)
    return right
