"""Registers the area with Django."""

from django.apps import AppConfig


class TrackerConfig(AppConfig):
    name = "kindling.tracker"
    label = "tracker"
