"""The whole of what brand and creator agree on, as one frozen value. Pure.

Source: domain reference §4 (usage right, fees). A value becomes one canonical text, and the text one hash, so
that a consent names exactly what was read.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import EnumType, StrEnum
from typing import Any, get_args, get_type_hints

import msgspec

VERSION = 1
LONGEST_DAYS = 3_650
MOST_MINOR = 10**12


class Medium(StrEnum):
    ORGANIC_REPOST = "organic_repost"
    PAID_FROM_BRAND = "paid_from_brand"
    PAID_FROM_CREATOR = "paid_from_creator"
    SHOP_ADS = "shop_ads"
    OTHER_SITES = "other_sites"


class StartTrigger(StrEnum):
    POST_LIVE = "post_live"
    FIRST_SPEND = "first_spend"
    DATE = "date"


class RenewalKind(StrEnum):
    NONE = "none"
    OPTION = "option"
    AUTO = "auto"


class MakeGood(StrEnum):
    REPLACEMENT = "replacement"
    REFUND = "refund"
    EITHER = "either"
    NONE = "none"


class PayFrom(StrEnum):
    CONSENT = "consent"
    POST_LIVE = "post_live"


PAID_FROM_THE_HANDLE = frozenset({Medium.PAID_FROM_CREATOR, Medium.SHOP_ADS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """One version of an agreement. Money in minor units of `currency`, shares in basis points, lists as tuples.

    item_ids : the posts it covers; empty means every post made under it
    first_spend_within_days : only with `first_spend`: until then the first ad must have spent
    term_days, end_on : one of the two; `end_on` is the last day, counted in UTC to its end
    hold_days, hold_until : how long the post must stay up; neither means no paid launch
    hold_renews : whether a renewed term keeps the post up until its end; see `rights.rules.renewed_span`
    renewal_prices : (days, price) pairs, shortest first
    exclusivity_competitors : names or @handles, looked for in captions
    other_clauses : sentences that people keep; every other term is read by a check (decision 0026)
    """

    # What it is about
    sku: str = ""
    item_ids: tuple[str, ...] = ()
    deliverables: int = 1
    # Media
    media: tuple[Medium, ...] = (Medium.PAID_FROM_CREATOR,)
    paid_amplification: bool = True
    territory: tuple[str, ...] = ()
    # Term and renewal
    start_trigger: StartTrigger = StartTrigger.POST_LIVE
    start_on: date | None = None
    first_spend_within_days: int = 90
    term_days: int | None = 30
    end_on: date | None = None
    renewal: RenewalKind = RenewalKind.OPTION
    notice_days: int = 7
    renewal_prices: tuple[tuple[int, int], ...] = ()
    # The post stays up
    hold_days: int | None = 30
    hold_until: date | None = None
    hold_renews: bool = True
    revocation_notice_days: int = 14
    # The content
    final_approval: bool = False
    disclosure_duty: bool = True
    disclosure_words: str = "#ad"
    music_warranty: bool = True
    allowed_claims: tuple[str, ...] = ()
    forbidden_claims: tuple[str, ...] = ()
    # Exclusivity
    exclusivity_days: int | None = None
    exclusivity_competitors: tuple[str, ...] = ()
    # Money
    currency: str = "USD"
    content_fee_minor: int = 0
    rights_fee_minor: int = 0
    commission_organic_bp: int | None = None
    commission_ads_bp: int | None = None
    bonus_minor: int = 0
    bonus_text: str = ""
    sample_value_minor: int = 0
    payment_days: int = 30
    pay_from: PayFrom = PayFrom.CONSENT
    code_after_payment: bool = False
    spend_cap_minor: int | None = None
    kill_fee_minor: int = 0
    make_good: MakeGood = MakeGood.EITHER
    # What people keep and Kindling does not check
    other_clauses: tuple[str, ...] = ()


NAMES = tuple(each.name for each in fields(Terms))
_KINDS = get_type_hints(Terms)
_NUMBERS = [name for name, kind in _KINDS.items() if kind in (int, int | None)]
_TEXT_LISTS = frozenset(name for name, kind in _KINDS.items() if kind == tuple[str, ...])


class TermsError(ValueError):
    """Terms that cannot stand. `problems`: one sentence per field's name."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = dict(problems)


