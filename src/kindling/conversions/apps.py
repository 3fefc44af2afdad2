"""Registers the area with Django."""

from django.apps import AppConfig


class ConversionsConfig(AppConfig):
    name = "kindling.conversions"
    label = "conversions"
