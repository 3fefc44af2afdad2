"""Registers the area with Django."""

from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    name = "kindling.agreements"
    label = "agreements"
