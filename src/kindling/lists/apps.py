"""Registers the area with Django, and finds the lists of all areas."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ListsConfig(AppConfig):
    name = "kindling.lists"
    label = "lists"

    def ready(self) -> None:
        """Import `lists` of every area; each registers what it has."""
        autodiscover_modules("lists")
