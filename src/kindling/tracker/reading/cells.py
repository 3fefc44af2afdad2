"""Cells of a tracker as people write them: handles, posts, days, money, yes and no. Pure.

Every reader raises ValueError with a sentence a person can act on; none repeats a code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from dateutil.parser import ParserError, parser, parserinfo
from dateutil.relativedelta import relativedelta
from price_parser import Price

from kindling.creators.rules import clean_handle, item_id_from
from kindling.kit.money import LARGEST, exponent, to_minor
from kindling.tracker.reading.sheets import Cell, as_text

DAY_FIRST, MONTH_FIRST, BY_THE_SHEET = "day", "month", ""

# --- Handles and posts ------------------------------------------------------------------------------------------

SHORT_LINK = re.compile(r"(?:^|//)(?:vm|vt)\.tiktok\.com/|tiktok\.com/t/", re.IGNORECASE)
_MENTION = re.compile(r"@([A-Za-z0-9._]{1,24})")
_NOTHING = {
    "",
    "-",
    "–",
    "—",
    "?",
    "n/a",
    "na",
    "none",
    "tbd",
    "tba",
    "pending",
    "x",
    "no",
    "keine",
    "ninguno",
}


def is_nothing(cell: Cell) -> bool:
    """Whether a cell says that there is nothing (yet), as trackers do it."""
    return as_text(cell).lower() in _NOTHING


def read_handle(text: str) -> str:
    """The handle out of "@x", "x", "Ana (@x)" or any address of TikTok. Raises ValueError."""
    _refuse_short(text)
    named = _MENTION.findall(text)
    if len({each.lower() for each in named}) > 1:
        raise ValueError(f"{text!r} has several handles; use one row for each")
    if named:
        return clean_handle(named[0])
    return clean_handle(text)


def handle_in_link(text: str) -> str:
    """The handle that a post's address names, "" when it names none."""
    found = _MENTION.search(text)
    return found[1].lower() if found else ""


def read_post(text: str) -> str:
    """The post's id out of its id or its address. Raises ValueError."""
    _refuse_short(text)
    return item_id_from(text)


def _refuse_short(text: str) -> None:
    if SHORT_LINK.search(text):
        raise ValueError(
            "A short link does not show the post. Open it and copy the address from the browser"
        )


# --- Days --------------------------------------------------------------------------------------------------------


class _Words(parserinfo):
    """Month names in English, Spanish and German; `parserinfo`'s documented way to teach words."""

    MONTHS: Any = [  # the stubs allow three words a month, the parser any number
        ("Jan", "January", "Ene", "Enero", "Januar", "Jän"),
        ("Feb", "February", "Febrero", "Februar"),
        ("Mar", "March", "Marzo", "März", "Mrz", "Maerz"),
        ("Apr", "April", "Abr", "Abril"),
        ("May", "Mayo", "Mai"),
        ("Jun", "June", "Junio", "Juni"),
        ("Jul", "July", "Julio", "Juli"),
        ("Aug", "August", "Ago", "Agosto"),
        ("Sep", "Sept", "September", "Septiembre"),
        ("Oct", "October", "Octubre", "Okt", "Oktober"),
        ("Nov", "November", "Noviembre"),
        ("Dec", "December", "Dic", "Diciembre", "Dez", "Dezember"),
    ]
    JUMP = [*parserinfo.JUMP, "de", "del", "den", "el"]


_SLASHED = re.compile(r"(\d{1,2})([/-])(\d{1,2})(?:\2\d{2,4})?(?:\s.*)?")
_DOTTED = re.compile(r"\d{1,2}\.\s?\d{1,2}(\.|\.\s?\d{2,4})?")
_YEAR_FIRST = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}.*")
_FIRST_SERIAL, _LAST_SERIAL = 36_526, 73_050  # 2000-01-01 to 2099-12-31, as Excel counts days
_DAY_ZERO = date(1899, 12, 30)


@dataclass(frozen=True, slots=True)
class Day:
    """A day as read from a cell. `said`: what was assumed to read it, "" for nothing."""

    day: date
    said: str = ""


class UnclearDayError(ValueError):
    """Day and month could be either way around, and nothing in the sheet tells."""


def order_shown(text: str) -> str:
    """Which order of day and month a date proves: "13/2/26" is day first; "" when it proves none."""
    found = _SLASHED.fullmatch(text.strip())
    if not found:
        return ""
    first, second = int(found[1]), int(found[3])
    if first > 12 >= second:
        return DAY_FIRST
    return MONTH_FIRST if second > 12 >= first else ""


