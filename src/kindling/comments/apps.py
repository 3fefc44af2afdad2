"""Registers the area with Django."""

from django.apps import AppConfig


class CommentsConfig(AppConfig):
    name = "kindling.comments"
    label = "comments"
