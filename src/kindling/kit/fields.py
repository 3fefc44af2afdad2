"""A text column encrypted at rest with Fernet (AES-128-CBC and HMAC-SHA256) of the `cryptography` package.

Written here because the ready-made field returns the ciphertext when a key is wrong, which would then be sent
to TikTok as a code, and turns "" into NULL. See docs/decisions.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


@cache
def _box(keys: tuple[str, ...]) -> MultiFernet:
    # Keys are long random texts, so one hash makes a key of the right length; no password stretching is needed.
    derived = (base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()) for key in keys)
    return MultiFernet([Fernet(key) for key in derived])


def box() -> MultiFernet:
    """Encrypts with the first of KINDLING_FIELD_KEYS, decrypts with any of them."""
    return _box(tuple(settings.KINDLING_FIELD_KEYS))


if TYPE_CHECKING:
    _Text = models.TextField[str, str]
else:  # Django's fields take type parameters only in the type checker's stubs
    _Text = models.TextField


class SecretTextField(_Text):
    """Plain in Python, ciphertext in the database; cannot be searched. "" is kept as ""."""

    def get_prep_value(self, value: Any) -> Any:
        prepared = super().get_prep_value(value)
        return box().encrypt(prepared.encode()).decode() if prepared else prepared

    def from_db_value(
        self, value: str | None, _expression: object, _connection: object
    ) -> str | None:
        if not value:
            return value
        try:
            return box().decrypt(value.encode()).decode()
        except InvalidToken:
            raise ImproperlyConfigured(
                "A stored secret cannot be read with KINDLING_FIELD_KEYS. Put the key it was written with back "
                "(field.key in the data folder, or your backup)."
            ) from None

    def rotate(self, stored: str) -> str:
        """The same secret under the newest key, for the rotation command."""
        return box().rotate(stored.encode()).decode()