def read_day(cell: Cell, *, order: str, today: date) -> Day:
    """The day in a cell; one without a year is the one nearest to today.

    order : DAY_FIRST or MONTH_FIRST for dates that read both ways; BY_THE_SHEET when nobody knows
    raises : UnclearDayError when it reads both ways and `order` is not known; ValueError when it is no day
    """
    if isinstance(cell, datetime):
        return Day(cell.date())
    if isinstance(cell, date):
        return Day(cell)
    text = as_text(cell)
    if _DOTTED.fullmatch(text):  # "2.3." is how a day without its year ends
        text = text.rstrip(".")
    if re.fullmatch(r"\d{5}(\.\d+)?", text):
        return _of_serial(float(text))
    slashed = _SLASHED.fullmatch(text)
    if slashed and order == BY_THE_SHEET and not order_shown(text) and slashed[1] != slashed[3]:
        raise UnclearDayError(
            f"{text!r} is ambiguous (day or month first); choose the date format above"
        )
    is_day_first = order != MONTH_FIRST if slashed else bool(_DOTTED.fullmatch(text))
    return _parsed(text, is_day_first=is_day_first and not _YEAR_FIRST.fullmatch(text), today=today)


def _of_serial(number: float) -> Day:
    if not _FIRST_SERIAL <= number <= _LAST_SERIAL:
        raise ValueError(f"{number:g} is not a date; write it like 2026-03-02")
    return Day(_DAY_ZERO + timedelta(days=int(number)), "an Excel date number")


def _parsed(text: str, *, is_day_first: bool, today: date) -> Day:
    # Read against two days that differ in everything: what differs in the answers was not written.
    words = _Words(dayfirst=is_day_first)
    one, other = (
        _one_reading(words, text, datetime(year, month, day))  # noqa: DTZ001 (days, no instants)
        for year, month, day in ((2000, 1, 1), (2004, 10, 20))
    )
    if one.day != other.day or one.month != other.month:
        raise ValueError(f"{text!r} is not a date; write it like 2026-03-02")
    if one.year == other.year:
        return Day(one.date())
    return Day(_nearest(one, today), "no year given; the nearest was used")


def _one_reading(words: parserinfo, text: str, default: datetime) -> datetime:
    try:
        found: Any = parser(words).parse(text, default=default)
    except (ParserError, OverflowError, ValueError, TypeError):
        raise ValueError(f"{text!r} is not a date; write it like 2026-03-02") from None
    if not isinstance(found, datetime) or not 2000 <= found.year < 2100:
        raise ValueError(f"{text!r} is not a date of this century; write it like 2026-03-02")
    return found


def _nearest(found: datetime, today: date) -> date:
    days = []
    for year in (today.year - 1, today.year, today.year + 1):
        try:
            days.append(date(year, found.month, found.day))
        except ValueError:  # 29 February
            continue
    if not days:
        raise ValueError("29 February needs its year")
    return min(days, key=lambda day: abs((day - today).days))


# --- Spans -------------------------------------------------------------------------------------------------------

_SPAN = re.compile(
    r"(\d{1,4})\s*[-]?\s*(d|days?|tage?|d[ií]as?|w|weeks?|wochen?|semanas?|m|mo|mos|months?|monate?|mes(?:es)?"
    r"|y|yrs?|years?|jahre?|a[nñ]os?)\.?",
    re.IGNORECASE,
)


def read_span(text: str) -> relativedelta | None:
    """A length of time such as "30 days", "3 Monate" or "1 año"; None when the text is none."""
    found = _SPAN.fullmatch(text.strip())
    if not found:
        return None
    count, unit = int(found[1]), found[2].lower()
    if unit.startswith(("mo", "mes")) or unit == "m":
        return relativedelta(months=count)
    if unit.startswith(("y", "j", "a")):
        return relativedelta(years=count)
    return relativedelta(weeks=count) if unit.startswith(("w", "s")) else relativedelta(days=count)


def read_days(cell: Cell, *, most: int) -> int:
    """How many days a code is for: "30", "30 days", "1 month" (30), "1 year" (365). Raises ValueError."""
    text = as_text(cell)
    span = read_span(text)
    if span is not None:
        days = span.years * 365 + span.months * 30 + span.days
    else:
        days = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    if not 1 <= days <= most:
        raise ValueError(f"{text!r} is not a number of days from 1 to {most}")
    return days


# --- Paid use ----------------------------------------------------------------------------------------------------

_YES = {"yes", "y", "true", "x", "✓", "✔", "✅", "ok", "okay", "si", "sí", "ja", "1", "paid", "allowed", "approved",
        "granted", "spark", "spark ads", "paid ads", "full", "unlimited", "incl", "included"}  # fmt: skip
_NO = {"no", "n", "false", "nein", "0", "❌", "✗", "organic", "organic only", "none", "not allowed", "nicht erlaubt",
       "solo organico", "solo orgánico", "nur organisch"}  # fmt: skip


