"""Tables of plans and of the objects a plan makes at TikTok."""

from __future__ import annotations

from django.db import models

from kindling.creators.models import Creator
from kindling.posts.models import Post
from kindling.workspaces.models import AdAccount, User, Workspace


class Plan(models.Model):
    """A launch, readable before anything is sent. `content` never changes after approval; `digest` proves it."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        APPROVED = "approved", "Approved"
        APPLYING = "applying", "In progress"
        APPLIED = "applied", "Applied"
        PARTLY = "partly", "Partly applied"
        CANCELLED = "cancelled", "Cancelled"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="plans")
    ad_account = models.ForeignKey(AdAccount, models.PROTECT, related_name="plans")
    name = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    content = models.JSONField(help_text="The plan as data: docs/reference/plan.md")
    spec = models.JSONField(
        null=True,
        blank=True,
        help_text="What a person asked for, which a draft is changed by; empty for a plan file.",
    )
    digest = models.CharField(max_length=64)
    checks = models.JSONField(default=list, help_text="Preflight results at the last run.")
    checked_at = models.DateTimeField(null=True, blank=True)
    checked_in_flight_at = models.DateTimeField(
        null=True, blank=True, help_text="When its running ads were last checked; daily."
    )
    daily_budget_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    approved_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "digest"], name="plan_once_per_workspace")
        ]

    def __str__(self) -> str:
        return self.name


class PlannedObject(models.Model):
    """One campaign, ad group or ad of a plan, and what became of it at TikTok.

    `sending` is written before the call: after a crash it means "ask TikTok by name, do not resend".
    """

    class Kind(models.TextChoices):
        CAMPAIGN = "campaign", "Campaign"
        ADGROUP = "adgroup", "Ad group"
        SMART_AD = "smart_ad", "Smart+ ad"
        AD = "ad", "Spark Ad"

    class State(models.TextChoices):
        PLANNED = "planned", "Planned"
        SENDING = "sending", "Sending"
        CREATED = "created", "Created, paused"
        ENABLED = "enabled", "Switched on"
        REFUSED = "refused", "Refused"
        HELD = "held", "Blocked by a check"

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="objects_planned")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    key = models.CharField(max_length=64)
    parent_key = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=512)
    payload = models.JSONField()
    post = models.ForeignKey(Post, models.SET_NULL, null=True, blank=True, related_name="planned")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    external_id = models.CharField(max_length=32, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    sends = models.PositiveIntegerField(default=0, help_text="How often its creation was sent.")
    strays = models.JSONField(
        default=list, help_text="Ids of duplicates at TikTok, which are switched off."
    )
    request_id = models.CharField(max_length=64, blank=True)
    message = models.TextField(blank=True)
    exists_already = models.BooleanField(
        default=False, help_text="It was at TikTok before the plan, which never switches it."
    )
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_because = models.TextField(blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["plan", "key"], name="key_once_per_plan")]

    def __str__(self) -> str:
        return self.name


class PlanTemplate(models.Model):
    """A specification to plan from again: everything but the posts and the start."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="plan_templates")
    name = models.CharField(max_length=120)
    spec = models.JSONField(help_text="Fields of docs/reference/plan.md")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="plan_template_once")
        ]

    def __str__(self) -> str:
        return self.name


class AdVideo(models.Model):
    """A video in the library of an ad account, for ads of uploads.

    `sending` is written before the call: after a lost reply it means "look for the signature, do not upload again".
    """

    class State(models.TextChoices):
        SENDING = "sending", "Unknown, check again"
        READY = "ready", "Ready"
        REFUSED = "refused", "Refused by TikTok"

    ad_account = models.ForeignKey(AdAccount, models.CASCADE, related_name="ad_videos")
    file_name = models.CharField(max_length=100)
    signature = models.CharField(max_length=32, help_text="MD5 of the file, as TikTok shows it.")
    video_id = models.CharField(max_length=64, blank=True)
    cover_id = models.CharField(max_length=64, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.SENDING)
    problem = models.TextField(blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["ad_account", "signature"], name="ad_video_once")
        ]

    def __str__(self) -> str:
        return self.file_name


