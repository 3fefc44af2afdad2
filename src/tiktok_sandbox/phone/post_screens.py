"""Screens of one post on its creator's phone: the post, ad settings, code, caption, last questions."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from starlette.responses import Response

from tiktok_sandbox.phone.html_parts import (
    avatar,
    button,
    durations,
    icon,
    link_to,
    phone,
    player,
    poster,
    product_name,
    tile,
)
from tiktok_sandbox.phone.words import (
    ad_status_words,
    compact,
    exact,
    facts_of,
    moment,
    span,
    standing_of,
)
from tiktok_sandbox.world.ads.statuses import ad_status
from tiktok_sandbox.world.comments.threads import written_total
from tiktok_sandbox.world.creators import permissions
from tiktok_sandbox.world.delivery.measures import post_totals
from tiktok_sandbox.world.state.entities import PUBLIC, Creator, Post, PostCode
from tiktok_sandbox.world.world import World

COUNTERS = (("views", "play"), ("likes", "heart"), ("comments", "talk"), ("shares", "share"))
BADGES = {"NOT_USED": "Code", "IN_USE": "Ad", "EXPIRED": "Ended"}
TERMS = (
    "Brands with your code can show this post as an ad, on TikTok and its partners, until the last "
    "day. Its caption cannot be changed while it is authorized."
)
ASKED = {
    "revoke": (
        "Turn off ad authorization?",
        "The code stops working and brands lose this post. You can make a new code later.",
        "Turn off and delete code",
    ),
    "delete": (
        "Delete this post?",
        "It is gone for everybody, and ads with it stop. This cannot be undone.",
        "Delete post",
    ),
}
"""Acts that ask once more: title, what it means, the button."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an act brought, for the next screen to say."""

    said: str = ""
    refused: str = ""
    status: int = 200


QUIET = Outcome()


def standing_code(world: World, post: Post) -> PostCode | None:
    code = permissions.find_code(world, post.item_id)
    return code if code is not None and code.deleted_at is None else None


def profile_screen(world: World, creator: Creator, outcome: Outcome = QUIET) -> Response:
    """The grid of a creator's posts, newest first, with their views."""
    posts = sorted(
        world.visible_posts(creator.handle), key=lambda post: post.posted_at, reverse=True
    )
    totals = post_totals(world, world.now)
    tiles = "".join(
        tile(
            post,
            address=link_to(creator.handle, "posts", post.item_id),
            views=totals[post.item_id]["total"]["views"],
            badges=badges_of(world, post),
        )
        for post in posts
    )
    views = sum(totals[post.item_id]["total"]["views"] for post in posts)
    body = (
        f'<div class="profile">{avatar(creator)}'
        f"<p><b>{escape(creator.display_name)}</b></p>"
        f'<ul class="figures"><li><b>{compact(creator.followers)}</b> followers</li>'
        f"<li><b>{len(posts)}</b> post{'' if len(posts) == 1 else 's'}</li>"
        f"<li><b>{compact(views)}</b> views</li></ul></div>\n"
        f'<h2 class="unseen">Posts</h2>\n'
        + (f'<ul class="grid">{tiles}</ul>' if posts else '<p class="empty">No posts yet.</p>')
    )
    return phone(
        world,
        handle=creator.handle,
        title=f"@{creator.handle}",
        body=body,
        back="/phone/",
        tab="posts",
        said=outcome.said,
        refused=outcome.refused,
        status=outcome.status,
    )


def badges_of(world: World, post: Post) -> list[str]:
    """Small labels of a tile: private or gone, and how the authorization stands."""
    found = []
    if post.status != PUBLIC:
        found.append("Deleted" if post.status in permissions.GONE else "Private")
    code = standing_code(world, post)
    if code is not None:
        found.append(BADGES[permissions.code_status(world, code)])
    return found


