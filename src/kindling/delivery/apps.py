"""Registers the area with Django."""

from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "kindling.delivery"
    label = "delivery"
