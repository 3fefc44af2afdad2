"""Use cases of products: take them in from a CSV file, look them up."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from kindling.errors import InvalidInputError
from kindling.kit.money import parse_amount
from kindling.kit.tables import Imported, Row, RowProblem, read_csv
from kindling.products.models import Product
from kindling.workspaces.models import Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record

COLUMNS = (
    "sku", "title", "currency", "price", "unit_cost", "fulfilment_cost", "platform_fee_percent",
    "payment_fee_percent", "commission_percent", "landing_url", "stock",
)  # fmt: skip


MOST_STOCK = 1_000_000_000


def import_products(actor: Actor, data: bytes, *, at: datetime) -> Imported:
    """Take products from a CSV; good rows go in, each broken one is named. Known SKUs are renewed."""
    actor.require(Action.IMPORT_PRODUCTS)
    result = Imported()
    for row in read_csv(data, required=COLUMNS):
        try:
            facts = _facts(row)
        except ValueError as error:
            result.problems.append(
                RowProblem(row.line, str(error), "Correct the row and import again.")
            )
            continue
        with transaction.atomic():
            Product.objects.update_or_create(
                workspace=actor.workspace, sku=facts.pop("sku"), defaults=facts
            )
        result.taken += 1
    record(actor, "imported products", f"{result.taken} rows", at=at)
    return result


def _facts(row: Row) -> dict[str, object]:
    currency = row.text("currency").upper()
    if len(currency) != 3:
        raise ValueError(f"{currency!r} is not a currency code")
    if not row.text("sku"):
        raise ValueError("the SKU is missing")
    return {
        "sku": row.text("sku"),
        "title": row.text("title") or row.text("sku"),
        "currency": currency,
        "price_minor": parse_amount(row.text("price"), currency),
        "unit_cost_minor": parse_amount(row.text("unit_cost"), currency),
        "fulfilment_minor": parse_amount(row.text("fulfilment_cost") or "0", currency),
        "platform_fee_bp": basis_points(row.text("platform_fee_percent")),
        "payment_fee_bp": basis_points(row.text("payment_fee_percent")),
        "commission_bp": basis_points(row.text("commission_percent")),
        "landing_url": row.text("landing_url"),
        "stock": _stock(row.text("stock")),
    }


def _stock(text: str) -> int | None:
    if not text:
        return None
    count = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= count <= MOST_STOCK:
        raise ValueError(f"the stock {text!r} is not a whole number from 0 to {MOST_STOCK:,}")
    return count


def basis_points(percent: str) -> int:
    """Basis points of a percent text: "12.5" is 1,250; "" is 0. Raises ValueError outside 0 to 100."""
    try:
        points = Decimal(percent or "0") * 100
    except ArithmeticError:
        raise ValueError(f"{percent!r} is not a percentage; write it like 12.5") from None
    if points != points.to_integral_value() or not 0 <= points <= 10_000:
        raise ValueError(
            f"{percent!r} is not a percentage between 0 and 100 with two digits at most"
        )
    return int(points)


def products(workspace: Workspace) -> dict[str, Product]:
    """Every product by SKU."""
    return {product.sku: product for product in Product.objects.filter(workspace=workspace)}


def contribution_minor(product: Product, *, commission_bp: int | None) -> int:
    """What one unit at full price leaves before ad spend: price less goods, shipping, fees, commission."""
    from kindling.kit.money import share_of

    rate = product.commission_bp if commission_bp is None else commission_bp
    price = product.price_minor
    shares = sum(
        share_of(price, points)
        for points in (product.platform_fee_bp, product.payment_fee_bp, rate)
    )
    return price - product.unit_cost_minor - product.fulfilment_minor - shares


def require_product(workspace: Workspace, sku: str) -> Product:
    product = Product.objects.filter(workspace=workspace, sku=sku).first()
    if product is None:
        raise InvalidInputError(f"Unknown product {sku!r}.", next_step="Import it under Workspace.")
    return product
