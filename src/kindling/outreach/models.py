"""Tables of outreach: templates, sequences, who is in them, what was sent, limits."""

from __future__ import annotations

from django.db import models

from kindling.creators.models import LANGUAGES, Creator
from kindling.notices.models import Mail
from kindling.outreach import rules as outreach_rules
from kindling.workspaces.models import User, Workspace

# --- Outreach ----------------------------------------------------------------------------------------------------


class OutreachChannel(models.TextChoices):
    """How a step reaches a creator. Only e-mail goes out by itself (R92)."""

    EMAIL = "email", "E-mail"
    DM = "dm", "Direct message, sent manually"
    SHOP = "shop", "TikTok Shop message, sent manually"


class OutreachTemplate(models.Model):
    """A text with {{ variables }} of a closed list, checked when it is saved."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="outreach_templates")
    name = models.CharField(max_length=80)
    language = models.CharField(max_length=5, choices=LANGUAGES, default="en")
    channel = models.CharField(
        max_length=6, choices=OutreachChannel.choices, default=OutreachChannel.EMAIL
    )
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
    channel = models.CharField(max_length=6, choices=OutreachChannel.choices)
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
