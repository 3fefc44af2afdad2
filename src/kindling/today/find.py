"""Find: pages, actions, creators, posts, plans, agreements, briefs by a few letters, and orders by number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse

from kindling.agreements.contract import versions as agreements
from kindling.briefs import service as briefs
from kindling.creators import service as creators
from kindling.facts import queries as facts
from kindling.facts.schema import LakeDamagedError, LakeMismatchError
from kindling.kit.text import without_hidden
from kindling.launches.models import Plan
from kindling.posts import service as posts
from kindling.posts.models import Post
from kindling.workspaces.navigation import DESTINATIONS, menu_for
from kindling.workspaces.service import Actor

EACH = 5  # of a kind: whoever wants more opens the list
SHORTEST = 2  # letters; a single one is in almost everything
MOST_LETTERS = 100


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was found. `note` tells it from others of the same name."""

    label: str
    url: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class FoundGroup:
    """Things of one kind."""

    label: str
    rows: list[Found]


def find(actor: Actor, text: str) -> list[FoundGroup]:
    """What the actor may open whose name, id or handle has the text in it, a few of each kind.

    text : "" gives every page and action; of a single letter only pages and actions are searched
    """
    word = without_hidden(text)[:MOST_LETTERS].strip()
    groups = [FoundGroup("Pages and actions", _pages(actor, word))]
    if len(word) >= SHORTEST:
        groups += [
            FoundGroup("Creators", list(_creators(actor, word))),
            FoundGroup("Posts", list(_posts(actor, word))),
            FoundGroup("Plans", list(_plans(actor, word))),
            FoundGroup("Agreements", list(_agreements(actor, word))),
            FoundGroup("Briefs", list(_briefs(actor, word))),
            FoundGroup("Orders", list(_orders(actor, word))),
        ]
    return [group for group in groups if group.rows]


def _at(actor: Actor, name: str, *parts: object) -> str:
    return reverse(name, args=[actor.workspace.slug, *parts])


def _pages(actor: Actor, word: str) -> list[Found]:
    entries = (entry for group in menu_for(actor.role) for entry in group.entries)
    others = [
        Found(each.label, _at(actor, each.name) + each.query)
        for each in DESTINATIONS
        if actor.can(each.action)
    ]
    known = [*others, *(Found(each.label, _at(actor, each.name)) for each in entries)]
    found = [each for each in known if word.lower() in each.label.lower()]
    return sorted(found, key=lambda each: _distance(word.lower(), each.label.lower()))


def _distance(word: str, label: str) -> int:
    """How far a label is from what was typed: "live" means Live before Deliverables."""
    if label == word:
        return 0
    if label.startswith(word):
        return 1
    return 2 if f" {word}" in label else 3


def _creators(actor: Actor, word: str) -> Iterator[Found]:
    for row in creators.directory(actor.workspace, search=word)[:EACH]:
        yield Found(
            f"@{row.handle}", _at(actor, "profiles:creator", row.handle), row.display_name or ""
        )


def _posts(actor: Actor, word: str) -> Iterator[Found]:
    rows = Post.objects.filter(workspace=actor.workspace).select_related("creator")
    found = posts.matching(rows, word, workspace=actor.workspace)
    for row in found.order_by("-posted_at", "-pk")[:EACH]:
        note = f"{row.item_id} · {row.get_lane_display()}"
        yield Found(f"@{row.creator.handle}", _at(actor, "profiles:post", row.item_id), note)


def _plans(actor: Actor, word: str) -> Iterator[Found]:
    rows = Plan.objects.filter(workspace=actor.workspace, name__icontains=word).order_by("-pk")
    for row in rows[:EACH]:
        yield Found(row.name, _at(actor, "launches:plan", row.pk), row.get_state_display())


def _agreements(actor: Actor, word: str) -> Iterator[Found]:
    for row in agreements.list_agreements(actor.workspace, search=word)[:EACH]:
        note = f"@{row.creator.handle} · {row.get_state_display()}"
        yield Found(row.title or "Agreement", _at(actor, "agreements:one", row.pk), note)


def _briefs(actor: Actor, word: str) -> Iterator[Found]:
    rows = briefs.of_state(briefs.briefs(actor.workspace), briefs.ACTIVE)
    for row in briefs.matching(rows, word)[:EACH]:
        yield Found(row.title, _at(actor, "briefs:one", row.pk), row.get_state_display())


def _orders(actor: Actor, word: str) -> Iterator[Found]:
    """An order by its whole number; it leads to the post that owns it."""
    try:
        lines = facts.find_order(actor.workspace.pk, word)
    except (LakeDamagedError, LakeMismatchError):
        return  # said on the pages of money; the rest is found all the same
    for row in lines[:EACH]:
        item_id = row["item_id"]
        page = ("profiles:post", item_id) if item_id else ("conversions:orders",)
        owner = f"of post {item_id}" if item_id else "no post owns it"
        yield Found(f"Order {row['order_id']}, {row['sku']}", _at(actor, *page), owner)
