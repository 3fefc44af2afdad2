"""Threads as advertisers see them: the comments that came through their ads, and around those."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

from tiktok_sandbox.world.comments.threads import (
    Comment,
    Thread,
    comments_of,
    find_comment,
    source_ad,
    written_comments,
)
from tiktok_sandbox.world.state.entities import Ad
from tiktok_sandbox.world.world import World


def ad_of(world: World, comment: Comment, advertiser_id: str) -> Ad | None:
    """The ad of this account under which the comment is listed, if it is.

    A reply written through the API goes with what it answers, whoever wrote it.
    """
    ad = source_ad(world, comment)
    if ad is not None and ad.advertiser_id == advertiser_id:
        return ad
    if comment.comment_id in world.state.comment_acts.written and comment.parent_id is not None:
        parent = find_comment(world, comment.parent_id)
        return ad_of(world, parent, advertiser_id) if parent is not None else None
    if world.behaviour.ad_comments == "whole_thread":
        ads = world.find.ads_of_post(comment.item_id)
        return next((ad for ad in ads if ad.advertiser_id == advertiser_id), None)
    return None


def comments_of_ads(world: World, ads: Iterable[Ad]) -> Iterator[tuple[Comment, Ad]]:
    """Every comment listed under these ads, each once."""
    chosen = {ad.ad_id: ad for ad in ads}
    sources = {ad.number for ad in chosen.values()}
    accounts = {ad.advertiser_id for ad in chosen.values()}
    for item_id in _items(world, chosen, sources):
        for comment in _candidates(world, item_id, sources):
            for account in accounts:
                ad = ad_of(world, comment, account)
                if ad is not None and ad.ad_id in chosen:
                    yield comment, ad
                    break


def _items(world: World, ads: dict[str, Ad], sources: set[int]) -> list[str]:
    """Posts these ads brought comments to, and posts they have now."""
    numbers = world.comment_counts.posts_of(
        sorted(sources), post_hours=world.post_hours, ad_hours=world.ad_hours
    )
    found = [next(islice(world.state.posts, number, None)) for number in numbers]
    return list(dict.fromkeys([*found, *(ad.item_id for ad in ads.values())]))


def _candidates(world: World, item_id: str, sources: set[int]) -> Iterator[Comment]:
    if world.behaviour.ad_comments == "whole_thread":
        yield from comments_of(world, item_id)
        return
    thread = Thread(world, item_id)
    yield from (thread.comment(number) for number in thread.numbers_from(sources))
    yield from written_comments(world, item_id)


def thread_around(world: World, comment: Comment) -> list[Comment]:
    """The top-level comment this one belongs to, and all its replies."""
    top = comment.parent_id or comment.comment_id
    drawn = Thread(world, comment.item_id)
    numbers = [n for n in range(len(drawn)) if drawn.id_of(_top(drawn, n)) == top]
    return [
        *(drawn.comment(number) for number in numbers),
        *(
            c
            for c in written_comments(world, comment.item_id)
            if top in (c.parent_id, c.comment_id)
        ),
    ]


def _top(thread: Thread, number: int) -> int:
    parent = thread.parent(number)
    return number if parent is None else parent


def reply_counts(world: World, items: Iterable[str]) -> Counter[str]:
    """Comment id → replies that stand, for the threads of these posts."""
    counts: Counter[str] = Counter()
    for item_id in items:
        thread = Thread(world, item_id)
        parents = Counter(thread.parent(number) for number in range(len(thread)))
        counts.update({thread.id_of(n): count for n, count in parents.items() if n is not None})
        counts.update(c.parent_id for c in written_comments(world, item_id) if c.parent_id)
    return counts
