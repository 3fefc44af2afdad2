"""Registers the area with Django."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "kindling.portal"
    label = "portal"
