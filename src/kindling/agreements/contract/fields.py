"""The form of terms: which fields, in which groups, how each is written. Pure; `agreements.forms` makes the form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from kindling.agreements.contract.terms import Terms
from kindling.kit.money import from_minor


class FieldKind(StrEnum):
    """How a field is typed in."""

    TEXT = "text"
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
class TermField:
    """One field. `name` is the term's; `options` are (value, words) of a choice; `may_be_empty` reads as None."""

    name: str
    label: str
    kind: FieldKind
    help: str = ""
    options: tuple[tuple[str, str], ...] = ()
    may_be_empty: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that are shown together. `is_open`: they are decided for each agreement; the others are folded."""

    key: str
    title: str
    fields: tuple[TermField, ...]
    is_open: bool = False


def _days(name: str, label: str, help: str = "") -> TermField:
    return TermField(name, label, FieldKind.NUMBER, help, may_be_empty=True)


# What the agreements of a template share; the rest of a deal's own is its posts and its dates.
OF_ONE_DEAL = ("item_ids", "start_on", "end_on", "hold_until")
GROUPS = (
    Group(
        "deal",
        "The deal",
        (
            TermField("sku", "Product (SKU)", FieldKind.TEXT),
            TermField("deliverables", "Number of posts", FieldKind.NUMBER),
            TermField("content_fee_minor", "Content fee", FieldKind.MONEY),
            TermField("rights_fee_minor", "Rights fee per term", FieldKind.MONEY),
            TermField(
                "commission_ads_bp", "Commission, ads (%)", FieldKind.PERCENT, may_be_empty=True
            ),
            _days("term_days", "Term (days)"),
            _days(
                "hold_days",
                "Hold period (days)",
                "Without a hold period the post cannot run as an ad.",
            ),
        ),
        is_open=True,
    ),
    Group(
        "posts",
        "Posts and currency",
        (
            TermField(
                "item_ids",
                "Only these posts",
                FieldKind.CODES,
                "Post ids. Leave empty to cover all posts made under this agreement.",
            ),
            TermField("currency", "Currency", FieldKind.TEXT, "Currency of all amounts."),
        ),
    ),
    Group(
        "use",
        "Usage rights",
        (
            TermField(
                "media",
                "Allowed use",
                FieldKind.CHOICES,
                options=(
                    ("paid_from_creator", "Ads from the creator's handle (Spark)"),
                    ("shop_ads", "Shop ads"),
                    ("paid_from_brand", "Ads from the brand's handle"),
                    ("organic_repost", "Organic repost"),
                    ("other_sites", "Other sites"),
                ),
            ),
            TermField(
                "paid_amplification", "Paid amplification from the creator's handle", FieldKind.YES
            ),
            TermField(
                "territory",
                "Countries",
                FieldKind.CODES,
                "Two-letter codes. Leave empty for all countries.",
            ),
        ),
    ),
    Group(
        "term",
        "Start, end and renewal",
        (
            TermField(
                "start_trigger",
                "Start of the term",
                FieldKind.CHOICE,
                options=(
                    ("post_live", "when the post is live"),
                    ("first_spend", "with the first ad spend"),
                    ("date", "on a date"),
                ),
            ),
            TermField(
                "start_on",
                "Starts on",
                FieldKind.DAY,
                "Only if the term starts on a date.",
                may_be_empty=True,
            ),
            TermField(
                "first_spend_within_days",
                "First ad spend within (days)",
                FieldKind.NUMBER,
                "Only if the term starts with the first ad spend.",
            ),
            TermField(
                "end_on",
                "Last day of the term",
                FieldKind.DAY,
                "Instead of the days of the term.",
                may_be_empty=True,
            ),
            TermField(
                "renewal",
                "Renewal",
                FieldKind.CHOICE,
                options=(
                    ("none", "none"),
                    ("option", "when both agree"),
                    ("auto", "automatically"),
                ),
            ),
            TermField("notice_days", "Notice period before the end (days)", FieldKind.NUMBER),
            TermField(
                "renewal_prices", "Renewal prices", FieldKind.PRICES, "One per line: 30 = 120.00"
            ),
        ),
    ),
    Group(
        "hold",
        "Hold period",
        (
            TermField(
                "hold_until",
                "Hold until",
                FieldKind.DAY,
                "Instead of the days of the hold period.",
                may_be_empty=True,
            ),
            TermField(
                "hold_renews", "A renewed term keeps the post public until its end", FieldKind.YES
            ),
            TermField(
                "revocation_notice_days",
                "Notice period to withdraw the ad authorization (days)",
                FieldKind.NUMBER,
            ),
        ),
    ),
    Group(
        "fees",
        "More on fees",
        (
            TermField(
                "commission_organic_bp",
                "Commission, own post (%)",
                FieldKind.PERCENT,
                may_be_empty=True,
            ),
            TermField("bonus_minor", "Bonus", FieldKind.MONEY),
            TermField("bonus_text", "Condition for the bonus", FieldKind.TEXT),
            TermField("sample_value_minor", "Value of the sample", FieldKind.MONEY),
            TermField("payment_days", "Payment within (days)", FieldKind.NUMBER),
            TermField(
                "pay_from",
                "Payment period starts with",
                FieldKind.CHOICE,
                options=(("consent", "the consent"), ("post_live", "the post going live")),
            ),
            TermField("code_after_payment", "Video code only after payment", FieldKind.YES),
            TermField("spend_cap_minor", "Maximum ad spend", FieldKind.MONEY, may_be_empty=True),
            TermField("kill_fee_minor", "Kill fee", FieldKind.MONEY),
        ),
    ),
    Group(
        "content",
        "The content",
        (
            TermField("final_approval", "Creator approves the final ad", FieldKind.YES),
            TermField(
                "disclosure_duty", "Creator switches the disclosure setting on", FieldKind.YES
            ),
            TermField("disclosure_words", "Disclosure text in the caption", FieldKind.TEXT),
            TermField("music_warranty", "Creator confirms music rights", FieldKind.YES),
            TermField("allowed_claims", "Allowed claims", FieldKind.LINES, "One per line."),
            TermField("forbidden_claims", "Forbidden claims", FieldKind.LINES, "One per line."),
        ),
    ),
    Group(
        "exclusivity",
        "Exclusivity",
        (
            _days("exclusivity_days", "Days"),
            TermField(
                "exclusivity_competitors",
                "Named competitors",
                FieldKind.LINES,
                "One name or @handle per line. Captions are searched for them.",
            ),
        ),
    ),
    Group(
        "breach",
        "Breach",
        (
            TermField(
                "make_good",
                "If the post is removed too early",
                FieldKind.CHOICE,
                options=(
                    ("either", "replacement or refund"),
                    ("replacement", "replacement"),
                    ("refund", "refund for the remaining days"),
                    ("none", "no remedy"),
                ),
            ),
        ),
    ),
    Group(
        "others",
        "Other clauses",
        (
            TermField(
                "other_clauses",
                "Other clauses",
                FieldKind.LINES,
                "One sentence per line, shown to the creator as written. People keep these, Kindling does not check "
                "them: raw files, who answers comments, edits, use of AI, governing law.",
            ),
        ),
    ),
)
FIELDS = tuple(field for group in GROUPS for field in group.fields)
LABELS = {field.name: field.label for field in FIELDS}


def show(terms: Terms) -> dict[str, str | list[str]]:
    """Terms as the form's fields hold them."""
    return {
        field.name: _show(field, getattr(terms, field.name), terms.currency) for field in FIELDS
    }


def _show(field: TermField, value: Any, currency: str) -> str | list[str]:
    if field.kind is FieldKind.CHOICES:
        return [str(each) for each in value]
    if value is None:
        return ""
    if field.kind is FieldKind.YES:
        return "yes" if value else ""
    if field.kind is FieldKind.LINES:
        return "\n".join(value)
    if field.kind is FieldKind.CODES:
        return " ".join(value)
    if field.kind is FieldKind.PRICES:
        return "\n".join(f"{days} = {from_minor(price, currency)}" for days, price in value)
    if field.kind is FieldKind.MONEY:
        return str(from_minor(value, currency))
    if field.kind is FieldKind.PERCENT:
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


def _tell(field: TermField, terms: Terms) -> str:
    value = getattr(terms, field.name)
    if field.kind is FieldKind.YES:
        return "yes" if value else "no"
    words = dict(field.options)
    if field.kind is FieldKind.CHOICES:
        return ", ".join(words[each] for each in value) or "none"
    if field.kind is FieldKind.CHOICE:
        return words[value]
    text = str(_show(field, value, terms.currency)).replace("\n", ", ")
    return (
        f"{text} {terms.currency}" if field.kind is FieldKind.MONEY and text else text
    ) or "none"
