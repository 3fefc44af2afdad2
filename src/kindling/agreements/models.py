"""Tables of agreements: their versions, the rights they give, what they cost, and what went wrong."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NoReturn

from django.db import models

from kindling.agreements.contract import terms as texts
from kindling.agreements.contract.rules import IN_FORCE, AgreementState
from kindling.agreements.payments.rules import SAMPLE_TRANSITIONS, PayableState, SampleState
from kindling.creators.models import Creator
from kindling.errors import ConflictError
from kindling.workspaces.models import User, Workspace

BY_HAND_KEY = "-by-hand-"  # in the key of a payable that somebody added


def _choices(of: Any) -> list[tuple[str, str]]:
    return [(each.value, each.value.replace("_", " ").capitalize()) for each in of]


class Agreement(models.Model):
    """One deal with one creator. What it says stands in its versions; the newest consented one is in force."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="agreements")
    creator = models.ForeignKey(Creator, models.CASCADE, related_name="agreements")
    title = models.CharField(max_length=120)
    state = models.CharField(
        max_length=10, choices=_choices(AgreementState), default=AgreementState.DRAFT
    )
    state_since = models.DateTimeField()
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["workspace", "state", "-created_at"], name="agreements_by_state")
        ]

    @property
    def is_in_force(self) -> bool:
        return AgreementState(self.state) in IN_FORCE

    @property
    def subject(self) -> str:
        """How the audit trail names it."""
        return f"agreement {self.pk}"

    def __str__(self) -> str:
        return self.title


class Document(models.Model):
    """A signed PDF, kept under a random name. `sha256` is of the file's bytes."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="agreement_documents")
    file = models.FileField(max_length=200)
    name = models.CharField(max_length=120, help_text="The name it came with, for people.")
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    uploaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class _GuardedVersions(models.QuerySet["AgreementVersion"]):
    """Refuses to change consented versions in bulk too."""

    def update(self, **kwargs: Any) -> int:
        if self.filter(consented_at__isnull=False).exists():
            _refuse()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        if self.filter(consented_at__isnull=False).exists():
            _refuse()
        return super().delete()


class AgreementVersion(models.Model):
    """One text of an agreement. Once the creator consented to it, it never changes again."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    terms = models.JSONField(help_text="Terms, as `agreements.contract.terms.to_json` writes them.")
    terms_hash = models.CharField(max_length=64, help_text="SHA-256 of the canonical text.")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    offered_at = models.DateTimeField(null=True, blank=True)
    offered_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    declined_at = models.DateTimeField(null=True, blank=True)
    declined_because = models.TextField(blank=True)
    consented_at = models.DateTimeField(null=True, blank=True)
    consented_as = models.CharField(max_length=120, blank=True)
    consent_ip = models.GenericIPAddressField(null=True, blank=True)
    consent_agent = models.CharField(max_length=300, blank=True)
    recorded_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+",
        help_text="Who recorded a consent given elsewhere; empty when the creator gave it here.",
    )  # fmt: skip
    recorded_because = models.TextField(blank=True)
    document = models.OneToOneField(Document, models.PROTECT, null=True, blank=True)

    objects = _GuardedVersions.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "number"], name="version_number_once_per_agreement"
            )
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises ConflictError for a version that was consented to: a change is a new version."""
        stored = AgreementVersion.objects.filter(pk=self.pk, consented_at__isnull=False)
        if self.pk is not None and stored.exists():
            _refuse()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        if AgreementVersion.objects.filter(pk=self.pk, consented_at__isnull=False).exists():
            _refuse()
        return super().delete(*args, **kwargs)

    @property
    def content(self) -> texts.Terms:
        return texts.from_json(self.terms)

    @property
    def state(self) -> AgreementState:
        if self.consented_at:
            return AgreementState.AGREED
        if self.declined_at:
            return AgreementState.DECLINED
        if self.withdrawn_at:
            return AgreementState.WITHDRAWN
        return AgreementState.OFFERED if self.offered_at else AgreementState.DRAFT

    @property
    def is_unaltered(self) -> bool:
        """Whether the stored terms still have the hash that was consented to."""
        return texts.stored_hash(self.terms) == self.terms_hash

    def __str__(self) -> str:
        return f"{self.agreement}, version {self.number}"


def _refuse() -> NoReturn:
    raise ConflictError(
        "This version was consented to and can never change.",
        next_step="Make a new version and ask for consent to it.",
    )


class TermsTemplate(models.Model):
    """Terms that a workspace starts new agreements from; without the posts and dates of one deal."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="terms_templates")
    name = models.CharField(max_length=80)
    terms = models.JSONField(help_text="Terms, as `agreements.contract.terms.to_json` writes them.")
    is_default = models.BooleanField(
        default=False, help_text="Do new agreements start from it where no template is chosen?"
    )
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "name"], name="terms_template_once_per_workspace"
            ),
            models.UniqueConstraint(
                fields=["workspace"],
                condition=models.Q(is_default=True),
                name="one_default_terms_template",
            ),
        ]

    @property
    def content(self) -> texts.Terms:
        return texts.from_json(self.terms)

    def __str__(self) -> str:
        return self.name


