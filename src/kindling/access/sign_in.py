"""Sign-in policy for allauth: nobody signs up alone, and wrong passwords are limited by who sends them.

A limit per account alone would let anybody lock its owner out. So wrong passwords count per address, and per
account and address (`ACCOUNT_RATE_LIMITS`); a device that has signed in to an account before has a count of its own,
so that it gets in even while others flood the account from its own address.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal import ratelimit
from django.conf import settings
from django.http import HttpRequest, HttpResponse

DEVICE_COOKIE, DEVICE_DAYS = "kindling_device", 365


class InvitedOnly(DefaultAccountAdapter):  # type: ignore[misc]  # allauth publishes no types
    """Nobody signs up by themselves: an owner invites members, `kindling user` sets a new password."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count a try before the password is looked at. Raises allauth's validation error at the limit."""
        email = str(credentials.get("email", credentials.get("username", ""))).lower()
        device = _device_of(request, email)
        self._login_failed_rl_usage = ratelimit.consume(
            request,
            app="allauth.account",
            action="login_failed_device" if device else "login_failed",
            key=f"{email}:{device or ratelimit.get_ip(request)}",
        )
        if not self._login_failed_rl_usage:
            raise self.validation_error("too_many_login_attempts")

    def post_login(self, request: HttpRequest, user: Any, **facts: Any) -> HttpResponse:
        """Signed in completely: remember the device for this account."""
        response: HttpResponse = super().post_login(request, user, **facts)
        device = _device_of(request, user.email.lower()) or secrets.token_hex(8)
        response.set_signed_cookie(
            DEVICE_COOKIE,
            f"{_digest(user.email.lower())}:{device}",
            salt=DEVICE_COOKIE,
            max_age=DEVICE_DAYS * 86_400,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        return response


def _device_of(request: HttpRequest, email: str) -> str:
    """The name of the device if it has signed in to this account before; "" otherwise."""
    kept = request.get_signed_cookie(
        DEVICE_COOKIE, default="", salt=DEVICE_COOKIE, max_age=DEVICE_DAYS * 86_400
    )
    account, _, device = (kept or "").partition(":")
    return device if account == _digest(email) else ""


def _digest(email: str) -> str:
    return hashlib.sha256(email.encode()).hexdigest()[:32]
