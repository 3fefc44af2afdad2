"""The record of order files. The orders themselves live in the lake."""

from __future__ import annotations

from django.db import models

from kindling.workspaces.models import User, Workspace


class OrderImport(models.Model):
    """One order file: what was taken, what was refused and why."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="order_imports")
    file_name = models.CharField(max_length=200)
    imported_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    at = models.DateTimeField()
    taken = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    problems = models.JSONField(
        default=list, help_text="Up to 200 refused rows: line, message, next step."
    )

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return self.file_name
