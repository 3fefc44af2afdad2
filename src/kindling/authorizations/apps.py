"""Registers the area with Django, listens for licences that change, and says which lead times are fixed."""

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
        from kindling.authorizations.lifecycle import rules
        from kindling.workspaces import settings

        post_save.connect(_right_changed, sender=UsageRight, dispatch_uid="authorizations.index")
        settings.fix("Renewal lead time", f"{rules.DEFAULT_LEAD.days} days before the end")
        settings.fix(
            "Renewal reminders",
            f"{', '.join(str(days) for days in rules.LEAD_DAYS)} days before the end",
        )
        settings.fix(
            "Reminders of an unanswered request",
            f"{', '.join(str(after.days) for after in rules.REMINDERS_AFTER)} days after it",
        )


def _right_changed(sender: object, instance: Any, **_: object) -> None:
    from kindling.authorizations.lifecycle import windows
    from kindling.clock import now

    windows.index_right(instance, now=now())
