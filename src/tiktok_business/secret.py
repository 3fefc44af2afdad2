"""Values that must never be printed: tokens, app secrets, Spark Ads codes."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from urllib.parse import quote

MASK = "•••"

# A Spark Ads code as creators paste it: a hash sign, then base64 text; or the same as a query holds it.
_SPARK_CODE = re.compile(
    r"#[A-Za-z0-9+/_\-]{10,}={0,2}|%23(?:[A-Za-z0-9_\-]|%2[BF]){10,}(?:%3D){0,2}", re.IGNORECASE
)


class Secret:
    """Holds a secret; prints as a mask. `reveal` is the only way to the text.

    Not a `str` on purpose: formatting, joining or JSON-encoding one by accident cannot leak it.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    @classmethod
    def of(cls, value: Secret | str) -> Secret:
        """Take a secret or a bare string; surrounding white space is never part of one."""
        return value if isinstance(value, Secret) else cls(value.strip())

    def reveal(self) -> str:
        """The text itself. Pass it on; do not store, print or log it."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce__(self) -> str:
        raise TypeError("a Secret does not pickle: store it encrypted and make it again")


def scrub(text: str, secrets: Iterable[Secret] = ()) -> str:
    """Take known secrets, and anything shaped like a Spark Ads code, out of a text.

    TikTok's messages may repeat what was sent; they end up in logs and on pages.
    """
    # As it is, as in a query, and as in JSON that escapes slashes. The longest first: one may begin with another.
    written = {
        form
        for plain in (secret.reveal() for secret in secrets)
        for form in (plain, quote(plain, safe=""), quote(plain), plain.replace("/", "\\/"))
    }
    for form in sorted(written, key=len, reverse=True):
        if form:
            text = text.replace(form, MASK)
    return _SPARK_CODE.sub(MASK, text)
