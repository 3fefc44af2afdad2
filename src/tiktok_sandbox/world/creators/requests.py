"""Brands ask creators for a code or for more days; creators answer in their own time, or never.

Whether and when is a draw of (seed, post, kind, how often it was asked before), so one request never
moves another's answer. Numbers: `Habits.answer_hours`, `answer_sigma`, `never_share`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import NormalDist

from tiktok_sandbox.world.creators import permissions
from tiktok_sandbox.world.randomness.single import Draws
from tiktok_sandbox.world.state.clock import whole_seconds
from tiktok_sandbox.world.state.entities import PostCode
from tiktok_sandbox.world.state.refusals import RefusedError
from tiktok_sandbox.world.state.requests import Request
from tiktok_sandbox.world.world import World

KINDS = ("code", "extend")
LONGEST = timedelta(days=3650)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One line of the chat between the brand and a creator. `text` may hold a code: a secret.

    writer : "brand" or "creator"
    """

    request_id: str
    item_id: str
    writer: str
    sent_at: datetime
    text: str
    auth_code: str | None = None

    def __repr__(self) -> str:
        return f"Message(request_id={self.request_id!r}, writer={self.writer!r})"


def ask(world: World, *, item_id: str, kind: str, days: int) -> Request:
    """Ask the post's creator. Raises RefusedError: bad_request, bad_duration, post_not_found."""
    permissions.get_post(world, item_id)
    if kind not in KINDS:
        raise RefusedError("bad_request", f"kind must be one of {', '.join(KINDS)}.")
    permissions.check_days(world, days)
    now = whole_seconds(world.now)
    earlier = sum(each.item_id == item_id and each.kind == kind for each in world.state.requests)
    request = Request(
        request_id=world.next_id("request", prefix="77"),
        item_id=item_id,
        kind=kind,
        days=days,
        asked_at=now,
        answer_at=_answer_time(world, now, item_id, kind, earlier),
    )
    world.state.requests.append(request)
    return request


def _answer_time(
    world: World, asked_at: datetime, item_id: str, kind: str, earlier: int
) -> datetime | None:
    habits = world.family.habits
    draws = Draws(world.seed, "request.answer", item_id, kind, earlier)
    if draws.chance(habits.never_share):
        return None
    z = NormalDist().inv_cdf(max(draws.unit(), 1e-12))
    hours = habits.answer_hours * math.exp(habits.answer_sigma * z)
    return asked_at + min(LONGEST, timedelta(seconds=round(hours * 3600)))


def next_answer(world: World) -> datetime | None:
    """When the next answer to a standing request is due."""
    due = [
        each.answer_at
        for each in world.state.requests
        if each.answered_at is None and each.answer_at is not None
    ]
    return min(due, default=None)


def answer_requests(world: World) -> bool:
    """Let creators answer whose time came in the hour just done. Returns whether anybody acted.

    They act when the hour ends, so that an answer is never older than what was seen before it.
    """
    if not world.state.requests:
        return False
    end = world.tick_start(world.state.ticks_done)
    acted = False
    for request in world.state.requests:
        is_due = request.answer_at is not None and request.answer_at <= end
        if is_due and request.answered_at is None:
            accept(world, request, at=end)
            acted = True
    return acted


def accept(world: World, request: Request, *, at: datetime) -> None:
    """Do what was asked; what the rules refuse becomes the answer. Answers repeats of it as well."""
    outcome, refusal, code = "extended" if request.kind == "extend" else "sent", "", None
    try:
        code = _act(world, request, at)
    except RefusedError as error:
        outcome, refusal = "refused", error.message
    for each in _repeats(world, request):
        each.answered_at, each.outcome, each.refusal = at, outcome, refusal
        if code is not None:
            each.code_number, each.end_at = world.find.number_of(code), code.end_at


def decline(world: World, request: Request, *, at: datetime) -> None:
    """Say no."""
    for each in _repeats(world, request):
        each.answered_at, each.outcome = at, "declined"


def _repeats(world: World, request: Request) -> list[Request]:
    return [
        each
        for each in world.state.requests
        if each.answered_at is None and (each.item_id, each.kind) == (request.item_id, request.kind)
    ]


def _act(world: World, request: Request, at: datetime) -> PostCode:
    item_id, days = request.item_id, request.days
    if request.kind == "extend":
        return permissions.extend_code(world, item_id=item_id, days=days)
    standing = permissions.find_code(world, item_id)
    if standing is None or standing.deleted_at is not None:
        return permissions.create_code(world, item_id=item_id, days=days)
    if world.state.posts[item_id].status in permissions.GONE:
        raise RefusedError("video_deleted", "The post is deleted. Choose another post.")
    # A post has one code at a time: the creator sends it again, renewed when it has run out.
    if standing.end_at <= at:
        return permissions.extend_code(world, item_id=item_id, days=days)
    return standing


def get_request(world: World, request_id: str) -> Request:
    """A request that stands. Raises RefusedError."""
    for request in world.state.requests:
        if request.request_id == request_id and request.answered_at is None:
            return request
    raise RefusedError("request_not_found", "There is no such request, or it is answered already.")


def standing_requests(world: World, handle: str) -> list[Request]:
    """What the creator has not answered, oldest first."""
    return [each for each in requests_to(world, handle) if each.answered_at is None]


def requests_to(world: World, handle: str) -> list[Request]:
    posts = world.state.posts
    return [each for each in world.state.requests if posts[each.item_id].handle == handle]


def messages_of(world: World, handle: str) -> list[Message]:
    """The chat of a creator with the brand, oldest first. Holds codes."""
    found = []
    for request in requests_to(world, handle):
        found.append(_line(request, "brand", request.asked_at, _question(world, request)))
        if request.answered_at is not None:
            found.append(_reply(world, request, request.answered_at))
    return sorted(found, key=lambda message: message.sent_at)


def _question(world: World, request: Request) -> str:
    caption = world.state.posts[request.item_id].caption
    if request.kind == "extend":
        return f"Could you extend the ad authorization of “{caption}” by {request.days} days?"
    return f"Could you send us the ad code of “{caption}”, for {request.days} days?"


def _reply(world: World, request: Request, at: datetime) -> Message:
    if request.outcome == "declined":
        return _line(request, "creator", at, "Sorry, I would rather not.")
    if request.outcome == "refused" or request.code_number is None or request.end_at is None:
        return _line(request, "creator", at, f"It does not work. The app says: {request.refusal}")
    until = f"{request.end_at:%Y-%m-%d %H:%M:%S} UTC"
    if request.outcome == "extended":
        return _line(request, "creator", at, f"Done: the same code now runs until {until}.")
    code = world.state.codes[request.code_number].auth_code
    text = f"Here is the code: {code} It runs until {until}."
    return _line(request, "creator", at, text, code)


def _line(
    request: Request, writer: str, at: datetime, text: str, auth_code: str | None = None
) -> Message:
    return Message(
        request_id=request.request_id,
        item_id=request.item_id,
        writer=writer,
        sent_at=at,
        text=text,
        auth_code=auth_code,
    )
