"""Tables of notices and of mail out."""

from __future__ import annotations

from django.db import models

from kindling.kit.fields import SecretTextField
from kindling.workspaces.models import Member, Role, User, Workspace


class Mail(models.Model):
    """One e-mail on its way out. The text may hold a magic link: encrypted, and wiped once it is sent."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        UNCLEAR = "unclear", "May have been sent"
        NO_SERVER = "no_server", "No mail server is set"
        CANCELLED = "cancelled", "Not sent"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="mails")
    key = models.CharField(max_length=120, help_text="What it is about: one mail per key.")
    to = models.EmailField()
    subject = models.CharField(max_length=200)
    text = SecretTextField(blank=True, default="")
    unsubscribe_url = models.URLField(max_length=500, blank=True)
    message_id = models.CharField(max_length=120, unique=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(
        null=True, blank=True, help_text="When it is tried again; empty for the first try."
    )
    problem = models.TextField(blank=True, help_text="Why it was not sent, or not for sure.")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "key"], name="one_mail_per_key")
        ]

    def __str__(self) -> str:
        return f"{self.subject} ({self.get_state_display()})"


class Notice(models.Model):
    """Something a role must know of or act on: what happened, who owns it, what to do, where."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="notices")
    key = models.CharField(max_length=120, help_text="What it is about: one open notice per key.")
    roles = models.JSONField(help_text="Roles it is for; the first one owns the next step.")
    title = models.CharField(max_length=300)
    next_step = models.CharField(max_length=300)
    path = models.CharField(max_length=200, help_text="Page below the workspace's address.")
    urgency = models.PositiveSmallIntegerField(default=3, help_text="1 is now, 5 can wait.")
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    taken_at = models.DateTimeField(
        null=True, blank=True, help_text="When a member said that they are on it."
    )
    taken_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="taken_notices"
    )
    escalated_at = models.DateTimeField(
        null=True, blank=True, help_text="When the owners were told that nobody took it on."
    )

    class Meta:
        ordering = ["urgency", "-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "key"],
                condition=models.Q(done_at=None),
                name="one_open_notice_per_key",
            )
        ]
        indexes = [models.Index(fields=["workspace", "done_at"], name="notices_open_first")]

    @property
    def owner(self) -> str:
        """The role that owns the next step, as people say it."""
        return Role(self.roles[0]).label.lower() if self.roles else ""

    def __str__(self) -> str:
        return self.title


HOUR_HELP = "Hour of the day in the workspace's zone, 0 to 23."


class AlertHours(models.Model):
    """When alerts may go out: at once or once a day, and never in the quiet hours. See `alerts.rules.Hours`."""

    digest_hour = models.PositiveSmallIntegerField(null=True, blank=True, help_text=HOUR_HELP)
    quiet_from = models.PositiveSmallIntegerField(null=True, blank=True, help_text=HOUR_HELP)
    quiet_to = models.PositiveSmallIntegerField(null=True, blank=True, help_text=HOUR_HELP)
    wakes = models.BooleanField(
        default=True, help_text="Whether a notice of urgency 1 goes out at once, whatever the hour."
    )

    class Meta:
        abstract = True


class AlertPreference(AlertHours):
    """When one member's notices are mailed. Without a row: at once, at any hour."""

    member = models.OneToOneField(Member, models.CASCADE, related_name="alert_preference")
    digested_until = models.DateTimeField(
        null=True, blank=True, help_text="The end of the last digest; what is older is in none."
    )

    def __str__(self) -> str:
        return f"alerts of {self.member}"


class Webhook(AlertHours):
    """An address of a chat that takes Slack-style messages. Whoever has the address can write there: it is a secret."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="webhooks")
    name = models.CharField(max_length=80)
    address = SecretTextField()
    shown_address = models.CharField(max_length=120, help_text="The host and the last letters.")
    roles = models.JSONField(default=list, help_text="Whose notices it gets; empty means all.")
    least_urgency = models.PositiveSmallIntegerField(
        default=2, help_text="Notices up to this urgency: 1 is now, 5 can wait."
    )
    is_on = models.BooleanField(default=True)
    attempts = models.PositiveIntegerField(default=0, help_text="Failures in a row.")
    next_try_at = models.DateTimeField(null=True, blank=True)
    last_sent_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True, help_text="Why the last message did not arrive.")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="one_webhook_per_name")
        ]

    def __str__(self) -> str:
        return self.name


class Alert(models.Model):
    """One notice on its way to one webhook. `unclear` is never sent again by itself."""

    class Kind(models.TextChoices):
        NEW = "new", "New"
        ESCALATED = "escalated", "Not taken on"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        UNCLEAR = "unclear", "May have been sent"
        CANCELLED = "cancelled", "Not sent"

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="alerts")
    notice = models.ForeignKey(Notice, models.CASCADE, related_name="alerts")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.NEW)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True)

    class Meta:
        ordering = ["-due_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["webhook", "notice", "kind"], name="one_alert_per_webhook_and_notice"
            )
        ]
        indexes = [models.Index(fields=["webhook", "state", "due_at"], name="alerts_due_first")]

    def __str__(self) -> str:
        return f"{self.notice} to {self.webhook} ({self.get_state_display()})"
