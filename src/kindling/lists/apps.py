"""Registers the area with Django."""

from django.apps import AppConfig


class ListsConfig(AppConfig):
    name = "kindling.lists"
    label = "lists"
