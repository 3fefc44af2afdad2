"""Tables of briefs, what creators owe under them, their drafts, notes and decisions."""

from __future__ import annotations

from typing import Any

from django.db import models

from kindling.agreements.models import Agreement
from kindling.briefs import rules
from kindling.briefs.drafts import checks
from kindling.briefs.rules import BriefState, DecisionResult, DeliverableState, ReviewSide
from kindling.creators.models import Creator
from kindling.workspaces.models import User, Workspace

LANGUAGES = [
    ("en", "English"),
    ("es", "Spanish"),
    ("de", "German"),
    ("fr", "French"),
    ("it", "Italian"),
    ("pt", "Portuguese"),
    ("other", "Another language"),
]
MUSIC_RULES = [
    (rules.MusicRule.COMMERCIAL_LIBRARY.value, "Commercial Music Library or original sound"),
    (rules.MusicRule.ORIGINAL.value, "Original sound only"),
    (
        rules.MusicRule.LICENSED.value,
        "Commercial Music Library, original sound, or a track licensed for ads",
    ),
]
DISCLOSURES = [
    (rules.Disclosure.PAID_PARTNERSHIP.value, "Paid partnership"),
    (rules.Disclosure.OWN_BRAND.value, "Your brand"),
    (rules.Disclosure.GIFTED.value, "Gifted (disclosed as paid partnership)"),
]
AI_RULES = [
    (rules.AiRule.DECLARED.value, "Allowed if declared"),
    (rules.AiRule.NONE.value, "None"),
]
PLANNED = [
    (checks.Planned.NONE.value, "None"),
    (checks.Planned.PAID_PARTNERSHIP.value, "Paid partnership"),
    (checks.Planned.OWN_BRAND.value, "Your brand"),
]
MUSIC = [
    (checks.Music.NONE.value, "No music"),
    (checks.Music.ORIGINAL.value, "Original sound"),
    (checks.Music.COMMERCIAL_LIBRARY.value, "Commercial Music Library"),
    (checks.Music.LICENSED.value, "Licensed track"),
    (checks.Music.OTHER.value, "Another track"),
]


def _lines() -> list[str]:
    return []


class Brief(models.Model):
    """What a creator should know and keep to. The parts are those of `rules.Content`; lists hold texts."""

    STATES = [(each.value, each.value.capitalize()) for each in BriefState]

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="briefs")
    state = models.CharField(max_length=10, choices=STATES, default=BriefState.DRAFT.value)
    version = models.PositiveIntegerField(default=1)
    title = models.CharField(max_length=160, blank=True)
    skus = models.JSONField(default=_lines)
    product_truth = models.TextField(blank=True)
    audience_problem = models.TextField(blank=True)
    proof_points = models.JSONField(default=_lines)
    allowed_claims = models.JSONField(default=_lines)
    forbidden_claims = models.JSONField(default=_lines)
    boundaries = models.TextField(blank=True)
    must_say = models.JSONField(default=_lines)
    must_show = models.JSONField(default=_lines)
    tone_links = models.JSONField(default=_lines)
    usage_expectations = models.TextField(blank=True)
    music = models.CharField(max_length=20, choices=MUSIC_RULES, blank=True)
    disclosure = models.CharField(max_length=20, choices=DISCLOSURES, blank=True)
    ai_rule = models.CharField(max_length=10, choices=AI_RULES)
    language = models.CharField(max_length=5, choices=LANGUAGES, default="en")
    draft_days = models.PositiveIntegerField(default=rules.DRAFT_DAYS)
    post_days = models.PositiveIntegerField(default=rules.POST_DAYS)
    revision_rounds = models.PositiveIntegerField(default=rules.ROUNDS)
    turnround_hours = models.PositiveIntegerField(default=rules.TURNROUND_HOURS)
    legal_needed = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["-changed_at", "-id"]
        indexes = [models.Index(fields=["workspace", "state"], name="briefs_by_state")]

    def __str__(self) -> str:
        return self.title or "Untitled brief"


class BriefVersion(models.Model):
    """What a ready brief said under one number. Written once, never changed."""

    brief = models.ForeignKey(Brief, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["brief", "number"], name="one_text_per_brief_version")
        ]

    def __str__(self) -> str:
        return f"{self.brief}, version {self.number}"


