"""Organic counters: taken at an instant, frozen before the first boost (R62), read as evidence."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from django.db.models import Count, Max, Q
from django.db.models.functions import TruncDate

from kindling.posts.models import Post, PostSnapshot
from tiktok_business import (
    BusinessVideo,
)


def take_snapshot(post: Post, video: BusinessVideo, *, at: datetime) -> None:
    """Keep the numbers of one look. Those taken before any ad ran are the organic evidence (R62)."""
    if video.views is None:
        return
    counts = {
        "views": video.views,
        "likes": video.likes or 0,
        "comments": video.comments or 0,
        "shares": video.shares or 0,
    }
    is_newest = Q(counted_at=None) | Q(counted_at__lte=at)
    Post.objects.filter(is_newest, pk=post.pk).update(counted_at=at, **counts)
    PostSnapshot.objects.update_or_create(
        post=post,
        taken_at=at,
        defaults={
            **counts,
            "saves": video.favorites,
            "profile_visits": video.profile_views,
            "completion_rate": _number(video.full_watched_rate),
            "average_watch_seconds": video.average_seconds_watched,
            "before_first_boost": not video.is_ad and post.first_boosted_at is None,
        },
    )


def thin_snapshots(*, before: datetime) -> int:
    """Of the snapshots of before then keep the last of each day (UTC); returns how many went.

    The last before the first boost stays among them: it is the organic evidence.
    """
    day = TruncDate("taken_at", tzinfo=UTC)
    last_of_day = (
        PostSnapshot.objects.filter(taken_at__lt=before)
        .order_by()
        .values("post", "before_first_boost", day=day)
        .annotate(last=Max("taken_at"), number=Count("pk"))
        .filter(number__gt=1)
    )
    gone = 0
    for row in last_of_day.iterator():
        start = datetime.combine(row["day"], time.min, UTC)
        gone += PostSnapshot.objects.filter(
            post=row["post"],
            before_first_boost=row["before_first_boost"],
            taken_at__gte=start,
            taken_at__lt=min(row["last"], start + timedelta(days=1)),
        ).delete()[0]
    return gone


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))


# --- The last before any ad ---------------------------------------------------------------------------


def organic_snapshot(post: Post) -> PostSnapshot | None:
    """The last reading before the post's first ad; None when there is none."""
    return _organic_snapshots([post.pk]).get(post.pk)


def _organic_snapshots(post_pks: list[int]) -> dict[int, PostSnapshot]:
    organic = PostSnapshot.objects.filter(post_id__in=post_pks, before_first_boost=True)
    latest: dict[int, PostSnapshot] = {}
    for snapshot in organic.order_by("post_id", "-taken_at"):
        latest.setdefault(snapshot.post_id, snapshot)
    return latest
