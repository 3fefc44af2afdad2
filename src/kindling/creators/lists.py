"""The directory of creators, and who is named in captions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from kindling.creators import directory, mentions, service
from kindling.creators.forms import TagsForm
from kindling.creators.models import Creator, CreatorGrant, Mention
from kindling.lists.rules import Kind
from kindling.lists.spec import (
    Column,
    Done,
    Filter,
    ListAction,
    ListSpec,
    Scope,
    one_by_one,
    register,
)
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor

Rows = QuerySet[Creator]
CONNECTIONS = [("connected", "Connected"), ("broken", "Reconnect needed"), ("none", "Sends codes")]


def _tags(scope: Scope) -> list[tuple[str, str]]:
    return [(name, name) for name, _ in directory.tags_in_use(scope.workspace)]


def _tag_counts(scope: Scope) -> Mapping[str, int]:
    tags = dict(directory.tags_in_use(scope.workspace))
    return {**tags, "": Creator.objects.filter(workspace=scope.workspace).count()}


def _connected(rows: Rows, how: str, _scope: Scope) -> Rows:
    if how == "none":
        return rows.filter(grant=None, is_own=False)
    healthy = CreatorGrant.State.HEALTHY
    return (
        rows.filter(grant__state=healthy)
        if how == "connected"
        else rows.filter(grant__isnull=False).exclude(grant__state=healthy)
    )


def _connection(row: Any) -> str:
    grant = getattr(row, "grant", None)
    if grant is None:
        return "Linked account" if row.is_own else "Sends codes"
    return "Connected" if grant.state == CreatorGrant.State.HEALTHY else "Reconnect needed"


def _score(row: Any, name: str) -> float | None:
    score = getattr(row, "score", None)
    return None if score is None else getattr(score, name)


def _changed(creator: Creator, changes: tuple[list[str], list[str]]) -> object:
    added, removed = changes
    return {"creator": creator.pk, "added": added, "removed": removed} if added or removed else None


def _add_tags(actor: Actor, rows: list[Creator], values: Mapping[str, Any], at: datetime) -> Done:
    return one_by_one(
        rows, str, lambda row: _changed(row, directory.tag(actor, row, add=values["tags"], at=at))
    )


def _remove_tags(
    actor: Actor, rows: list[Creator], values: Mapping[str, Any], at: datetime
) -> Done:
    return one_by_one(
        rows,
        str,
        lambda row: _changed(row, directory.tag(actor, row, remove=values["tags"], at=at)),
    )


def _tag_back(actor: Actor, changes: list[dict[str, Any]], at: datetime) -> Done:
    """Take away what was added and give back what was removed, whatever else has changed since."""
    wanted = {each["creator"]: each for each in changes}
    rows = list(Creator.objects.filter(workspace=actor.workspace, pk__in=wanted))

    def tag(row: Creator) -> object:
        change = wanted[row.pk]
        return _changed(
            row, directory.tag(actor, row, add=change["removed"], remove=change["added"], at=at)
        )

    return one_by_one(rows, str, tag)


def _tagged(count: int) -> str:
    return (
        "The tags of 1 creator are changed."
        if count == 1
        else f"The tags of {count:,} creators are changed."
    )


ADD_TAGS = ListAction(
    name="add_tags",
    label="Add tags",
    does="Each creator keeps the tags they have.",
    action=Action.MANAGE_CREATORS,
    fields=lambda _: TagsForm().fields,
    do=_add_tags,
    said=_tagged,
    undo=_tag_back,
)
REMOVE_TAGS = ListAction(
    name="remove_tags",
    label="Remove tags",
    does="These tags are taken from the creators that have them.",
    action=Action.MANAGE_CREATORS,
    fields=lambda _: TagsForm().fields,
    do=_remove_tags,
    said=_tagged,
    undo=_tag_back,
)

CREATORS = register(
    ListSpec(
        name="creators",
        title="Creators",
        page="creators:list",
        rows=lambda scope: service.directory(scope.workspace),
        opened=lambda _scope, rows: service.with_posts([row.pk for row in rows]),
        order="by handle",
        row_template="creators/row.html",
        link=lambda scope, row: reverse("profiles:creator", args=[scope.workspace.slug, row.handle]),
        search=lambda rows, word, scope: service.matching(rows, word, workspace=scope.workspace),
        search_hint="Handle, former handle or name",
        actions=(ADD_TAGS, REMOVE_TAGS),
        filters=(
            Filter(
                "tag", "Tag", _tags, lambda rows, tag, scope: service.tagged(rows, tag, workspace=scope.workspace),
                counts=_tag_counts, is_tabs=True,
            ),
            Filter(
                "country", "Country",
                lambda scope: [(each, each) for each in directory.countries(scope.workspace)],
                lambda rows, country, _: rows.filter(country=country),
            ),
            Filter("tiktok", "TikTok connection", lambda _: CONNECTIONS, _connected),
        ),
        columns=(
            Column("handle", "Creator", lambda row: row.handle, sort="handle", is_title=True),
            Column("name", "Name", lambda row: row.display_name or None, sort="display_name", is_shown=False),
            Column("country", "Country", lambda row: row.country or None, is_shown=False),
            Column("connection", "TikTok connection", _connection),
            Column("organic_engagement", "Organic engagement", lambda row: _score(row, "watchable"), Kind.SHARE,
                   sort="score__watchable"),
            Column("conversion_rate", "Conversion rate", lambda row: _score(row, "converting"), Kind.SHARE,
                   sort="score__converting"),
            Column("fit", "Fit", lambda row: _score(row, "fit"), Kind.SHARE, sort="score__fit", is_main=True),
            Column("followers", "Followers", lambda row: row.followers, Kind.COUNT, sort="followers", is_shown=False),
            Column("posts", "Posts", lambda row: row.post_count, Kind.COUNT),
            Column("last_post", "Last post", lambda row: row.last_posted_at, Kind.INSTANT),
            Column("tags", "Tags", lambda row: ", ".join(each.name for each in row.tags.all()) or None,
                   is_shown=False),
            Column("added", "Added", lambda row: row.created_at, Kind.INSTANT, sort="created_at", is_shown=False),
        ),
    )
)  # fmt: skip


MENTIONS = register(
    ListSpec(
        name="mentions",
        title="Mentions",
        page="creators:mentions",
        rows=lambda scope: mentions.list_mentions(scope.workspace),
        order="most mentions first",
        row_template="creators/mention_row.html",
        search=lambda rows, word, _: rows.filter(handle__icontains=word.lstrip("@")),
        search_hint="Handle",
        filters=(
            Filter(
                "kind", "Kind", lambda _: Mention.Kind.choices, lambda rows, kind, _: rows.filter(kind=kind),
                is_tabs=True, unless=Mention.Kind.NAMES_BRAND.value,
            ),
        ),
        columns=(
            Column("handle", "Creator", lambda row: row.handle, sort="handle", is_title=True),
            Column("kind", "Kind", lambda row: row.get_kind_display(), is_shown=False),
            Column("names", "Mentions or mentioned by", lambda row: ", ".join(row.names) or None),
            Column("posts", "Posts", lambda row: row.times, Kind.COUNT, sort="times"),
            Column("newest_posts", "Newest posts", lambda row: ", ".join(row.items) or None),
            Column("last", "Last", lambda row: row.last_at, Kind.INSTANT, sort="last_at"),
            Column("next_step", "Next step", lambda row: "Add to directory" if row.is_new else None),
        ),
    )
)  # fmt: skip
