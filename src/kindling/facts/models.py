"""What the lake should hold, remembered beside it: a lake that lost something cannot say so itself."""

from __future__ import annotations

from django.db import models


class SyncedDay(models.Model):
    """A day of an ad account's reports that was synced complete, and what it came to.

    changing_until : while a sync writes the day; lake and record may differ until then
    """

    account = models.CharField(
        max_length=64, help_text="As in the lake: workspace id and advertiser id."
    )
    day = models.DateField(help_text="In the ad account's zone.")
    rows = models.PositiveIntegerField()
    spend_minor = models.BigIntegerField()
    at = models.DateTimeField()
    changing_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "day"], name="synced_day_once")]

    def __str__(self) -> str:
        return f"{self.day} of {self.account}"


class BookedMonth(models.Model):
    """A month of a workspace's orders as last booked, and what it came to."""

    workspace_id = models.BigIntegerField()
    month = models.CharField(max_length=7, help_text="YYYY-MM, UTC.")
    rows = models.PositiveIntegerField()
    net_minor = models.BigIntegerField()
    at = models.DateTimeField()
    changing_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace_id", "month"], name="booked_month_once")
        ]

    def __str__(self) -> str:
        return f"{self.month} of workspace {self.workspace_id}"
