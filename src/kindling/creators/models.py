"""Tables of creators and of the grants they gave with their own TikTok accounts."""

from __future__ import annotations

from typing import Any

from django.db import models

from kindling.creators import outreach_rules
from kindling.kit.fields import SecretTextField
from kindling.workspaces.models import Connection, Mail, User, Workspace

LANGUAGES = [("en", "English"), ("es", "Español")]


class Tag(models.Model):
    """A word that creators are grouped by, lower case."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="creator_tags")
    name = models.CharField(max_length=40)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="tag_once_per_workspace")
        ]

    def __str__(self) -> str:
        return self.name


class Creator(models.Model):
    """A person or account that posts. The brand's own account is one too (`is_own`)."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="creators")
    handle = models.CharField(max_length=64, help_text="TikTok handle, lower case, without @.")
    display_name = models.CharField(max_length=120, blank=True)
    followers = models.PositiveIntegerField(null=True, blank=True)
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=5, choices=LANGUAGES, default="en")
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166 code, upper case.")
    tags = models.ManyToManyField(Tag, blank=True, related_name="creators")
    is_own = models.BooleanField(default=False)
    source = models.CharField(
        max_length=40, help_text="Where we learnt of them: code, tiktok, import, hand."
    )
    opted_out_at = models.DateTimeField(
        null=True, blank=True, help_text="Since then they get no outreach from this workspace."
    )
    replied_at = models.DateTimeField(null=True, blank=True, help_text="Last answer to outreach.")
    sold_at = models.DateTimeField(
        null=True, blank=True, help_text="Since then an order is known to be one of their posts'."
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["handle"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "handle"], name="handle_once_per_workspace"
            )
        ]

    def __str__(self) -> str:
        return f"@{self.handle}"


class HandleChange(models.Model):
    """A handle that a creator had before. People and sheets go on using it for a while."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="handle_changes")
    creator = models.ForeignKey(Creator, models.CASCADE, related_name="handle_changes")
    old = models.CharField(max_length=64)
    new = models.CharField(max_length=64)
    at = models.DateTimeField()
    source = models.CharField(max_length=40, help_text="Who told: tiktok, hand or merge.")

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["workspace", "old"], name="former_handles")]

    def __str__(self) -> str:
        return f"@{self.old} → @{self.new}"


class CreatorNote(models.Model):
    """What somebody of the team wrote about a creator. The creator never sees it."""

    creator = models.ForeignKey(Creator, models.CASCADE, related_name="notes")
    text = models.TextField()
    author = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    author_label = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"note about {self.creator}"


class Sheet(models.Model):
    """A tracker between its upload and its import. It may hold codes: encrypted, and gone within a day."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="creator_sheets")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    name = models.CharField(max_length=200)
    content = SecretTextField(help_text="The file's bytes, base64.")

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.name


class CreatorGrant(models.Model):
    """A creator's own OAuth grant: lets Kindling read posts and manage codes without copying."""

    class State(models.TextChoices):
        HEALTHY = "healthy", "Healthy"
        BROKEN = "broken", "Needs a new grant"

    creator = models.OneToOneField(Creator, models.CASCADE, related_name="grant")
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="creator_grants")
    open_id = models.CharField(max_length=64)
    access_token = SecretTextField()
    refresh_token = SecretTextField()
    expires_at = models.DateTimeField()
    refresh_expires_at = models.DateTimeField()
    scopes = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.HEALTHY)
    problem = models.TextField(blank=True)
    synced_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"grant of {self.creator}"


class PortalLink(models.Model):
    """A magic link to the creator's own pages: opened once, for a short time. Only its digest is kept."""

    creator = models.ForeignKey(Creator, models.CASCADE, related_name="portal_links")
    digest = models.CharField(max_length=64, unique=True)
    purpose = models.CharField(max_length=80, help_text="What it was sent for.")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"link of {self.creator}"


class PortalSession(models.Model):
    """A device on which a creator opened a link. Only the digest of its key is kept."""

    creator = models.ForeignKey(Creator, models.CASCADE, related_name="portal_sessions")
    digest = models.CharField(max_length=64, unique=True)
    opened_at = models.DateTimeField()
    last_used_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    device = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-opened_at", "-id"]

    def __str__(self) -> str:
        return f"session of {self.creator}"


# --- Scores, and who was found -----------------------------------------------------------------------------------


class CreatorScore(models.Model):
    """What a creator's past says, in separate numbers with their parts (`scores`). None is undefined, never 0.

    Written whole by `today.scores.reckon`; a row may be thrown away at any time.
    """

    creator = models.OneToOneField(Creator, models.CASCADE, related_name="score")
    watchable = models.FloatField(
        null=True, blank=True, help_text="Share of the other creators it exceeds, 0 to 1."
    )
    converting = models.FloatField(
        null=True, blank=True, help_text="Orders per click of ads, shrunk, 0 to 1."
    )
    fit = models.FloatField(null=True, blank=True, help_text="Answers in its favour, 0 to 1.")
    parts: models.JSONField[Any, Any] = models.JSONField(default=dict)
    computed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"score of {self.creator}"


