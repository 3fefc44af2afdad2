"""Tables of products and of what their landing pages said."""

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
    # Where its landing page says so, for shops whose pages do not tell by themselves: CSS selectors.
    title_selector = models.CharField(max_length=300, blank=True)
    price_selector = models.CharField(max_length=300, blank=True)
    stock_selector = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["sku"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "sku"], name="sku_once_per_workspace")
        ]

    def __str__(self) -> str:
        return self.sku


class LandingPageAnswer(models.Model):
    """What a landing page last said: whether it answers, and of which product, price and stock it tells.

    url : without what is added per ad (`landing.rules.page_of`). status : 0 where no answer came
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="landing_pages")
    url = models.CharField(max_length=1000)
    product = models.ForeignKey(
        Product, models.SET_NULL, null=True, blank=True, related_name="landing_pages"
    )
    asked_at = models.DateTimeField()
    final_url = models.CharField(max_length=1000, blank=True)
    status = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=20, blank=True, help_text="`landing.rules.PageProblem`")
    title = models.CharField(max_length=300, blank=True)
    sku = models.CharField(max_length=100, blank=True, help_text="As the page says it.")
    price_minor = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    in_stock = models.BooleanField(null=True, blank=True)
    found_by = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "url"], name="landing_page_once")
        ]

    def __str__(self) -> str:
        return self.url
