"""Preflight of posts and of plans: what is ready and why not, and the checks kept with a plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from kindling.agreements import service as agreements
from kindling.agreements.rights.rules import SpendCap
from kindling.errors import NotFoundError
from kindling.kit.time import days_touched
from kindling.launches import creator_approval, rules
from kindling.launches.checks import uploads
from kindling.launches.checks.candidates import Candidate, Flight, check_flights
from kindling.launches.checks.money import MAXIMUM_SPEND
from kindling.launches.checks.rules import Result
from kindling.launches.models import Plan
from kindling.launches.planning import content as contents
from kindling.launches.planning import music, spend_caps
from kindling.launches.sending import flights
from kindling.posts.models import Post
from kindling.workspaces.models import AdAccount, Workspace

PREVIEW_DAYS = 7  # the flight that Inventory assumes when it says what is ready


def inventory(workspace: Workspace, ad_account: AdAccount, *, now: datetime) -> list[Candidate]:
    """Every post with its checks for a week's flight from now, the ready ones first.

    Asks nothing of TikTok: of the music it knows the answers that are kept (`readiness.read_music` asks).
    """
    posts = Post.objects.filter(workspace=workspace).select_related("creator")
    candidates = check_posts(workspace, ad_account, list(posts), now=now)
    return sorted(candidates, key=lambda each: (not each.is_ready, each.place, each.post.item_id))


def check_posts(
    workspace: Workspace, ad_account: AdAccount, posts: Sequence[Post], *, now: datetime
) -> list[Candidate]:
    """These posts, with their creators, as Inventory checks them, in the order given."""
    flight = Flight(
        start=now,
        end=now + timedelta(days=PREVIEW_DAYS),
        countries=(),
        wants_landing_page=True,
        daily_budget_minor=rules.MIN_ADGROUP_MINOR,
        currency=ad_account.currency,
    )
    kept = music.kept_answers(ad_account, now=now, item_ids=[post.item_id for post in posts])
    days = days_touched(flight.start, flight.end, ad_account.timezone)
    most = flight.daily_budget_minor * days
    keys = [(post.creator_id, post.item_id) for post in posts]
    rights = agreements.rights_of_posts(workspace, keys, now=now)
    caps = spend_caps.of_posts(workspace, posts, now=now, rights=rights)
    return check_flights(
        workspace,
        ad_account,
        posts,
        dict.fromkeys((post.item_id for post in posts), flight),
        rights=rights,
        music={item_id: each.status for item_id, each in kept.items()},
        asked={item_id: each.asked_at for item_id, each in kept.items()},
        capped={item_id: (cap, most) for item_id, cap in caps.items()},
        now=now,
    )


def posts_of(workspace: Workspace, item_ids: Iterable[str]) -> list[Post]:
    """The posts in the order asked for. Raises NotFoundError naming those the library does not hold."""
    wanted = list(item_ids)
    found = {
        post.item_id: post
        for post in Post.objects.filter(workspace=workspace, item_id__in=wanted).select_related(
            "creator"
        )
    }
    missing = [item_id for item_id in wanted if item_id not in found]
    if missing:
        raise NotFoundError(
            f"Not in the library: {', '.join(missing)}.",
            next_step="Add the video code or connect the creator.",
        )
    return [found[item_id] for item_id in wanted]


def run_preflight(
    workspace: Workspace,
    ad_account: AdAccount,
    content: dict[str, Any],
    *,
    now: datetime,
    row: Plan | None = None,
) -> list[Result]:
    """Every check for every post of a plan, with music asked of TikTok for the plan's places and dates.

    row : the stored plan, which its ads do not compete with, and whose creators may have been asked
    """
    return _preflight(workspace, ad_account, content, now=now, row=row)[0]


def _preflight(
    workspace: Workspace,
    ad_account: AdAccount,
    content: dict[str, Any],
    *,
    now: datetime,
    row: Plan | None,
) -> tuple[list[Result], dict[str, SpendCap]]:
    """The results of all checks, and the caps by item id that they rest on."""
    tree = contents.Tree(content)
    ads = [ad for ad in tree.ads if ad["item_id"]]
    posts = posts_of(workspace, [ad["item_id"] for ad in ads])
    cleared = music.read(ad_account, content)
    caps = spend_caps.of_posts(workspace, posts, now=now)
    capped = spend_caps.with_planned(
        workspace, caps, content, zone=ad_account.timezone, row=row, now=now
    )
    answers = creator_approval.answers(row) if row else None
    planned = {
        ad["item_id"]: _flight(tree, ad, currency=content["currency"], row=row) for ad in ads
    }
    candidates = check_flights(
        workspace, ad_account, posts, planned,
        music=cleared, capped=capped, answers=answers, now=now,
    )  # fmt: skip
    results = [result for each in candidates for result in each.results]
    for ad in tree.ads:
        if not ad["item_id"]:
            results += uploads.check(workspace, ad_account, tree, ad, now=now)
    return results, caps


def _flight(tree: contents.Tree, ad: dict[str, Any], *, currency: str, row: Plan | None) -> Flight:
    """An ad's flight as the plan has it."""
    group = tree.group(ad)
    return Flight(
        start=contents.instant(group["payload"]["schedule_start_time"]),
        end=contents.instant(group["payload"]["schedule_end_time"]),
        countries=tuple(group["countries"]),
        locations=tuple(group["payload"]["location_ids"]),
        wants_landing_page=tree.objective(ad).wants_landing_page,
        daily_budget_minor=group["payload"]["budget_minor"],
        currency=currency,
        landing_url=ad["payload"].get("landing_page_url", ""),
        apart_from_plan=row.pk if row else None,
        is_planned=True,
    )


def check_plan(row: Plan, *, now: datetime) -> list[Result]:
    """Run preflight on a stored plan and keep the results with it."""
    return check_with_caps(row, now=now)[0]


def check_with_caps(row: Plan, *, now: datetime) -> tuple[list[Result], dict[str, SpendCap]]:
    """`check_plan`, with the caps by item id that the results rest on."""
    results, caps = _preflight(row.workspace, row.ad_account, row.content, now=now, row=row)
    Plan.objects.filter(pk=row.pk).update(
        checks=[result.to_json() for result in results], checked_at=now
    )
    row.checks, row.checked_at = [result.to_json() for result in results], now
    return results, caps


def blocks_of_ad(ad_account: AdAccount, ad_id: str, *, now: datetime) -> list[Result]:
    """The checks that stand against an ad that a plan launched, as they are now; none for any other ad."""
    row = flights.launched_ad(ad_account, ad_id)
    if row is None:
        return []
    subject = contents.subject_of(
        {"item_id": row.payload.get("tiktok_item_id", ""), "payload": row.payload}
    )
    results = run_preflight(row.plan.workspace, ad_account, row.plan.content, now=now, row=row.plan)
    # What its plan can spend was approved and is partly spent: `spend_caps.check_resume` counts what is left.
    return [
        result
        for result in results
        if result.blocks and result.item_id == subject and result.title != MAXIMUM_SPEND
    ]
