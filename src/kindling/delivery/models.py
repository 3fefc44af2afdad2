"""State of what runs at TikTok, as last synced. Numbers per day live in the lake, not here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models

from kindling.delivery.stop_rules.rules import (
    ACT_LABELS,
    METRIC_LABELS,
    STATE_LABELS,
    Act,
    Comparison,
    Metric,
    Scope,
    State,
)
from kindling.posts.models import Post
from kindling.workspaces.models import AdAccount, User, Workspace


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


class BudgetChange(models.Model):
    """A daily budget that a person or a rule lowered: written before TikTok is asked, as `Pause` is."""

    adgroup = models.ForeignKey(AdGroup, models.CASCADE, related_name="budget_changes")
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    reason = models.TextField()
    before_minor = models.BigIntegerField()
    after_minor = models.BigIntegerField()
    evidence = models.JSONField(default=dict)
    is_confirmed = models.BooleanField(null=True, default=None)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(after_minor__lt=models.F("before_minor")),
                name="budget_only_lowered",
            )
        ]

    def __str__(self) -> str:
        return f"budget of {self.adgroup}"


def _choices(labels: Mapping[Any, str]) -> list[tuple[str, str]]:
    """Choices as plain texts, so that a migration names no code of ours."""
    return [(str(value), str(label)) for value, label in labels.items()]


class StopRule(models.Model):
    """A rule of the workspace that pauses or lowers; see `stop_rules.rules`. It is not edited: a new one replaces it.

    value : in minor units of `currency` for money, a count, or a share of one
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="stop_rules")
    name = models.CharField(max_length=80)
    state = models.CharField(
        max_length=10, choices=_choices(STATE_LABELS), default=State.DRY_RUN.value
    )
    scope = models.CharField(
        max_length=10, choices=_choices({each: each for each in Scope}), default=Scope.ALL.value
    )
    scope_key = models.CharField(
        max_length=200, blank=True, help_text="A campaign id, a handle, or a note of posts."
    )
    currency = models.CharField(
        max_length=3, help_text="Of its amounts; ads in others are left alone."
    )
    metric = models.CharField(
        max_length=20, choices=_choices(METRIC_LABELS), default=Metric.CPA.value
    )
    comparison = models.CharField(
        max_length=5,
        choices=_choices({each: each for each in Comparison}),
        default=Comparison.ABOVE.value,
    )
    value = models.FloatField()
    days = models.PositiveSmallIntegerField(default=3, help_text="Full days that it looks at.")
    min_spend_minor = models.BigIntegerField(default=0)
    min_impressions = models.BigIntegerField(default=0)
    min_conversions = models.BigIntegerField(default=0)
    stops_learning = models.BooleanField(default=False)
    act = models.CharField(max_length=5, choices=_choices(ACT_LABELS), default=Act.PAUSE.value)
    lower_percent = models.PositiveSmallIntegerField(null=True, blank=True)
    floor_minor = models.BigIntegerField(default=0)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    activated_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    activated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class RuleFiring(models.Model):
    """A rule that fired on an ad, once a day at most: its figures, what it did, and what came of it."""

    class Result(models.TextChoices):
        OPEN = "open", "Being carried out"
        DONE = "done", "Done"
        TOLD = "told", "Told"
        OBSERVED = "observed", "Only told: the ad account is observed"
        UNCONFIRMED = "unconfirmed", "TikTok did not confirm"
        REFUSED = "refused", "Not carried out"

    rule = models.ForeignKey(StopRule, models.CASCADE, related_name="firings")
    ad = models.ForeignKey(Ad, models.CASCADE, related_name="firings")
    day = models.DateField(help_text="On which it fired, in the ad account's zone.")
    at = models.DateTimeField()
    values = models.JSONField(default=dict, help_text="The figures it rested on.")
    act = models.CharField(max_length=5, choices=_choices(ACT_LABELS))
    result = models.CharField(max_length=12, choices=Result.choices, default=Result.OPEN)
    message = models.TextField(blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "ad", "day"], name="rule_fires_once_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.rule} on {self.ad}"


