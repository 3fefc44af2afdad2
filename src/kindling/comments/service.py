"""The inbox: which comments there are, what they are about, who has them; and how good the comments of a post are."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, F, Max, Q, QuerySet

from kindling.comments import learning, rules
from kindling.comments.classify.labels import Category
from kindling.comments.models import Comment, CommentReading
from kindling.comments.rules import Quality
from kindling.creators import grants
from kindling.creators.models import CreatorGrant
from kindling.delivery import service as delivery
from kindling.delivery.models import Ad
from kindling.errors import ConflictError, InvalidInputError, NotFoundError
from kindling.kit.money import Money
from kindling.posts.evidence import chances
from kindling.posts.models import Post
from kindling.workspaces.models import Member, User, Workspace
from kindling.workspaces.rules import Action, may
from kindling.workspaces.service import Actor, record

STALE_AFTER = timedelta(hours=2)
MANY_POSTS = 1_000  # more are not named in a query


def inbox(workspace: Workspace) -> QuerySet[Comment]:
    """What others wrote: first what waits for an answer, the soonest due first, then the newest."""
    rows = Comment.objects.filter(workspace=workspace, is_ours=False)
    rows = rows.select_related("post__creator", "ad", "assignee")
    return rows.order_by(
        F("answered_at").desc(nulls_first=True),
        F("due_at").asc(nulls_last=True),
        "-written_at",
        "-pk",
    )


def waiting(rows: QuerySet[Comment]) -> QuerySet[Comment]:
    """Those that wait for an answer."""
    return rows.filter(answered_at=None, is_hidden=False).exclude(due_at=None)


def overdue(rows: QuerySet[Comment], *, now: datetime) -> QuerySet[Comment]:
    return waiting(rows).filter(due_at__lte=now)


def matching(rows: QuerySet[Comment], search: str) -> QuerySet[Comment]:
    """Those whose text, author, post's creator or post's id is searched for."""
    word = search.strip().lstrip("@")
    return rows.filter(
        Q(text__icontains=word)
        | Q(author__icontains=word)
        | Q(post__creator__handle__icontains=word)
        | Q(item_id__startswith=word)
        | Q(comment_id=word)
    )


def find_comment(workspace: Workspace, comment_id: str) -> Comment:
    """A comment by TikTok's id. Raises NotFoundError."""
    rows = Comment.objects.filter(workspace=workspace, comment_id=comment_id)
    found = rows.select_related(
        "workspace",
        "post__creator__grant__connection",
        "ad__ad_account__connection",
        "ad__ad_account__workspace",
        "assignee",
        "label_by",
    ).first()
    if found is None:
        raise NotFoundError(
            "This comment was not found in this workspace.", next_step="Open Comments to see all."
        )
    return found


def thread_of(comment: Comment) -> list[Comment]:
    """The comment at the top and everything under it, oldest first."""
    top = comment.parent_id or comment.comment_id
    rows = Comment.objects.filter(workspace=comment.workspace_id, item_id=comment.item_id)
    return list(
        rows.filter(Q(comment_id=top) | Q(parent_id=top)).order_by("written_at", "pk")[:200]
    )


@dataclass(frozen=True, slots=True)
class InboxCounts:
    """Comments of others: all, that wait for an answer, of these overdue, hidden."""

    all: int
    waiting: int
    overdue: int
    hidden: int


def count_inbox(workspace: Workspace, *, now: datetime) -> InboxCounts:
    rows = Comment.objects.filter(workspace=workspace, is_ours=False)
    is_waiting = Q(answered_at=None, is_hidden=False, due_at__isnull=False)
    told = rows.aggregate(
        all=Count("pk"),
        waiting=Count("pk", filter=is_waiting),
        overdue=Count("pk", filter=is_waiting & Q(due_at__lte=now)),
        hidden=Count("pk", filter=Q(is_hidden=True)),
    )
    return InboxCounts(**told)


