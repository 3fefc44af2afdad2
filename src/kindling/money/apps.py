"""Registers the area with Django, and says when a currency is settled."""

from django.apps import AppConfig


class MoneyConfig(AppConfig):
    name = "kindling.money"
    label = "money"

    def ready(self) -> None:
        """Workspaces lie to the left and know nothing of books."""
        from kindling.money import booked
        from kindling.workspaces import settings

        settings.book_check(booked.booked)
