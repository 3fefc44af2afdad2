"""Registers the area with Django, and listens for licences that change."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig


class AuthorizationsConfig(AppConfig):
    name = "kindling.authorizations"
    label = "authorizations"

    def ready(self) -> None:
        """Agreements lie to the left and know nothing of permissions; their news still has to arrive here."""
        from django.db.models.signals import post_save

        from kindling.agreements.models import UsageRight

        post_save.connect(_right_changed, sender=UsageRight, dispatch_uid="authorizations.index")


def _right_changed(sender: object, instance: Any, **_: object) -> None:
    from kindling.authorizations.lifecycle import windows
    from kindling.clock import now

    windows.index_right(instance, now=now())
