"""Reading parameters as TikTok does: JSON text in queries, numbers accepted where ids are meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime

import msgspec

from tiktok_sandbox.wire.protocol.errors import BAD_FIELD, TOO_MANY_IDS, WireError, invalid, missing

TIME_FORMAT = "%Y-%m-%d %H:%M:%S"


class Parameters:
    """The parameters of one call. Every reader raises WireError with the field's name.

    values : name → text (query) or JSON value (body)
    is_query : lists and objects are JSON text
    """

    def __init__(self, values: Mapping[str, object], *, is_query: bool) -> None:
        self._values = values
        self._is_query = is_query

    def __contains__(self, name: str) -> bool:
        return self._values.get(name) is not None

    def names(self) -> Iterable[str]:
        return self._values

    def raw(self, name: str) -> object:
        return self._values.get(name)

    def require(self, *names: str) -> None:
        lacking = [name for name in names if self._values.get(name) in (None, "")]
        if lacking:
            raise missing(*lacking)

    def text(self, name: str, default: str | None = None) -> str:
        value = self._values.get(name)
        if value is None:
            if default is None:
                raise missing(name)
            return default
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise invalid(name, "Not a valid string")
        return str(value)

    def find_text(self, name: str) -> str | None:
        return self.text(name) if self._values.get(name) not in (None, "") else None

    def choice(self, name: str, accepted: Iterable[str], default: str | None = None) -> str:
        value = self.text(name, default)
        accepted = tuple(accepted)
        if value not in accepted:
            raise invalid(name, f"Must be one of {', '.join(accepted)}; got {value!r}")
        return value

    def integer(self, name: str, default: int, *, low: int, high: int) -> int:
        value = self._values.get(name)
        if value is None:
            return default
        try:
            number = int(str(value))
        except ValueError:
            raise invalid(name, "Not a valid integer") from None
        if not low <= number <= high:
            raise invalid(name, f"Must be between {low} and {high}")
        return number

    def boolean(self, name: str, *, default: bool = False) -> bool:
        value = self._values.get(name)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        if str(value).lower() in ("true", "false"):
            return str(value).lower() == "true"
        raise invalid(name, "Not a valid boolean")

    def items(self, name: str) -> list[object]:
        value = self._json(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise invalid(name, "Not a valid list")
        return value

    def mapping(self, name: str) -> Parameters:
        value = self._json(name)
        if value is None:
            return Parameters({}, is_query=False)
        if not isinstance(value, dict):
            raise invalid(name, "Not a valid object")
        return Parameters(value, is_query=False)

    def ids(self, name: str, *, most: int, least: int = 0) -> list[str]:
        """A list of ids as strings; numbers are taken too."""
        found = [str(item) for item in self.items(name)]
        if len(found) < least:
            raise missing(name)
        if len(found) > most:
            raise WireError(TOO_MANY_IDS if most >= 100 else BAD_FIELD, f"{name}: at most {most}")
        return found

    def moment(self, name: str) -> datetime:
        """`YYYY-MM-DD HH:MM:SS`, UTC."""
        return moment(name, self.text(name))

    def day(self, name: str) -> date:
        try:
            return date.fromisoformat(self.text(name))
        except ValueError:
            raise invalid(name, "Not a valid date, use YYYY-MM-DD") from None

    def _json(self, name: str) -> object:
        value = self._values.get(name)
        if not self._is_query or not isinstance(value, str):
            return value
        if value == "":
            return None
        try:
            decoded: object = msgspec.json.decode(value.encode())
        except msgspec.DecodeError:
            raise invalid(name, "Not valid JSON") from None
        if has_huge_number(decoded):
            raise invalid(name, "A whole number of more than 64 bits")
        return decoded


def has_huge_number(value: object) -> bool:
    """Is there a whole number in it that no 64 bits can hold? A world with it cannot be saved."""
    if isinstance(value, dict):
        return any(has_huge_number(inner) for inner in value.values())
    if isinstance(value, list):
        return any(has_huge_number(inner) for inner in value)
    return isinstance(value, int) and not -(2**63) <= value < 2**63


def moment(name: str, text: str) -> datetime:
    try:
        return datetime.strptime(text, TIME_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        raise invalid(name, "Not a valid time, use YYYY-MM-DD HH:MM:SS") from None


def time_text(instant: datetime | None) -> str | None:
    return instant.astimezone(UTC).strftime(TIME_FORMAT) if instant else None
