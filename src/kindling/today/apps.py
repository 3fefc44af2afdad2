"""Registers the area with Django."""

from django.apps import AppConfig


class TodayConfig(AppConfig):
    name = "kindling.today"
    label = "today"