def members(workspace: Workspace) -> list[User]:
    """Who a comment can be assigned to: members whose role may answer."""
    rows = Member.objects.filter(workspace=workspace, deactivated_at=None, user__is_active=True)
    return [
        each.user
        for each in rows.select_related("user").order_by("user__email")
        if may(each.role, Action.ANSWER_COMMENTS)
    ]


# --- What people say of a comment -----------------------------------------------------------------------------------


@transaction.atomic
def set_label(actor: Actor, comment: Comment, label: str, *, at: datetime) -> str:
    """A person says what a comment is about; that counts above the classifier, which learns from it.

    Returns what a person had said before, "" for nobody.
    """
    actor.require(Action.ANSWER_COMMENTS)
    if label not in set(Category):
        raise InvalidInputError(
            f"There is no category {label[:40]!r}.",
            next_step=f"Use one of {', '.join(Category)}.",
            field="label",
        )
    row = _locked(actor, comment)
    before = row.label_by_person
    if before == label:
        return before
    _write_label(actor, row, label)
    record(
        actor, "set category of comment", f"comment {row.comment_id}", at=at,
        before={"category": row.category}, after={"category": label},
    )  # fmt: skip
    learning.ask(actor.workspace, at=at)
    return before


def _write_label(actor: Actor, row: Comment, label: str) -> None:
    category = rules.category_of(row.label, row.confidence, label)
    waits = not row.is_hidden and not row.is_ours
    waits = waits and rules.wants_answer(category, asks="?" in row.text)
    due = rules.due_at(category, row.written_at, hours=actor.workspace.comment_hours)
    Comment.objects.filter(pk=row.pk).update(
        label_by_person=label,
        label_by=actor.user if label else None,
        category=category,
        due_at=due if waits else None,
    )


@transaction.atomic
def put_label_back(actor: Actor, pk: int, *, before: str, after: str, at: datetime) -> None:
    """Undo `set_label`. Raises ConflictError where somebody has set another one since."""
    actor.require(Action.ANSWER_COMMENTS)
    row = _row(actor, pk)
    if row.label_by_person != after:
        raise ConflictError("Its category was set again since.", next_step="Nothing to do.")
    _write_label(actor, row, before)
    record(
        actor, "set category of comment", f"comment {row.comment_id}", at=at,
        before={"category": after}, after={"category": before or "as classified"},
    )  # fmt: skip


@transaction.atomic
def assign(actor: Actor, comment: Comment, user: str, *, at: datetime) -> str:
    """Give a comment to a member, by the key of the user; "" to nobody. Returns the key of who had it."""
    actor.require(Action.ANSWER_COMMENTS)
    chosen = next((each for each in members(actor.workspace) if str(each.pk) == user), None)
    if user and chosen is None:
        raise InvalidInputError(
            "This member cannot answer comments.", next_step="Choose another.", field="assignee"
        )
    row = _locked(actor, comment)
    before = str(row.assignee_id or "")
    if before == user:
        return before
    Comment.objects.filter(pk=row.pk).update(assignee=chosen)
    record(
        actor, "assigned comment", f"comment {row.comment_id}", at=at,
        after={"to": str(chosen) if chosen else "nobody"},
    )  # fmt: skip
    return before


@transaction.atomic
def mark_answered(actor: Actor, comment: Comment, *, at: datetime) -> None:
    """A member says that a comment needs no answer, or has one elsewhere."""
    actor.require(Action.ANSWER_COMMENTS)
    row = _locked(actor, comment)
    if row.answered_at is not None:
        raise ConflictError("This comment is answered already.", next_step="Nothing to do.")
    Comment.objects.filter(pk=row.pk).update(answered_at=at)
    record(actor, "marked comment as done", f"comment {row.comment_id}", at=at)


def _locked(actor: Actor, comment: Comment) -> Comment:
    return _row(actor, comment.pk)


