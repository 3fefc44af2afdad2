"""Posts whose free views have been read, for tests of what is made of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from desk import Desk

from kindling.posts.models import Post, PostSnapshot
from kindling.products.models import Product

MANY = 24


def make_posts(desk: Desk, count: int = MANY, **facts: Any) -> list[Post]:
    """Posts of one creator, the later ones liked more, each read a week and an hour ago."""
    creator = desk.creator()
    Product.objects.get_or_create(
        workspace=desk.workspace, sku="SAMPLE",
        defaults={"title": "Sample", "price_minor": 4_000, "unit_cost_minor": 1_000, "currency": "USD"},
    )  # fmt: skip
    made = []
    for number in range(count):
        post = Post.objects.create(
            workspace=desk.workspace, creator=creator, item_id=str(7_300_000_000_000_000_000 + number),
            status="HESITATE_RECOMMEND", posted_at=desk.now - timedelta(days=20), source="test", sku="SAMPLE",
            first_seen_at=desk.now, seen_at=desk.now, **facts,
        )  # fmt: skip
        for ago, part in ((timedelta(days=7), 0.8), (timedelta(hours=1), 1.0)):
            PostSnapshot.objects.create(
                post=post, taken_at=desk.now - ago, views=int(20_000 * part), comments=40, shares=30,
                likes=int((200 + 60 * number) * part), saves=20, profile_visits=15 + number,
                completion_rate=0.2, before_first_boost=True,
            )  # fmt: skip
        made.append(post)
    return made