class AdApproval(models.Model):
    """The creator was asked to approve one ad of a plan: what they were shown, and what they answered.

    is_approved : None until answered. withdrawn_at : asked again because the ad changed, or the plan was cancelled
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="ad_approvals")
    post = models.ForeignKey(Post, models.CASCADE, related_name="ad_approvals")
    creator = models.ForeignKey(Creator, models.CASCADE, related_name="ad_approvals")
    shown = models.JSONField(help_text="The ad as the creator sees it: `content.as_shown`.")
    shown_hash = models.CharField(max_length=64, help_text="SHA-256 of `shown`.")
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField()
    is_approved = models.BooleanField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "post"],
                condition=models.Q(answered_at=None, withdrawn_at=None),
                name="one_open_ad_approval_per_post",
            )
        ]

    @property
    def is_open(self) -> bool:
        return self.answered_at is None and self.withdrawn_at is None

    def __str__(self) -> str:
        return f"approval of {self.post} in {self.plan}"


class MusicAnswer(models.Model):
    """What TikTok last said about a post's music in an ad account, for some countries. Inventory shows its age."""

    ad_account = models.ForeignKey(AdAccount, models.CASCADE, related_name="music_answers")
    item_id = models.CharField(max_length=32)
    countries = models.CharField(max_length=200, help_text="Country codes in order, with blanks.")
    status = models.CharField(max_length=40, help_text="TikTok's music_status.")
    asked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ad_account", "item_id", "countries"], name="music_answer_once"
            )
        ]

    def __str__(self) -> str:
        return f"music of {self.item_id}: {self.status}"


class Readiness(models.Model):
    """What Inventory said of a post when all posts of an ad account were last checked: its place in the list.

    An index, which can be thrown away: the rows that a page shows are checked anew.
    """

    ad_account = models.ForeignKey(AdAccount, models.CASCADE, related_name="readiness")
    post = models.ForeignKey(Post, models.CASCADE, related_name="readiness")
    is_ready = models.BooleanField()
    place = models.PositiveIntegerField(help_text="Less is nearer to a launch.")
    item_id = models.CharField(max_length=32, help_text="The post's, for the order.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ad_account", "post"], name="readiness_once")
        ]
        indexes = [
            models.Index(
                fields=["ad_account", "is_ready", "place", "item_id"], name="readiness_in_order"
            )
        ]

    def __str__(self) -> str:
        return f"{self.item_id}: {'ready' if self.is_ready else 'not ready'}"


class InventoryRun(models.Model):
    """When all posts were last checked for an ad account, and how many were ready."""

    ad_account = models.OneToOneField(AdAccount, models.CASCADE, related_name="inventory_run")
    at = models.DateTimeField()
    ready = models.PositiveIntegerField()
    others = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.ready} ready in {self.ad_account}"


class EndChange(models.Model):
    """The receipt of one new end of a flight: set earlier or later because the post's permission moved.

    `sending` is written before the call; the same end set twice is one end, so a lost reply is asked again.
    """

    class State(models.TextChoices):
        SENDING = "sending", "Sending"
        DONE = "done", "Done"
        REFUSED = "refused", "Refused by TikTok"

    group = models.ForeignKey(PlannedObject, models.CASCADE, related_name="end_changes")
    at = models.DateTimeField()
    ends_before = models.DateTimeField(null=True)
    ends_at = models.DateTimeField()
    ends_first = models.CharField(
        max_length=20, blank=True, help_text='The clock that decides, "" for the plan itself.'
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.SENDING)
    message = models.TextField(blank=True)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"end of {self.group}: {self.ends_at:%Y-%m-%d %H:%M}"
