"""API: the directory of creators and notes about them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status

from kindling.clock import now
from kindling.creators import directory, service
from kindling.creators import rules as creators_rules
from kindling.creators.directory import Facts
from kindling.creators.models import Creator, CreatorScore
from kindling.errors import InvalidInputError
from kindling.workspaces.api_auth import actor_of, answers, may
from kindling.workspaces.api_lists import ROWS, Cursor, Limit, part, part_of
from kindling.workspaces.rules import Action

router = Router(tags=["Creators"])
MOST = 200


class ScoreOut(Schema):
    """Separate scores, 0 to 1, null without enough data. `parts`: what each is made of, as the
    creator's page shows it; it gains members as parts are added."""

    organic_engagement: float | None
    conversion_rate: float | None
    fit: float | None
    parts: dict[str, Any]
    computed_at: datetime


class CreatorOut(Schema):
    """A creator. `is_connected`: their TikTok account is connected. `opted_out_at`: no outreach since then."""

    handle: str
    display_name: str
    email: str | None
    language: str
    country: str | None
    tags: list[str]
    followers: int | None
    is_own: bool
    is_connected: bool
    source: str
    opted_out_at: datetime | None
    replied_at: datetime | None
    score: ScoreOut | None


class CreatorWhole(CreatorOut):
    former_handles: list[str]


class CreatorIn(Schema):
    handle: str
    email: str = ""


class ChangeIn(Schema):
    """Fields that are left out stay unchanged. `handle`: the new handle."""

    handle: str | None = None
    display_name: str | None = None
    email: str | None = None
    language: str | None = None
    country: str | None = None
    tags: list[str] | None = None
    is_own: bool | None = None


class NoteIn(Schema):
    text: str


class NoteOut(Schema):
    text: str
    author: str
    at: datetime


@router.get("/", response=answers(part_of(CreatorOut)))
def creators(
    request: HttpRequest,
    q: str = "",
    tag: str = "",
    country: str = "",
    sort: str = "handle",
    limit: Limit = ROWS,
    cursor: Cursor = "",
) -> dict[str, Any]:
    """List creators. `q`: part of a handle, a former handle, or a name. `sort`: handle,
    organic_engagement, conversion_rate or fit, the best first and the undefined last."""
    actor = actor_of(request)
    if sort not in service.SORTS:
        raise InvalidInputError(
            f"Unknown sort order {sort!r}.", next_step=f"Use one of {', '.join(service.SORTS)}."
        )
    found = service.directory(
        actor.workspace, search=q, tag=tag.lower(), country=country, sort=sort
    )
    return part(found, _creator, cursor=cursor, limit=limit)


@router.post("/", response=answers(CreatorOut, status=201), auth=may(Action.MANAGE_CREATORS))
def add(request: HttpRequest, body: CreatorIn) -> Status[dict[str, Any]]:
    """Add a creator."""
    made = service.add_creator(actor_of(request), handle=body.handle, email=body.email, at=now())
    made.refresh_from_db()
    return Status(201, _creator(made))


@router.get("/{handle}", response=answers(CreatorWhole))
def one(request: HttpRequest, handle: str) -> dict[str, Any]:
    """Get a creator, by handle or former handle."""
    found = service.find_creator(actor_of(request).workspace, handle)
    former = list(found.handle_changes.values_list("old", flat=True))
    return {**_creator(found), "former_handles": former}


@router.patch("/{handle}", response=answers(CreatorOut), auth=may(Action.MANAGE_CREATORS))
def change(request: HttpRequest, handle: str, body: ChangeIn) -> dict[str, Any]:
    """Change a creator."""
    actor, at = actor_of(request), now()
    found = service.find_creator(actor.workspace, handle)
    facts = Facts(
        display_name=_or(body.display_name, found.display_name)[:120],
        email=_or(body.email, found.email),
        language=_or(body.language, found.language),
        country=_or(body.country, found.country).upper(),
        tags=tuple(
            creators_rules.read_tags("\n".join(body.tags))
            if body.tags is not None
            else found.tags.values_list("name", flat=True)
        ),
        is_own=found.is_own if body.is_own is None else body.is_own,
    )
    found = directory.change(actor, found, facts, at=at)
    if body.handle is not None:
        found = directory.rename(actor, found, body.handle, at=at)
    return _creator(found)


def _or(given: str | None, otherwise: str) -> str:
    return otherwise if given is None else given.strip()


@router.get("/{handle}/notes", response=answers(list[NoteOut]))
def notes(request: HttpRequest, handle: str) -> list[dict[str, Any]]:
    """List the newest 200 notes about a creator."""
    found = service.find_creator(actor_of(request).workspace, handle)
    return [
        {"text": each.text, "author": each.author_label, "at": each.at}
        for each in directory.notes_of(found)[:MOST]
    ]


@router.post("/{handle}/notes", response=answers(NoteOut, status=201), auth=may(Action.WRITE_NOTES))
def write_note(request: HttpRequest, handle: str, body: NoteIn) -> Status[dict[str, Any]]:
    """Save a note about a creator."""
    actor = actor_of(request)
    found = service.find_creator(actor.workspace, handle)
    note = directory.write_note(actor, found, body.text, at=now())
    return Status(201, {"text": note.text, "author": note.author_label, "at": note.at})


def _creator(creator: Creator) -> dict[str, Any]:
    return {
        "handle": creator.handle,
        "display_name": creator.display_name,
        "email": creator.email or None,
        "language": creator.language,
        "country": creator.country or None,
        "tags": [tag.name for tag in creator.tags.all()],
        "followers": creator.followers,
        "is_own": creator.is_own,
        "is_connected": hasattr(creator, "grant"),
        "source": creator.source,
        "opted_out_at": creator.opted_out_at,
        "replied_at": creator.replied_at,
        "score": _score(creator.score) if hasattr(creator, "score") else None,
    }


SCORE_NAMES = {"watchable": "organic_engagement", "converting": "conversion_rate"}


def _score(score: CreatorScore) -> dict[str, Any]:
    return {
        "organic_engagement": score.watchable,
        "conversion_rate": score.converting,
        "fit": score.fit,
        "parts": {SCORE_NAMES.get(name, name): part for name, part in score.parts.items()},
        "computed_at": score.computed_at,
    }
