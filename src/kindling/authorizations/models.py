"""Tables of authorizations, their bindings to ad accounts, and the batches of codes."""

from __future__ import annotations

from django.db import models

from kindling.authorizations.lifecycle.rules import State
from kindling.creators.models import Creator
from kindling.kit.fields import SecretTextField
from kindling.posts.models import Post
from kindling.workspaces.models import AdAccount, Member, User, Workspace


class AuthorizationKind(models.TextChoices):
    """How TikTok came to allow it. One post may have several side by side (R73)."""

    CODE = "code", "Video code"
    LINKED_ACCOUNT = "linked_account", "Linked account"
    BUSINESS_CENTER = "business_center", "Business Center"
    AFFILIATE_MASS = "affiliate_mass", "Affiliate consent"
    TIKTOK_ONE = "tiktok_one", "TikTok One"
    OWN = "own", "Own post"


CODED = (AuthorizationKind.CODE, AuthorizationKind.TIKTOK_ONE)
"""Kinds that hang on a code, so on `/tt_video/list/`."""
LINKED = (
    AuthorizationKind.OWN,
    AuthorizationKind.LINKED_ACCOUNT,
    AuthorizationKind.BUSINESS_CENTER,
)
"""Kinds that hang on an account being linked; they have no end date of their own."""


class RequestChannel(models.TextChoices):
    EMAIL = "email", "E-mail"
    PORTAL = "portal", "Portal link, sent manually"
    DM = "dm", "Direct message, sent manually"
    TIKTOK_ONE = "tiktok_one", "TikTok One"


CHANNELS = RequestChannel.choices
STATES = [(state.value, state.value.replace("_", " ").capitalize()) for state in State]


class Authorization(models.Model):
    """One permission for one post. The code is a secret: encrypted, shown only as `code_hint`."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="authorizations")
    post = models.ForeignKey(Post, models.CASCADE, related_name="authorizations")
    kind = models.CharField(max_length=20, choices=AuthorizationKind.choices)
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
    lost_at = models.DateTimeField(null=True, blank=True, help_text="While it is lost.")
    problem = models.TextField(blank=True)
    next_step = models.TextField(blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    next_read_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    # Asking for it.
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField(null=True, blank=True)
    asked_through = models.CharField(max_length=12, blank=True, choices=CHANNELS)
    reminders = models.PositiveSmallIntegerField(default=0)
    declined_because = models.TextField(blank=True)
    wanted_in = models.ForeignKey(
        AdAccount, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # Only of an affiliate consent: until when the collaboration is known to run.
    collab_ends_at = models.DateTimeField(null=True, blank=True)
    # An index over the clocks, not one of them: computed by the sweep so that lists need not open every row.
    paid_until = models.DateTimeField(null=True, blank=True)
    bound_by = models.CharField(max_length=20, blank=True)
    risk_minor = models.BigIntegerField(default=0, help_text="In the workspace's currency.")
    risk_other = models.JSONField(
        default=dict, blank=True, help_text="Minor units a day by each other currency."
    )
    gap = models.CharField(max_length=20, blank=True)

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
            models.Index(fields=["workspace", "state", "paid_until"], name="auth_by_state_and_end"),
            # State and risk ride along, so that sums over what ends soon read no rows.
            models.Index(
                fields=["workspace", "paid_until", "state", "risk_minor"], name="auth_by_paid_until"
            ),
            models.Index(fields=["workspace", "next_read_at"], name="auth_by_next_reading"),
            models.Index(fields=["workspace", "asked_at"], name="auth_by_asking"),
            models.Index(fields=["workspace", "-risk_minor"], name="auth_by_risk"),
            models.Index(fields=["workspace", "gap", "paid_until"], name="auth_by_gap"),
            # Those that ads spend under are few: sums of money and the list of what is at risk read only these.
            models.Index(
                fields=["workspace", "-risk_minor", "paid_until", "state", "ends_at"],
                condition=models.Q(risk_minor__gt=0),
                name="auth_spending",
            ),
        ]

    @property
    def has_ads(self) -> bool:
        """Whether an ad of any account refers to the post by this permission."""
        return any(each.has_ads for each in self.bindings.all())

    def __str__(self) -> str:
        return f"{self.get_kind_display()} for {self.post.item_id}"


class Binding(models.Model):
    """An authorization applied to one ad account, and the identity that came of it."""

    authorization = models.ForeignKey(Authorization, models.CASCADE, related_name="bindings")
    ad_account = models.ForeignKey(AdAccount, models.CASCADE, related_name="bindings")
    identity_id = models.CharField(max_length=64)
    identity_type = models.CharField(max_length=20)
    business_center_id = models.CharField(max_length=32, blank=True)
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


class Renewal(models.Model):
    """One asking for more days: what it costs by the agreement, and what came of it."""

    class State(models.TextChoices):
        ASKED = "asked", "Requested"
        ACCEPTED = "accepted", "Accepted, extension not confirmed yet"
        EXTENDED = "extended", "Extended"
        DECLINED = "declined", "Declined"
        LAPSED = "lapsed", "Expired"
        REFUSED = "refused", "Refused by TikTok"

    authorization = models.ForeignKey(Authorization, models.CASCADE, related_name="renewals")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    days = models.PositiveIntegerField()
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    price_source = models.CharField(max_length=200)
    is_auto = models.BooleanField(default=False, help_text="Agreed beforehand; nobody has to ask.")
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField()
    reminded = models.JSONField(default=list, help_text="Lead times in days already reminded of.")
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.CharField(max_length=120, blank=True)
    declined_because = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ends_at_before = models.DateTimeField(null=True, blank=True)
    ends_at_after = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["authorization"],
                condition=models.Q(state__in=["asked", "accepted"]),
                name="one_open_renewal",
            )
        ]

    def __str__(self) -> str:
        return f"{self.days} days for {self.authorization}"


class CalendarFeed(models.Model):
    """A member's calendar address. Only the digest of its key is kept; it shows dates, never a code."""

    member = models.ForeignKey(Member, models.CASCADE, related_name="calendar_feeds")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"calendar of {self.member}"


class Intake(models.Model):
    """One paste or one sheet of codes, worked off row by row in the background.

    Without an ad account it waits for one to be connected; its codes stay encrypted meanwhile.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="intakes")
    ad_account = models.ForeignKey(AdAccount, models.CASCADE, null=True, blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True)
    sent_by_creator = models.ForeignKey(
        Creator, models.SET_NULL, null=True, blank=True, help_text="Who sent it through the portal."
    )
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"batch {self.pk}"


class IntakeRow(models.Model):
    """One pasted code and what became of it. The code is wiped once an authorization holds it."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Sending"
        APPLIED = "applied", "Applied"
        RETRY = "retry", "Safe to retry"
        RECONCILE = "reconcile", "Unknown, being checked"
        REFUSED = "refused", "Refused"

    intake = models.ForeignKey(Intake, models.CASCADE, related_name="rows")
    sheet = models.CharField(max_length=100, blank=True, help_text="Of a workbook with several.")
    line = models.PositiveIntegerField()
    part = models.PositiveSmallIntegerField(default=1, help_text="Which code of the line, from 1.")
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
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["intake", "sheet", "line", "part"], name="line_once_per_intake"
            )
        ]

    def __str__(self) -> str:
        return f"line {self.line}: {self.get_outcome_display()}"
