"""Checks of the product and of the page that the ad leads to. Pure."""

from __future__ import annotations

from kindling.launches.checks.rules import Answer, Launch, Level, check


@check(12, "Product and landing page", Level.BLOCK)
def _landing(launch: Launch) -> Answer:
    facts = {"sku": launch.sku, "stock": launch.stock, "landing_url": launch.landing_url}
    if not launch.wants_landing_page:
        return Answer(True, "This objective needs no landing page.", facts)
    if not launch.product_known:
        return Answer(False, "The post has no product. Set its SKU.", facts)
    if not launch.landing_url.startswith("https://"):
        return Answer(
            False, "The landing page is not an https address. Correct the product.", facts
        )
    if launch.stock is not None and launch.stock <= 0:
        return Answer(False, "The product is out of stock. Restock or choose another post.", facts)
    return Answer(True, "The product is in stock and has an https landing page.", facts)
