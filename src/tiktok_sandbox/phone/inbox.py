"""A creator's notifications and the chat with the brand, as screens of the phone."""

from __future__ import annotations

from html import escape

from starlette.responses import Response

from tiktok_sandbox.phone.html_parts import button, count_of, link_to, phone
from tiktok_sandbox.phone.notices import Notice, notices_of
from tiktok_sandbox.phone.post_screens import QUIET, Outcome
from tiktok_sandbox.phone.words import moment, span
from tiktok_sandbox.world.creators.requests import Message, messages_of, standing_requests
from tiktok_sandbox.world.state.entities import Creator
from tiktok_sandbox.world.world import World


def notifications_screen(world: World, creator: Creator, outcome: Outcome = QUIET) -> Response:
    """What happened to this creator's posts; requests can be answered at once."""
    rows = "".join(_notice(world, creator, notice) for notice in notices_of(world, creator.handle))
    body = f'<ul class="notices">{rows}</ul>' if rows else '<p class="empty">Nothing new.</p>'
    return phone(
        world,
        handle=creator.handle,
        title="Notifications",
        body=body,
        back=link_to(creator.handle),
        tab="notifications",
        said=outcome.said,
        refused=outcome.refused,
        status=outcome.status,
    )


def _notice(world: World, creator: Creator, notice: Notice) -> str:
    post = link_to(creator.handle, "posts", notice.item_id)
    answers = _answers(creator.handle, notice.request_id) if notice.request_id else ""
    more = (
        f'<a href="{post}ads/">Extend in ad settings</a>'
        if notice.kind in ("ending", "ended")
        else f'<a href="{post}">Open post</a>'
    )
    return (
        f'<li class="card is-{notice.kind}"><h2>{escape(notice.title)}</h2>'
        f'<p>{escape(notice.text)}</p><p class="soft">{moment(notice.at)} UTC, '
        f"{span(world.now, notice.at)}</p>{answers}<p>{more}</p></li>"
    )


def _answers(handle: str, request_id: str) -> str:
    here = link_to(handle, "requests", request_id)
    return (
        '<div class="pair">'
        + button(f"{here}accept/", "Agree", look="main")
        + button(f"{here}decline/", "Decline")
        + "</div>"
    )


def messages_screen(world: World, creator: Creator, outcome: Outcome = QUIET) -> Response:
    """The chat with the brand, oldest first, and what still waits for an answer."""
    lines = "".join(_line(world, message) for message in messages_of(world, creator.handle))
    waiting = standing_requests(world, creator.handle)
    body = f'<ol class="chat">{lines}</ol>' if lines else '<p class="empty">No messages yet.</p>'
    if waiting:
        body += (
            f'<p class="card">{count_of(len(waiting), "request")} '
            f'not answered yet. <a href="{link_to(creator.handle, "notifications")}">Answer</a></p>'
        )
    return phone(
        world,
        handle=creator.handle,
        title="Messages",
        body=body,
        back=link_to(creator.handle),
        tab="messages",
        said=outcome.said,
        refused=outcome.refused,
        status=outcome.status,
    )


def _line(world: World, message: Message) -> str:
    writer = world.family.brand.company if message.writer == "brand" else "You"
    return (
        f'<li class="from-{message.writer}"><p class="soft">{escape(writer)}, '
        f'{moment(message.sent_at)} UTC</p><p class="bubble">{escape(message.text)}</p></li>'
    )
