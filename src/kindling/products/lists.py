"""The list of products."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from django.db.models import Q

from kindling.kit.money import Money
from kindling.lists.rules import Kind
from kindling.lists.spec import Column, ListSpec, register
from kindling.products.models import Product
from kindling.workspaces.rules import Action


def _amount(name: str) -> Callable[[Product], Money]:
    return lambda row: Money(getattr(row, name), row.currency)


def _share(name: str) -> Callable[[Product], Decimal]:
    return lambda row: Decimal(getattr(row, name)) / 10_000


PRODUCTS = register(
    ListSpec(
        name="products",
        title="Products",
        page="products:list",
        action=Action.IMPORT_PRODUCTS,
        rows=lambda scope: Product.objects.filter(workspace=scope.workspace),
        order="by SKU",
        row_template="products/row.html",
        search=lambda rows, word, _: rows.filter(Q(sku__icontains=word) | Q(title__icontains=word)),
        search_hint="SKU or title",
        columns=(
            Column("sku", "Product", lambda row: row.sku, sort="sku", is_title=True),
            Column("title", "Title", lambda row: row.title, sort="title", is_shown=False),
            Column("price", "Price", _amount("price_minor"), Kind.MONEY, sort="price_minor"),
            Column("unit_cost", "Unit cost", _amount("unit_cost_minor"), Kind.MONEY, sort="unit_cost_minor"),
            Column("shipping", "Shipping", _amount("fulfilment_minor"), Kind.MONEY),
            Column("commission", "Commission", _share("commission_bp"), Kind.SHARE, sort="commission_bp"),
            Column("platform_fee", "Platform fee", _share("platform_fee_bp"), Kind.SHARE, is_shown=False),
            Column("payment_fee", "Payment fee", _share("payment_fee_bp"), Kind.SHARE, is_shown=False),
            Column("stock", "Stock", lambda row: row.stock, Kind.COUNT, sort="stock"),
            Column("landing_page", "Landing page", lambda row: row.landing_url or None),
        ),
    )
)  # fmt: skip
