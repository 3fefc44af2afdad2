"""How values travel: GET parameters and JSON bodies.

Source: API basics v1.3. Scalars are plain; every list and object of a GET is JSON text; all is
percent-encoded exactly once. Spark Ads codes hold `#`, `/`, `+` and `=`: a plus that arrives as a
space, or a `%2B` that arrives as such, is refused as "Post code is incorrect".
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from tiktok_business.secret import Secret


def wire_time(moment: datetime) -> str:
    """An instant as TikTok writes it: `YYYY-MM-DD HH:MM:SS` in UTC. Refuses a naive one."""
    if moment.tzinfo is None:
        raise ValueError("give an aware datetime: TikTok's times are UTC")
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


# No amount of any currency has more digits before its point; written out, larger ones fill the memory.
MOST_DIGITS = 18


def _plain(value: object) -> Any:
    """JSON-ready form of what msgspec would write differently from TikTok.

    raises : ValueError for a number that is none: as JSON it would be no JSON, or null, which means "not given"
    """
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("not a finite number")
    if isinstance(value, Decimal):
        if not value.is_finite() or value.adjusted() >= MOST_DIGITS:
            raise ValueError("not a finite number of a sensible size")
        return Decimal(f"{value:f}")  # 100, not 1E+2
    if isinstance(value, datetime):
        return wire_time(value)
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    return value


_encoder = msgspec.json.Encoder(decimal_format="number")


def json_body(fields: Mapping[str, object]) -> bytes:
    """A POST body. Fields that are None are left out; decimals are JSON numbers."""
    return _encoder.encode(_plain(fields))


def query_text(parameters: Mapping[str, object]) -> str:
    """A GET's query, encoded exactly once. Parameters that are None are left out."""
    pairs = [(name, _parameter(value)) for name, value in parameters.items() if value is not None]
    return urlencode(pairs, quote_via=quote, safe="")


def _parameter(value: object) -> str:
    plain = _plain(value)
    if isinstance(plain, bool):
        return "true" if plain else "false"
    if isinstance(plain, str):
        return plain
    if isinstance(plain, int | float | Decimal):
        return str(plain)
    if isinstance(plain, date):
        return plain.isoformat()
    return _encoder.encode(plain).decode()


def secrets_in(values: Mapping[str, object]) -> tuple[Secret, ...]:
    """The secrets among parameters or body fields, however deep, to scrub from messages."""
    return tuple(_each_secret(values))


def _each_secret(value: object) -> Iterator[Secret]:
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _each_secret(inner)
    elif isinstance(value, list | tuple | set | frozenset):
        for inner in value:
            yield from _each_secret(inner)
