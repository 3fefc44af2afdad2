"""`/phone/feed/`: the same post organically, as a Spark Ad and as an ads-only ad, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tiktok_sandbox.phone.feed import (
    PaidCard,
    PostComparison,
    Step,
    compare_post,
    formats_run,
)
from tiktok_sandbox.phone.html_parts import (
    PAGE_SIZE,
    avatar,
    count_of,
    icon,
    link_to,
    page_number,
    pager,
    player,
    poster,
    tile,
    wide,
)
from tiktok_sandbox.phone.words import ad_status_words, call_to_action, moment, span
from tiktok_sandbox.runtime.hub import Hub
from tiktok_sandbox.world.ads.statuses import ad_status
from tiktok_sandbox.world.comments.threads import Comment, likes_of
from tiktok_sandbox.world.creators import permissions
from tiktok_sandbox.world.delivery.measures import post_totals
from tiktok_sandbox.world.state.entities import PUBLIC, Post
from tiktok_sandbox.world.state.refusals import RefusedError
from tiktok_sandbox.world.world import World

FORMATS = {"spark": "Spark", "ads_only": "Ads-only"}
TRUTHS = (
    ("thumb_stops", "stop for 2 s"),
    ("views_6s", "watch 6 s"),
    ("likes", "like"),
    ("comments", "comment"),
    ("shares", "share"),
    ("clicks", "click"),
    ("orders", "order"),
)
SHARED = "Shared with the {other}: one post, one set of counters, one comment thread."
NOT_YET = "A Spark Ad of this post would add to these counters and to this comment thread."
OWN = "Its own counters and comments: nothing of them reaches the public post."


class FeedPages:
    """The list of posts, and one post as three cards."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    def routes(self) -> list[Route]:
        return [
            Route("/phone/feed/", self.posts, methods=["GET"]),
            Route("/phone/feed/{item_id}/", self.post, methods=["GET"]),
        ]

    async def posts(self, request: Request) -> Response:
        world = self.hub.current()
        return wide(world, title="Feed", body=list_of_posts(world, page_number(request)))

    async def post(self, request: Request) -> Response:
        world = self.hub.current()
        with_truth = request.query_params.get("truth") == "1"
        try:
            comparison = compare_post(world, request.path_params["item_id"], with_truth=with_truth)
        except RefusedError as error:
            body = (
                f'<h1>Not found</h1><p>{escape(error.message)} <a href="/phone/feed/">Feed</a></p>'
            )
            return wide(world, title="Not found", body=body, status=404)
        return wide(world, title="One post, three ways", body=three_cards(world, comparison))


