"""The product table."""

from __future__ import annotations

from django.db import models

from kindling.workspaces.models import Workspace


class Product(models.Model):
    """One SKU and the economics of one unit, in minor units and basis points (1/100 of a percent)."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="products")
    sku = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    currency = models.CharField(max_length=3)
    price_minor = models.BigIntegerField()
    unit_cost_minor = models.BigIntegerField()
    fulfilment_minor = models.BigIntegerField(default=0)
    platform_fee_bp = models.PositiveIntegerField(default=0)
    payment_fee_bp = models.PositiveIntegerField(default=0)
    commission_bp = models.PositiveIntegerField(default=0)
    landing_url = models.URLField(max_length=500, blank=True)
    stock = models.IntegerField(null=True, blank=True)

    class Meta:
        ordering = ["sku"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "sku"], name="sku_once_per_workspace")
        ]

    def __str__(self) -> str:
        return self.sku
