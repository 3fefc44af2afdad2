"""A creator has sold once an order is one of their posts': the Shop's outreach quota exempts them (R82)."""

from __future__ import annotations

import pytest
from sample_team import Team

from kindling.conversions import service as conversions
from kindling.creators.models import Creator
from kindling.errors import ConflictError
from kindling.launches.planning import utm
from kindling.outreach import service as outreach
from kindling.outreach.models import Enrolment, OutreachMessage, Sequence
from kindling.posts.models import Post
from kindling.products import service as products

pytestmark = pytest.mark.slow

HEADER = "order_id,ordered_at,sku,quantity,currency,gross,discount,refund,shipping,tax,landing_url"


def take(team: Team, post: Post, *, dry_run: bool = False, order: str = "A-1") -> None:
    url = utm.landing_url(
        "https://shop.example/p", handle=post.creator.handle, item_id=post.item_id, sku="x"
    )
    row = f"{order},2026-03-01T10:00:00Z,GLOW-SERUM,2,USD,68.00,8.00,0,0,0,{url}"
    conversions.import_orders(
        team.finance, f"{HEADER}\n{row}".encode(), file_name="orders.csv", at=team.now,
        dry_run=dry_run,
    )  # fmt: skip


@pytest.fixture
def shop(team: Team) -> Team:
    catalogue = team.sandbox.text("shop/products.csv").encode()
    products.import_products(team.owner, catalogue, at=team.now)
    return team


def to_send(team: Team, creator: Creator) -> OutreachMessage:
    """A Shop message that waits to be sent by hand."""
    sequence = Sequence.objects.create(workspace=team.workspace, name="A", created_at=team.now)
    enrolment = Enrolment.objects.create(
        sequence=sequence, creator=creator, enrolled_at=team.now, due_at=None
    )
    return OutreachMessage.objects.create(
        enrolment=enrolment, number=1, channel="shop", text="Hello", made_at=team.now
    )


class TestACreatorWhoSold:
    def test_is_exempt_from_the_shop_s_quota_from_the_first_order_on(self, shop: Team) -> None:
        shop.shop()
        post = Post.objects.filter(creator__is_own=False).order_by("pk")[0]
        message = to_send(shop, post.creator)
        outreach.set_limits(
            shop.owner, mails_a_day=1, mails_an_hour=1, shop_messages_a_week=0, at=shop.now
        )
        take(shop, post, dry_run=True)
        with pytest.raises(ConflictError, match="quota"):
            outreach.sent_by_hand(shop.owner, message.pk, at=shop.now)
        take(shop, post)
        assert outreach.sent_by_hand(shop.owner, message.pk, at=shop.now).sent_at == shop.now
        others = Creator.objects.exclude(pk=post.creator_id)
        assert others.exists()
        assert not others.exclude(sold_at=None).exists()

    def test_is_found_among_more_posts_than_one_query_names(
        self, shop: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(conversions, "AT_ONCE", 1)
        shop.shop()
        posts = Post.objects.filter(creator__is_own=False).order_by("creator_id", "pk")
        sold = [posts[0], posts.exclude(creator=posts[0].creator)[0]]
        for number, post in enumerate(sold):
            take(shop, post, order=f"B-{number}")
        Creator.objects.update(sold_at=None)
        conversions._note_sellers(shop.workspace, at=shop.now)
        found = Creator.objects.exclude(sold_at=None).values_list("pk", flat=True)
        assert set(found) == {post.creator_id for post in sold}

    def test_is_known_when_the_post_comes_into_the_library_after_the_order(
        self, shop: Team
    ) -> None:
        seen = shop.plain_posts()[0]
        unseen = Post(item_id=seen["item_id"], creator=Creator(handle=seen["handle"]))
        take(shop, unseen)
        shop.shop()
        creator = Post.objects.get(item_id=seen["item_id"]).creator
        assert creator.sold_at is None
        conversions.reattribute(shop.workspace, at=shop.now)
        creator.refresh_from_db()
        assert creator.sold_at == shop.now
