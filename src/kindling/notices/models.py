"""Tables of notices and of mail out."""

from __future__ import annotations

from django.db import models

from kindling.kit.fields import SecretTextField
from kindling.workspaces.models import Role, User, Workspace


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
