"""Use cases of launches: plan, review, approval, apply."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet, Sum

from kindling.authorizations.service import Permission
from kindling.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from kindling.jobs import lease, outbox
from kindling.jobs.registry import JobRequest
from kindling.launches import creator_approval, rules
from kindling.launches.checks.candidates import best_permissions, binding_of, landing_url_of
from kindling.launches.checks.money import SECOND_PERSON
from kindling.launches.checks.rules import Result
from kindling.launches.checks.service import check_with_caps, posts_of, run_preflight
from kindling.launches.models import Plan, PlannedObject
from kindling.launches.planning import building, spend_caps, videos
from kindling.launches.planning import content as contents
from kindling.launches.rules import Part, PlanContent, PostToLaunch, Spec
from kindling.launches.sending import existing
from kindling.posts.models import Post
from kindling.products import service as products
from kindling.products.models import Product
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import AdAccount, Workspace
from kindling.workspaces.rules import Action, needs_second_person
from kindling.workspaces.service import Actor, record

APPLY_TASK = "launches.apply"
READ_ADS_TASK = "delivery.read_ads"  # of an area to the right, so it is asked for by name
MUSIC_TASK = "launches.read_music"


# --- Planning -------------------------------------------------------------------------------------------------


def plan(
    actor: Actor,
    ad_account: AdAccount,
    specs: Sequence[Spec],
    *,
    at: datetime,
    told: Mapping[str, Any] | None = None,
) -> Plan:
    """Build, check and store a plan. Nothing is sent. Blocking checks do not stop a draft, only its approval.

    told : the specification as the person wrote it, which the draft can be changed by
    """
    actor.require(Action.PLAN)
    content = build(actor, ad_account, specs, at=at)
    return store(actor, ad_account, content.to_json(), at=at, told=told)


def draft(
    actor: Actor, ad_account: AdAccount, specs: Sequence[Spec], *, at: datetime
) -> tuple[PlanContent, list[Result]]:
    """The plan a specification leads to and its checks, without storing anything."""
    content = build(actor, ad_account, specs, at=at)
    return content, run_preflight(actor.workspace, ad_account, content.to_json(), now=at)


def build(
    actor: Actor,
    ad_account: AdAccount,
    specs: Sequence[Spec],
    *,
    at: datetime,
    token: str | None = None,
) -> PlanContent:
    """The plan a specification leads to. token : of a draft that is changed"""
    actor.require(Action.PLAN)
    rules.check_specs(specs, now=at)
    item_ids = [item_id for spec in specs for item_id in spec.item_ids]
    posts = {post.item_id: post for post in posts_of(actor.workspace, item_ids)}
    permissions = best_permissions(actor.workspace, ad_account, list(posts.values()), now=at)
    known = products.products(actor.workspace)
    parts = [
        Part(
            spec,
            tuple(
                _to_launch(post, permissions.get(item_id), ad_account, known.get(post.sku))
                for item_id in spec.item_ids
                for post in [posts[item_id]]
            ),
            tuple(
                videos.to_launch(actor.workspace, ad_account, each, known) for each in spec.uploads
            ),
            existing.read(ad_account, spec, now=at),
        )
        for spec in specs
    ]
    return building.build(
        parts,
        advertiser_id=ad_account.advertiser_id,
        currency=ad_account.currency,
        token=token or secrets.token_hex(4),
    )


def _to_launch(
    post: Post, permission: Permission | None, ad_account: AdAccount, product: Product | None
) -> PostToLaunch:
    binding = binding_of(permission, ad_account)
    if binding is None:
        raise InvalidInputError(
            f"Post {post.item_id} of @{post.creator.handle} has no ad authorization bound to {ad_account.name}.",
            next_step="Add its video code for this ad account first.",
        )
    return PostToLaunch(
        item_id=post.item_id,
        item_type=post.item_type,
        handle=post.creator.handle,
        sku=post.sku,
        landing_url=landing_url_of(post, product),
        identity_id=binding.identity_id,
        identity_type=binding.identity_type,
        business_center_id=binding.business_center_id,
        duration_seconds=post.duration_seconds,
        window=permission.window if permission else None,
        use_case=post.use_case,
        angle=post.angle,
        hook=post.hook,
        offer=post.offer,
    )


@transaction.atomic
def store(
    actor: Actor,
    ad_account: AdAccount,
    content: dict[str, Any],
    *,
    at: datetime,
    told: Mapping[str, Any] | None = None,
) -> Plan:
    """Keep a plan as a draft with its objects. The same content again is the same plan."""
    actor.require(Action.PLAN)
    contents.check(content, advertiser_id=ad_account.advertiser_id, currency=ad_account.currency)
    digest = rules.digest(content)
    # Two at once would not see each other's plan, nor each other's token.
    Workspace.objects.select_for_update(no_key=True).get(pk=actor.workspace.pk)
    known = Plan.objects.filter(workspace=actor.workspace, digest=digest).first()
    if known is not None:
        return known
    _refuse_same_token(actor.workspace, content["token"])
    row = Plan.objects.create(
        workspace=actor.workspace,
        ad_account=ad_account,
        name=content["name"],
        content=content,
        spec=dict(told) if told is not None else None,
        digest=digest,
        daily_budget_minor=content["daily_budget_minor"],
        currency=content["currency"],
        created_by=actor.user,
        created_at=at,
    )
    store_objects(row)
    record(actor, "planned launch", row.name, at=at, after=_figures(row))
    return row


def store_objects(row: Plan) -> None:
    """The rows of a plan's objects. What exists at TikTok has its id already, and is left as it is."""
    content = row.content
    named = {thing["item_id"] for thing in content["objects"] if thing["kind"] == "ad"}
    found = Post.objects.filter(workspace=row.workspace, item_id__in=named)
    posts = {post.item_id: post for post in found}
    PlannedObject.objects.bulk_create(
        PlannedObject(
            plan=row,
            position=position,
            kind=thing["kind"],
            key=thing["key"],
            parent_key=thing["parent"],
            name=thing["name"],
            payload=thing["payload"],
            post=posts.get(thing["item_id"]) if thing["kind"] == "ad" else None,
            external_id=thing.get("existing", ""),
            exists_already=bool(thing.get("existing")),
        )
        for position, thing in enumerate(content["objects"])
    )


