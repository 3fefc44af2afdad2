"""Sign-in policy for allauth."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class InvitedOnly(DefaultAccountAdapter):  # type: ignore[misc]  # allauth publishes no types
    """Nobody signs up by themselves: an owner invites members, `kindling user` sets a new password."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
