"""One post three ways: organic, as a Spark Ad, as an ads-only ad of the same video, with counts.

Counts are those of every hour that has ended, straight from the ledgers: reports and creators'
statistics show the same figures once they are no longer late.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

import numpy as np

from tiktok_sandbox.wire.protocol.parameters import time_text
from tiktok_sandbox.world.ads.materials import post_video_id
from tiktok_sandbox.world.ads.statuses import ad_status
from tiktok_sandbox.world.comments.threads import (
    Comment,
    Thread,
    is_hidden,
    likes_of,
    written_comments,
    written_total,
)
from tiktok_sandbox.world.creators import permissions
from tiktok_sandbox.world.delivery.measures import post_totals
from tiktok_sandbox.world.state.entities import PUBLIC, Ad, Post
from tiktok_sandbox.world.state.refusals import RefusedError
from tiktok_sandbox.world.truth.what_if import branches
from tiktok_sandbox.world.world import World

PAID = ("impressions", "clicks", "likes", "comments", "shares")
OPEN = ("views", "likes", "comments", "shares")
NEWEST = 4
"""Comments shown under a card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that has to happen before the post runs as such an ad."""

    text: str
    is_done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidCard:
    """counts : names as in PAID, over all of `ads`, deleted ones included"""

    ads: list[Ad]
    counts: dict[str, int]
    comments: list[Comment]
    missing: list[Step]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostComparison:
    """organic : won for free; post : what stands under the post, free and Spark together.

    ads_only counts and its comments belong to posts that nobody sees outside ads.
    truth : expected counts per 1,000 fresh impressions in either format, when asked for
    """

    post: Post
    organic: dict[str, int]
    shared: dict[str, int]
    comments: list[Comment]
    spark: PaidCard
    ads_only: PaidCard
    truth: dict[str, dict[str, float]] | None


def compare_post(world: World, item_id: str, *, with_truth: bool = False) -> PostComparison:
    """Raises RefusedError post_not_found, for ads-only posts as well: they have no page."""
    post = permissions.get_post(world, item_id)
    if post.ads_only:
        raise RefusedError("post_not_found", f"{item_id} is ads-only: nobody sees it as a post.")
    totals = post_totals(world, world.now)[item_id]
    shared = dict(totals["total"])
    shared["comments"] += written_total(world, item_id, world.now)
    thread = newest_comments(world, [item_id])
    twins = twins_of(world).get(item_id, [])
    truth = branches(world, item_id) if with_truth else None
    return PostComparison(
        post=post,
        organic={name: totals["organic"][name] for name in OPEN},
        shared={name: shared[name] for name in OPEN},
        comments=thread,
        spark=_card(world, [item_id], thread, spark_steps(world, post)),
        ads_only=_card(world, twins, newest_comments(world, twins), ads_only_steps(world, post)),
        truth={name: asdict(branch) for name, branch in truth.items()} if truth else None,
    )


def _card(world: World, items: list[str], thread: list[Comment], steps: list[Step]) -> PaidCard:
    ads = [ad for item_id in items for ad in world.find.ads_of_post(item_id)]
    counts = paid_counts(world, items)
    return PaidCard(ads=ads, counts=counts, comments=thread, missing=[] if ads else steps)


def twins_of(world: World) -> dict[str, list[str]]:
    """item_id → ads-only posts made of its video."""
    found: dict[str, list[str]] = defaultdict(list)
    for post in world.state.posts.values():
        if post.ads_only and post.creative_of is not None:
            found[post.creative_of].append(post.item_id)
    return found


def formats_run(world: World) -> dict[str, list[str]]:
    """item_id → formats it has ads in, `spark` and `ads_only`; posts without ads are absent."""
    found: dict[str, list[str]] = defaultdict(list)
    for post in world.visible_posts():
        if world.find.ads_of_post(post.item_id):
            found[post.item_id].append("spark")
    for item_id, twins in twins_of(world).items():
        if any(world.find.ads_of_post(twin) for twin in twins):
            found[item_id].append("ads_only")
    return found


def paid_counts(world: World, items: Iterable[str]) -> dict[str, int]:
    """Sums of what ads brought these posts in every ended hour."""
    rows, place = world.ad_hours.rows, world.ad_hours.place
    numbers = [world.post_number(item_id) for item_id in items]
    mine = rows[np.isin(rows[:, place("post")], numbers)]
    return {name: int(mine[:, place(name)].sum(dtype=np.int64)) for name in PAID}


def newest_comments(world: World, items: Iterable[str]) -> list[Comment]:
    """The newest visible top-level comments of these threads, newest first."""
    found = [comment for item_id in items for comment in _newest(world, item_id)]
    return sorted(found, key=lambda comment: comment.created_at, reverse=True)[:NEWEST]


def _newest(world: World, item_id: str) -> Iterator[Comment]:
    now = world.now
    for comment in written_comments(world, item_id):
        if not comment.is_reply and not is_hidden(world, comment):
            yield comment
    thread, found, tick = Thread(world, item_id), 0, None
    for number in reversed(range(len(thread))):
        # Comments of one hour stand by source, so the hour is finished before stopping.
        hour = thread.place(number)[0]
        if found >= NEWEST and hour != tick:
            return
        tick = hour
        comment = thread.comment(number)
        if not comment.is_reply and comment.created_at <= now and not is_hidden(world, comment):
            found += 1
            yield comment


def spark_steps(world: World, post: Post) -> list[Step]:
    """How to run the post as a Spark Ad, from a code to the ad."""
    steps = [Step(text="Make the post public", is_done=post.status == PUBLIC)]
    if world.creator_of(post).is_brand:
        steps.append(Step(text="The brand's own account is linked: no code needed", is_done=True))
    else:
        code = permissions.find_code(world, post.item_id)
        stands = code is not None and permissions.code_status(world, code) in ("NOT_USED", "IN_USE")
        bound = any(each.item_id == post.item_id for each in world.state.bindings)
        steps += [
            Step(text="On the creator's phone: Ad settings, Ad authorization", is_done=stands),
            Step(text="Bind the code: POST /tt_video/authorize/", is_done=bound),
        ]
    if not post.music_licensed:
        steps.append(Step(text="Choose a post whose sound is licensed for ads", is_done=False))
    if post.is_story:
        steps.append(Step(text="Choose another post: a story cannot be an ad", is_done=False))
    ad = f"Make the ad: POST /ad/create/ with tiktok_item_id {post.item_id}"
    return [*steps, Step(text=ad, is_done=False)]


def ads_only_steps(world: World, post: Post) -> list[Step]:
    """How to run the same video as an ad that is nobody's post."""
    videos = world.state.videos.values()
    uploaded = any(video.source_item_id == post.item_id for video in videos)
    return [
        Step(
            text="Upload the post's video: POST /file/video/ad/upload/ with upload_type "
            f"UPLOAD_BY_VIDEO_ID, video_id {post_video_id(post)} (once the code is bound)",
            is_done=uploaded,
        ),
        Step(
            text="Make the ad: POST /ad/create/ with that video_id and dark_post_status ON",
            is_done=False,
        ),
    ]


