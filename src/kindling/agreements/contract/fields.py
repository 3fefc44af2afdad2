"""The form of terms: which fields, in which groups, how each is read and written. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from kindling.agreements.contract import terms as rules
from kindling.agreements.contract.terms import Terms, TermsError
from kindling.kit.money import from_minor, parse_amount


class Kind(StrEnum):
    """How a field is typed in: each is one branch of the form's template."""

    TEXT = "text"
    LONG = "long"
    LINES = "lines"
    CODES = "codes"
    CHOICE = "choice"
    CHOICES = "choices"
    YES = "yes"
    DAY = "day"
    NUMBER = "number"
    MONEY = "money"
    PERCENT = "percent"
    PRICES = "prices"


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `name` is the term's; `options` are (value, words) of a choice; `may_be_empty` reads as None."""

    name: str
    label: str
    kind: Kind
    help: str = ""
    options: tuple[tuple[str, str], ...] = ()
    may_be_empty: bool = False

    @property
    def is_wide(self) -> bool:
        return self.kind in {Kind.LONG, Kind.LINES, Kind.PRICES, Kind.CHOICES}


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    fields: tuple[Field, ...]
    is_open: bool = False


def _days(name: str, label: str, help: str = "") -> Field:
    return Field(name, label, Kind.NUMBER, help, may_be_empty=True)


