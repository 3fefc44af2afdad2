"""Reading TikTok's objects: lenient about what it adds, strict about what we rely on.

Ids come as strings or, in old answers, as numbers, and always leave as strings. Absent values
come as a missing field, null or ""; numbers also as "-". Times are UTC without saying so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import NoReturn

from tiktok_business.errors import MalformedAnswerError
from tiktok_business.protocol.encoding import MOST_DIGITS

_ABSENT = (None, "", "-")
# TikTok's are 19 digits, a UUID or an open id of some 50 characters.
LONGEST_ID = 128


def read_id(value: object) -> str | None:
    """An id as text; None for null, "", "0" and 0, which all mean "none"."""
    if isinstance(value, bool):
        raise ValueError("a truth value is no id")
    if isinstance(value, int):
        value = str(value)
    elif isinstance(value, Decimal):
        # A number with a fraction has lost digits on the way; no id ever has one.
        raise ValueError("a fraction is no id")
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError("neither text nor number")
    text = value.strip()
    if len(text) > LONGEST_ID or not text.isprintable():
        raise ValueError("too long, or not printable")
    return None if text in ("", "0", "-") else text


def read_decimal(value: object) -> Decimal | None:
    """A finite number, exactly; None for null, "" and "-"."""
    if value in _ABSENT:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValueError("not a number")
    try:
        number = Decimal(value) if isinstance(value, int | Decimal) else Decimal(str(value).strip())
    except InvalidOperation:
        raise ValueError("not a number") from None
    if not number.is_finite():
        raise ValueError("not a finite number")
    if number.adjusted() >= MOST_DIGITS:
        # As a whole number, 1e999999999 would not fit the memory.
        raise ValueError("larger than any count or amount")
    return number


def read_time(value: object) -> datetime | None:
    """An instant, aware and in UTC; None for null, "" , "-" and 0.

    Understands `YYYY-MM-DD HH:MM:SS` with or without " UTC" or an offset, and epoch seconds.
    """
    if value in _ABSENT or value in (0, "0"):
        return None
    if isinstance(value, bool):
        raise ValueError("not a time")
    if isinstance(value, int | Decimal) or (isinstance(value, str) and value.strip().isdigit()):
        try:
            return datetime.fromtimestamp(int(value), UTC)
        except (OverflowError, OSError) as error:
            raise ValueError("outside the calendar") from error
    if not isinstance(value, str):
        raise ValueError("not a time")
    text = value.strip().removesuffix("UTC").strip().removesuffix("+0000").strip()
    moment = datetime.fromisoformat(text)
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("outside the calendar") from error


def read_day(text: str) -> date:
    """The calendar day of a report row, e.g. of "2026-10-17 00:00:00", in the account's zone."""
    return date.fromisoformat(text[:10])


@dataclass(frozen=True, slots=True)
class Fields:
    """One JSON object of an answer, with where it came from for the error message."""

    values: Mapping[str, object]
    endpoint: str
    request_id: str = ""

    def refuse(self, name: str, why: str) -> NoReturn:
        """Say that a field breaks the contract. The value itself is never repeated."""
        raise MalformedAnswerError(
            f'TikTok\'s answer is not as documented: field "{name}" is {why}',
            endpoint=self.endpoint,
            request_id=self.request_id,
        )

    def id(self, name: str) -> str:
        """An id that must be there."""
        found = self.find_id(name)
        if found is None:
            self.refuse(name, "missing")
        return found

    def find_id(self, name: str) -> str | None:
        """An id that may be absent."""
        try:
            return read_id(self.values.get(name))
        except ValueError as error:
            self.refuse(name, f"not an id: {error}")

    def ids(self, name: str) -> list[str]:
        """A list of ids; empty when absent."""
        try:
            read = [read_id(value) for value in self._list(name)]
        except ValueError as error:
            self.refuse(name, f"not a list of ids: {error}")
        return [found for found in read if found is not None]

    def text(self, name: str) -> str:
        """Text; "" when absent."""
        value = self.values.get(name)
        if value is None:
            return ""
        if isinstance(value, str):
            return value
        if isinstance(value, bool | Mapping | list):
            self.refuse(name, "not text")
        return str(value)

    def find_text(self, name: str) -> str | None:
        """Text that may be absent; "" counts as absent."""
        return self.text(name) or None

    def texts(self, name: str) -> list[str]:
        """A list of texts; empty when absent."""
        return [str(value) for value in self._list(name) if value is not None]

    def decimal(self, name: str) -> Decimal | None:
        """A number, exactly; None when absent."""
        try:
            return read_decimal(self.values.get(name))
        except ValueError as error:
            self.refuse(name, str(error))

    def number(self, name: str) -> float | None:
        """A measure such as a duration; None when absent."""
        exact = self.decimal(name)
        return None if exact is None else float(exact)

    def integer(self, name: str) -> int | None:
        """A count; None when absent."""
        exact = self.decimal(name)
        if exact is None:
            return None
        if exact != exact.to_integral_value():
            self.refuse(name, "not a whole number")
        return int(exact)

    def flag(self, name: str) -> bool | None:
        """A truth value; None when absent."""
        value = self.values.get(name)
        if value is None or isinstance(value, bool):
            return value
        text = str(value).lower()
        if text not in ("true", "false"):
            self.refuse(name, "neither true nor false")
        return text == "true"

    def time(self, name: str) -> datetime | None:
        """An instant in UTC; None when absent."""
        try:
            return read_time(self.values.get(name))
        except ValueError as error:
            self.refuse(name, f"not a time: {error}")

    def child(self, name: str) -> Fields:
        """An inner object; an empty one when absent."""
        value = self.values.get(name)
        if value is None:
            return Fields({}, self.endpoint, self.request_id)
        return self._object(name, value)

    def find_child(self, name: str) -> Fields | None:
        """An inner object; None when absent or empty."""
        inner = self.child(name)
        return inner if inner.values else None

    def children(self, name: str) -> Iterator[Fields]:
        """The inner objects of a list; none when absent."""
        for value in self._list(name):
            yield self._object(name, value)

    def _list(self, name: str) -> list[object]:
        value = self.values.get(name)
        if value is None or value == "":
            return []
        if not isinstance(value, list):
            self.refuse(name, "not a list")
        return value

    def _object(self, name: str, value: object) -> Fields:
        if not isinstance(value, dict):
            self.refuse(name, "not an object")
        return Fields(value, self.endpoint, self.request_id)