def post_screen(world: World, post: Post, outcome: Outcome = QUIET) -> Response:
    """One post: cover, counters, what matters for ads, and the menu behind the dots."""
    total = post_totals(world, world.now)[post.item_id]["total"]
    total["comments"] += written_total(world, post.item_id, world.now)
    counters = "".join(
        f'<li>{icon(shape)}<b>{compact(total[name])}</b> <span class="unseen">{name}</span></li>'
        for name, shape in COUNTERS
    )
    facts = "".join(
        f'<li class="{"fine" if is_fine else "wrong"}">{escape(text)}</li>'
        for text, is_fine in facts_of(world, post)
    )
    standing = standing_of(world, post)
    shown = poster(post) if post.status in permissions.GONE else player(post)
    body = (
        f'<figure class="stage">{shown}<figcaption class="caption" dir="auto">{escape(post.caption)}'
        "</figcaption></figure>\n"
        f'<ul class="counters">{counters}</ul>\n'
        f'<p class="soft">Posted {moment(post.posted_at)} UTC, {span(world.now, post.posted_at)}</p>\n'
        f"<h2>{escape(standing.title)}</h2>\n<p>{escape(standing.detail)}</p>\n"
        f'{promotions(world, post)}<h2>About this post</h2>\n<ul class="facts">{facts}</ul>\n'
        f'<p><a href="/phone/feed/{post.item_id}/">See it in the feed, free and as an ad</a></p>'
    )
    return phone(
        world,
        handle=post.handle,
        title=product_name(world, post),
        body=body,
        back=link_to(post.handle),
        tools=menu(post),
        tab="posts",
        said=outcome.said,
        refused=outcome.refused,
        status=outcome.status,
    )


def promotions(world: World, post: Post) -> str:
    """Who uses the post in ads, and how those ads stand."""
    rows = "".join(
        f"<li>{escape(world.state.advertisers[ad.advertiser_id].company)}: "
        f"{escape(ad_status_words(ad_status(world, ad)))}</li>"
        for ad in world.find.ads_of_post(post.item_id)
    )
    return f'<h2>Ads with this post</h2>\n<ul class="plain-list">{rows}</ul>\n' if rows else ""


def menu(post: Post) -> str:
    """The sheet behind the three dots; a `details`, so that it opens without any script."""
    if post.status in permissions.GONE:
        return '<span class="tool"></span>'
    here = link_to(post.handle, "posts", post.item_id)
    privacy = (
        button(f"{here}hide/", "Make private", look="item")
        if post.status == PUBLIC
        else button(f"{here}show/", "Make public", look="item")
    )
    return (
        f'<details class="menu"><summary class="tool" aria-label="More">{icon("more")}</summary>'
        f'<div class="sheet"><a class="item" href="{here}ads/">Ad settings</a>'
        f'<a class="item" href="{here}caption/">Edit caption</a>{privacy}'
        f'<a class="item danger" href="{here}delete/">Delete post</a></div></details>'
    )


def ads_screen(world: World, post: Post, outcome: Outcome = QUIET) -> Response:
    """Ad settings: the switch, the durations, and once it is on the code and its days."""
    code = standing_code(world, post)
    body = _settings_off(world, post) if code is None else _settings_on(world, post, code)
    return phone(
        world,
        handle=post.handle,
        title="Ad settings",
        body=body,
        back=link_to(post.handle, "posts", post.item_id),
        tab="posts",
        said=outcome.said,
        refused=outcome.refused,
        status=outcome.status,
    )


def _switch(*, is_on: bool) -> str:
    return (
        '<label class="switch"><span><b>Ad authorization</b><br>'
        '<span class="soft">Let brands use this post in ads</span></span>'
        f'<input type="checkbox" role="switch" name="on"{" checked" if is_on else ""}></label>'
    )


def _settings_off(world: World, post: Post) -> str:
    here = link_to(post.handle, "posts", post.item_id)
    chosen = durations(world, chosen=permissions.DEFAULT_DAYS, legend="Authorization period")
    return (
        f'<form class="authorize" method="post" action="{here}ads/">{_switch(is_on=False)}'
        f'<div class="when-on">{chosen}<p class="soft">{TERMS}</p>'
        '<button class="main">Save</button></div></form>'
    )


