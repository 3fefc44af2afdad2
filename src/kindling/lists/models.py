"""Tables of lists: how a member likes one, saved views, and files of exports."""

from __future__ import annotations

from uuid import uuid4

from django.db import models

from kindling.lists.rules import MOST_NAME, FileFormat
from kindling.workspaces.models import Member, Workspace


class ListPreference(models.Model):
    """How one member sees one list."""

    member = models.ForeignKey(Member, models.CASCADE, related_name="list_preferences")
    list_name = models.CharField(max_length=40)
    columns = models.JSONField(default=list, help_text="Names of the columns shown.")
    is_compact = models.BooleanField(default=False)
    is_gallery = models.BooleanField(default=False, help_text="Pictures instead of a table.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "list_name"], name="one_preference_per_list")
        ]

    def __str__(self) -> str:
        return f"{self.list_name} of {self.member}"


class SavedView(models.Model):
    """Filters, search and order of a list under a name."""

    member = models.ForeignKey(Member, models.CASCADE, related_name="saved_views")
    list_name = models.CharField(max_length=40)
    name = models.CharField(max_length=MOST_NAME)
    query = models.JSONField(default=dict, help_text="Parameters of the list's address.")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["member", "list_name", "name"], name="view_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class ListExport(models.Model):
    """A file with the rows of a list, written in the background."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        WRITING = "writing", "In progress"
        DONE = "done", "Ready"
        FAILED = "failed", "Failed"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="list_exports")
    member = models.ForeignKey(Member, models.CASCADE, related_name="list_exports")
    list_name = models.CharField(max_length=40)
    query = models.JSONField(default=dict)
    columns = models.JSONField(default=list)
    format = models.CharField(max_length=10, choices=[(each, each) for each in FileFormat])
    # Names the file: a database that is put back from a backup counts its rows anew.
    key = models.UUIDField(default=uuid4, unique=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    rows_done = models.PositiveIntegerField(default=0)
    rows_total = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.list_name}.{self.format}"

    @property
    def percent(self) -> int:
        return min(100, 100 * self.rows_done // self.rows_total) if self.rows_total else 0


class Undo(models.Model):
    """How an action on rows of a list is taken back, by whoever did it."""

    member = models.ForeignKey(Member, models.CASCADE, related_name="undos")
    list_name = models.CharField(max_length=40)
    action = models.CharField(max_length=40)
    what = models.JSONField(help_text="The rows as they were before, and as they were made.")
    made_at = models.DateTimeField(db_index=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.action} of {self.list_name}"
