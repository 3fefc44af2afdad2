"""The cover of a post, wherever one is named: `{% cover post %}`; and the way to it: `{% at_tiktok post %}`."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django import template
from django.template.context import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from kindling.posts import rules
from kindling.posts.models import Post

register = template.Library()
NONE = mark_safe(
    '<span class="cover is-none"><span class="icon icon-posts" aria-hidden="true"></span></span>'
)
SIZES = {"row": (36, 64, "tile"), "tile": (162, 288, "cover"), "page": (180, 320, "cover")}


@lru_cache(maxsize=100)
def _workspace_prefix(slug: str) -> str:
    return reverse("profiles:post", args=[slug, "0"]).removesuffix("0/")


def _address(context: Context, post: Post) -> str:
    """Of the post: in the workspace, or in its creator's portal."""
    actor = context.get("actor")
    if actor is not None:
        return f"{_workspace_prefix(actor.workspace.slug)}{post.item_id}/"
    return f"{reverse('portal:home')}posts/{post.item_id}/"


def tiktok_url(post: Post) -> str:
    """The public page of a post; "" where nobody can open it."""
    if post.status in rules.UNAVAILABLE or not post.item_id.isdigit():
        return ""
    return f"https://www.tiktok.com/@{post.creator.handle}/video/{post.item_id}"


@register.simple_tag(takes_context=True)
def cover(context: Context, post: Any, size: str = "row") -> SafeString:
    """Its still, which plays where TikTok has given a link to the video; a drawn place where none is kept.

    size : row, of a list; tile, of a gallery; page, of the post's own page
    """
    if not isinstance(post, Post):
        return NONE
    width, height, kind = SIZES[size]
    address = _address(context, post)
    is_gone = post.status in rules.UNAVAILABLE
    marks = f"cover is-{size}{' is-gone' if is_gone else ''}"
    if post.still_version:
        picture = format_html(
            '<img src="{}still/?size={}&amp;v={}" width="{}" height="{}" alt="" loading="lazy" decoding="async">',
            address, kind, post.still_version, width, height,
        )  # fmt: skip
    else:
        picture = mark_safe('<span class="icon icon-posts" aria-hidden="true"></span>')
        marks += " is-none"
    if is_gone or not post.has_clip:
        return format_html('<span class="{}">{}</span>', marks, picture)
    label = _("Play the video of @%(handle)s") % {"handle": post.creator.handle}
    words = f"{_('Open on TikTok')}|{_('The video cannot be played here now.')}"
    return format_html(
        '<button type="button" class="{} is-playable" data-clip="{}clip/" data-tiktok="{}" data-words="{}"'
        ' aria-label="{}">{}<span class="icon icon-play" aria-hidden="true"></span></button>',
        marks, address, tiktok_url(post), words, label, picture,
    )  # fmt: skip


@register.simple_tag
def at_tiktok(post: Any) -> SafeString | str:
    """A link to the post at TikTok; nothing for one that is gone."""
    url = tiktok_url(post) if isinstance(post, Post) else ""
    if not url:
        return ""
    return format_html(
        '<a class="at-tiktok" href="{}" rel="noopener noreferrer" target="_blank">{}</a>',
        url, _("Open on TikTok"),
    )  # fmt: skip
