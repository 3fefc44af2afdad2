"""Registers the area with Django."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "kindling.access"
    label = "access"