def _refuse_same_token(workspace: Workspace, token: str) -> None:
    """Two plans with the same names could adopt each other's objects after a lost reply."""
    twin = Plan.objects.filter(workspace=workspace, content__token=token)
    other = twin.exclude(state=Plan.State.CANCELLED).first()
    if other is not None:
        raise ConflictError(
            f"Another plan, {other.name}, already uses this plan's token.",
            next_step="Make a new plan with `kindling plan`, or cancel the other plan first.",
        )


# --- Approval ---------------------------------------------------------------------------------------------------


def wants_second_person(row: Plan, workspace: Workspace) -> bool:
    """Whether the four-eyes rule holds for a plan, by the workspace's limit as it is now."""
    return needs_second_person(
        daily_budget_minor=row.daily_budget_minor,
        limit_minor=workspace.second_person_above_minor,
        is_in_books_currency=row.currency == workspace.currency,
    )


def _check_four_eyes(actor: Actor, row: Plan, *, at: datetime) -> None:
    """Raise NotAllowedError for a person's own plan above the limit, alone or with what they approved alone."""
    is_mine = actor.user is not None and row.created_by_id == actor.user.pk
    if is_mine and (
        wants_second_person(row, actor.workspace) or _splits_the_limit(actor, row, at=at)
    ):
        raise NotAllowedError(
            "With the spend you already approved alone today, this plan needs a second approver.",
            next_step="Ask another owner, media buyer or finance member to approve it.",
        )


def _splits_the_limit(actor: Actor, row: Plan, *, at: datetime) -> bool:
    """Whether the plan passes the limit together with the person's own plans they approved alone in a day."""
    alone = Plan.objects.filter(
        workspace=row.workspace,
        created_by=actor.user,
        approved_by=actor.user,
        approved_at__gt=at - timedelta(days=1),
    ).exclude(state=Plan.State.CANCELLED)
    before = alone.aggregate(sum=Sum("daily_budget_minor"))["sum"] or 0
    return before + row.daily_budget_minor > actor.workspace.second_person_above_minor


def approve(actor: Actor, row: Plan, *, digest: str, at: datetime) -> Plan:
    """A named person confirms the spend (R60). Above the workspace's limit it must be a second person (A5).

    digest : of the plan the person read; another one means that it is not the plan on record
    """
    actor.require(Action.APPROVE_SPEND)
    if digest != row.digest:
        raise ConflictError(
            "The plan has changed since you opened it.", next_step="Open it again and review it."
        )
    _check_four_eyes(actor, row, at=at)
    results, caps = check_with_caps(row, now=at, approver=actor.user)
    # Who may confirm is decided below, where it is written, by the limit as it is then.
    blocking = [each for each in results if each.blocks and each.title != SECOND_PERSON]
    if blocking:
        first = blocking[0]
        raise ConflictError(
            f"{len(blocking)} check{'s' if len(blocking) > 1 else ''} block the plan. "
            f"Post {first.item_id}, {first.title}: {first.message}",
            next_step="Solve them or plan without these posts.",
        )
    with transaction.atomic():
        # Once more where it is written: several plans may be approved at the same moment.
        actor = workspaces.check_again(actor, Action.APPROVE_SPEND)
        _check_four_eyes(actor, row, at=at)
        spend_caps.check(row, caps, at=at)
        changed = Plan.objects.filter(pk=row.pk, state=Plan.State.DRAFT, digest=digest).update(
            state=Plan.State.APPROVED, approved_by=actor.user, approved_at=at
        )
        if not changed:
            raise ConflictError(
                "The plan is no longer a draft.", next_step="Open it to see its state."
            )
        record(actor, "approved spend", row.name, at=at, after=_figures(row))
    row.refresh_from_db()
    return row


