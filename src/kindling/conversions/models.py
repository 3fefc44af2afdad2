"""The record of order files. The orders themselves live in the lake."""

from __future__ import annotations

from uuid import uuid4

from django.db import models

from kindling.workspaces.models import User, Workspace


class OrderImport(models.Model):
    """One order file: what was taken, what was refused and why. A large one is read in the background."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        READING = "reading", "In progress"
        DONE = "done", "Imported"
        FAILED = "failed", "Failed"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="order_imports")
    file_name = models.CharField(max_length=200)
    imported_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DONE)
    # Names the file while it waits: a database that is put back from a backup counts its rows anew.
    key = models.UUIDField(default=uuid4, unique=True)
    rows_read = models.PositiveIntegerField(default=0)
    rows_total = models.PositiveIntegerField(
        default=0, help_text="Lines of a file that is read in the background."
    )
    problem = models.CharField(max_length=300, blank=True)
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

    @property
    def is_open(self) -> bool:
        """Whether it still waits or is being read."""
        return self.state in {self.State.WAITING, self.State.READING}

    @property
    def percent(self) -> int:
        return min(100, 100 * self.rows_read // self.rows_total) if self.rows_total else 0
