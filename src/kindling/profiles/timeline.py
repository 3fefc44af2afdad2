"""The timeline of one creator, gathered from every area."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse

from kindling.agreements.models import Agreement, Breach, Payable
from kindling.authorizations.models import AuthorizationEvent
from kindling.briefs.models import Deliverable
from kindling.creators.events import Event, merged
from kindling.creators.models import Creator
from kindling.kit.money import Money
from kindling.outreach import log
from kindling.posts.models import Post
from kindling.workspaces.models import Workspace

MOST = 500  # of each kind; what is older is on the pages of its own area


def of_creator(workspace: Workspace, creator: Creator) -> list[Event]:
    """What happened with a creator, newest first."""
    slug = workspace.slug
    return merged(
        _own(creator),
        log.events_of(workspace, creator, most=MOST),
        _agreements(creator, slug),
        _breaches(creator, slug),
        _deliverables(creator, slug),
        _posts(creator, slug),
        _permissions(creator, slug),
        _payments(creator),
    )


def _own(creator: Creator) -> Iterator[Event]:
    yield Event(creator.created_at, "creator", f"Added to the directory ({creator.source})")
    for change in creator.handle_changes.all()[:MOST]:
        yield Event(
            change.at, "creator", f"Renamed from @{change.old} to @{change.new}", change.source
        )
    for note in creator.notes.all()[:MOST]:
        words = f"Note: {' '.join(note.text.split())[:80]}"
        yield Event(note.at, "note", words, note.author_label)
    for link in creator.portal_links.exclude(opened_at=None)[:MOST]:
        if link.opened_at:
            yield Event(link.opened_at, "portal", "Opened the portal", f"@{creator.handle}")


def _agreements(creator: Creator, slug: str) -> Iterator[Event]:
    for each in Agreement.objects.filter(creator=creator).order_by("-state_since")[:MOST]:
        url = reverse("agreements:one", args=[slug, each.pk])
        words = f"Agreement “{each.title}”: {each.get_state_display().lower()}"
        yield Event(each.state_since, "agreement", words, url=url)


def _breaches(creator: Creator, slug: str) -> Iterator[Event]:
    url = reverse("agreements:breaches", args=[slug])
    for each in Breach.objects.filter(creator=creator).order_by("-happened_at")[:MOST]:
        words = f"{each.label}: {each.get_kind_display().lower()}"
        yield Event(each.happened_at, "agreement", words, url=url)
        if each.resolved_at:
            yield Event(each.resolved_at, "agreement", f"{words}: {each.get_remedy_display()}")


def _deliverables(creator: Creator, slug: str) -> Iterator[Event]:
    rows = Deliverable.objects.filter(creator=creator).select_related("brief")
    for each in rows.order_by("-state_since")[:MOST]:
        url = reverse("briefs:deliverable", args=[slug, each.pk])
        yield Event(
            each.state_since, "deliverable", f"{each}: {each.get_state_display().lower()}", url=url
        )


def _posts(creator: Creator, slug: str) -> Iterator[Event]:
    for post in Post.objects.filter(creator=creator).order_by("-posted_at")[:MOST]:
        url = reverse("profiles:post", args=[slug, post.item_id])
        yield Event(post.posted_at or post.first_seen_at, "post", f"Post {post.item_id}", url=url)


def _permissions(creator: Creator, slug: str) -> Iterator[Event]:
    rows = AuthorizationEvent.objects.filter(authorization__post__creator=creator)
    for each in rows.select_related("authorization__post", "actor").order_by("-at")[:MOST]:
        url = reverse("authorizations:one", args=[slug, each.authorization_id])
        state = each.to_state.replace("_", " ")
        words = f"Authorization for post {each.authorization.post.item_id}: {state}"
        yield Event(each.at, "permission", words, str(each.actor or each.source), url)


def _payments(creator: Creator) -> Iterator[Event]:
    rows = Payable.objects.filter(creator=creator).order_by("-created_at")[:MOST]
    for each in rows:
        amount = Money(each.amount_minor, each.currency)
        yield Event(each.created_at, "payment", f"{each.what}: {amount} due")
        if each.paid_at:
            yield Event(each.paid_at, "payment", f"{each.what}: {amount} paid", each.reference)
