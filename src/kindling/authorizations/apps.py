"""Registers the area with Django."""

from django.apps import AppConfig


class AuthorizationsConfig(AppConfig):
    name = "kindling.authorizations"
    label = "authorizations"
