"""The creator's own approval of an ad, where the agreement asks for it: asked, answered, and what it was about.

An answer is of what the creator saw: post, caption, ad name, landing page, countries and dates, kept with its hash.
Where any of it changes, the answer counts no more and the creator is asked again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from kindling.access import service as access
from kindling.agreements import service as agreements
from kindling.creators.models import Creator
from kindling.errors import ConflictError, InvalidInputError, NotFoundError
from kindling.launches.models import AdApproval, Plan, PlannedObject
from kindling.launches.planning import content as contents
from kindling.launches.rules import CreatorAnswer, answer_of, digest
from kindling.launches.sending import flights
from kindling.notices import mail
from kindling.notices import service as notices
from kindling.posts.models import Post
from kindling.workspaces.rules import MEDIA_BUYER, Action
from kindling.workspaces.service import Actor, creator_actor, record

MOST_REASON = 500
NOT_OPEN = (Plan.State.CANCELLED,)


def answers(plan: Plan) -> dict[str, CreatorAnswer]:
    """What the creators answered about each ad of the plan, by item id, as it counts now."""
    return _answers(plan, _posts(plan))


def _answers(plan: Plan, posts: Iterable[Post]) -> dict[str, CreatorAnswer]:
    newest: dict[int, AdApproval] = {}
    for row in plan.ad_approvals.filter(withdrawn_at=None).order_by("asked_at", "pk"):
        newest[row.post_id] = row
    found = {}
    for post in posts:
        asked = newest.get(post.pk)
        found[post.item_id] = answer_of(
            was_shown=asked.shown_hash if asked else None,
            is_shown=digest(
                contents.as_shown(contents.tree_of(plan), post.item_id, caption=post.caption)
            ),
            is_approved=asked.is_approved if asked else None,
        )
    return found


def awaited(plan: Plan, *, now: datetime) -> dict[str, CreatorAnswer]:
    """The answers of the plan's ads whose agreement asks for the creator's approval, by item id."""
    wanted = _wanting(plan, now=now)
    return _answers(plan, wanted.values()) if wanted else {}


def _posts(plan: Plan) -> list[Post]:
    items = [each["item_id"] for each in contents.ads(plan.content)]
    rows = Post.objects.filter(workspace=plan.workspace, item_id__in=items)
    return list(rows.select_related("creator"))


def _wanting(plan: Plan, *, now: datetime) -> dict[str, Post]:
    """The plan's posts whose usage right lets the creator approve the ad, by item id."""
    if not agreements.some_creator_approves(plan.workspace):
        return {}
    posts = {post.item_id: post for post in _posts(plan) if not post.creator.is_own}
    rights = agreements.rights_of_posts(
        plan.workspace, [(post.creator_id, post.item_id) for post in posts.values()], now=now
    )
    return {
        item_id: posts[item_id] for (_, item_id), right in rights.items() if right.final_approval
    }


# --- Asked ------------------------------------------------------------------------------------------------------


@transaction.atomic
def ask(actor: Actor, plan: Plan, *, at: datetime) -> list[AdApproval]:
    """Ask the creators of the plan's ads that wait for their approval; one who was asked about this very ad is not.

    A creator who refused is asked again. raises : ConflictError for a cancelled plan, or when there is nobody to ask
    """
    actor.require(Action.PLAN)
    plan = (
        Plan.objects.select_for_update(of=("self",), no_key=True)
        .select_related("workspace")
        .get(pk=plan.pk)
    )
    if plan.state in NOT_OPEN:
        raise ConflictError("This plan is cancelled.", next_step="Make a new plan.")
    known = answers(plan)
    due = [
        post
        for item_id, post in _wanting(plan, now=at).items()
        if known[item_id] not in {CreatorAnswer.ASKED, CreatorAnswer.APPROVED}
    ]
    if not due:
        raise ConflictError(
            "No creator of this plan has to be asked.",
            next_step="Run preflight again to see what blocks it.",
        )
    rows = [_ask(actor, plan, post, at=at) for post in due]
    of_creator: dict[int, list[AdApproval]] = {}
    for row in rows:
        of_creator.setdefault(row.creator_id, []).append(row)
    for theirs in of_creator.values():
        if theirs[0].creator.email:
            _mail(theirs, at=at)
    return rows


def _ask(actor: Actor, plan: Plan, post: Post, *, at: datetime) -> AdApproval:
    plan.ad_approvals.filter(post=post, answered_at=None, withdrawn_at=None).update(withdrawn_at=at)
    shown = contents.as_shown(contents.tree_of(plan), post.item_id, caption=post.caption)
    row = AdApproval.objects.create(
        plan=plan,
        post=post,
        creator=post.creator,
        shown=shown,
        shown_hash=digest(shown),
        asked_by=actor.user,
        asked_at=at,
    )
    record(
        actor, "asked creator to approve ad", plan.name, at=at,
        after={"item_id": post.item_id, "shown_hash": row.shown_hash},
    )  # fmt: skip
    return row


