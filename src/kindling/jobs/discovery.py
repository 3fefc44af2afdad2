"""Imports every area's tasks, so that the registry knows them. Called once where a worker starts."""

from __future__ import annotations

import importlib
from importlib.util import find_spec

from django.apps import apps


def load() -> None:
    """Import `tasks` of every installed area that has one."""
    for config in apps.get_app_configs():
        name = f"{config.name}.tasks"
        if config.name.startswith("kindling.") and find_spec(name):
            importlib.import_module(name)
