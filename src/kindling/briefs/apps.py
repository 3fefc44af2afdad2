"""Registers the area with Django."""

from django.apps import AppConfig


class BriefsConfig(AppConfig):
    name = "kindling.briefs"
    label = "briefs"