# --- JSON ---------------------------------------------------------------------------------------------------


def to_json(terms: Terms) -> dict[str, Any]:
    """Terms as JSON values; `from_json` gives back an equal value."""
    return {"version": VERSION, **msgspec.json.decode(msgspec.json.encode(terms))}


def terms_hash(terms: Terms) -> str:
    """SHA-256 of the canonical text of these terms, hexadecimal."""
    return stored_hash(to_json(terms))


def stored_hash(data: Mapping[str, Any]) -> str:
    """SHA-256 of terms as they are stored: JSON, keys in order, no blanks, UTF-8 as it is.

    Of what is stored, not of `from_json`: a term that is added later has a default in old versions and must
    not change what was consented to.
    """
    canonical = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def from_json(data: Mapping[str, Any]) -> Terms:
    """Terms out of JSON; what is left out has its default. Raises TermsError naming each field."""
    problems: dict[str, str] = {}
    values: dict[str, Any] = {}
    if data.get("version", VERSION) != VERSION:
        problems["version"] = f"Terms of version {data['version']!r} are not known here."
    for name, value in data.items():
        if name == "version":
            continue
        if name not in _KINDS:
            problems[name] = f"There is no term called {name!r}."
            continue
        try:
            values[name] = msgspec.convert(value, _KINDS[name])
        except msgspec.ValidationError as error:
            problems[name] = _in_words(str(error), _KINDS[name])
    if problems:
        raise TermsError(problems)
    return Terms(**values)


# What msgspec calls the kinds of JSON values, and people do.
_CALLED = {
    "int": "a whole number",
    "float": "a number with decimals",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "nothing",
}
_AT = re.compile(r" - at `\$\[(\d+)\].*`$")


def _in_words(message: str, kind: Any) -> str:
    """What msgspec found wrong, as a sentence for people."""
    place = _AT.search(message)
    words = _AT.sub("", message).replace("RFC3339 encoded date", "date, write it like 2026-05-01")
    for name, called in _CALLED.items():
        words = re.sub(rf"(?<=[` ]){name}(?=[` ])", called, words)
    words = words.replace("`", "").replace(" | ", " or ")
    if message.startswith("Invalid enum value"):
        choices = next(each for each in (kind, *get_args(kind)) if isinstance(each, EnumType))
        words = words.replace("Invalid enum value", "Invalid choice")
        words += f"; use one of {', '.join(choices)}"
    return f"Entry {int(place[1]) + 1}: {words}." if place else f"{words}."


# --- What must hold -----------------------------------------------------------------------------------------


def problems(terms: Terms) -> dict[str, str]:
    """One sentence per field that cannot stand as it is; empty when the terms may be offered."""
    return {
        **_length_problems(terms),
        **_number_problems(terms),
        **_media_problems(terms),
        **_time_problems(terms),
        **_money_problems(terms),
    }


def check(terms: Terms) -> Terms:
    """The same terms. Raises TermsError when they cannot stand."""
    found = problems(terms)
    if found:
        raise TermsError(found)
    return terms


def _length_problems(terms: Terms) -> dict[str, str]:
    found = {}
    for name in NAMES:
        value = getattr(terms, name)
        texts = value if name in _TEXT_LISTS else (value,) if isinstance(value, str) else ()
        if any(len(text) > 2_000 for text in texts):
            found[name] = "Enter at most 2,000 characters."
        if isinstance(value, tuple) and len(value) > 100:
            found[name] = "Enter at most 100."
    return found