def feed_answer(world: World, comparison: PostComparison) -> dict[str, object]:
    """The same as JSON."""
    answer: dict[str, object] = {
        "item_id": comparison.post.item_id,
        "handle": comparison.post.handle,
        "caption": comparison.post.caption,
        "status": comparison.post.status,
        "now": time_text(world.now),
        "organic": comparison.organic,
        "post": comparison.shared | {"newest_comments": _texts(world, comparison.comments)},
        "spark": _paid_answer(world, comparison.spark),
        "ads_only": _paid_answer(world, comparison.ads_only)
        | {"newest_comments": _texts(world, comparison.ads_only.comments)},
    }
    if comparison.truth is not None:
        answer["truth_per_thousand"] = comparison.truth
    return answer


def _paid_answer(world: World, card: PaidCard) -> dict[str, object]:
    return {
        **card.counts,
        "ads": [
            {
                "ad_id": ad.ad_id,
                "advertiser_id": ad.advertiser_id,
                "item_id": ad.item_id,
                "secondary_status": ad_status(world, ad),
                "call_to_action": ad.fields.get("call_to_action"),
            }
            for ad in card.ads
        ],
        "missing": [asdict(step) for step in card.missing],
    }


def _texts(world: World, comments: Iterable[Comment]) -> list[dict[str, object]]:
    return [
        {
            "comment_id": comment.comment_id,
            "username": comment.username,
            "text": comment.text,
            "likes": likes_of(world, comment),
            "created_at": time_text(comment.created_at),
        }
        for comment in comments
    ]