GROUPS = (
    Group(
        "What it is about",
        (
            Field("sku", "Product (SKU)", Kind.TEXT),
            Field("deliverables", "Posts agreed", Kind.NUMBER),
            Field(
                "item_ids",
                "Only these posts",
                Kind.CODES,
                "Post ids; empty covers every post made under it.",
            ),
            Field("currency", "Currency", Kind.TEXT, "All amounts below are in it."),
        ),
        is_open=True,
    ),
    Group(
        "What the brand may do",
        (
            Field(
                "media",
                "Use as",
                Kind.CHOICES,
                options=(
                    ("paid_from_creator", "Ads from the creator's handle (Spark)"),
                    ("shop_ads", "Shop ads"),
                    ("paid_from_brand", "Ads from the brand's handle"),
                    ("organic_repost", "Organic repost"),
                    ("other_sites", "Other sites"),
                ),
            ),
            Field("paid_amplification", "Paid amplification from the creator's handle", Kind.YES),
            Field("platforms", "Platforms", Kind.LINES, "One a line."),
            Field(
                "territory", "Countries", Kind.CODES, "Two letters each; empty means everywhere."
            ),
        ),
        is_open=True,
    ),
    Group(
        "How long",
        (
            Field(
                "start_trigger",
                "The term starts",
                Kind.CHOICE,
                options=(
                    ("post_live", "when the post is live"),
                    ("first_spend", "with the first ad spend"),
                    ("date", "on a date"),
                ),
            ),
            Field(
                "start_on", "Starts on", Kind.DAY, "Only for a start on a date.", may_be_empty=True
            ),
            Field(
                "first_spend_within_days",
                "First spend within (days)",
                Kind.NUMBER,
                "Only for a start with the first spend.",
            ),
            _days("term_days", "Days of the term"),
            Field("end_on", "Or last day", Kind.DAY, "Instead of days.", may_be_empty=True),
            Field(
                "renewal",
                "Renewal",
                Kind.CHOICE,
                options=(
                    ("none", "none"),
                    ("option", "when both agree"),
                    ("auto", "by itself"),
                ),
            ),
            Field("notice_days", "Notice before the end (days)", Kind.NUMBER),
            Field(
                "renewal_prices", "Price list for renewals", Kind.PRICES, "One a line: 30 = 120.00"
            ),
        ),
        is_open=True,
    ),
    Group(
        "The post stays up",
        (
            _days("hold_days", "Hold period (days)", "Without a hold no ad is launched."),
            Field("hold_until", "Or hold until", Kind.DAY, "Instead of days.", may_be_empty=True),
            Field(
                "revocation_notice_days", "Notice to take the permission back (days)", Kind.NUMBER
            ),
            Field("deletion_clause", "Deletion clause", Kind.LONG, "Shown as written."),
        ),
        is_open=True,
    ),
    Group(
        "Fees",
        (
            Field("content_fee_minor", "Content fee", Kind.MONEY),
            Field("rights_fee_minor", "Rights fee per term", Kind.MONEY),
            Field(
                "commission_organic_bp", "Commission, own post (%)", Kind.PERCENT, may_be_empty=True
            ),
            Field("commission_ads_bp", "Commission, ads (%)", Kind.PERCENT, may_be_empty=True),
            Field("bonus_minor", "Bonus", Kind.MONEY),
            Field("bonus_text", "Bonus is paid for", Kind.TEXT),
            Field("sample_value_minor", "Value of the sample", Kind.MONEY),
            Field("payment_days", "Paid within (days)", Kind.NUMBER),
            Field(
                "pay_from",
                "Counted from",
                Kind.CHOICE,
                options=(("consent", "the consent"), ("post_live", "the post being live")),
            ),
            Field("code_after_payment", "Code only after payment", Kind.YES),
            Field("spend_cap_minor", "Ad spend at most", Kind.MONEY, may_be_empty=True),
            Field("kill_fee_minor", "Kill fee", Kind.MONEY),
        ),
        is_open=True,
    ),
    Group(
        "The content",
        (
            Field(
                "edits",
                "The brand may",
                Kind.CHOICES,
                options=(
                    ("cut_downs", "Shorten it"),
                    ("subtitles", "Add subtitles"),
                    ("music_swap", "Change the music"),
                ),
            ),
            Field("raw_files", "Raw files are handed over", Kind.YES),
            Field("final_approval", "The creator approves the final ad", Kind.YES),
            Field("disclosure_duty", "The creator switches the disclosure on", Kind.YES),
            Field("disclosure_words", "Disclosure in the caption", Kind.TEXT),
            Field("music_warranty", "The creator warrants the music", Kind.YES),
            Field(
                "replies_by",
                "Comments are answered by",
                Kind.CHOICE,
                options=(("brand", "the brand"), ("creator", "the creator"), ("nobody", "nobody")),
            ),
            _days("reply_hours", "Within (hours)"),
            Field("allowed_claims", "Claims that may be made", Kind.LINES, "One a line."),
            Field("forbidden_claims", "Claims that must not be made", Kind.LINES, "One a line."),
            Field("ai_edits", "The brand may edit with AI", Kind.YES),
            Field("ai_likeness", "AI may imitate face or voice", Kind.YES),
            Field("ai_note", "More about AI", Kind.LONG),
        ),
    ),
    Group(
        "Exclusivity",
        (
            _days("exclusivity_days", "Days"),
            Field("exclusivity_category", "Category", Kind.TEXT),
            Field("exclusivity_competitors", "Named competitors", Kind.LINES, "One a line."),
        ),
    ),
    Group(
        "If something goes wrong",
        (
            Field(
                "make_good",
                "A post that goes away too early",
                Kind.CHOICE,
                options=(
                    ("either", "is replaced or paid back"),
                    ("replacement", "is replaced"),
                    ("refund", "is paid back for the days left"),
                    ("none", "has no remedy"),
                ),
            ),
            Field("governing_law", "Governing law", Kind.TEXT),
        ),
    ),
)
FIELDS = tuple(field for group in GROUPS for field in group.fields)
LABELS = {field.name: field.label for field in FIELDS}
Typed = Mapping[str, str | Sequence[str]]


def read(typed: Typed) -> Terms:
    """Terms out of a form. Raises TermsError with one sentence per field that is wrong."""
    problems: dict[str, str] = {}
    values: dict[str, Any] = {}
    currency = str(typed.get("currency", "USD")).strip().upper()
    for field in FIELDS:
        try:
            values[field.name] = _read(field, typed.get(field.name, ""), currency)
        except ValueError as error:
            text = str(error)
            problems[field.name] = text[:1].upper() + text[1:] + "."
    if problems:
        raise TermsError(problems)
    return rules.check(rules.from_json(values))


