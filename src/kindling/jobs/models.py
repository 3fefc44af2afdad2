"""The outbox: a wish to run a task, written in the same transaction as the decision behind it."""

from __future__ import annotations

from django.db import models


class Intent(models.Model):
    """`key` becomes the workflow id, so handing an intent over twice runs the task once."""

    key = models.CharField(max_length=200, unique=True)
    task = models.CharField(max_length=100)
    arguments = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    handed_over_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["created_at"],
                name="intents_waiting",
                condition=models.Q(handed_over_at=None),
            )
        ]

    def __str__(self) -> str:
        return self.key


class Lease(models.Model):
    """Who works on something now. A holder that dies stops renewing, and the lease runs out."""

    name = models.CharField(max_length=100, unique=True)
    holder = models.CharField(max_length=40)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Heartbeat(models.Model):
    """A process that works jobs, and when it was last alive by the database's clock."""

    executor = models.CharField(max_length=80, unique=True, help_text="Whose jobs they are.")
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.executor
