"""Tables of authorizations, their bindings to ad accounts, and the intake of codes."""

from __future__ import annotations

from django.db import models

from kindling.authorizations.rules import State
from kindling.kit.fields import SecretTextField
from kindling.posts.models import Post
from kindling.workspaces.models import AdAccount, User, Workspace


class Kind(models.TextChoices):
    CODE = "code", "Code"
    LINKED_ACCOUNT = "linked_account", "Linked account"
    OWN = "own", "Own post"


STATES = [(state.value, state.value.replace("_", " ").capitalize()) for state in State]


class Authorization(models.Model):
    """One permission for one post. The code is a secret: encrypted, shown only as `code_hint`."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="authorizations")
    post = models.ForeignKey(Post, models.CASCADE, related_name="authorizations")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    code = SecretTextField(blank=True, default="")
    code_hint = models.CharField(max_length=16, blank=True)
    code_digest = models.CharField(
        max_length=64, blank=True, help_text="Keyed digest, to find the same code again."
    )
    requested_days = models.PositiveIntegerField(null=True, blank=True)
    granted_days = models.PositiveIntegerField(null=True, blank=True)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=20, choices=STATES, default=State.RECEIVED)
    state_since = models.DateTimeField()
    problem = models.TextField(blank=True)
    next_step = models.TextField(blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["ends_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "code_digest"],
                condition=~models.Q(code_digest=""),
                name="code_once_per_workspace",
            ),
            models.UniqueConstraint(
                fields=["workspace", "post", "kind"], name="one_authorization_per_post_and_kind"
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "state", "ends_at"], name="auth_by_state_and_end")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} for {self.post.item_id}"


class Binding(models.Model):
    """An authorization applied to one ad account, and the identity that came of it."""

    authorization = models.ForeignKey(Authorization, models.CASCADE, related_name="bindings")
    ad_account = models.ForeignKey(AdAccount, models.CASCADE, related_name="bindings")
    identity_id = models.CharField(max_length=64)
    identity_type = models.CharField(max_length=20)
    is_live = models.BooleanField(default=True, help_text="TikTok lists it as authorized.")
    has_ads = models.BooleanField(
        default=False, help_text="An ad of the account refers to the post."
    )
    bound_at = models.DateTimeField()
    read_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["authorization", "ad_account"], name="one_binding_per_ad_account"
            )
        ]

    def __str__(self) -> str:
        return f"{self.authorization} in {self.ad_account}"


class AuthorizationEvent(models.Model):
    """Every move of an authorization: when, by whom, on what evidence. Never changed."""

    authorization = models.ForeignKey(Authorization, models.CASCADE, related_name="events")
    at = models.DateTimeField()
    actor = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    source = models.CharField(max_length=12, help_text="platform, person or clock")
    from_state = models.CharField(max_length=20, blank=True)
    to_state = models.CharField(max_length=20)
    evidence = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.from_state or 'new'} → {self.to_state}"


class Intake(models.Model):
    """One paste or one sheet of codes, worked off row by row in the background."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="intakes")
    ad_account = models.ForeignKey(AdAccount, models.CASCADE)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"intake {self.pk}"


class IntakeRow(models.Model):
    """One pasted code and what became of it. The code is wiped once an authorization holds it."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Sending"
        APPLIED = "applied", "Applied"
        RETRY = "retry", "Safe to retry"
        RECONCILE = "reconcile", "Unknown, being reconciled"
        REFUSED = "refused", "Refused"

    intake = models.ForeignKey(Intake, models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField()
    code = SecretTextField(blank=True, default="")
    code_hint = models.CharField(max_length=16)
    original_post_code = SecretTextField(blank=True, default="")
    expected_handle = models.CharField(max_length=64, blank=True)
    expected_item_id = models.CharField(max_length=32, blank=True)
    requested_days = models.PositiveIntegerField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.WAITING)
    message = models.TextField(blank=True)
    next_step = models.TextField(blank=True)
    item_id = models.CharField(max_length=32, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    authorization = models.ForeignKey(Authorization, models.SET_NULL, null=True, blank=True)

    class Meta:
        ordering = ["line"]
        constraints = [
            models.UniqueConstraint(fields=["intake", "line"], name="line_once_per_intake")
        ]

    def __str__(self) -> str:
        return f"line {self.line}: {self.get_outcome_display()}"
