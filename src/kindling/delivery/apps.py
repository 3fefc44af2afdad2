"""Registers the area with Django."""

from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "kindling.delivery"
    label = "delivery"

    def ready(self) -> None:
        from kindling.delivery import listed
        from kindling.launches.checks import readers

        readers.register_ads(listed.for_checks)