def read_paid_use(cell: Cell) -> tuple[bool | None, relativedelta | None]:
    """Whether paid use is allowed, and for how long if the cell says so. (None, None) when it is silent.

    raises : ValueError when the words are unknown: paid use is never guessed
    """
    text = as_text(cell).lower()
    if isinstance(cell, bool):
        return cell, None
    if text in _NO:
        return False, None
    if text in {"", "-", "–", "—", "?", "n/a", "tbd"}:
        return None, None
    if text in _YES:
        return True, None
    span = read_span(
        re.sub(r"\b(paid|spark|ads?|usage|use|yes|for|pago|uso|de|bezahlt)\b", "", text)
    )
    if span is not None:
        return True, span
    raise ValueError(f"{as_text(cell)!r} does not say if paid use is allowed; write yes or no")


# --- Money -------------------------------------------------------------------------------------------------------

_SYMBOLS = {
    "€": "EUR", "£": "GBP", "¥": "JPY", "US$": "USD", "A$": "AUD", "C$": "CAD", "R$": "BRL", "zł": "PLN",
    "₩": "KRW", "₫": "VND", "₱": "PHP", "฿": "THB", "₹": "INR", "₺": "TRY", "MX$": "MXN",
}  # fmt: skip
_DOLLARS = {"USD", "AUD", "CAD", "NZD", "SGD", "HKD", "MXN", "TWD"}
_FREE = {"free", "gifted", "gift", "gratis", "kostenlos", "0", "unpaid", "product only", "barter"}


def read_money(cell: Cell, *, currency: str, column: str = "") -> tuple[int, str]:
    """Minor units and currency of "1,200.50 USD", "€300", "1.200,50 €" or a bare number. Raises ValueError.

    currency : the workspace's, for an amount that names none and for a bare $ where it is a dollar
    column : what the sheet's own currency column says of this row
    """
    text = as_text(cell)
    own = column.strip().upper()
    if own and not re.fullmatch(r"[A-Z]{3}", own):
        own = _currency_of(column.strip(), currency)
    if text.lower() in _FREE:
        return 0, own or currency
    price = Price.fromstring(text)
    rest = text.replace(price.amount_text or "\0", "", 1).replace(price.currency or "\0", "", 1)
    if price.amount is None or re.search(
        r"[\w%]", re.sub(r"(?i)[.,]-|\b(?:usd|eur|gbp)\b", "", rest)
    ):
        raise ValueError(f"{text!r} is not a single amount; write it like 1200.50 USD")
    named = _currency_of(price.currency, currency) if price.currency else ""
    if named and own and named != own:
        raise ValueError(f"{text!r} is in {named}, the currency column says {own}")
    chosen = named or own or currency
    if text.lstrip().startswith("-") or price.amount < 0 or price.amount > LARGEST:
        raise ValueError(f"{text!r} is not a valid amount")
    if price.amount != round(price.amount, exponent(chosen)):
        raise ValueError(f"{text!r} has more digits than {chosen} has")
    return to_minor(price.amount, chosen), chosen


def _currency_of(written: str, workspace: str) -> str:
    if written == "$":
        return workspace if workspace in _DOLLARS else "USD"
    code = _SYMBOLS.get(written, written.upper())
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise ValueError(f"{written!r} is not a currency; write it like USD")
    return code


_LANGUAGES = {
    "en": "en", "english": "en", "englisch": "en", "inglés": "en", "ingles": "en",
    "es": "es", "spanish": "es", "español": "es", "espanol": "es", "spanisch": "es", "castellano": "es",
}  # fmt: skip


def read_language(text: str) -> str:
    """A language that Kindling writes to creators in. Raises ValueError."""
    found = _LANGUAGES.get(text.strip().lower())
    if found is None:
        raise ValueError(f"{text!r} is not supported yet; use English or Spanish")
    return found


def read_count(cell: Cell) -> int:
    """A number of followers: 12000, "12,000", "12.5k", "1,2 M". Raises ValueError."""
    text = as_text(cell).lower().replace(" ", "")
    found = re.fullmatch(r"([\d.,]+)(k|m|mio|tsd)?\.?", text)
    if not found:
        raise ValueError(f"{as_text(cell)!r} is not a number of followers")
    digits, unit = found[1], found[2]
    if unit:
        factor = 1_000 if unit in {"k", "tsd"} else 1_000_000
        number = (
            float(digits.replace(",", ".")) if digits.count(".") + digits.count(",") < 2 else -1.0
        )
        count = round(number * factor)
    else:
        count = int(re.sub(r"[.,]", "", digits) or "-1")
    if not 0 <= count <= 2_000_000_000:
        raise ValueError(f"{as_text(cell)!r} is not a number of followers")
    return count
