"""Registers the area with Django."""

from django.apps import AppConfig


class LaunchesConfig(AppConfig):
    name = "kindling.launches"
    label = "launches"
