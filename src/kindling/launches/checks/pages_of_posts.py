"""Reads the landing pages of posts that may run, so that Inventory has answers to go by."""

from __future__ import annotations

from datetime import datetime

from kindling.posts.models import Post
from kindling.posts.rules import Lane
from kindling.products import service as products
from kindling.products.landing import service as landing
from kindling.workspaces.models import Workspace

MOST_A_READING = 100


def read_stale(workspace: Workspace, *, now: datetime) -> int:
    """Read the pages of products with posts, and of posts with a page of their own, whose answers are old."""
    known = products.products(workspace)
    rows = Post.objects.filter(workspace=workspace).exclude(lane=Lane.KEEP_OUT)
    pairs = rows.order_by("landing_url", "sku").values_list("landing_url", "sku").distinct()
    wanted = []
    for own, sku in pairs:
        product = known.get(sku)
        url = own or (product.landing_url if product else "")
        if url:
            wanted.append(landing.Wanted(url, product))
    return landing.read_stale(workspace, wanted, now=now, most=MOST_A_READING)
