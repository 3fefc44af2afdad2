"""Tables of the post library and its lanes."""

from __future__ import annotations

from django.db import models

from kindling.creators.models import Creator
from kindling.posts.rules import LANE_LABELS, UNAVAILABLE, Lane, status_label
from kindling.workspaces.models import User, Workspace

LANES = list(LANE_LABELS.items())


class Post(models.Model):
    """A TikTok post. `status` and `caption` are the platform's words, read at `seen_at`."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="posts")
    creator = models.ForeignKey(Creator, models.CASCADE, related_name="posts")
    item_id = models.CharField(max_length=32)
    item_type = models.CharField(max_length=10, default="VIDEO")
    caption = models.TextField(blank=True)
    approved_caption = models.TextField(blank=True)
    status = models.CharField(
        max_length=40, help_text="TikTok's item status, e.g. HESITATE_RECOMMEND = public."
    )
    posted_at = models.DateTimeField(null=True, blank=True)
    duration_seconds = models.FloatField(null=True, blank=True)
    sku = models.CharField(max_length=64, blank=True)
    source = models.CharField(max_length=40)
    duet_or_stitch_of = models.CharField(max_length=32, blank=True)
    lane = models.CharField(max_length=12, choices=LANES, default=Lane.ORGANIC_TEST)
    lane_reason = models.TextField(blank=True)
    lane_by_hand = models.BooleanField(default=False)
    first_boosted_at = models.DateTimeField(
        null=True, blank=True, help_text="When its first ad was seen."
    )
    refused_because = models.TextField(
        blank=True, help_text="Why TikTok refused it as an ad, or its code, for good."
    )
    refused_at = models.DateTimeField(null=True, blank=True)
    first_seen_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    # The newest snapshot's counters, so that lists are ordered by them: `evidence.snapshots.take_snapshot`.
    views = models.BigIntegerField(null=True, blank=True)
    likes = models.BigIntegerField(null=True, blank=True)
    comments = models.BigIntegerField(null=True, blank=True)
    shares = models.BigIntegerField(null=True, blank=True)
    counted_at = models.DateTimeField(null=True, blank=True)
    # What lists show without a query of their own: `reading.stills`.
    still_version = models.CharField(
        max_length=16, blank=True, help_text="Names the still that is kept of it; empty without."
    )
    has_clip = models.BooleanField(
        default=False, help_text="TikTok gave a link to its video at the last reading."
    )
    chance = models.FloatField(
        null=True,
        blank=True,
        help_text="That its ads would leave more than they cost, 0 to 1; see PostEvidence.",
    )
    read_comments = models.IntegerField(
        default=0, help_text="Comments whose kind is known, told by comments."
    )
    sceptical_comments = models.IntegerField(default=0)
    use_case = models.CharField(max_length=80, blank=True)
    angle = models.CharField(max_length=80, blank=True)
    hook = models.CharField(max_length=200, blank=True)
    offer = models.CharField(max_length=200, blank=True)
    landing_url = models.CharField(max_length=500, blank=True)
    handoff_note = models.TextField(blank=True)

    class Meta:
        ordering = ["-posted_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "item_id"], name="post_once_per_workspace")
        ]
        indexes = [
            models.Index(fields=["workspace", "lane"], name="posts_by_lane"),
            models.Index(fields=["workspace", "-posted_at", "-id"], name="posts_newest_first"),
            models.Index(fields=["workspace", "-views", "-id"], name="posts_most_viewed_first"),
            models.Index(fields=["workspace", "-chance", "-id"], name="posts_best_chance_first"),
        ]

    @property
    def status_label(self) -> str:
        return status_label(self.status)

    @property
    def is_unavailable(self) -> bool:
        """Whether nobody can see it at TikTok any more."""
        return self.status in UNAVAILABLE

    def __str__(self) -> str:
        return self.item_id


class PostStill(models.Model):
    """The cover of a post as last read, small, in two sizes, WebP. It stays when the post is gone."""

    post = models.OneToOneField(Post, models.CASCADE, related_name="still", primary_key=True)
    cover = models.BinaryField()
    tile = models.BinaryField(help_text="As small as a row of a list needs it.")
    taken_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Still of {self.post_id}"


class PostEvidence(models.Model):
    """What the last look at a post's free views, and at the account's ads, says of it.

    signals : name → rate, low, high, count, own_part, typical; see `spark_measure.evidence`
    """

    post = models.OneToOneField(Post, models.CASCADE, related_name="evidence")
    at = models.DateTimeField()
    snapshot_at = models.DateTimeField(null=True, blank=True)
    views = models.BigIntegerField(null=True, blank=True)
    chance = models.FloatField(null=True, blank=True)
    returned = models.FloatField(
        null=True, blank=True, help_text="Expected contribution for each unit spent."
    )
    returned_low = models.FloatField(null=True, blank=True)
    returned_high = models.FloatField(null=True, blank=True)
    learnt_from = models.IntegerField(
        default=0, help_text="Posts whose ads the chance rests on; 0: built-in values alone."
    )
    signals = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"evidence of {self.post_id}"


class PostPolicy(models.Model):
    """When a post of the workspace has earned ads; see `rules.LanePolicy`. Without a row its defaults hold."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="post_policy")
    min_age_hours = models.IntegerField()
    min_views = models.IntegerField()
    ready_from = models.IntegerField(help_text="Percent.")
    keep_out_below = models.IntegerField(help_text="Percent.")
    most_sceptics = models.IntegerField(help_text="Percent.")
    daily_budget_minor = models.BigIntegerField(null=True, blank=True)
    needs = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"post policy of {self.workspace}"


class LaneMove(models.Model):
    """Why a post went to a lane: who, when, the numbers seen."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="lane_moves")
    at = models.DateTimeField()
    actor = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    from_lane = models.CharField(max_length=12, choices=LANES)
    to_lane = models.CharField(max_length=12, choices=LANES)
    reason = models.TextField()
    numbers = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.from_lane} → {self.to_lane}"


class PostSnapshot(models.Model):
    """Lifetime counters of a post as read at one instant. They include what ads caused (R62)."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="snapshots")
    taken_at = models.DateTimeField()
    views = models.BigIntegerField()
    likes = models.BigIntegerField()
    comments = models.BigIntegerField()
    shares = models.BigIntegerField()
    saves = models.BigIntegerField(null=True, blank=True)
    profile_visits = models.BigIntegerField(null=True, blank=True)
    completion_rate = models.FloatField(null=True, blank=True)
    average_watch_seconds = models.FloatField(null=True, blank=True)
    before_first_boost = models.BooleanField()

    class Meta:
        ordering = ["-taken_at"]
        constraints = [
            models.UniqueConstraint(fields=["post", "taken_at"], name="one_snapshot_per_instant")
        ]

    @property
    def engagement_rate(self) -> float | None:
        """(likes + comments + shares) / views, as read; None without views."""
        if not self.views:
            return None
        return (self.likes + self.comments + self.shares) / self.views

    def __str__(self) -> str:
        return f"{self.post} at {self.taken_at:%Y-%m-%d}"
