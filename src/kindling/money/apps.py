"""Registers the area with Django."""

from django.apps import AppConfig


class MoneyConfig(AppConfig):
    name = "kindling.money"
    label = "money"
