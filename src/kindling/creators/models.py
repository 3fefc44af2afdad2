"""Tables of creators and of the grants they gave with their own TikTok accounts."""

from __future__ import annotations

from typing import Any

from django.db import models

from kindling.kit.fields import SecretTextField
from kindling.workspaces.models import Connection, User, Workspace

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
    language = models.CharField(
        max_length=5,
        choices=LANGUAGES,
        blank=True,
        help_text="Of mails and portal; empty: mails are English, the portal follows the browser.",
    )
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166 code, upper case.")
    tags = models.ManyToManyField(Tag, blank=True, related_name="creators")
    is_own = models.BooleanField(default=False)
    source = models.CharField(
        max_length=40, help_text="Where they come from: code, tiktok, import, hand."
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


class CreatorGrant(models.Model):
    """A creator's own OAuth grant: lets Kindling read posts and manage codes without copying."""

    class State(models.TextChoices):
        HEALTHY = "healthy", "Connected"
        BROKEN = "broken", "Reconnect needed"

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


# --- Scores, and who was found -----------------------------------------------------------------------------------


class CreatorScore(models.Model):
    """What a creator's past says, in separate numbers with their parts (`scores`). None is undefined, never 0.

    Written whole by `profiles.scores.compute`; a row may be thrown away at any time.
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


class Mention(models.Model):
    """A handle that captions of the library led to (`found`). `items`: the newest posts, at most five ids."""

    class Kind(models.TextChoices):
        NAMES_BRAND = "names_brand", "Mentions the brand"
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

    @property
    def is_new(self) -> bool:
        """Whether it was not in the directory when it was found."""
        return self.kind == self.Kind.MENTIONED

    def __str__(self) -> str:
        return f"@{self.handle}: {self.get_kind_display()}"
