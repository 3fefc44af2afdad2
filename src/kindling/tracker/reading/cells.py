"""Cells of a tracker as people write them: handles, posts, days, money, yes and no. Pure.

Every reader raises ValueError with a sentence a person can act on; none repeats a code.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from dateutil.parser import ParserError, parser, parserinfo
from dateutil.relativedelta import relativedelta
from price_parser import Price

from kindling.creators.rules import clean_handle, item_id_from
from kindling.kit.money import LARGEST, exponent, to_minor
from kindling.tracker.reading.sheets import Cell, UnitNumber, as_text

DAY_FIRST, MONTH_FIRST, BY_THE_SHEET = "day", "month", ""

# --- Handles and posts ------------------------------------------------------------------------------------------

SHORT_LINK = re.compile(r"(?:^|//)(?:vm|vt)\.tiktok\.com/|tiktok\.com/t/", re.IGNORECASE)
_HOME = re.compile(r"(?:https?://)?(?:[a-z]+\.)?tiktok\.com/@([^/?#\s]+)", re.IGNORECASE)
# The whole word after an @, so that nothing is cut off it; an @ inside a word is an e-mail address.
_MENTION = re.compile(r"(?<!\w)@([^\s@/\\,;:|()\[\]{}<>\"'`?#!+&]+)")
_EMAIL = re.compile(r"[^@\s,;<>()]+@[^@\s,;<>()]+\.[^@\s,;<>()]{2,}")
_ELSEWHERE = re.compile(
    r"\b(instagram|insta|ig|youtube|yt|snapchat|facebook|fb|twitch|pinterest|twitter)\b",
    re.IGNORECASE,
)
_MOST_LETTERS = 24
_NOTHING = {
    "", "-", "–", "—", "?", "n/a", "na", "none", "tbd", "tba", "pending", "x", "no", "keine", "keiner", "keins",
    "ninguno", "offen", "folgt", "ausstehend", "angefragt", "fehlt", "nein", "requested", "missing", "pendiente",
}  # fmt: skip


def is_nothing(cell: Cell) -> bool:
    """Whether a cell says that there is nothing (yet), as trackers do it."""
    return as_text(cell).lower() in _NOTHING


def read_handle(text: str) -> str:
    """The handle out of "@x", "x", "Ana (@x)" or any address of TikTok. Raises ValueError.

    Nothing is cut to fit: what no handle can hold is refused, and the message says which part it is.
    """
    _refuse_short(text)
    home = _HOME.search(text)
    if home:
        return _whole_handle(home[1], text)
    if _EMAIL.search(text):
        raise ValueError(f"{text!r} is an e-mail address, not a TikTok handle")
    if "/" in text and re.search(r"\w\.\w+/|://", text):
        raise ValueError(f"{text!r} is not an address of TikTok")
    if _ELSEWHERE.search(text) and re.search(r"[\s@:]", text):
        raise ValueError(f"{text!r} names another platform; write the TikTok handle like @name")
    named = list(dict.fromkeys(each.lower() for each in _MENTION.findall(text)))
    if len(named) > 1:
        raise ValueError(f"{text!r} has several handles; use one row for each")
    if not named:
        return _whole_handle(text, text)
    found = _MENTION.search(text)
    after = text[found.end() :] if found else ""
    # "@anna glow" may be a name with a blank in it; "@anna (Anna Glow)" says where the handle ends.
    if re.match(r"\s+[\w@]", after):
        raise ValueError(f"{text!r} has a blank in the handle; write it like @name")
    return _whole_handle(named[0], text)


def _whole_handle(handle: str, text: str) -> str:
    """The handle, lower case. Raises ValueError with the reason why it can be none."""
    handle = handle.strip().removeprefix("@")
    odd = "".join(dict.fromkeys(re.findall(r"[^A-Za-z0-9._]", handle)))
    if any(each.isspace() for each in odd):
        raise ValueError(f"{text!r} is not a TikTok handle: a handle has no blanks")
    if odd:
        raise ValueError(
            f"{text!r} is not a TikTok handle: none has “{odd}” in it; write it like @name"
        )
    if len(handle) > _MOST_LETTERS:
        raise ValueError(
            f"{text!r} is not a TikTok handle: it has {len(handle)} letters, a handle {_MOST_LETTERS} at most"
        )
    if handle.endswith("."):
        raise ValueError(f"{text!r} is not a TikTok handle: none ends with a full stop")
    return clean_handle(handle)


def handle_in_link(text: str) -> str:
    """The handle that an address of TikTok names, "" when it names none that could be one."""
    found = _HOME.search(text)
    try:
        return _whole_handle(found[1], text) if found else ""
    except ValueError:
        return ""


def is_email(text: str) -> bool:
    return bool(_EMAIL.search(text))


class RoundedIdError(ValueError):
    """The number of a post, after a spreadsheet replaced its last digits. `start`: the digits that are still right."""

    def __init__(self, written: str, start: str) -> None:
        self.start = start
        super().__init__(
            f"The post's id was rounded by the spreadsheet ({written}), so it is not known which post is meant. "
            "Paste the link of the post, or format the column as text and enter the id again"
        )


_POWER = re.compile(r"(\d)(?:[.,](\d+))?\s?[eE]\s?\+?(\d{1,2})")
_SURE_DIGITS = 12


def read_post(cell: Cell) -> str:
    """The post's id out of its id or its address. Raises ValueError; RoundedIdError for an id that lost digits."""
    text = as_text(cell)
    _refuse_short(text)
    if isinstance(cell, float) and not isinstance(cell, bool) and abs(cell) >= 1e14:
        raise RoundedIdError(text, f"{cell:.0f}"[:_SURE_DIGITS])
    power = _POWER.fullmatch(text)
    if power and int(power[3]) >= 14:
        raise RoundedIdError(text, (power[1] + (power[2] or ""))[:_SURE_DIGITS])
    ids: set[str] = set(re.findall(r"/(?:video|photo)/(\d{15,20})", text))
    if len(ids) > 1:
        raise ValueError("The cell has several posts; use one row for each")
    if ids:
        return ids.pop()
    bare = re.sub(r"(?<=\d)[ '.,](?=\d{3})", "", text.removeprefix("'"))
    if bare.isascii() and bare.isdigit() and 16 <= len(bare) <= 20:
        # Spreadsheets keep fifteen digits, or what a number of 53 bits holds: hardly any real id looks so.
        is_binary = int(bare) > 2**53 and int(float(bare)) == int(bare)
        if not bare[15:].strip("0") or is_binary:
            raise RoundedIdError(bare, bare[:_SURE_DIGITS])
        return item_id_from(bare)
    return item_id_from(text)


