"""Registers the area with Django."""

from django.apps import AppConfig


class CommentsConfig(AppConfig):
    name = "kindling.comments"
    label = "comments"

    def ready(self) -> None:
        from kindling.comments import service
        from kindling.launches.checks import readers

        readers.register_overdue(service.overdue_by_post)
