"""Registers the facts with Django: what the lake should hold is remembered in the database."""

from django.apps import AppConfig


class FactsConfig(AppConfig):
    name = "kindling.facts"
    label = "facts"
