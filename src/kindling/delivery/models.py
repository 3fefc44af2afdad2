"""State of what runs at TikTok, as last synced. Numbers per day live in the lake, not here."""

from __future__ import annotations

from django.db import models

from kindling.posts.models import Post
from kindling.workspaces.models import AdAccount, User


class Campaign(models.Model):
    ad_account = models.ForeignKey(AdAccount, models.CASCADE, related_name="campaigns")
    campaign_id = models.CharField(max_length=32)
    name = models.CharField(max_length=512)
    objective = models.CharField(max_length=40, blank=True)
    operation_status = models.CharField(max_length=20)
    secondary_status = models.CharField(max_length=80, blank=True)
    budget_minor = models.BigIntegerField(null=True, blank=True)
    is_gone = models.BooleanField(default=False)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ad_account", "campaign_id"], name="campaign_once")
        ]

    def __str__(self) -> str:
        return self.name


class AdGroup(models.Model):
    ad_account = models.ForeignKey(AdAccount, models.CASCADE, related_name="adgroups")
    adgroup_id = models.CharField(max_length=32)
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="adgroups")
    name = models.CharField(max_length=512)
    operation_status = models.CharField(max_length=20)
    secondary_status = models.CharField(max_length=80, blank=True)
    budget_mode = models.CharField(max_length=40, blank=True)
    budget_minor = models.BigIntegerField(null=True, blank=True)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    is_gone = models.BooleanField(default=False)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ad_account", "adgroup_id"], name="adgroup_once")
        ]

    def __str__(self) -> str:
        return self.name


class Ad(models.Model):
    """A Spark Ad or another ad of the account. `item_id` says which post it promotes, if any."""

    ad_account = models.ForeignKey(AdAccount, models.CASCADE, related_name="ads")
    ad_id = models.CharField(max_length=32)
    smart_ad_id = models.CharField(
        max_length=32, blank=True, help_text="The Smart+ ad it is a creative of."
    )
    adgroup = models.ForeignKey(AdGroup, models.CASCADE, related_name="ads")
    name = models.CharField(max_length=512)
    item_id = models.CharField(max_length=32, blank=True)
    post = models.ForeignKey(Post, models.SET_NULL, null=True, blank=True, related_name="ads")
    identity_id = models.CharField(max_length=64, blank=True)
    identity_type = models.CharField(max_length=20, blank=True)
    operation_status = models.CharField(max_length=20)
    secondary_status = models.CharField(max_length=80, blank=True)
    switched_at = models.DateTimeField(
        null=True, blank=True,
        help_text="When Kindling last switched it, by the database's clock: older readings say nothing of it.",
    )  # fmt: skip
    landing_url = models.CharField(max_length=2000, blank=True)
    is_gone = models.BooleanField(default=False)
    created_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ad_account", "ad_id"], name="ad_once")]
        indexes = [models.Index(fields=["ad_account", "secondary_status"], name="ads_by_status")]

    def __str__(self) -> str:
        return self.name


class SyncRun(models.Model):
    """One pull from TikTok. It ends complete, or says loudly what is missing."""

    class Kind(models.TextChoices):
        ENTITIES = "entities", "Campaigns, ad groups, ads"
        REPORTS = "reports", "Daily reports"

    ad_account = models.ForeignKey(AdAccount, models.CASCADE, related_name="sync_runs")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    is_complete = models.BooleanField(default=False)
    first_day = models.DateField(null=True, blank=True)
    last_day = models.DateField(null=True, blank=True)
    read_until = models.DateField(null=True, blank=True, help_text="How far its reports are read.")
    rows = models.PositiveIntegerField(default=0)
    problem = models.TextField(blank=True)

    class Meta:
        ordering = ["-started_at", "-id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.ad_account}"

    @property
    def percent(self) -> int | None:
        """The share of its days that is read, while it runs; None before the first."""
        if not (self.first_day and self.last_day and self.read_until) or self.finished_at:
            return None
        days = (self.last_day - self.first_day).days + 1
        return 100 * ((self.read_until - self.first_day).days + 1) // days


class Pause(models.Model):
    """An ad that a person or the guard switched off: who, when, why, on what evidence, and whether TikTok confirmed.

    It is written before TikTok is asked, so that a process that dies leaves no stop that nobody explains;
    `is_confirmed` is None until an answer or a later look tells. `by` is None where the guard did it. A pause that
    was undone says by whom; until a second person has confirmed a resume that needs one, it says who asked.
    """

    ad = models.ForeignKey(Ad, models.CASCADE, related_name="pauses")
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    reason = models.TextField()
    evidence = models.JSONField(
        default=dict, help_text="What it rested on: state, dates, time of reading."
    )
    is_confirmed = models.BooleanField(null=True, default=None)
    resume_asked_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    resume_asked_at = models.DateTimeField(null=True, blank=True)
    resumed_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    resumed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"pause of {self.ad}"