def _mail(rows: list[AdApproval], *, at: datetime) -> None:
    """One mail with one link for all ads that a creator is asked about at once: the link opens their list."""
    row, items = rows[0], [each.post.item_id for each in rows]
    workspace = row.plan.workspace
    subject, text = mail.written(
        "launches/mail/approve_ad",
        language=row.creator.language,
        brand=workspace.name,
        item_ids=", ".join(items),
        count=len(items),
        link=access.make_link(row.creator, purpose=f"ad of post {', '.join(items)}", at=at),
    )
    mail.post(
        workspace,
        key=f"ad-approval-{row.pk}",
        to=row.creator.email,
        subject=subject,
        text=text,
        at=at,
    )


def withdraw_all(plan: Plan, *, at: datetime) -> None:
    """The plan is dropped: nobody has to answer any more."""
    plan.ad_approvals.filter(answered_at=None, withdrawn_at=None).update(withdrawn_at=at)


# --- Answered ---------------------------------------------------------------------------------------------------


def waiting_for(creator: Creator) -> QuerySet[AdApproval]:
    """The ads that wait for this creator's approval, the longest first."""
    rows = AdApproval.objects.filter(creator=creator, answered_at=None, withdrawn_at=None)
    return rows.exclude(plan__state__in=NOT_OPEN).select_related(
        "plan__workspace", "post__creator", "creator"
    )


def answered_by(creator: Creator) -> QuerySet[AdApproval]:
    """The ads this creator approved or refused, the newest answer first."""
    rows = AdApproval.objects.filter(creator=creator, answered_at__isnull=False)
    return rows.order_by("-answered_at", "-pk")


@transaction.atomic
def answer(
    creator: Creator, pk: int, *, seen: str, is_approved: bool, reason: str, at: datetime
) -> AdApproval:
    """The creator approves or refuses one ad; the buyer gets a notice.

    seen : the hash of the ad they were shown. raises : NotFoundError, ConflictError when it was answered already or
    the ad has changed since, InvalidInputError for a refusal without a reason
    """
    row = waiting_for(creator).select_for_update(of=("self",), no_key=True).filter(pk=pk).first()
    if row is None:
        raise NotFoundError(
            "No ad waits for your approval here.", next_step="Go back to your list."
        )
    if not is_approved and not reason.strip():
        raise InvalidInputError(
            "Enter why you do not want this ad.", next_step="Then press the button again."
        )
    shown = contents.as_shown(
        contents.tree_of(row.plan), row.post.item_id, caption=row.post.caption
    )
    if seen != row.shown_hash or digest(shown) != row.shown_hash:
        raise ConflictError(
            "The ad has changed since you were asked.", next_step="The brand asks you again."
        )
    row.is_approved, row.answered_at = is_approved, at
    row.reason = reason.strip()[:MOST_REASON]
    row.save(update_fields=["is_approved", "answered_at", "reason"])
    _tell(row, at=at)
    record(
        creator_actor(creator.workspace, f"@{creator.handle}"),
        "approved ad" if is_approved else "refused ad", row.plan.name, at=at, reason=row.reason,
        after={"item_id": row.post.item_id, "shown_hash": row.shown_hash},
    )  # fmt: skip
    return row


def _tell(row: AdApproval, *, at: datetime) -> None:
    what = f"the ad of post {row.post.item_id} in {row.plan.name}"
    notices.notify(
        row.plan.workspace,
        key=f"ad-approval-{row.pk}",
        roles=(MEDIA_BUYER,),
        title=f"@{row.creator.handle} approved {what}."
        if row.is_approved
        else f"@{row.creator.handle} refused {what}: {row.reason}",
        next_step="Run preflight again, then go on with the plan."
        if row.is_approved
        else "Talk to them, or plan without this post.",
        path=f"plans/{row.plan_id}/",
        at=at,
        urgency=3,
    )


# --- Before anything runs ---------------------------------------------------------------------------------------


def check_answers(plan: Plan, *, at: datetime) -> None:
    """Raise ConflictError while a creator's approval is missing for an ad of the plan that does not run yet.

    Of a plan that has begun, one creator's ad holds up nobody else's: preflight keeps it off, the others go on, as
    long as there are others that neither run nor were stopped.
    """
    running = flights.running_ads(plan)
    rows = plan.objects_planned.filter(kind=PlannedObject.Kind.AD, stopped_at=None)
    waiting = {row.payload.get("tiktok_item_id", row.key) for row in rows if row.pk not in running}
    missing = [
        item_id
        for item_id, found in awaited(plan, now=at).items()
        if found is not CreatorAnswer.APPROVED and item_id in waiting
    ]
    is_begun = plan.state == Plan.State.PARTLY
    if not missing or plan.state == Plan.State.APPLYING:
        return  # an apply goes on to its end, which says what was held back
    if is_begun and len(missing) < len(waiting):
        return
    raise ConflictError(
        ("Nothing else is left to switch on: the creator" if is_begun else "The creator")
        + f" has not approved the ad of post {missing[0]}"
        + (f" and {len(missing) - 1} more" if len(missing) > 1 else "")
        + ".",
        next_step="Ask for the approval on the plan's page, or plan without the post.",
    )