class UsageRight(models.Model):
    """A licence for one post, or (with an empty item_id) for every post of the creator.

    The clocks `ends_at` and `hold_until` are kept apart on purpose: see `agreements.rights.rules.PermissionClocks`.
    Rights of an agreement name the version they follow from; imported ones have none.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="usage_rights")
    creator = models.ForeignKey(Creator, models.CASCADE, related_name="usage_rights")
    version = models.ForeignKey(
        AgreementVersion, models.PROTECT, null=True, blank=True, related_name="rights"
    )
    item_id = models.CharField(max_length=32, blank=True)
    sku = models.CharField(max_length=64, blank=True, help_text="Product the content is about.")
    paid_allowed = models.BooleanField(
        help_text="May the post be amplified from the creator's handle?"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    hold_until = models.DateTimeField(null=True, blank=True)
    awaits_first_spend = models.BooleanField(
        default=False,
        help_text="The term starts with the first spend; `ends_at` is the latest day for it.",
    )
    territory = models.JSONField(default=list, help_text="Country codes; empty means everywhere.")
    media = models.JSONField(
        default=list,
        help_text="Uses agreed (`terms.Medium`); empty for imported rights: not on record.",
    )
    spend_cap_minor = models.BigIntegerField(
        null=True, blank=True,
        help_text="The most that ads may spend on the posts of its agreement, all rights together.",
    )  # fmt: skip
    final_approval = models.BooleanField(
        default=False, help_text="Does the creator approve each ad before it is switched on?"
    )
    disclosure_words = models.CharField(
        max_length=2000, blank=True, help_text="What the caption must say."
    )
    music_warranty = models.BooleanField(
        default=False, help_text="Did the creator confirm that the music may be used in ads?"
    )
    content_fee_minor = models.BigIntegerField(default=0)
    rights_fee_minor = models.BigIntegerField(default=0, help_text="For the term it runs now.")
    currency = models.CharField(max_length=3)
    commission_bp = models.PositiveIntegerField(null=True, blank=True)
    commission_ads_bp = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Of sales by ads; empty: `commission_bp` holds for them too.",
    )
    source = models.CharField(max_length=40)
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(
        null=True, blank=True, help_text="Since then a newer version's right stands in its place."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "creator", "item_id"],
                condition=models.Q(version=None),
                name="one_imported_right_per_post",
            ),
            models.UniqueConstraint(
                fields=["version", "item_id"], name="one_right_per_version_and_post"
            ),
        ]
        indexes = [models.Index(fields=["workspace", "item_id", "creator"], name="rights_by_post")]

    def __str__(self) -> str:
        return f"usage right of {self.creator}"


class Payable(models.Model):
    """One amount owed to a creator; below zero it is owed back. `is_goods`: a cost that is not money to send."""

    class Kind(models.TextChoices):
        CONTENT_FEE = "content_fee", "Content fee"
        RIGHTS_FEE = "rights_fee", "Rights fee"
        RENEWAL = "renewal", "Renewal"
        BONUS = "bonus", "Bonus"
        COMMISSION = "commission", "Commission"
        KILL_FEE = "kill_fee", "Kill fee"
        SAMPLE = "sample", "Sample"
        REFUND = "refund", "Refund"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="payables")
    creator = models.ForeignKey(Creator, models.CASCADE, related_name="payables")
    agreement = models.ForeignKey(
        Agreement, models.PROTECT, null=True, blank=True, related_name="payables"
    )
    version = models.ForeignKey(
        AgreementVersion, models.PROTECT, null=True, blank=True, related_name="payables",
        help_text="The version whose consent made it owed; empty for all else.",
    )  # fmt: skip
    key = models.CharField(max_length=120, help_text="What it is for: one payable per key.")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    what = models.CharField(max_length=200, help_text="In words, for the creator and for finance.")
    item_id = models.CharField(max_length=32, blank=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    days = models.PositiveIntegerField(
        default=0, help_text="Of a renewal: the days that it bought and added to the term."
    )
    state = models.CharField(max_length=10, choices=_choices(PayableState))
    due_at = models.DateTimeField(null=True, blank=True)
    invoice_number = models.CharField(max_length=60, blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    approved_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    paid_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    paid_at = models.DateTimeField(null=True, blank=True)
    reference = models.CharField(max_length=120, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_because = models.TextField(blank=True)

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "key"], name="one_payable_per_key")
        ]
        indexes = [
            models.Index(fields=["workspace", "state", "due_at"], name="payables_by_due_day")
        ]

    @property
    def stands_for(self) -> str:
        """The post it is for; the right one where a paid row's link was corrected."""
        correction: CorrectedPost | None = getattr(self, "correction", None)
        return correction.item_id if correction else self.item_id

    @property
    def is_by_hand(self) -> bool:
        """Whether somebody added it by hand: no version, breach or renewal made it."""
        return BY_HAND_KEY in self.key

    @property
    def is_goods(self) -> bool:
        return self.kind == self.Kind.SAMPLE

    def __str__(self) -> str:
        return self.what


