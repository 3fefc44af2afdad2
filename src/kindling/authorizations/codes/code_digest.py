"""Find a code again without reading any: a digest keyed with the installation's secret."""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings


def digest_of(code: str) -> str:
    """HMAC-SHA256 of the code, hex. Useless without the installation's key.

    The oldest key is used, so that digests stay the same when a new key is put in front.
    """
    return hmac.new(
        settings.KINDLING_FIELD_KEYS[-1].encode(), code.encode(), hashlib.sha256
    ).hexdigest()
