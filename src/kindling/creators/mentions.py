"""Creators who name the brand already, and handles that captions mention, from what Kindling has read.

Nothing is asked of TikTok: only captions of posts in the library are looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from kindling.creators import rules, service
from kindling.creators.models import Creator, HandleChange, Mention
from kindling.errors import NotFoundError
from kindling.products import service as products
from kindling.workspaces.models import Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record

KEPT_ITEMS = 5
KEPT_NAMES = 10
AT_ONCE = 1_000
WORD = re.compile(r"[@#]?\w[\w.\-]*")
LEAST_WORD = 4  # a shorter SKU is a word of its own too often


@dataclass(slots=True)
class _Trace:
    """Where something was found so far."""

    times: int = 0
    last_at: datetime | None = None
    items: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def add(self, item_id: str, at: datetime | None, names: Iterable[str] = ()) -> None:
        self.times += 1
        self.items.append((at.isoformat() if at else "", item_id))
        if len(self.items) > 10 * KEPT_ITEMS:
            self.items = self.newest()
        self.names.update(names)
        if at and (self.last_at is None or at > self.last_at):
            self.last_at = at

    def newest(self) -> list[tuple[str, str]]:
        return sorted(self.items, reverse=True)[:KEPT_ITEMS]


def names_in(caption: str, terms: frozenset[str]) -> set[str]:
    """Those of the brand's terms (lower case, with their @ or #) that a caption holds as whole words."""
    return {word for each in WORD.findall(caption.lower()) if (word := each.rstrip(".-")) in terms}


def terms_of(own: Iterable[str], titles_by_sku: dict[str, str]) -> frozenset[str]:
    """What names the brand: its own handles with @ and #, its products' SKUs, and both as hashtags."""
    found = {sign + handle for handle in own for sign in "@#"}
    for sku, title in titles_by_sku.items():
        found |= {"#" + tag for text in (sku, title) if (tag := re.sub(r"\W", "", text.lower()))}
        if len(sku) >= LEAST_WORD:
            found.add(sku.lower())
    return frozenset(found)


def find_mentions(workspace: Workspace, *, at: datetime) -> int:
    """Go through every caption of the library and write what was found anew; how many handles."""
    own = set(
        Creator.objects.filter(workspace=workspace, is_own=True).values_list("handle", flat=True)
    )
    titles = {sku: each.title for sku, each in products.products(workspace).items()}
    terms, known = terms_of(own, titles), _known(workspace)
    naming: dict[str, _Trace] = {}
    mentioned: dict[str, _Trace] = {}
    for handle, item_id, caption, posted_at in _captions(workspace):
        names = names_in(caption, terms) if handle not in own else set()
        if names:
            naming.setdefault(handle, _Trace()).add(item_id, posted_at, names)
        for other in rules.mentions(caption) - known:
            mentioned.setdefault(other, _Trace()).add(item_id, posted_at, [f"@{handle}"])
    rows = [
        Mention(
            workspace=workspace,
            kind=kind,
            handle=handle,
            names=sorted(trace.names)[:KEPT_NAMES],
            items=[item_id for _, item_id in trace.newest()],
            times=trace.times,
            last_at=trace.last_at,
            found_at=at,
        )
        for kind, traces in (
            (Mention.Kind.NAMES_BRAND, naming),
            (Mention.Kind.MENTIONED, mentioned),
        )
        for handle, trace in traces.items()
    ]
    with transaction.atomic():
        Mention.objects.filter(workspace=workspace).delete()
        Mention.objects.bulk_create(rows, batch_size=AT_ONCE)
    return len(rows)


def _known(workspace: Workspace) -> set[str]:
    """Handles of the directory, former ones included."""
    now = Creator.objects.filter(workspace=workspace).values_list("handle", flat=True)
    had = HandleChange.objects.filter(workspace=workspace).values_list("old", flat=True)
    return {*now, *had}


def _captions(workspace: Workspace) -> Iterator[tuple[str, str, str, datetime | None]]:
    """handle, item id, caption and instant of every post with a caption.

    Posts lie to the right of here, so they are reached through the creator's own relation.
    """
    rows = Creator.objects.filter(workspace=workspace, posts__caption__gt="").order_by("posts__pk")
    yield from rows.values_list(
        "handle", "posts__item_id", "posts__caption", "posts__posted_at"
    ).iterator()


def list_mentions(workspace: Workspace, *, kind: str = "") -> QuerySet[Mention]:
    """What was found, the most often first. Somebody who came into the directory since is not offered."""
    is_here = Q(handle__in=Creator.objects.filter(workspace=workspace).values("handle"))
    is_new = Q(kind=Mention.Kind.MENTIONED)
    found = Mention.objects.filter(is_new & ~is_here | ~is_new & is_here, workspace=workspace)
    return found.filter(kind=kind) if kind else found


def looked_at(workspace: Workspace) -> datetime | None:
    """When captions were last gone through with a result."""
    newest = Mention.objects.filter(workspace=workspace).order_by("-found_at").first()
    return newest.found_at if newest else None


@transaction.atomic
def add(actor: Actor, handle: str, *, at: datetime) -> Creator:
    """Take a mentioned handle into the directory. Raises NotFoundError for one that was not found here."""
    actor.require(Action.MANAGE_CREATORS)
    found = Mention.objects.filter(
        workspace=actor.workspace, kind=Mention.Kind.MENTIONED, handle=handle
    )
    if not found.exists():
        raise NotFoundError(
            "This handle is not in the mentions.", next_step="Add the creator under Creators."
        )
    creator = service.record_creator(actor.workspace, handle=handle, at=at, source="mention")
    found.delete()
    record(actor, "added creator", f"@{creator.handle}", at=at, reason="Mentioned in captions.")
    return creator
