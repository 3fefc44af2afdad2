"""What a folded group of terms holds now, in one line. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kindling.agreements.contract.fields import FIELDS
from kindling.agreements.contract.terms import RenewalKind, StartTrigger, Terms
from kindling.kit.money import from_minor

_WORDS = {field.name: dict(field.options) for field in FIELDS}
MOST_NAMED = 3  # of a list, before "and 4 more"


def summary(group: str, terms: Terms) -> str:
    """One line on what the terms of a group (`fields.Group.key`) hold. Raises KeyError for an unknown group."""
    parts = _BY_GROUP[group](terms)
    line = "; ".join(part for part in parts if part)
    return line[:1].upper() + line[1:]


def _named(of: Iterable[str]) -> str:
    names = list(of)
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _money(minor: int | None, terms: Terms) -> str:
    return "none" if minor is None else f"{from_minor(minor, terms.currency):,} {terms.currency}"


def _deal(terms: Terms) -> list[str]:
    return [
        _count(terms.deliverables, "post", "posts"),
        f"content fee {_money(terms.content_fee_minor, terms)}" if terms.content_fee_minor else "",
        f"rights fee {_money(terms.rights_fee_minor, terms)}" if terms.rights_fee_minor else "",
        ""
        if terms.commission_ads_bp is None
        else f"commission on ads {terms.commission_ads_bp / 100:g} %",
        "" if terms.term_days is None else f"term {_count(terms.term_days, 'day', 'days')}",
        "no hold period"
        if terms.hold_days is None and terms.hold_until is None
        else ""
        if terms.hold_days is None
        else f"hold period {_count(terms.hold_days, 'day', 'days')}",
    ]


def _posts(terms: Terms) -> list[str]:
    if terms.item_ids:
        posts = f"only {_count(len(terms.item_ids), 'named post', 'named posts')}"
    else:
        posts = "all posts made under the agreement"
    return [posts, f"amounts in {terms.currency}"]


def _use(terms: Terms) -> list[str]:
    return [
        _named(_WORDS["media"][each] for each in terms.media) or "no use chosen",
        f"countries: {_named(terms.territory) or 'all'}",
        "" if terms.paid_amplification else "no paid amplification from the creator's handle",
    ]


def _term(terms: Terms) -> list[str]:
    start = f"starts {_WORDS['start_trigger'][terms.start_trigger]}"
    if terms.start_trigger is StartTrigger.DATE and terms.start_on:
        start = f"starts on {terms.start_on}"
    if terms.start_trigger is StartTrigger.FIRST_SPEND:
        start += f", within {_count(terms.first_spend_within_days, 'day', 'days')}"
    prices = len(terms.renewal_prices)
    renewal = f"renewal: {_WORDS['renewal'][terms.renewal]}"
    has_renewal = terms.renewal is not RenewalKind.NONE
    return [
        start,
        f"ends on {terms.end_on}" if terms.end_on else "",
        renewal,
        f"notice {_count(terms.notice_days, 'day', 'days')}" if has_renewal else "",
        _count(prices, "renewal price", "renewal prices") if prices else "",
    ]


def _hold(terms: Terms) -> list[str]:
    renews = "extended by a renewed term" if terms.hold_renews else "not extended by a renewed term"
    notice = _count(terms.revocation_notice_days, "day", "days")
    return [
        f"until {terms.hold_until}" if terms.hold_until else "",
        renews,
        f"notice to withdraw the ad authorization: {notice}",
    ]


def _fees(terms: Terms) -> list[str]:
    organic = terms.commission_organic_bp
    pay_from = _WORDS["pay_from"][terms.pay_from]
    return [
        f"payment within {_count(terms.payment_days, 'day', 'days')} of {pay_from}",
        "video code only after payment" if terms.code_after_payment else "",
        "" if organic is None else f"commission on own post {organic / 100:g} %",
        f"bonus {_money(terms.bonus_minor, terms)}" if terms.bonus_minor else "",
        f"sample {_money(terms.sample_value_minor, terms)}" if terms.sample_value_minor else "",
        f"maximum ad spend: {_money(terms.spend_cap_minor, terms)}",
        f"kill fee {_money(terms.kill_fee_minor, terms)}" if terms.kill_fee_minor else "",
    ]


def _content(terms: Terms) -> list[str]:
    claims = len(terms.allowed_claims), len(terms.forbidden_claims)
    return [
        "disclosure setting on" if terms.disclosure_duty else "no duty to disclose",
        terms.disclosure_words if terms.disclosure_duty else "",
        "music rights confirmed" if terms.music_warranty else "music rights not confirmed",
        "creator approves the final ad" if terms.final_approval else "",
        f"{_count(claims[0], 'allowed claim', 'allowed claims')}, {claims[1]} forbidden"
        if any(claims)
        else "no claims listed",
    ]


def _exclusivity(terms: Terms) -> list[str]:
    if not terms.exclusivity_days:
        return ["none"]
    days = _count(terms.exclusivity_days, "day", "days")
    return [f"{days}: {_named(terms.exclusivity_competitors)}"]


def _breach(terms: Terms) -> list[str]:
    return [_WORDS["make_good"][terms.make_good]]


def _others(terms: Terms) -> list[str]:
    return [
        _count(len(terms.other_clauses), "clause", "clauses") if terms.other_clauses else "none"
    ]


_BY_GROUP: dict[str, Callable[[Terms], list[str]]] = {
    "deal": _deal,
    "posts": _posts,
    "use": _use,
    "term": _term,
    "hold": _hold,
    "fees": _fees,
    "content": _content,
    "exclusivity": _exclusivity,
    "breach": _breach,
    "others": _others,
}
