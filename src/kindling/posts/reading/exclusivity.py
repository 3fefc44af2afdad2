"""Posts that name a competitor while their creator works for this brand alone: suspected, for a person to confirm."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F
from django.db.models.functions import Coalesce

from kindling.agreements import service as agreements
from kindling.agreements.models import Breach
from kindling.agreements.rights.exclusivity import Exclusivity
from kindling.posts.models import Post
from kindling.posts.rules import competitors_named
from kindling.workspaces.models import Workspace


def find_breaches(workspace: Workspace, *, at: datetime) -> list[Breach]:
    """Go through the posts that went up while an exclusivity ran; returns the breaches that are suspected anew."""
    found = []
    for exclusivity in agreements.exclusivities(workspace):
        for post in _posts_during(exclusivity):
            named = competitors_named(post.caption, exclusivity.competitors)
            breach = _suspect(exclusivity, post, named, at=at) if named else None
            if breach is not None:
                found.append(breach)
    return found


def _posts_during(exclusivity: Exclusivity) -> list[Post]:
    rows = Post.objects.filter(creator_id=exclusivity.right.creator_id, caption__gt="")
    return list(
        rows.annotate(up_at=Coalesce(F("posted_at"), F("first_seen_at")))
        .filter(up_at__gte=exclusivity.starts_at, up_at__lt=exclusivity.ends_at)
        .exclude(item_id__in=exclusivity.covered)
        .order_by("pk")
    )


def _suspect(
    exclusivity: Exclusivity, post: Post, named: list[str], *, at: datetime
) -> Breach | None:
    up_at = post.posted_at or post.first_seen_at
    return agreements.suspect_breach(
        exclusivity.right,
        kind=Breach.Kind.EXCLUSIVITY,
        item_id=post.item_id,
        evidence=f"The caption of post {post.item_id}, up since {up_at:%d %b %Y}, names {', '.join(named)}: "
        f"“{post.caption[:500]}”. Until {exclusivity.ends_at:%d %b %Y} the creator makes no paid content for them.",
        happened_at=up_at,
        at=at,
    )