class Finding(models.Model):
    """A handle that captions of the library led to (`found`). `items`: the newest posts, at most five ids."""

    class Kind(models.TextChoices):
        NAMES_BRAND = "names_brand", "Names the brand"
        MENTIONED = "mentioned", "Mentioned, not in the directory"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="findings")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    handle = models.CharField(max_length=64)
    names: models.JSONField[Any, Any] = models.JSONField(default=list)
    items: models.JSONField[Any, Any] = models.JSONField(default=list)
    times = models.PositiveIntegerField(help_text="In how many posts.")
    last_at = models.DateTimeField(null=True, blank=True)
    found_at = models.DateTimeField()

    class Meta:
        ordering = ["-times", "handle"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "kind", "handle"], name="one_finding_per_handle"
            )
        ]

    def __str__(self) -> str:
        return f"@{self.handle}: {self.get_kind_display()}"


# --- Outreach ----------------------------------------------------------------------------------------------------


class Channel(models.TextChoices):
    """How a step reaches a creator. Only e-mail goes out by itself (R92)."""

    EMAIL = "email", "E-mail"
    DM = "dm", "Direct message, by hand"
    SHOP = "shop", "TikTok Shop message, by hand"


class OutreachTemplate(models.Model):
    """A text with {{ variables }} of a closed list, checked when it is saved."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="outreach_templates")
    name = models.CharField(max_length=80)
    language = models.CharField(max_length=5, choices=LANGUAGES, default="en")
    channel = models.CharField(max_length=6, choices=Channel.choices, default=Channel.EMAIL)
    subject = models.CharField(max_length=150, blank=True)
    text = models.TextField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "name", "language"], name="template_once_per_language"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.language}, {self.get_channel_display()})"


class Sequence(models.Model):
    """Steps that follow each other until the creator answers."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="sequences")
    name = models.CharField(max_length=80)
    is_on = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "name"], name="sequence_once_per_workspace"
            )
        ]

    def __str__(self) -> str:
        return self.name


class SequenceStep(models.Model):
    """One step. `wait_days`: since the step before it, since the enrolment for the first."""

    sequence = models.ForeignKey(Sequence, models.CASCADE, related_name="steps")
    number = models.PositiveSmallIntegerField()
    template = models.ForeignKey(OutreachTemplate, models.PROTECT, related_name="steps")
    wait_days = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["sequence", "number"], name="step_number_once")
        ]

    def __str__(self) -> str:
        return f"step {self.number} of {self.sequence}"


class Enrolment(models.Model):
    """A creator on their way through a sequence. `step`: the one to come; `due_at` None waits for a person."""

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        REPLIED = "replied", "Replied"
        OPTED_OUT = "opted_out", "Opted out"
        FINISHED = "finished", "Finished"
        STOPPED = "stopped", "Stopped"
        BOUNCED = "bounced", "Bounced"

    sequence = models.ForeignKey(Sequence, models.CASCADE, related_name="enrolments")
    creator = models.ForeignKey(Creator, models.CASCADE, related_name="enrolments")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    step = models.PositiveSmallIntegerField(default=1)
    due_at = models.DateTimeField(null=True, blank=True)
    product = models.CharField(max_length=120, blank=True)
    enrolled_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    enrolled_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    because = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-enrolled_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["sequence", "creator"], name="one_enrolment_per_sequence"
            )
        ]
        indexes = [models.Index(fields=["state", "due_at"], name="enrolments_due")]

    def __str__(self) -> str:
        return f"{self.creator} in {self.sequence}"


class OutreachMessage(models.Model):
    """One message of a step: mailed, or to be sent by hand. `sent_at` None: it still has to be."""

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="messages")
    number = models.PositiveSmallIntegerField()
    channel = models.CharField(max_length=6, choices=Channel.choices)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    made_at = models.DateTimeField()
    mail = models.ForeignKey(Mail, models.SET_NULL, null=True, blank=True, related_name="+")
    sent_at = models.DateTimeField(null=True, blank=True)
    sent_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-made_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "number"], name="one_message_per_step")
        ]
        indexes = [models.Index(fields=["channel", "made_at"], name="messages_by_day")]

    def __str__(self) -> str:
        return f"message {self.number} to {self.enrolment.creator}"


class OutreachLimits(models.Model):
    """How much a workspace sends; see `outreach_rules` for where the numbers come from."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="outreach_limits")
    mails_a_day = models.PositiveIntegerField(default=outreach_rules.MAILS_A_DAY)
    mails_an_hour = models.PositiveIntegerField(default=outreach_rules.MAILS_AN_HOUR)
    shop_messages_a_week = models.PositiveIntegerField(default=outreach_rules.NEW_SELLER_MESSAGES)

    def __str__(self) -> str:
        return f"limits of {self.workspace}"