def cancel(actor: Actor, row: Plan, *, at: datetime) -> None:
    """Drop a plan before anything of it was sent."""
    actor.require(Action.PLAN)
    with transaction.atomic():
        changed = Plan.objects.filter(
            pk=row.pk, state__in=[Plan.State.DRAFT, Plan.State.APPROVED]
        ).update(state=Plan.State.CANCELLED, finished_at=at)
        if not changed:
            raise ConflictError(
                "The plan is already being applied.", next_step="Pause its ads on the Live page."
            )
        creator_approval.withdraw_all(row, at=at)
        record(actor, "cancelled plan", row.name, at=at)


@transaction.atomic
def start_apply(actor: Actor, row: Plan, *, at: datetime) -> None:
    """Mark an approved or partly applied plan as being applied.

    raises : ConflictError for any other, and while a creator has not approved an ad that waits for them
    """
    actor = workspaces.check_again(actor, Action.APPLY)
    held = (
        Plan.objects.select_for_update(of=("self",), no_key=True)
        .select_related("workspace")
        .get(pk=row.pk)
    )
    creator_approval.check_answers(held, at=at)
    changed = Plan.objects.filter(
        pk=row.pk, state__in=[Plan.State.APPROVED, Plan.State.PARTLY]
    ).update(state=Plan.State.APPLYING, problem="")
    _protect_launches(actor, row.ad_account, at=at)
    if not changed and row.state != Plan.State.APPLYING:
        raise ConflictError(
            f"A plan that is {row.get_state_display().lower()} cannot be applied.",
            next_step="Approve it first.",
        )
    record(actor, "applied plan", row.name, at=at, after=_figures(row))
    row.refresh_from_db()


def _protect_launches(actor: Actor, ad_account: AdAccount, *, at: datetime) -> None:
    """What Kindling launches it also stops in time, unless a person chose that the account is only observed."""
    changed = AdAccount.objects.filter(
        pk=ad_account.pk, protection=AdAccount.Protection.OBSERVE, is_protection_chosen=False
    ).update(protection=AdAccount.Protection.LAUNCHED)
    if changed:
        record(
            actor, "changed protection", ad_account.name, at=at,
            reason="First launch in this ad account.",
            before={"mode": "observe"}, after={"mode": "launched"},
        )  # fmt: skip


@transaction.atomic
def ask_apply(actor: Actor, row: Plan, *, at: datetime) -> None:
    """Apply in the background. Asking again goes on where it stopped; nothing is made twice."""
    start_apply(actor, row, at=at)
    # A key of its own per asking: after an apply that ended in part, the same instant may ask again.
    key = f"apply-{row.pk}-{row.digest[:12]}-{secrets.token_hex(6)}"
    outbox.ask(
        JobRequest(APPLY_TASK, key, {"plan": row.pk}, lane=lease.of_account(row.ad_account_id))
    )


def _figures(row: Plan) -> dict[str, Any]:
    return {
        "daily_budget_minor": row.daily_budget_minor,
        "currency": row.currency,
        "digest": row.digest,
        "ads": len(contents.ads(row.content)),
    }


# --- Looking ------------------------------------------------------------------------------------------------------


def plans(workspace: Workspace) -> QuerySet[Plan]:
    """All plans, newest first, without what they hold: a large plan is megabytes."""
    rows = Plan.objects.filter(workspace=workspace).defer("content", "checks", "spec")
    return rows.select_related("ad_account", "created_by", "approved_by")


def counts_by_state(workspace: Workspace) -> dict[str, int]:
    """How many plans there are in each state."""
    rows = Plan.objects.filter(workspace=workspace).order_by()
    return dict(rows.values_list("state").annotate(count=Count("pk")))


def find_plan(workspace: Workspace, pk: int) -> Plan:
    found = (
        Plan.objects.select_related(
            "ad_account__connection",
            "ad_account__workspace",
            "workspace",
            "created_by",
            "approved_by",
        )
        .filter(workspace=workspace, pk=pk)
        .first()
    )
    if found is None:
        raise NotFoundError("This plan was not found.", next_step="Open Plans to see all plans.")
    return found


def account_of_plan(actor: Actor, content: object) -> AdAccount:
    """The ad account a plan file is for. Raises InvalidInputError for what is no plan."""
    if not isinstance(content, dict):
        raise InvalidInputError(
            "This file is not a plan.", next_step="Make one with `kindling plan`."
        )
    return workspaces.find_ad_account(actor, str(content.get("advertiser_id", "")))


def find_plan_by_pk(pk: int) -> Plan:
    """For background work, which was asked for inside one workspace."""
    return Plan.objects.select_related(
        "ad_account__connection", "ad_account__workspace", "workspace", "created_by", "approved_by"
    ).get(pk=pk)
