"""Terms as people read them, in English and Spanish, from one and the same value. Pure, but for the catalogues.

The sentences are the message ids of `locale/<language>/LC_MESSAGES/contract.po`, a catalogue of its own: what a page
says may be translated anew, what somebody consented to may not (decision 0032).
"""

from __future__ import annotations

import gettext
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from kindling.agreements.contract.terms import (
    MakeGood,
    PayFrom,
    RenewalKind,
    StartTrigger,
    Terms,
)
from kindling.kit.money import from_minor

LANGUAGES = ("en", "es")
LOCALE = Path(__file__).resolve().parents[2] / "locale"


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its sentences, plain text."""

    title: str
    lines: tuple[str, ...]


def describe(terms: Terms, language: str = "en") -> list[Section]:
    """Everything agreed, section by section; an unknown language is English. Sections without a line are left out."""
    words = _words(next((each for each in LANGUAGES if language.lower().startswith(each)), "en"))
    found = []
    for title, tell in _SECTIONS:
        lines = tuple(tell(terms, words))
        if lines:
            found.append(Section(words[title], lines))
    return found


class _Refuse(gettext.NullTranslations):
    """What a catalogue falls back to: never to English, where a contract in another language lacks a sentence."""

    def gettext(self, message: str) -> str:
        raise LookupError(f"A contract's sentence has no translation: {message!r}")

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        raise LookupError(f"A contract's sentence has no translation: {msgid1!r}")


class Words:
    """The sentences of a contract in one language, by their keys in `SENTENCES` and `COUNTED`."""

    def __init__(self, catalogue: gettext.NullTranslations) -> None:
        self._catalogue = catalogue
        self._by_key = {key: catalogue.gettext(text) for key, text in SENTENCES.items()}

    def __getitem__(self, key: str) -> str:
        return self._by_key[key]

    def counted(self, key: str, count: int) -> str:
        """The sentence for this number of things."""
        one, many = COUNTED[key]
        return self._catalogue.ngettext(one, many, count)


@cache
def _words(language: str) -> Words:
    """English is what the code says; every other language has a catalogue, complete or not at all."""
    if language == "en":
        return Words(gettext.NullTranslations())
    catalogue = gettext.translation("contract", LOCALE, [language])
    catalogue.add_fallback(_Refuse())
    return Words(catalogue)


# Sentences with a plural, one and many. Those below that name days keep their one form: contracts that were
# consented to say "1 days", and are shown as they were.
COUNTED = {
    "about": (
        "It covers {count} post about the product {sku}.",
        "It covers {count} posts about the product {sku}.",
    ),
    "about_any": ("It covers {count} post.", "It covers {count} posts."),
}
SENTENCES = {
    "use": "What the brand may do",
    "time": "How long",
    "hold": "Keeping the post up",
    "content": "The content",
    "exclusive": "Exclusivity",
    "money": "Money",
    "wrong": "If something goes wrong",
    "others": "Also agreed: people keep these, Kindling does not check them",
    "named": "The posts are {ids}.",
    "media": "The brand may use the content as: {media}.",
    "organic_repost": "a repost without advertising",
    "paid_from_brand": "ads from the brand's own account",
    "paid_from_creator": "ads from your account (Spark Ads)",
    "shop_ads": "TikTok Shop ads",
    "other_sites": "content on other sites",
    "paid": "The brand may pay TikTok to show the post to more people from your account.",
    "not_paid": "The brand may not advertise the post.",
    "territory": "Countries: {territory}.",
    "everywhere": "Countries: everywhere.",
    "from_post_live": "The term starts when the post is live.",
    "from_first_spend": "The term starts when the first ad spends, at the latest {days} days after your consent.",
    "from_date": "The term starts on {day}.",
    "term": "It lasts {days} days.",
    "until": "It lasts until the end of {day}.",
    "renew_none": "It is not renewed.",
    "renew_option": "It may be renewed when both agree. The brand asks {days} days before the end.",
    "renew_auto": "It renews automatically unless one side cancels {days} days before the end.",
    "price": "{days} more days cost {price}.",
    "hold_days": "You keep the post public for {days} days and do not delete or hide it.",
    "hold_until": "You keep the post public until the end of {day} and do not delete or hide it.",
    "hold_renews": "If the term is renewed, you keep the post public until the renewed term ends.",
    "no_hold": "You may delete or hide the post at any time; the brand will not advertise it.",
    "revoke": "If you want to withdraw your ad authorization, you say so {days} days before.",
    "final": "You see the final ad and approve it before it runs.",
    "disclose": "You switch TikTok's disclosure setting on.",
    "disclose_words": "You switch TikTok's disclosure setting on and write {words} in the caption.",
    "music": "You confirm that the music may be used for advertising.",
    "may_say": "You may say: {claim}",
    "must_not_say": "You must not say: {claim}",
    "no_rivals": "For {days} days from the start of the term you make no paid content for: {rivals}.",
    "content_fee": "Fee for the content: {price}.",
    "rights_fee": "Fee for the usage rights, per term: {price}.",
    "no_fee": "No fee is paid.",
    "commission_organic": "Commission on sales of your own post: {share}.",
    "commission_ads": "Commission on sales of ads: {share}.",
    "bonus": "Bonus of {price}: {text}",
    "sample": "You get the product, worth {price}.",
    "pay_consent": "Fees are paid within {days} days of your consent.",
    "pay_live": "Fees are paid within {days} days of the post being live.",
    "code_last": "You provide the video code after the fees are paid.",
    "cap": "The brand spends at most {price} on advertising it; the ads stop when TikTok reports that it is spent.",
    "kill": "If the brand cancels before the post is live, it pays {price}.",
    "good_replacement": "If the post goes away too early, you make another one.",
    "good_refund": "If the post goes away too early, you pay back the share of the fees for the days left.",
    "good_either": "If the post goes away too early, you make another one or pay back the share for the days left.",
}


def _use(terms: Terms, words: Words) -> list[str]:
    count = len(terms.item_ids) or terms.deliverables
    about = words.counted("about" if terms.sku else "about_any", count)
    lines = [about.format(count=count, sku=terms.sku)]
    if terms.item_ids:
        lines.append(words["named"].format(ids=", ".join(terms.item_ids)))
    lines.append(words["media"].format(media=", ".join(words[each] for each in terms.media)))
    lines.append(words["paid" if terms.paid_amplification else "not_paid"])
    countries = words["territory"].format(territory=", ".join(terms.territory))
    return [*lines, countries if terms.territory else words["everywhere"]]


def _time(terms: Terms, words: Words) -> list[str]:
    start = {
        StartTrigger.POST_LIVE: words["from_post_live"],
        StartTrigger.FIRST_SPEND: words["from_first_spend"].format(
            days=terms.first_spend_within_days
        ),
        StartTrigger.DATE: words["from_date"].format(day=_day(terms.start_on)),
    }[terms.start_trigger]
    key = "until" if terms.end_on else "term"
    term = words[key].format(day=_day(terms.end_on), days=terms.term_days)
    lines = [start, term, words[f"renew_{terms.renewal}"].format(days=terms.notice_days)]
    if terms.renewal is not RenewalKind.NONE:
        lines += [
            words["price"].format(days=days, price=_money(price, terms))
            for days, price in terms.renewal_prices
        ]
    return lines


def _hold(terms: Terms, words: Words) -> list[str]:
    if terms.hold_until:
        lines = [words["hold_until"].format(day=_day(terms.hold_until))]
    elif terms.hold_days:
        lines = [words["hold_days"].format(days=terms.hold_days)]
    else:
        lines = [words["no_hold"]]
    has_hold = terms.hold_until is not None or terms.hold_days is not None
    if has_hold and terms.hold_renews and terms.renewal is not RenewalKind.NONE:
        lines.append(words["hold_renews"])
    return [*lines, words["revoke"].format(days=terms.revocation_notice_days)]


def _content(terms: Terms, words: Words) -> list[str]:
    lines = [words["final"]] if terms.final_approval else []
    if terms.disclosure_duty:
        key = "disclose_words" if terms.disclosure_words else "disclose"
        lines.append(words[key].format(words=terms.disclosure_words))
    if terms.music_warranty:
        lines.append(words["music"])
    lines += [words["may_say"].format(claim=claim) for claim in terms.allowed_claims]
    return lines + [words["must_not_say"].format(claim=claim) for claim in terms.forbidden_claims]


def _exclusive(terms: Terms, words: Words) -> list[str]:
    if not terms.exclusivity_days:
        return []
    rivals = ", ".join(terms.exclusivity_competitors)
    return [words["no_rivals"].format(days=terms.exclusivity_days, rivals=rivals)]


def _fees(terms: Terms, words: Words) -> list[str]:
    lines = []
    for name in ("content_fee", "rights_fee"):
        minor = getattr(terms, f"{name}_minor")
        if minor:
            lines.append(words[name].format(price=_money(minor, terms)))
    if not lines:
        lines.append(words["no_fee"])
    for name in ("commission_organic", "commission_ads"):
        points = getattr(terms, f"{name}_bp")
        if points is not None:
            lines.append(words[name].format(share=f"{points / 100:g} %"))
    if terms.bonus_minor:
        lines.append(
            words["bonus"].format(price=_money(terms.bonus_minor, terms), text=terms.bonus_text)
        )
    if terms.sample_value_minor:
        lines.append(words["sample"].format(price=_money(terms.sample_value_minor, terms)))
    if terms.content_fee_minor or terms.rights_fee_minor:
        key = "pay_consent" if terms.pay_from is PayFrom.CONSENT else "pay_live"
        lines.append(words[key].format(days=terms.payment_days))
    if terms.code_after_payment:
        lines.append(words["code_last"])
    if terms.spend_cap_minor is not None:
        lines.append(words["cap"].format(price=_money(terms.spend_cap_minor, terms)))
    return lines


def _wrong(terms: Terms, words: Words) -> list[str]:
    lines = []
    if terms.kill_fee_minor:
        lines.append(words["kill"].format(price=_money(terms.kill_fee_minor, terms)))
    if terms.make_good is not MakeGood.NONE:
        lines.append(words[f"good_{terms.make_good}"])
    return lines


def _others(terms: Terms, words: Words) -> list[str]:
    return list(terms.other_clauses)


_SECTIONS: tuple[tuple[str, Callable[[Terms, Words], list[str]]], ...] = (
    ("use", _use),
    ("time", _time),
    ("hold", _hold),
    ("content", _content),
    ("exclusive", _exclusive),
    ("money", _fees),
    ("wrong", _wrong),
    ("others", _others),
)


def _money(minor: int, terms: Terms) -> str:
    return f"{from_minor(minor, terms.currency):,} {terms.currency}"


def _day(day: date | None) -> str:
    return "—" if day is None else day.isoformat()