def _settings_on(world: World, post: Post, code: PostCode) -> str:
    here = link_to(post.handle, "posts", post.item_id)
    standing = standing_of(world, post)
    ends = (
        f'<p class="soft">{"Ended" if code.end_at <= world.now else "Ends"} '
        f"{span(world.now, code.end_at)}: {exact(code.end_at)}</p>"
    )
    days = durations(world, chosen=code.days, legend="Extend by")
    return (
        f'<form class="authorize" method="post" action="{here}ads/">{_switch(is_on=True)}'
        '<div class="when-off"><button class="main">Save</button></div></form>\n'
        f'<section class="card" aria-label="Authorization"><h2>{escape(standing.title)}</h2>'
        f"<p>{escape(standing.detail)}</p>{ends}"
        f'<a class="button main" href="{here}code/">Generate code</a></section>\n'
        f'<form class="card" method="post" action="{here}extend/">{days}'
        '<button class="plain">Extend</button></form>\n'
        f'<p><a class="danger" href="{here}revoke/">Turn off and delete code</a></p>'
    )


def code_screen(world: World, post: Post, outcome: Outcome = QUIET) -> Response:
    """The code, and nowhere else a code: to be copied or deleted."""
    here = link_to(post.handle, "posts", post.item_id)
    code = standing_code(world, post)
    if code is None:
        body = (
            '<p class="empty">This post has no code. Turn ad authorization on first.</p>'
            f'<p><a class="button main" href="{here}ads/">Ad settings</a></p>'
        )
    else:
        body = (
            '<div class="card"><label for="code"><b>Copy this code</b></label>'
            f'<textarea class="code" id="code" rows="3" readonly data-copy>'
            f"{escape(code.auth_code)}</textarea><div data-copy-place></div>"
            f'<p class="soft">Good until {exact(code.end_at)}, {span(world.now, code.end_at)}. '
            "Whoever has it can use this post in ads: send it to the brand alone.</p></div>\n"
            f'<p><a class="danger" href="{here}revoke/">Delete code</a></p>'
        )
    return phone(
        world,
        handle=post.handle,
        title="Ad code",
        body=body,
        back=f"{here}ads/",
        tab="posts",
        said=outcome.said,
        refused=outcome.refused,
        script="/phone/copy.js" if code is not None else None,
        status=outcome.status,
    )


def caption_screen(
    world: World, post: Post, outcome: Outcome = QUIET, *, text: str | None = None
) -> Response:
    """A text field, or why the caption is final."""
    here = link_to(post.handle, "posts", post.item_id)
    if standing_code(world, post) is not None and not outcome.refused:
        outcome = Outcome(
            refused="The post is authorized, so its caption is final. Delete the code to edit it.",
            status=outcome.status,
        )
    shown = escape(post.caption if text is None else text)
    body = (
        f'<form class="card" method="post" action="{here}caption/">'
        '<label for="text"><b>Caption</b></label>'
        f'<textarea id="text" name="text" rows="5" maxlength="2200">{shown}</textarea>'
        '<button class="main">Save</button></form>'
    )
    return phone(
        world,
        handle=post.handle,
        title="Edit caption",
        body=body,
        back=here,
        tab="posts",
        refused=outcome.refused,
        status=outcome.status,
    )


def ask_screen(world: World, post: Post, act: str, outcome: Outcome = QUIET) -> Response:
    """Asks once more before what cannot be taken back."""
    here = link_to(post.handle, "posts", post.item_id)
    title, meaning, label = ASKED[act]
    back = here if act == "delete" else f"{here}ads/"
    body = (
        f'<div class="card ask">{poster(post, kind="small")}'
        f"<p><b>{escape(post.caption)}</b></p><p>{escape(meaning)}</p>"
        f"{button(f'{here}{act}/', label, look='danger')}"
        f'<p><a class="button plain" href="{back}">Cancel</a></p></div>'
    )
    return phone(
        world,
        handle=post.handle,
        title=title,
        body=body,
        back=back,
        tab="posts",
        refused=outcome.refused,
        status=outcome.status,
    )