class AdHealth(models.Model):
    """What the last look after a sync made of a running ad; see `health.rules`."""

    ad = models.OneToOneField(Ad, models.CASCADE, related_name="health", primary_key=True)
    at = models.DateTimeField()
    learning = models.CharField(max_length=10)
    learning_reason = models.TextField()
    fatigue = models.CharField(max_length=10)
    fatigue_reason = models.TextField()
    evidence = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"health of {self.ad_id}"


class WatchRun(models.Model):
    """When the first days of a workspace's posts were last judged, and on how many launches of its own."""

    workspace = models.OneToOneField(
        Workspace, models.CASCADE, related_name="watch_run", primary_key=True
    )
    at = models.DateTimeField()
    launches = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"first days of {self.workspace_id}"


class PostWatch(models.Model):
    """What the last judgement made of a post in the first days of its ads; see `watch`."""

    post = models.OneToOneField(Post, models.CASCADE, related_name="watch", primary_key=True)
    at = models.DateTimeField()
    ads = models.PositiveIntegerField()
    began = models.DateField()
    spent_minor = models.BigIntegerField()
    orders = models.PositiveIntegerField()
    needed = models.FloatField()
    before = models.FloatField(null=True, blank=True)
    chance = models.FloatField(null=True, blank=True)
    verdict = models.CharField(max_length=20)
    reason = models.TextField()
    dangers = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"first days of {self.post_id}"


class GmvMaxReading(models.Model):
    """What was read of GMV Max in an ad account, and when it last was read whole."""

    ad_account = models.OneToOneField(AdAccount, models.CASCADE, related_name="gmv_max_reading")
    at = models.DateTimeField(null=True, blank=True, help_text="Of the last whole reading.")
    problem = models.TextField(blank=True, help_text="Why the last reading was not whole.")
    stores: models.JSONField[Any, Any] = models.JSONField(
        default=list,
        help_text="Shops: store_id, name, holder (the ad account with the exclusive right).",
    )

    def __str__(self) -> str:
        return f"GMV Max of {self.ad_account}"


class GmvMaxCampaign(models.Model):
    """A GMV Max campaign. Kindling makes and changes none."""

    ad_account = models.ForeignKey(AdAccount, models.CASCADE, related_name="gmv_max_campaigns")
    campaign_id = models.CharField(max_length=32)
    name = models.CharField(max_length=512)
    promotes = models.CharField(max_length=20, help_text="PRODUCT_GMV_MAX or LIVE_GMV_MAX.")
    store_id = models.CharField(max_length=64)
    operation_status = models.CharField(max_length=20, blank=True)
    secondary_status = models.CharField(max_length=80, blank=True)
    budget_minor = models.BigIntegerField(null=True, blank=True)
    target_roi = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    takes_affiliate_posts = models.BooleanField(null=True, blank=True)
    is_gone = models.BooleanField(default=False)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ad_account", "campaign_id"], name="gmv_max_campaign_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class GmvMaxPost(models.Model):
    """A post that a GMV Max campaign uses, with what TikTok says it sold.

    gross_revenue_minor holds organic and affiliate orders of the promoted products too: it is added to nothing else.
    """

    campaign = models.ForeignKey(GmvMaxCampaign, models.CASCADE, related_name="posts")
    item_id = models.CharField(max_length=32)
    post = models.ForeignKey(
        Post, models.SET_NULL, null=True, blank=True, related_name="gmv_max_posts"
    )
    handle = models.CharField(max_length=64, blank=True)
    identity_type = models.CharField(max_length=20, blank=True)
    delivery_status = models.CharField(max_length=40, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    cost_minor = models.BigIntegerField(null=True, blank=True)
    sku_orders = models.IntegerField(null=True, blank=True)
    gross_revenue_minor = models.BigIntegerField(null=True, blank=True)
    roi = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    is_gone = models.BooleanField(
        default=False, help_text="TikTok does not list it there any more."
    )
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "item_id"], name="gmv_max_post_once")
        ]
        indexes = [models.Index(fields=["item_id"], name="gmv_max_posts_by_item")]

    def __str__(self) -> str:
        return f"{self.item_id} in {self.campaign}"