def list_of_posts(world: World, number: int) -> str:
    """Posts that have ads first, then all."""
    run = formats_run(world)
    newest = sorted(world.visible_posts(), key=lambda post: post.posted_at, reverse=True)
    views = {name: row["total"]["views"] for name, row in post_totals(world, world.now).items()}
    shown = newest[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    parts = [
        "<h1>Feed</h1>",
        "<p>Open a post to see it free, as a Spark Ad and as an ads-only ad.</p>",
    ]
    if number == 1:
        used = [post for post in newest if post.item_id in run][:PAGE_SIZE]
        parts.append("<h2>With ads</h2>")
        parts.append(
            _grid(world, used, views, run)
            if used
            else '<p class="empty">No post of this world has an ad yet.</p>'
        )
    parts.append(f"<h2>All posts</h2>{_grid(world, shown, views, run)}")
    parts.append(pager("/phone/feed/", number=number, total=len(newest)))
    return "\n".join(parts)


def _grid(
    world: World, posts: list[Post], views: Mapping[str, int], run: Mapping[str, list[str]]
) -> str:
    tiles = "".join(
        tile(
            post,
            address=f"/phone/feed/{post.item_id}/",
            views=views[post.item_id],
            badges=[FORMATS[name] for name in run.get(post.item_id, ())],
        )
        for post in posts
    )
    return f'<ul class="grid">{tiles}</ul>'


def three_cards(world: World, comparison: PostComparison) -> str:
    post = comparison.post
    here = f"/phone/feed/{post.item_id}/"
    switch = (
        f'<a href="{here}">Hide the truth</a>'
        if comparison.truth is not None
        else f'<a href="{here}?truth=1">Show the truth</a>'
    )
    return (
        f'<p><a href="/phone/feed/">All posts</a> · <a href="{link_to(post.handle, "posts", post.item_id)}">'
        f"On the creator's phone</a> · {switch}</p>\n<h1>One post, three ways</h1>\n"
        '<div class="cards" role="region" aria-label="The post three ways" tabindex="0">'
        f"{_organic(world, comparison)}{_spark(world, comparison)}{_ads_only(world, comparison)}</div>"
    )


def _organic(world: World, comparison: PostComparison) -> str:
    counts = {
        "views for free": comparison.organic["views"],
        "views on the post": comparison.shared["views"],
    }
    counts |= {name: comparison.shared[name] for name in ("likes", "comments", "shares")}
    note = SHARED.format(other="Spark Ad") if comparison.spark.ads else NOT_YET
    inside = (
        f"{_post(world, comparison.post, label='')}{_counts(counts)}"
        f'<p class="soft">{note}</p>{_thread(world, comparison.comments)}'
    )
    return _card("Organic", inside)


def _spark(world: World, comparison: PostComparison) -> str:
    card, shared = comparison.spark, comparison.shared
    if not card.ads:
        return _card("Spark Ad", _missing(card.missing) + _truth(comparison, "spark"))
    counts = {
        "impressions": card.counts["impressions"],
        "clicks": card.counts["clicks"],
        "likes by the ad": card.counts["likes"],
        "comments by the ad": card.counts["comments"],
        "shares by the ad": card.counts["shares"],
    }
    note = (
        f"{SHARED.format(other='organic post')} Viewers see {shared['likes']:,} likes, "
        f"{shared['comments']:,} comments and {shared['shares']:,} shares here too."
    )
    inside = (
        f"{_post(world, comparison.post, label='Sponsored')}{_call(card)}{_counts(counts)}"
        f'<p class="soft">{note}</p>{_ads(world, card)}{_thread(world, card.comments)}'
        f"{_truth(comparison, 'spark')}"
    )
    return _card("Spark Ad", inside)


def _ads_only(world: World, comparison: PostComparison) -> str:
    card = comparison.ads_only
    if not card.ads:
        return _card("Ads-only ad", _missing(card.missing) + _truth(comparison, "ads_only"))
    twin = world.state.posts[card.ads[-1].item_id]
    inside = (
        f"{_post(world, twin, label='Sponsored')}{_call(card)}{_counts(card.counts)}"
        f'<p class="soft">{OWN}</p>{_ads(world, card)}{_thread(world, card.comments)}'
        f"{_truth(comparison, 'ads_only')}"
    )
    return _card("Ads-only ad", inside)


def _card(title: str, inside: str) -> str:
    return f'<article class="card feed-card"><h2>{title}</h2>{inside}</article>'


def _post(world: World, post: Post, *, label: str) -> str:
    mark = f' <span class="badge">{label}</span>' if label else ""
    return (
        f'<figure class="stage">{_shown(post)}<figcaption class="caption">'
        f"{avatar(world.creator_of(post))}<span><b>@{escape(post.handle)}</b>{mark}<br>"
        f"<bdi>{escape(post.caption)}</bdi></span></figcaption></figure>"
    )


def _shown(post: Post) -> str:
    """What people in the feed get to see: the video, or that there is none for them."""
    if post.status == PUBLIC:
        return player(post)
    return (
        f'{poster(post)}<p class="notice">In nobody\'s feed: the post is '
        f"{'deleted' if post.status in permissions.GONE else 'private'}.</p>"
    )


def _call(card: PaidCard) -> str:
    words = call_to_action(card.ads[-1].fields.get("call_to_action"))
    return f'<p class="call"><span>{escape(words)}</span> {icon("next")}</p>'


def _counts(counts: Mapping[str, int]) -> str:
    rows = "".join(
        f"<div><dt>{escape(name.capitalize())}</dt><dd>{count:,}</dd></div>"
        for name, count in counts.items()
    )
    return f'<dl class="counts">{rows}</dl>'


def _ads(world: World, card: PaidCard) -> str:
    rows = "".join(
        f"<li>Ad {ad.ad_id}: {escape(ad_status_words(ad_status(world, ad)))}</li>"
        for ad in card.ads
    )
    return f'<ul class="plain-list soft">{rows}</ul>'


def _thread(world: World, comments: list[Comment]) -> str:
    if not comments:
        return '<h3>Newest comments</h3><p class="soft">None yet.</p>'
    rows = "".join(
        f'<li><b>{escape(comment.username)}</b> <span dir="auto">{escape(comment.text)}</span><br>'
        f'<span class="soft">{moment(comment.created_at)} UTC, {span(world.now, comment.created_at)} · '
        f"{count_of(likes_of(world, comment), 'like')}</span></li>"
        for comment in comments
    )
    return f'<h3>Newest comments</h3><ul class="thread">{rows}</ul>'


def _missing(steps: list[Step]) -> str:
    rows = "".join(
        f'<li class="{"fine" if step.is_done else "open"}">{escape(step.text)}'
        f"{' <b>Done</b>' if step.is_done else ''}</li>"
        for step in steps
    )
    return (
        '<p class="empty">This post never ran this way.</p><h3>What is missing</h3>'
        f'<ol class="steps">{rows}</ol>'
    )


def _truth(comparison: PostComparison, own: str) -> str:
    """True expectations of this format beside the other, marked as the sandbox's knowledge."""
    if comparison.truth is None:
        return ""
    other = "ads_only" if own == "spark" else "spark"
    mine, theirs = comparison.truth[own], comparison.truth[other]
    rows = "".join(
        f'<tr><th scope="row">{label}</th><td>{mine[name]:.2f}</td><td>{theirs[name]:.2f}</td></tr>'
        for name, label in TRUTHS
    )
    return (
        '<div class="truth"><h3>The sandbox knows</h3>'
        '<p class="soft">True expectations per 1,000 fresh impressions. No advertiser can see '
        "these.</p><table><thead><tr><td></td>"
        f'<th scope="col">{FORMATS[own]}</th><th scope="col">{FORMATS[other]}</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )
