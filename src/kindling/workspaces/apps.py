"""Registers the area with Django."""

from django.apps import AppConfig


class WorkspacesConfig(AppConfig):
    name = "kindling.workspaces"
    label = "workspaces"
