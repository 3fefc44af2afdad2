"""Text on its way to PostgreSQL, which cannot store U+0000: it is left out. SQLite keeps it.

It comes in with captions, mails, sheets and requests. Refused, it would end the reading of a whole account, not of
one caption.
"""

from __future__ import annotations

import re
from typing import Any

import psycopg
from psycopg.types.json import Jsonb, JsonbDumper
from psycopg.types.string import StrDumperUnknown

_ESCAPED = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


class _TextDumper(StrDumperUnknown):
    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", "") if "\0" in obj else obj)


class _JsonDumper(JsonbDumper):
    def dump(self, obj: Any) -> Any:
        written = bytes(super().dump(obj) or b"")
        return _ESCAPED.sub(rb"\1", written) if rb"\u0000" in written else written


def leave_out_nul() -> None:
    """Write every text and every JSON value without U+0000, from connections that are opened from now on."""
    psycopg.adapters.register_dumper(str, _TextDumper)
    psycopg.adapters.register_dumper(Jsonb, _JsonDumper)
