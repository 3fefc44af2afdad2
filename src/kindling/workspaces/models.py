"""Tables of brands, people, connections and the audit trail."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models

from kindling.kit.fields import SecretTextField


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **facts: Any) -> User:
        """A user who signs in by e-mail; without a password nobody can sign in as them."""
        user = self.model(email=self.normalize_email(email).lower(), **facts)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **facts: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **facts)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. What they may do is decided per workspace by `Member.role`."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.name or self.email


class Workspace(models.Model):
    """One brand or client. Nothing of one workspace is ever seen from another."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    currency = models.CharField(max_length=3, default="USD")
    timezone = models.CharField(max_length=64, default="UTC")
    second_person_above_minor = models.BigIntegerField(
        default=20_000,
        help_text="Daily budget in minor units above which a plan needs a second person.",
    )
    pay_second_person_above_minor = models.BigIntegerField(
        default=20_000,
        help_text="Amount in minor units above which a payment is not sent by who approved it.",
    )
    safety_margin_hours = models.PositiveIntegerField(
        default=24,
        help_text="Hours kept between the stop-by time and the earliest end date.",
    )
    wants_review = models.BooleanField(
        default=False, help_text="Must a post have a review on record before it is launched?"
    )
    escalate_hours = models.PositiveIntegerField(
        default=4,
        help_text="Hours after which an urgent notice that nobody took on goes to the owners.",
    )
    comment_hours = models.PositiveIntegerField(
        default=4, help_text="Hours within which comments are answered."
    )
    asks_for_comments = models.BooleanField(
        default=False,
        help_text="Are creators who connect asked to let Kindling read and answer comments?",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    # What was read, while a page is put together (`service.reading_once`).
    readings: dict[Any, Any] | None = None

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    OWNER = "owner", "Owner"
    CREATOR_MANAGER = "creator_manager", "Creator manager"
    REVIEWER = "reviewer", "Content reviewer"
    LEGAL = "legal", "Legal"
    MEDIA_BUYER = "media_buyer", "Media buyer"
    COMMUNITY = "community", "Community"
    FINANCE = "finance", "Finance"
    VIEWER = "viewer", "Viewer"


class Member(models.Model):
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="members")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.VIEWER)
    wants_mail = models.BooleanField(default=True, help_text="Are notices for the role mailed too?")
    deactivated_at = models.DateTimeField(
        null=True, blank=True, help_text="Since then the membership is kept and opens nothing."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "user"], name="one_role_per_member")
        ]

    def __str__(self) -> str:
        return f"{self.user} as {self.get_role_display()}"


class ApiToken(models.Model):
    """A member's key for the API and the command line. Only its digest is kept."""

    member = models.ForeignKey(Member, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Connection(models.Model):
    """A developer app at TikTok (or a sandbox) and the ads token granted to it."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for consent"
        HEALTHY = "healthy", "Connected"
        BROKEN = "broken", "Reconnect needed"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="connections")
    name = models.CharField(max_length=80)
    base_url = models.URLField(default="https://business-api.tiktok.com")
    app_id = models.CharField(max_length=64)
    app_secret = SecretTextField()
    client_key = models.CharField(max_length=64, blank=True)
    client_secret = SecretTextField(blank=True, default="")
    tiktok_one_id = models.CharField(
        max_length=64, blank=True, help_text="TikTok One account, to ask creators through it."
    )
    access_token = SecretTextField(blank=True, default="")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    problem = models.TextField(blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="connection_name_is_unique")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_sandbox(self) -> bool:
        return self.base_url.startswith(("http://127.0.0.1", "http://localhost"))


class AdAccount(models.Model):
    """An advertiser at TikTok. Report days are in its own time zone, money in its own currency."""

    class Protection(models.TextChoices):
        """Which running ads Kindling may stop by itself."""

        OBSERVE = "observe", "Observe only"
        LAUNCHED = "launched", "Protect what Kindling launched"
        ALL = "all", "Protect all ads"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="ad_accounts")
    connection = models.ForeignKey(Connection, models.PROTECT, related_name="ad_accounts")
    advertiser_id = models.CharField(max_length=32)
    name = models.CharField(max_length=200)
    currency = models.CharField(max_length=3)
    timezone = models.CharField(max_length=64)
    status = models.CharField(max_length=64, blank=True)
    is_used = models.BooleanField(default=True)
    protection = models.CharField(
        max_length=10, choices=Protection.choices, default=Protection.OBSERVE
    )
    is_protection_chosen = models.BooleanField(
        default=False, help_text="Has a person chosen it, or is it what the first launch brought?"
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "advertiser_id"], name="ad_account_once_per_workspace"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def lake_key(self) -> str:
        """The account in the lake: two workspaces on one advertiser keep their facts apart."""
        return f"{self.workspace_id}-{self.advertiser_id}"


class TikTokCall(models.Model):
    """One request to TikTok and what came of it: no token, no code, no body. Old ones are deleted (`call_log`)."""

    class Result(models.TextChoices):
        OK = "ok", "OK"
        REFUSED = "refused", "Refused"
        FAULT = "fault", "Unreadable answer"
        NO_REPLY = "no_reply", "No reply"
        NOT_SENT = "not_sent", "Not sent"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="tiktok_calls")
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="calls")
    at = models.DateTimeField()
    endpoint = models.CharField(max_length=120, help_text="The path alone.")
    advertiser_id = models.CharField(max_length=32, blank=True)
    result = models.CharField(max_length=10, choices=Result.choices)
    code = models.IntegerField(null=True, blank=True, help_text="TikTok's code; 0 is success.")
    request_id = models.CharField(max_length=64, blank=True)
    duration_ms = models.PositiveIntegerField(help_text="From sending to the whole reply.")

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["workspace", "-at", "-id"], name="calls_newest_first"),
            models.Index(fields=["connection", "-id"], name="calls_by_connection"),
        ]

    def __str__(self) -> str:
        return f"{self.endpoint} {self.result}"


class AuditEntry(models.Model):
    """Who did what, when, why, and what TikTok answered to. Written once, never changed."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="audit")
    at = models.DateTimeField()
    actor = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    actor_label = models.CharField(max_length=120)
    action = models.CharField(max_length=80)
    subject = models.CharField(max_length=120)
    reason = models.TextField(blank=True)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["workspace", "-at"], name="audit_newest_first")]

    def __str__(self) -> str:
        return f"{self.actor_label} {self.action} {self.subject}"
