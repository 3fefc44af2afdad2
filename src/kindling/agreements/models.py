"""The usage-right table: what a creator's contract lets the brand do, and until when."""

from __future__ import annotations

from django.db import models

from kindling.creators.models import Creator
from kindling.workspaces.models import Workspace


class UsageRight(models.Model):
    """A licence for one post, or (with an empty item_id) for every post of the creator.

    The clocks `ends_at` and `hold_until` are kept apart on purpose: see `agreements.rules.PermissionClocks`.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="usage_rights")
    creator = models.ForeignKey(Creator, models.CASCADE, related_name="usage_rights")
    item_id = models.CharField(max_length=32, blank=True)
    sku = models.CharField(max_length=64, blank=True, help_text="Product the content is about.")
    paid_allowed = models.BooleanField(
        help_text="May the post be amplified from the creator's handle?"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    hold_until = models.DateTimeField(null=True, blank=True)
    territory = models.JSONField(default=list, help_text="Country codes; empty means everywhere.")
    content_fee_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    commission_bp = models.PositiveIntegerField(null=True, blank=True)
    source = models.CharField(max_length=40)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "creator", "item_id"], name="one_usage_right_per_post"
            )
        ]

    def __str__(self) -> str:
        return f"usage right of {self.creator}"