def _number_problems(terms: Terms) -> dict[str, str]:
    found = {}
    for name in sorted(_NUMBERS):
        value = getattr(terms, name)
        if value is None:
            continue
        most = (
            MOST_MINOR
            if name.endswith("_minor")
            else 10_000
            if name.endswith("_bp")
            else LONGEST_DAYS
        )
        if not 0 <= value <= most:
            found[name] = "Enter an amount or number in a valid range, not below zero."
    if terms.deliverables < 1:
        found["deliverables"] = "An agreement covers at least one post."
    return found


def _media_problems(terms: Terms) -> dict[str, str]:
    found = {}
    if not terms.media:
        found["media"] = "Choose at least one way the content may be used."
    if terms.paid_amplification and not PAID_FROM_THE_HANDLE & set(terms.media):
        found["media"] = (
            "Paid amplification from the creator's handle is selected: also choose that use or Shop ads."
        )
    if not terms.paid_amplification and PAID_FROM_THE_HANDLE & set(terms.media):
        found["paid_amplification"] = (
            "A use from the creator's handle is selected: select this too, or remove that use."
        )
    if any(len(code) != 2 or not code.isalpha() or not code.isupper() for code in terms.territory):
        found["territory"] = "Write countries as two capital letters, such as US, CA."
    if any(not each.isdigit() or len(each) > 32 for each in terms.item_ids):
        found["item_ids"] = "A post's id is digits only; it is the last part of its address."
    return found


def _time_problems(terms: Terms) -> dict[str, str]:
    found = {}
    if (terms.term_days is None) == (terms.end_on is None):
        found["term_days"] = "Enter either the days of the term or its last day."
    elif terms.term_days is not None and terms.term_days < 1:
        found["term_days"] = "The term must be at least one day."
    if terms.start_trigger is StartTrigger.DATE and terms.start_on is None:
        found["start_on"] = "The term starts on a date: enter the date."
    if terms.start_trigger is not StartTrigger.DATE and terms.start_on is not None:
        found["start_on"] = "Remove the date, or let the term start on a date."
    if terms.start_on and terms.end_on and terms.end_on < terms.start_on:
        found["end_on"] = "The term ends before it starts."
    if terms.start_trigger is StartTrigger.FIRST_SPEND and terms.first_spend_within_days < 1:
        found["first_spend_within_days"] = "Enter within how many days the first ad must spend."
    if terms.hold_days is not None and terms.hold_until is not None:
        found["hold_until"] = "Enter either the days of the hold period or its last day."
    if terms.hold_days == 0:
        found["hold_days"] = (
            "The hold period must be at least one day; leave it empty if there is none."
        )
    if terms.exclusivity_days and not terms.exclusivity_competitors:
        found["exclusivity_competitors"] = "Name the competitors that the exclusivity is about."
    return found


def _money_problems(terms: Terms) -> dict[str, str]:
    found = {}
    code = terms.currency
    if len(code) != 3 or not code.isascii() or not code.isalpha() or not code.isupper():
        found["currency"] = "Write the currency as three capital letters, such as USD."
    days = [length for length, _ in terms.renewal_prices]
    if len(set(days)) != len(days) or days != sorted(days):
        found["renewal_prices"] = "Enter each number of days once, the shortest first."
    if any(not 1 <= length <= LONGEST_DAYS for length in days) or any(
        not 0 <= price <= MOST_MINOR for _, price in terms.renewal_prices
    ):
        found["renewal_prices"] = "Each line is a number of days and a price, such as 30 = 120.00."
    if terms.renewal is RenewalKind.NONE and terms.renewal_prices:
        found["renewal_prices"] = "There is no renewal: remove the prices."
    if terms.renewal is RenewalKind.AUTO and not terms.renewal_prices:
        found["renewal_prices"] = "It renews automatically: enter the price."
    if terms.bonus_minor and not terms.bonus_text.strip():
        found["bonus_text"] = "Enter the condition for the bonus."
    fees = terms.content_fee_minor + terms.rights_fee_minor
    if terms.code_after_payment and not fees:
        found["code_after_payment"] = "There is no fee to wait for before the video code."
    return found
