"""Tables of comments: what people wrote, what was done about it at TikTok, and what a workspace learned from it."""

from __future__ import annotations

from django.db import models

from kindling.comments.classify.labels import LANGUAGES
from kindling.comments.rules import LABELS
from kindling.creators.models import Creator
from kindling.delivery.models import Ad
from kindling.posts.models import Post
from kindling.workspaces.models import AdAccount, User, Workspace

CATEGORIES = [(str(key), label) for key, label in LABELS.items()]
LANGUAGE_NAMES = [
    ("en", "English"), ("es", "Spanish"), ("de", "German"), ("pt", "Portuguese"), ("fr", "French"),
    ("id", "Indonesian"),
]  # fmt: skip
assert {code for code, _ in LANGUAGE_NAMES} == set(LANGUAGES)  # noqa: S101 - two lists of one thing


class Comment(models.Model):
    """What somebody wrote under a post, as last read. The text is theirs: escaped wherever it is shown, in no log.

    parent_id : the comment at the top of its thread, "" for one that is there itself
    label, confidence : of the classifier; `category` is what counts: `label_by_person`, or a label that is sure, or ""
    answered_at : when the brand or the creator answered it, or a member said that it needs no answer
    due_at : until when it is to be answered; None where it waits for no answer
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="comments")
    comment_id = models.CharField(max_length=32)
    parent_id = models.CharField(max_length=32, blank=True)
    item_id = models.CharField(max_length=32)
    post = models.ForeignKey(
        Post, models.SET_NULL, null=True, blank=True, related_name="comment_rows"
    )
    ad = models.ForeignKey(Ad, models.SET_NULL, null=True, blank=True, related_name="comments")
    author_id = models.CharField(max_length=128, blank=True)
    author = models.CharField(max_length=120, blank=True)
    is_ours = models.BooleanField(
        default=False, help_text="Written by the brand or the post's creator."
    )
    text = models.TextField(blank=True)
    likes = models.PositiveIntegerField(default=0)
    replies = models.PositiveIntegerField(default=0)
    written_at = models.DateTimeField()
    is_hidden = models.BooleanField(default=False)
    hit_blocked_word = models.BooleanField(default=False)
    label = models.CharField(max_length=32, choices=CATEGORIES, blank=True)
    confidence = models.FloatField(default=0)
    language = models.CharField(max_length=2, choices=LANGUAGE_NAMES, blank=True)
    label_by_person = models.CharField(max_length=32, choices=CATEGORIES, blank=True)
    label_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    category = models.CharField(max_length=32, choices=CATEGORIES, blank=True)
    assignee = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    due_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["-written_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "comment_id"], name="comment_once")
        ]
        indexes = [
            models.Index(fields=["workspace", "answered_at", "due_at"], name="comments_by_due"),
            models.Index(fields=["workspace", "item_id", "written_at"], name="comments_of_post"),
            models.Index(fields=["workspace", "-written_at", "-id"], name="comments_newest_first"),
        ]

    def __str__(self) -> str:
        return f"comment {self.comment_id}"


class CommentAct(models.Model):
    """Something a member did to a comment at TikTok. It is on record before TikTok is asked.

    `is_done` is None until an answer or a later look tells; a reply that nobody saw answered is looked up in the
    thread, never sent again.
    """

    class Kind(models.TextChoices):
        REPLY = "reply", "Replied"
        HIDE = "hide", "Hidden"
        SHOW = "show", "Shown again"

    comment = models.ForeignKey(Comment, models.CASCADE, related_name="acts")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    speaker = models.CharField(max_length=16, blank=True)
    text = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    is_done = models.BooleanField(null=True, default=None)
    reply_id = models.CharField(max_length=32, blank=True)
    problem = models.TextField(blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["comment"],
                condition=models.Q(is_done=None),
                name="one_open_act_per_comment",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.comment}"


class ReplyRequest(models.Model):
    """The creator is asked to answer a comment under their post, where the brand cannot speak."""

    comment = models.ForeignKey(Comment, models.CASCADE, related_name="requests")
    creator = models.ForeignKey(Creator, models.CASCADE, related_name="reply_requests")
    suggestion = models.TextField(blank=True)
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    is_answered = models.BooleanField(null=True, default=None)

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["comment"],
                condition=models.Q(closed_at=None),
                name="one_open_request_per_comment",
            )
        ]

    def __str__(self) -> str:
        return f"request to answer {self.comment}"


class ReplyTemplate(models.Model):
    """What a workspace writes to comments of a category, in a language; in place of the one Kindling brings."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="reply_templates")
    category = models.CharField(max_length=32, choices=CATEGORIES)
    language = models.CharField(max_length=2, choices=LANGUAGE_NAMES)
    text = models.TextField()
    changed_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["category", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "category", "language"], name="one_reply_template"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_category_display()}, {self.get_language_display()}"


class BlockedWord(models.Model):
    """A word that hides comments under an ad account's ads by itself, as TikTok last listed it."""

    ad_account = models.ForeignKey(AdAccount, models.CASCADE, related_name="blocked_words")
    word = models.CharField(max_length=80)
    added_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["word"]
        constraints = [
            models.UniqueConstraint(fields=["ad_account", "word"], name="blocked_word_once")
        ]

    def __str__(self) -> str:
        return self.word


class CommentReading(models.Model):
    """How far the comments of an ad account, or of a connected creator's posts, are read."""

    ad_account = models.OneToOneField(
        AdAccount, models.CASCADE, null=True, blank=True, related_name="comment_reading"
    )
    creator = models.OneToOneField(
        Creator, models.CASCADE, null=True, blank=True, related_name="comment_reading"
    )
    read_at = models.DateTimeField(null=True, blank=True)
    tried_at = models.DateTimeField()
    problem = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"comments of {self.ad_account or self.creator}"


class Tuning(models.Model):
    """What a workspace's corrected labels add to the classifier; used only where it predicts them better."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="comment_tuning")
    weights = models.BinaryField()
    corrections = models.PositiveIntegerField()
    loss_before = models.FloatField(help_text="Of the model as delivered, on the corrections.")
    loss_after = models.FloatField(
        help_text="Of the tuned model, on corrections it was not trained on."
    )
    is_used = models.BooleanField(default=False)
    trained_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"labels learned by {self.workspace}"