def _read(field: Field, given: str | Sequence[str], currency: str) -> Any:
    if field.kind is Kind.CHOICES:
        return [given] if isinstance(given, str) and given else list(given)
    text = (given if isinstance(given, str) else " ".join(given)).strip()
    if field.kind is Kind.YES:
        return bool(text)
    if field.kind is Kind.LINES:
        return [line.strip() for line in text.splitlines() if line.strip()]
    if field.kind is Kind.CODES:
        return [code.upper() for code in re.split(r"[\s,;]+", text) if code]
    if field.kind is Kind.PRICES:
        return [_price(line, currency) for line in text.splitlines() if line.strip()]
    if field.name == "currency":
        return currency
    if field.kind in {Kind.TEXT, Kind.LONG, Kind.CHOICE}:
        return text
    return _quantity(field, text, currency)


def _quantity(field: Field, text: str, currency: str) -> int | str | None:
    if not text:
        if field.may_be_empty:
            return None
        if field.kind is Kind.MONEY:
            return 0
        raise ValueError("write a number")
    if field.kind is Kind.DAY:
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise ValueError(f"{text!r} is not a date; write it like 2026-03-02") from None
    if field.kind is Kind.MONEY:
        return parse_amount(text, currency)
    if field.kind is Kind.PERCENT:
        # A percent has two digits after the point at most, like an amount of a currency with cents.
        return parse_amount(text.rstrip(" %"), "USD")
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise ValueError(f"{text!r} is not a whole number; write digits only")
    return int(text)


def _price(line: str, currency: str) -> list[int]:
    found = re.fullmatch(r"\s*([0-9]{1,4})\s*(?:d|days?)?\s*[=:]\s*(\S+)\s*", line)
    if found is None:
        raise ValueError(f"{line.strip()!r} is not a price; write it like 30 = 120.00")
    return [int(found[1]), parse_amount(found[2], currency)]


def show(terms: Terms) -> dict[str, str | list[str]]:
    """Terms as the form's fields hold them; `read` gives them back."""
    return {
        field.name: _show(field, getattr(terms, field.name), terms.currency) for field in FIELDS
    }


def _show(field: Field, value: Any, currency: str) -> str | list[str]:
    if field.kind is Kind.CHOICES:
        return [str(each) for each in value]
    if value is None:
        return ""
    if field.kind is Kind.YES:
        return "yes" if value else ""
    if field.kind is Kind.LINES:
        return "\n".join(value)
    if field.kind is Kind.CODES:
        return " ".join(value)
    if field.kind is Kind.PRICES:
        return "\n".join(f"{days} = {from_minor(price, currency)}" for days, price in value)
    if field.kind is Kind.MONEY:
        return str(from_minor(value, currency))
    if field.kind is Kind.PERCENT:
        return str(from_minor(value, "USD"))
    return value.isoformat() if isinstance(value, date) else str(value)


@dataclass(frozen=True, slots=True)
class Change:
    """One term that differs between two versions, as people read it."""

    label: str
    before: str
    after: str


def diff(before: Terms, after: Terms) -> list[Change]:
    """What a newer version changes, in the form's order."""
    return [
        Change(field.label, _tell(field, before), _tell(field, after))
        for field in FIELDS
        if getattr(before, field.name) != getattr(after, field.name)
    ]


def _tell(field: Field, terms: Terms) -> str:
    value = getattr(terms, field.name)
    if field.kind is Kind.YES:
        return "yes" if value else "no"
    words = dict(field.options)
    if field.kind is Kind.CHOICES:
        return ", ".join(words[each] for each in value) or "none"
    if field.kind is Kind.CHOICE:
        return words[value]
    text = str(_show(field, value, terms.currency)).replace("\n", ", ")
    return (f"{text} {terms.currency}" if field.kind is Kind.MONEY and text else text) or "none"
