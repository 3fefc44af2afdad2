"""How a post's numbers grew."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from kindling.posts.models import Post, PostSnapshot

MOST_READ = 400  # four a day, of some three months


def last_of_days(post: Post, *, days: int) -> list[PostSnapshot]:
    """The last reading of each day in the active zone, the newest first; where ads began, that before them too."""
    kept = dict[tuple[date, bool], PostSnapshot]()
    for each in post.snapshots.order_by("-taken_at")[:MOST_READ]:
        key = (timezone.localtime(each.taken_at).date(), each.before_first_boost)
        kept.setdefault(key, each)
    return list(kept.values())[:days]