class BriefTemplate(models.Model):
    """What a new brief can start from: the parts of `rules.Content`, without a title."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="brief_templates")
    name = models.CharField(max_length=80)
    content: models.JSONField[Any, Any] = models.JSONField()
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "name"], name="brief_template_once_per_workspace"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Deliverable(models.Model):
    """One piece of content a creator owes under a brief. `due_at` is when its next step is due."""

    class Kind(models.TextChoices):
        VIDEO = "video", "Video"
        PHOTO = "photo", "Photo post"

    STATES = [
        (DeliverableState.BRIEFED.value, "Briefed"),
        (DeliverableState.DRAFT_IN.value, "Draft submitted"),
        (DeliverableState.CHANGES_WANTED.value, "Changes requested"),
        (DeliverableState.BRAND_APPROVED.value, "Approved by brand"),
        (DeliverableState.APPROVED.value, "Approved"),
        (DeliverableState.POSTED.value, "Posted"),
        (DeliverableState.CANCELLED.value, "Cancelled"),
    ]

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="deliverables")
    brief = models.ForeignKey(Brief, models.PROTECT, related_name="deliverables")
    brief_version = models.PositiveIntegerField(help_text="The version it was given out with.")
    creator = models.ForeignKey(Creator, models.CASCADE, related_name="deliverables")
    agreement = models.ForeignKey(
        Agreement, models.SET_NULL, null=True, blank=True, related_name="promised"
    )
    title = models.CharField(max_length=160)
    kind = models.CharField(max_length=5, choices=Kind.choices, default=Kind.VIDEO)
    draft_due_at = models.DateTimeField()
    post_due_at = models.DateTimeField()
    rounds_allowed = models.PositiveIntegerField()
    state = models.CharField(max_length=14, choices=STATES, default=DeliverableState.BRIEFED.value)
    state_since = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    late_told_for = models.DateTimeField(null=True, blank=True)
    item_id = models.CharField(max_length=32, blank=True)
    approved_caption = models.TextField(blank=True)
    locked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "item_id"],
                condition=~models.Q(item_id=""),
                name="one_deliverable_per_post",
            )
        ]
        indexes = [
            models.Index(fields=["workspace", "state", "due_at"], name="deliverables_by_due")
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_video(self) -> bool:
        return self.kind == self.Kind.VIDEO


class Draft(models.Model):
    """What was handed in for one round: a stored file or a link, and what the creator says of it."""

    deliverable = models.ForeignKey(Deliverable, models.CASCADE, related_name="drafts")
    round_number = models.PositiveIntegerField()
    is_current = models.BooleanField(default=True)
    at = models.DateTimeField()
    review_due_at = models.DateTimeField()
    by_user = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    by_creator = models.ForeignKey(Creator, models.SET_NULL, null=True, blank=True)
    by_label = models.CharField(max_length=120)
    stored = models.CharField(max_length=120, blank=True, help_text="Name in the media storage.")
    file_name = models.CharField(max_length=120, blank=True)
    content_type = models.CharField(max_length=40, blank=True)
    size = models.BigIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    duration_seconds = models.FloatField(null=True, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    link = models.URLField(max_length=1_000, blank=True)
    caption = models.TextField(blank=True)
    transcript = models.TextField(blank=True)
    remark = models.TextField(blank=True)
    music = models.CharField(max_length=20, choices=MUSIC, default=checks.Music.NONE.value)
    music_reference = models.CharField(max_length=300, blank=True)
    is_ai = models.BooleanField(default=False)
    ai_what = models.CharField(max_length=300, blank=True)
    disclosure = models.CharField(max_length=20, choices=PLANNED, default=checks.Planned.NONE.value)
    extra_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-round_number"]
        constraints = [
            models.UniqueConstraint(
                fields=["deliverable", "round_number"], name="one_draft_per_round"
            ),
            models.UniqueConstraint(
                fields=["deliverable"],
                condition=models.Q(is_current=True),
                name="one_current_draft",
            ),
        ]
        indexes = [
            models.Index(fields=["is_current", "review_due_at"], name="drafts_to_decide"),
            models.Index(fields=["sha256"], name="drafts_by_content"),
        ]

    def __str__(self) -> str:
        return f"{self.deliverable}, round {self.round_number}"


class ReviewNote(models.Model):
    """A remark on a draft, at a moment of the film or on the whole; an answer hangs on its note."""

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="notes")
    answers = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="replies"
    )
    at_seconds = models.FloatField(null=True, blank=True)
    text = models.TextField()
    by_user = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    by_creator = models.ForeignKey(Creator, models.SET_NULL, null=True, blank=True)
    by_label = models.CharField(max_length=120)
    at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return self.text[:80]

    @property
    def clock(self) -> str:
        """The moment as a player shows it, "1:05"; "" for a note on the whole."""
        if self.at_seconds is None:
            return ""
        minutes, seconds = divmod(int(self.at_seconds), 60)
        return f"{minutes}:{seconds:02d}"


class Decision(models.Model):
    """What one side decided on one draft, with the checks as they stood. Written once, never changed."""

    SIDES = [(each.value, each.value.capitalize()) for each in ReviewSide]
    VERDICTS = [
        (DecisionResult.APPROVE.value, "Approved"),
        (DecisionResult.CHANGES.value, "Changes requested"),
        (DecisionResult.REJECT.value, "Rejected"),
    ]

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="decisions")
    side = models.CharField(max_length=5, choices=SIDES)
    verdict = models.CharField(max_length=8, choices=VERDICTS)
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    by_label = models.CharField(max_length=120)
    at = models.DateTimeField()
    reason = models.TextField(blank=True)
    checks: models.JSONField[Any, Any] = models.JSONField(default=list)
    ticked: models.JSONField[Any, Any] = models.JSONField(default=list)

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["draft", "side"], name="one_decision_per_side")
        ]

    def __str__(self) -> str:
        return f"{self.get_side_display()}: {self.get_verdict_display()}"