def _refuse_short(text: str) -> None:
    if SHORT_LINK.search(text):
        raise ValueError(
            "A short link does not show the post. Open it and copy the address from the browser"
        )


# --- Days --------------------------------------------------------------------------------------------------------


MONTHS: list[tuple[str, ...]] = [
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


class _Words(parserinfo):
    """Month names in English, Spanish and German; `parserinfo`'s documented way to teach words."""

    MONTHS: Any = MONTHS  # the stubs allow three words a month, the parser any number
    JUMP = [*parserinfo.JUMP, "de", "del", "den", "el"]


_SLASHED = re.compile(r"(\d{1,2})([/-])(\d{1,2})(?:\2\d{2,4})?(?:\s.*)?")
_DOTTED = re.compile(
    r"(\d{1,2})\.\s?(\d{1,2})(?:\.(?:\s?(\d{4}|\d{2}))?)?(?:,?\s+\d{1,2}:\d{2}(?::\d{2})?(?:\s?Uhr)?)?",
    re.IGNORECASE,
)
_SEVERAL = re.compile(
    r"\d[./-]\d.*\s(?:-|–|—|bis|to|until|hasta|al?)\s*\d|\d\.?[–—]\d", re.IGNORECASE
)
_LEAD = re.compile(
    r"(?:(?:bis|until|till|hasta|ab|from|since|seit|by)\s+(?:zum\s+|el\s+)?)?"
    r"(?:(?:mo|di|mi|do|fr|sa|so)(?:\.,?|,)\s*)?",
    re.IGNORECASE,
)
_MONTH_AND_NUMBER = re.compile(r"[^\W\d]{3,12}\.?[\s'-]+(\d{2})")
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
    written = as_text(cell)
    text = written[_lead_of(written) :]
    if re.fullmatch(r"\d{5}(\.\d+)?", text):
        return _of_serial(float(text))
    if isinstance(cell, (int, float, UnitNumber)) and not re.fullmatch(r"20\d{6}", text):
        raise ValueError(f"{text} is a number, not a date; write it like 2026-03-02")
    if _SEVERAL.search(text):
        raise ValueError(f"{written!r} holds more than one date; write one, like 2026-03-02")
    dotted = _DOTTED.fullmatch(text)
    if dotted:
        return _of_dotted(dotted, written, today)
    if re.search(r"\d\.\d{1,2}\.", text):
        raise ValueError(f"{written!r} is not a date; write it like 2026-03-02")
    _refuse_month_or_day(text, today)
    slashed = _SLASHED.fullmatch(text)
    if slashed and order == BY_THE_SHEET and not order_shown(text) and slashed[1] != slashed[3]:
        raise UnclearDayError(
            f"{written!r} is ambiguous (day or month first); choose the date format above"
        )
    is_day_first = bool(slashed) and order != MONTH_FIRST
    return _parsed(text, is_day_first=is_day_first and not _YEAR_FIRST.fullmatch(text), today=today)


def _lead_of(text: str) -> int:
    """How many characters stand before the date itself: "bis zum ", "Mi., "."""
    found = _LEAD.match(text)
    return found.end() if found else 0


def _of_dotted(found: re.Match[str], written: str, today: date) -> Day:
    """The day of "4.11.2026", "4.11.26" or, without a year, "4.11."; with points the day always comes first."""
    day, month, year = int(found[1]), int(found[2]), found[3]
    try:
        if year is None:
            return Day(
                _nearest(datetime(2000, month, day), today),  # noqa: DTZ001 (a day, no instant)
                "no year given; the nearest was used",
            )
        whole = date(int(year) + (2000 if len(year) == 2 else 0), month, day)
    except ValueError:
        raise ValueError(f"{written!r} is not a date; write it like 2026-03-02") from None
    if not 2000 <= whole.year < 2100:
        raise ValueError(f"{written!r} is not a date of this century; write it like 2026-03-02")
    return Day(whole)


def _refuse_month_or_day(text: str, today: date) -> None:
    """ "Mar-26" is March 2026 to a spreadsheet and 26 March to a person."""
    found = _MONTH_AND_NUMBER.fullmatch(text)
    if found and today.year % 100 - 3 <= int(found[1]) <= 31:
        raise ValueError(f"{text!r} may be a day or a year; write it like 2026-03-02")


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
    text = as_text(cell).lower().replace("\ufe0f", "")
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
    "€": "EUR", "£": "GBP", "¥": "JPY", "US$": "USD", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD",
    "NZ$": "NZD", "HK$": "HKD", "S$": "SGD", "R$": "BRL", "zł": "PLN", "FR.": "CHF", "EURO": "EUR", "EUROS": "EUR",
    "₩": "KRW", "₫": "VND", "₱": "PHP", "฿": "THB", "₹": "INR", "₺": "TRY", "MX$": "MXN", "DOLLAR": "$", "DOLLARS": "$",
}  # fmt: skip
_DOLLARS = {"USD", "AUD", "CAD", "NZD", "SGD", "HKD", "MXN", "TWD"}
_FREE = {"free", "gifted", "gift", "gratis", "kostenlos", "0", "unpaid", "product only", "barter"}
_AMOUNT = re.compile(r"([^\d+(~<>-]*?)\s*(\d[\d.,'’ ]*?)\s*([^\d\s][^\d]*)?")


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount as read from a cell. `said`: what was assumed to read it, "" for nothing."""

    minor: int
    currency: str
    said: str = ""


def read_money(cell: Cell, *, currency: str, column: str = "") -> Amount:
    """The amount of "1,200.50 USD", "€300", "1.200,50 €", "1 500" or a bare number. Raises ValueError.

    currency : the workspace's, for an amount that names none and for a bare $ where it is a dollar
    column : what the sheet's own currency column, or the header, says of this row
    """
    text = as_text(cell)
    own = _currency_of(column.strip(), currency) if column.strip() else ""
    if text.lower() in _FREE:
        return Amount(0, own or currency)
    number, written, said = _number_and_unit(cell, text)
    named = _common(written, currency, text)
    if named and own and named != own:
        raise ValueError(f"{text!r} is in {named}, the currency column says {own}")
    chosen = named or own or currency
    if said and exponent(chosen) == 3:
        raise ValueError(f"{text!r} is ambiguous in {chosen}; write it like 1500.000")
    if number > LARGEST:
        raise ValueError(f"{text!r} is not a valid amount")
    if number != round(number, exponent(chosen)):
        raise ValueError(f"{text!r} has more digits than {chosen} has")
    return Amount(to_minor(number, chosen), chosen, said)


def _number_and_unit(cell: Cell, text: str) -> tuple[Decimal, list[str], str]:
    """The number, the words around it, and what was assumed to read it. Raises ValueError."""
    if isinstance(cell, UnitNumber):
        number, words, said = cell.number, [cell.unit], ""
    elif isinstance(cell, (int, float)) and not isinstance(cell, bool):
        number, words, said = Decimal(f"{cell:.15g}"), [], ""
    else:
        # "300,-" and "300.--" are whole amounts.
        found = _AMOUNT.fullmatch(re.sub(r"(?<=\d)[.,]\s?[-–—]{1,2}(?=\s|$|\D)", "", text))
        if found is None:
            raise ValueError(f"{text!r} is not a single amount; write it like 1200.50 USD")
        number, said = read_number(found[2])
        words = [each.strip() for each in (found[1], found[3] or "") if each.strip()]
    if number < 0 or not number.is_finite():
        raise ValueError(f"{text!r} is not a valid amount")
    return number, words, said


def read_number(text: str) -> tuple[Decimal, str]:
    """A number as people write it: 1500, 1,500.00, 1.500,00, 1 500, 1'500.50; and what was assumed to read it.

    Three digits after a single point or comma are thousands, as no amount has three digits of cents. Raises ValueError.
    """
    digits = re.sub(r"(?<=\d)[ '’](?=\d{3}(?!\d))", "", text.strip())
    if re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", digits):
        whole = re.sub(r"[.,]", "", digits)
        return Decimal(whole), f"{digits} is read as {whole} (three digits after it are thousands)"
    if re.fullmatch(r"\d{1,3}([.,])\d{3}(?:\1\d{3})+", digits):
        return Decimal(re.sub(r"[.,]", "", digits)), ""
    if re.fullmatch(r"\d+(?:[.,]\d+)?", digits):
        return Decimal(digits.replace(",", ".")), ""
    both = re.fullmatch(r"(\d{1,3}(?:,\d{3})+)\.(\d+)|(\d{1,3}(?:\.\d{3})+),(\d+)", digits)
    if both is None:
        raise ValueError(f"{text!r} is not a number; write it like 1200.50")
    whole, rest = (both[1], both[2]) if both[1] else (both[3], both[4])
    return Decimal(f"{re.sub('[.,]', '', whole)}.{rest}"), ""


def _common(words: Sequence[str], workspace: str, text: str) -> str:
    """The one currency that the words around an amount name, "" for none. Raises ValueError."""
    try:
        named = {_SYMBOLS.get(each.upper(), each) for each in words}
        codes = {_currency_of(each, workspace) for each in named - {"$"}}
        if "$" in named and not codes & _DOLLARS:
            codes.add(_currency_of("$", workspace))
    except ValueError:
        raise ValueError(f"{text!r} is not a single amount; write it like 1200.50 USD") from None
    if len(codes) > 1:
        raise ValueError(f"{text!r} names two currencies")
    return codes.pop() if codes else ""


def currency_in(header: str) -> str:
    """The currency a header names, like "Fee (EUR)" or "Honorar in €"; "" for none."""
    words: list[str] = re.findall(r"[A-Z]{3}\b|[^\w\s()\[\]/:.,%]+", header)
    for word in words:
        code = _SYMBOLS.get(word, word)
        if code == "$":
            return code
        if len(code) == 3 and Price.fromstring(f"1 {code}").currency == code:
            return code
    return ""


def _currency_of(written: str, workspace: str) -> str:
    code = _SYMBOLS.get(written.upper(), _SYMBOLS.get(written, written.upper()))
    if code == "$":
        return workspace if workspace in _DOLLARS else "USD"
    # price-parser knows which three letters are a currency.
    if not re.fullmatch(r"[A-Z]{3}", code) or Price.fromstring(f"1 {code}").currency != code:
        raise ValueError(f"{written!r} is not a currency; write it like USD")
    return code


# --- Percent, languages, counts ------------------------------------------------------------------------------------


def read_basis_points(cell: Cell) -> int:
    """Basis points of 12, "12 %", "12,5%" or a cell formatted as percent. Raises ValueError.

    A bare number below one is refused: 0.12 may be twelve percent, or a share of one.
    """
    written = as_text(cell)
    text = written.replace(",", ".").replace(" ", "")
    if not re.fullmatch(r"\d{1,3}(\.\d{1,4})?%?", text):
        raise ValueError(f"{written!r} is not a percentage; write it like 12.5 %")
    percent = Decimal(text.rstrip("%"))
    if 0 < percent < 1 and not text.endswith("%"):
        raise ValueError(
            f"{written!r} may be {percent} % or {percent * 100:f} %; write it like 12.5 %"
        )
    if percent > 100:
        raise ValueError(f"{written!r} is more than 100 percent")
    if percent * 100 != int(percent * 100):
        raise ValueError(f"{written!r} has more than two digits after the point")
    return int(percent * 100)


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
    found = re.fullmatch(r"([\d.,']+)(k|m|mio|tsd)?\.?", text)
    unit = (found[2] or "") if found else ""
    try:
        number, said = read_number(found[1]) if found else (Decimal(-1), "")
    except ValueError:
        number, said = Decimal(-1), ""
    count = number * {"": 1, "k": 1_000, "tsd": 1_000}.get(unit, 1_000_000)
    # "12.500k" is twelve thousand or twelve million.
    if (said and unit) or count != int(count) or not 0 <= count <= 2_000_000_000:
        raise ValueError(f"{as_text(cell)!r} is not a number of followers")
    return int(count)
