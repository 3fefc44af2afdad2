"""Registers the area with Django."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "kindling.notices"
    label = "notices"