class CorrectedPost(models.Model):
    """The post a paid fee stands for since a link was corrected; the fee itself stays as it was paid."""

    payable = models.OneToOneField(Payable, models.CASCADE, related_name="correction")
    item_id = models.CharField(max_length=32)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.payable}: post {self.item_id}"


class Sample(models.Model):
    """Products sent to a creator. `value_minor` is of all pieces together."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="samples")
    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="samples")
    sku = models.CharField(max_length=64)
    quantity = models.PositiveIntegerField(default=1)
    value_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    carrier = models.CharField(max_length=60, blank=True)
    tracking_number = models.CharField(max_length=80, blank=True)
    note = models.CharField(max_length=300, blank=True, help_text="Where it goes, size, colour.")
    state = models.CharField(
        max_length=10, choices=_choices(SampleState), default=SampleState.PLANNED
    )
    planned_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)
    lost_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["-planned_at", "-id"]
        indexes = [models.Index(fields=["workspace", "state"], name="samples_by_state")]

    @property
    def since(self) -> datetime | None:
        """When it came into its state."""
        found: datetime | None = getattr(self, f"{self.state}_at")
        return found

    @property
    def next_states(self) -> list[SampleState]:
        return sorted(SAMPLE_TRANSITIONS[SampleState(self.state)])

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku}"


class Breach(models.Model):
    """Something agreed that did not happen, its evidence, and how it was made good."""

    class Kind(models.TextChoices):
        DELETED = "deleted", "Post deleted"
        HIDDEN = "hidden", "Post hidden"
        REVOKED = "revoked", "Authorization withdrawn early"
        NO_DISCLOSURE = "no_disclosure", "Disclosure missing"
        CLAIM = "claim", "Forbidden claim"
        NOT_DELIVERED = "not_delivered", "Not delivered"
        EXCLUSIVITY = "exclusivity", "Exclusivity"
        OTHER = "other", "Other"

    class Remedy(models.TextChoices):
        OPEN = "open", "Open"
        REPLACEMENT = "replacement", "Replacement post"
        REFUND = "refund", "Refund"
        WAIVED = "waived", "Waived"
        NO_BREACH = "no_breach", "No breach"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="breaches")
    creator = models.ForeignKey(Creator, models.CASCADE, related_name="breaches")
    agreement = models.ForeignKey(
        Agreement, models.CASCADE, null=True, blank=True, related_name="breaches"
    )
    right = models.ForeignKey(UsageRight, models.SET_NULL, null=True, blank=True, related_name="+")
    item_id = models.CharField(max_length=32, blank=True)
    kind = models.CharField(max_length=14, choices=Kind.choices)
    evidence = models.TextField()
    is_suspected = models.BooleanField(
        default=False, help_text="Kindling saw a sign of it; a person has to confirm it."
    )
    happened_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    unused_days = models.PositiveIntegerField(default=0)
    term_days = models.PositiveIntegerField(default=0)
    refund_minor = models.BigIntegerField(
        default=0, help_text="Pro rata, as calculated when opened."
    )
    currency = models.CharField(max_length=3, blank=True)
    remedy = models.CharField(max_length=12, choices=Remedy.choices, default=Remedy.OPEN)
    replacement_item_id = models.CharField(max_length=32, blank=True)
    resolution = models.TextField(blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-opened_at", "-id"]
        verbose_name_plural = "breaches"
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "creator", "item_id", "kind"],
                condition=models.Q(resolved_at=None),
                name="one_open_breach_per_post_and_kind",
            )
        ]

    @property
    def label(self) -> str:
        """What it is called while nobody has confirmed it, and after."""
        return "Suspected breach" if self.is_suspected else "Breach"

    @property
    def state(self) -> str:
        """How it stands, in words: open, only suspected, or how it was resolved."""
        if self.resolved_at is not None:
            return str(self.get_remedy_display())
        return "Suspected" if self.is_suspected else "Open"

    @property
    def subject(self) -> str:
        """How the audit trail names it: by its agreement, by its creator while it is of none."""
        return self.agreement.subject if self.agreement else f"@{self.creator.handle}"

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.item_id}".strip()
