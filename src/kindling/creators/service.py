"""Use cases of creators: take one in, find one, list the directory."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, F, Max, Q, QuerySet

from kindling.creators import rules
from kindling.creators.models import Creator, HandleChange
from kindling.errors import InvalidInputError, NotFoundError
from kindling.workspaces.models import Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record


def record_creator(
    workspace: Workspace,
    *,
    handle: str,
    at: datetime,
    source: str,
    display_name: str = "",
    is_own: bool = False,
    followers: int | None = None,
) -> Creator:
    """The creator with this handle, made when new. What is already known is never blanked.

    A handle that nobody has any more, but a creator had before, is that creator's.
    """
    name = rules.clean_handle(handle)
    creator = Creator.objects.filter(workspace=workspace, handle=name).first()
    creator, is_new = creator or _who_had(workspace, name), False
    if creator is None:
        creator, is_new = Creator.objects.get_or_create(
            workspace=workspace,
            handle=name,
            defaults={
                "display_name": display_name,
                "is_own": is_own,
                "followers": followers,
                "source": source,
                "created_at": at,
            },
        )
    if not is_new:
        changes: dict[str, Any] = {
            name: value
            for name, value in (
                ("display_name", display_name),
                ("followers", followers),
                ("is_own", is_own or creator.is_own),
            )
            if value and value != getattr(creator, name)
        }
        if changes:
            Creator.objects.filter(pk=creator.pk).update(**changes)
            for name, value in changes.items():
                setattr(creator, name, value)
    return creator


def _who_had(workspace: Workspace, handle: str) -> Creator | None:
    """The creator whose former handle this is. Asked where nobody has it now."""
    had = HandleChange.objects.filter(workspace=workspace, old=handle).select_related("creator")
    found = had.first()
    return found.creator if found else None


def is_creator(workspace: Workspace, handle: str) -> bool:
    """Whether the directory knows this handle as somebody else's, not as the brand's own account."""
    return Creator.objects.filter(workspace=workspace, handle=handle, is_own=False).exists()


def handle_or(otherwise: str, told: str) -> str:
    """The handle TikTok tells; where it tells none that can be one, one of our own made of an id.

    One odd name must not keep all the other posts from being read.
    """
    try:
        return rules.clean_handle(told)
    except ValueError:
        return rules.handle_of_id(otherwise)


SCORES = {
    "organic_engagement": "score__watchable",
    "conversion_rate": "score__converting",
    "fit": "score__fit",
}
SORTS = ("handle", *SCORES)


def directory(
    workspace: Workspace, *, search: str = "", tag: str = "", country: str = "", sort: str = ""
) -> QuerySet[Creator]:
    """Creators with their scores; found by former handles too.

    sort : one of `SORTS`; a score that is not defined comes last, an unknown sort is by handle
    """
    found = Creator.objects.filter(workspace=workspace).select_related("grant", "score")
    found = matching(found, search, workspace=workspace)
    if tag:
        found = tagged(found, tag, workspace=workspace)
    if country:
        found = found.filter(country=country.upper())
    found = found.prefetch_related("tags")
    if sort in SCORES:
        return found.order_by(F(SCORES[sort]).desc(nulls_last=True), "handle")
    return found.order_by("handle")


def matching(
    creators: QuerySet[Creator], search: str, *, workspace: Workspace
) -> QuerySet[Creator]:
    """Those whose handle, former handle or name is searched for; all of them for ""."""
    word = search.strip().lstrip("@")
    if not word:
        return creators
    had = HandleChange.objects.filter(workspace=workspace, old__icontains=word.lower())
    return creators.filter(
        Q(handle__icontains=word)
        | Q(display_name__icontains=search)
        | Q(pk__in=had.values("creator"))
    )


def tagged(creators: QuerySet[Creator], tag: str, *, workspace: Workspace) -> QuerySet[Creator]:
    """Those that have this tag."""
    having = Creator.tags.through.objects.filter(tag__name=tag, tag__workspace=workspace)
    return creators.filter(pk__in=having.values("creator"))


def with_posts(pks: Iterable[int]) -> list[Creator]:
    """The creators of these keys in the same order, with `post_count` and `last_posted_at`.

    Asked for the rows of one page: to count the posts of a whole directory takes seconds.
    """
    wanted = list(pks)
    rows = (
        Creator.objects.filter(pk__in=wanted)
        .select_related("grant", "score")
        .prefetch_related("tags")
        .annotate(post_count=Count("posts"), last_posted_at=Max("posts__posted_at"))
    )
    found = {row.pk: row for row in rows}
    return [found[pk] for pk in wanted if pk in found]


def find_creator(workspace: Workspace, handle: str) -> Creator:
    creator = (
        Creator.objects.select_related("grant", "score")
        .filter(workspace=workspace, handle=handle)
        .first()
    )
    if creator is None:
        creator = _who_had(workspace, handle)
    if creator is None:
        raise NotFoundError(
            f"Creator @{handle} was not found.", next_step="Open Creators to see all."
        )
    return creator


@transaction.atomic
def add_creator(actor: Actor, *, handle: str, email: str = "", at: datetime) -> Creator:
    actor.require(Action.MANAGE_CREATORS)
    try:
        name = rules.clean_handle(handle)
    except ValueError as error:
        raise InvalidInputError(f"{error}.", field="handle") from None
    if Creator.objects.filter(workspace=actor.workspace, handle=name).exists():
        raise InvalidInputError(
            f"@{name} is already in the directory.",
            next_step="Search for the handle.",
            field="handle",
        )
    if email:
        check_email(email)
    creator = record_creator(actor.workspace, handle=name, at=at, source="hand")
    if email:
        Creator.objects.filter(pk=creator.pk).update(email=email)
    record(actor, "added creator", f"@{creator.handle}", at=at)
    return creator


def check_email(text: str) -> None:
    """Raise InvalidInputError for what is no address, or longer than one can be."""
    try:
        Creator._meta.get_field("email").run_validators(text)
    except ValidationError:
        raise InvalidInputError(
            f"{text[:120]!r} is not an e-mail address.", next_step="Correct it.", field="email"
        ) from None


def note_sold(workspace: Workspace, pks: Iterable[int], *, at: datetime) -> int:
    """Orders are known to be these creators' posts'; told by conversions. Returns how many sold for the first time."""
    creators = Creator.objects.filter(workspace=workspace, pk__in=list(pks), sold_at=None)
    return creators.update(sold_at=at)