def _row(actor: Actor, pk: int) -> Comment:
    rows = Comment.objects.select_for_update(no_key=True).filter(workspace=actor.workspace, pk=pk)
    found = rows.first()
    if found is None:
        raise NotFoundError("This comment was not found.", next_step="Open Comments to see all.")
    return found


# --- By post --------------------------------------------------------------------------------------------------------


def quality_of(workspace: Workspace, item_ids: Collection[str]) -> dict[str, Quality]:
    """Criticism under each of these posts, of comments at the top whose category is known; hidden ones count too."""
    rows = Comment.objects.filter(
        workspace=workspace, item_id__in=list(item_ids), is_ours=False, parent_id=""
    ).exclude(category="")
    told = (
        rows.order_by()
        .values("item_id")
        .annotate(n=Count("pk"), critical=Count("pk", filter=Q(category__in=list(rules.CRITICISM))))
    )
    found = {each["item_id"]: rules.quality(each["critical"], each["n"]) for each in told}
    return {item_id: found.get(item_id, rules.quality(0, 0)) for item_id in item_ids}


def overdue_by_post(
    workspace: Workspace, items: Collection[str] | None, now: datetime
) -> dict[str, int]:
    """How many comments of each post are overdue, for the checks of launches. items : only of these, if not many"""
    rows = overdue(waiting(inbox(workspace)), now=now)
    if items is not None and len(items) <= MANY_POSTS:
        rows = rows.filter(item_id__in=list(items))
    return dict(rows.order_by().values_list("item_id").annotate(count=Count("pk")))


def tell_posts(workspace: Workspace) -> None:
    """Let posts know how many of their comments are critical: it lowers the chance that their ads pay."""
    items = Comment.objects.filter(workspace=workspace).order_by().values_list("item_id").distinct()
    found = quality_of(workspace, [item_id for (item_id,) in items])
    chances.note_comments(
        workspace, {item_id: (each.n, each.critical) for item_id, each in found.items()}
    )


@dataclass(frozen=True, slots=True)
class PostComments:
    """A post with its comments in numbers, and what its ads cost. spend : None where days are missing or no ad runs."""

    item_id: str
    post: Post | None
    all: int
    waiting: int
    overdue: int
    questions: int
    critical: int
    hidden: int
    newest_at: datetime
    quality: Quality
    spend: Money | None
    running: int

    @property
    def handle(self) -> str:
        return self.post.creator.handle if self.post else ""


def by_post(
    workspace: Workspace, *, now: datetime, items: Collection[str] | None = None
) -> list[PostComments]:
    """Posts that people commented on, those with the most overdue comments first."""
    rows = Comment.objects.filter(workspace=workspace, is_ours=False)
    if items is not None:
        rows = rows.filter(item_id__in=list(items))
    is_waiting = Q(answered_at=None, is_hidden=False, due_at__isnull=False)
    told = list(
        rows.order_by()
        .values("item_id")
        .annotate(
            all=Count("pk"),
            waiting=Count("pk", filter=is_waiting),
            overdue=Count("pk", filter=is_waiting & Q(due_at__lte=now)),
            questions=Count(
                "pk", filter=is_waiting & Q(category__in=list(rules.ANSWERED - rules.CRITICISM))
            ),
            critical=Count("pk", filter=Q(category__in=list(rules.CRITICISM))),
            hidden=Count("pk", filter=Q(is_hidden=True)),
            newest_at=Max("written_at"),
        )
    )
    ids = [each["item_id"] for each in told]
    posts = {
        post.item_id: post
        for post in Post.objects.filter(workspace=workspace, item_id__in=ids).select_related(
            "creator"
        )
    }
    quality, spend = quality_of(workspace, ids), spend_of(workspace, ids, now=now)
    found = [
        PostComments(
            post=posts.get(each["item_id"]),
            quality=quality[each["item_id"]],
            spend=spend.get(each["item_id"], (None, 0))[0],
            running=spend.get(each["item_id"], (None, 0))[1],
            **each,
        )
        for each in told
    ]
    return sorted(found, key=lambda each: (-each.overdue, -each.waiting, -each.all, each.item_id))


