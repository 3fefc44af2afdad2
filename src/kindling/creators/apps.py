"""Registers the area with Django."""

from django.apps import AppConfig


class CreatorsConfig(AppConfig):
    name = "kindling.creators"
    label = "creators"
