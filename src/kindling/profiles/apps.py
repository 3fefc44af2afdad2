"""Registers the area with Django."""

from django.apps import AppConfig


class ProfilesConfig(AppConfig):
    name = "kindling.profiles"
    label = "profiles"