def spend_of(
    workspace: Workspace, item_ids: Iterable[str], *, now: datetime
) -> dict[str, tuple[Money | None, int]]:
    """What the ads of each post cost so far, in the workspace's currency, and how many run.

    None where days are missing, or an ad is billed in another currency.
    """
    ads = delivery.list_ads(workspace).filter(item_id__in=list(item_ids)).only("ad_id")
    found: dict[str, tuple[Money | None, int]] = {}
    for each in delivery.opened(workspace, ads, now=now):
        total, running = found.get(each.ad.item_id, (Money(0, workspace.currency), 0))
        spent = each.spend
        is_known = total is not None and spent is not None and spent.currency == workspace.currency
        total = Money(total.minor + spent.minor, workspace.currency) if is_known else None  # type: ignore[union-attr]  # both known
        found[each.ad.item_id] = (total, running + each.is_delivering)
    return found


# --- What is read, and what is not ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the inbox holds and lacks, in sentences. `read_at`: the oldest newest reading, None before the first."""

    read_at: datetime | None
    problems: list[str]
    lacks: list[str]


def coverage(workspace: Workspace, *, now: datetime) -> Coverage:
    """How far comments are read, and of which posts nobody allows it."""
    readings = CommentReading.objects.filter(
        Q(ad_account__workspace=workspace, ad_account__is_used=True)
        | Q(creator__workspace=workspace)
    ).select_related("ad_account", "creator")
    problems, oldest = [], None
    for each in readings:
        name = (
            each.ad_account.name
            if each.ad_account
            else f"@{each.creator.handle}"
            if each.creator
            else ""
        )
        if each.problem:
            problems.append(f"Comments of {name} were not synced: {each.problem}")
        if each.read_at is not None:
            oldest = each.read_at if oldest is None else min(oldest, each.read_at)
    with_ads = Ad.objects.filter(ad_account__workspace=workspace, is_gone=False).exclude(item_id="")
    readable = [
        grant.creator_id
        for grant in CreatorGrant.objects.filter(creator__workspace=workspace)
        if grants.COMMENT_SCOPES[0] in grant.scopes.split(",")
    ]
    unread = Post.objects.filter(workspace=workspace).exclude(creator__in=readable)
    count = unread.exclude(item_id__in=with_ads.values("item_id")).count()
    lacks = []
    if count:
        lacks.append(
            f"{count:,} post{'' if count == 1 else 's'} without ads cannot be read: TikTok shows their comments only "
            "to the creator, and these creators have not allowed Kindling to read them."
        )
    return Coverage(oldest, problems, lacks)


def opened(
    workspace: Workspace,
    rows: list[Comment],
    *,
    now: datetime,
) -> list[ShownComment]:
    """Comments with what the ads of their post cost."""
    spend = spend_of(workspace, {row.item_id for row in rows}, now=now)
    return [ShownComment(row, *spend.get(row.item_id, (None, 0)), now=now) for row in rows]


@dataclass
class ShownComment:
    """A comment as the inbox shows it. `running`: ads that show its post now."""

    comment: Comment
    spend: Money | None
    running: int
    now: datetime

    @property
    def category(self) -> str:
        return self.comment.get_category_display() if self.comment.category else ""

    @property
    def guess(self) -> str:
        """What the classifier takes it for without being sure."""
        is_guess = not self.comment.category and self.comment.confidence > 0
        return self.comment.get_label_display() if is_guess else ""

    @property
    def state(self) -> str:
        """Where it stands, in a word or two."""
        if self.comment.is_hidden:
            return "Hidden"
        if self.comment.answered_at:
            return "Answered"
        if self.comment.due_at is None:
            return "No answer needed"
        return "Overdue" if self.comment.due_at <= self.now else "Waiting"
