"""Registers the area with Django, listens for people who sign in, and closes the portal to merged entries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "kindling.access"
    label = "access"

    def ready(self) -> None:
        """Whoever signs people in (the page, an invitation) sends Django's signals; creators lie to the left."""
        from django.contrib.auth.signals import user_logged_in, user_login_failed

        from kindling.access.service import revoke_all
        from kindling.creators.directory import before_merge

        user_logged_in.connect(_signed_in, dispatch_uid="access.signed_in")
        user_login_failed.connect(_failed, dispatch_uid="access.failed_to_sign_in")
        before_merge(revoke_all)


def _signed_in(sender: object, user: Any, **_: object) -> None:
    from kindling.access import members
    from kindling.clock import now

    members.note_sign_in(user, at=now())


def _failed(sender: object, credentials: Mapping[str, Any], **_: object) -> None:
    from kindling.access import members
    from kindling.clock import now

    members.note_failed_sign_in(str(credentials.get("email") or ""), at=now())
