"""Preflight of posts and of plans: what is ready and why not, and the checks kept with a plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from kindling.agreements import service as agreements
from kindling.agreements.rights.rules import SpendCap
from kindling.errors import NotFoundError
from kindling.kit.time import days_touched
from kindling.launches import creator_approval, rules
from kindling.launches.checks import identity_quota, pixel_events, uploads
from kindling.launches.checks.candidates import Candidate, Flight, check_flights
from kindling.launches.checks.money import MAXIMUM_SPEND, SECOND_PERSON
from kindling.launches.checks.rules import Audience, CheckVerdict, Result, Room, SecondPerson
from kindling.launches.models import Plan
from kindling.launches.planning import content as contents
from kindling.launches.planning import minimums, music, spend_caps
from kindling.launches.sending import flights
from kindling.posts.models import Post
from kindling.products import service as products
from kindling.products.landing import service as landing
from kindling.workspaces.models import AdAccount, User, Workspace
from kindling.workspaces.rules import needs_second_person

OF_APPROVAL = frozenset({MAXIMUM_SPEND, SECOND_PERSON})  # settled when the spend was confirmed
KEPT_WHOLE = 50  # ads of a plan of which every result is kept
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
        daily_budget_minor=minimums.adgroup_minor(ad_account.currency) or rules.MIN_ADGROUP_MINOR,
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
    """Every check for every post of a plan, with TikTok asked about music and events, and pages about products.

    row : the stored plan, which its ads do not compete with, and whose creators may have been asked
    raises : RuntimeError inside a transaction, since others are asked
    """
    return _preflight(workspace, ad_account, content, now=now, row=row)[0]


def _preflight(
    workspace: Workspace,
    ad_account: AdAccount,
    content: dict[str, Any],
    *,
    now: datetime,
    row: Plan | None,
    approver: User | None = None,
    is_in_flight: bool = False,
) -> tuple[list[Result], dict[str, SpendCap]]:
    """The results of all checks, and the caps by item id that they rest on.

    approver : who is about to confirm the spend. is_in_flight : what runs is judged from now on
    """
    tree = contents.Tree(content)
    ads = [ad for ad in tree.ads if ad["item_id"]]
    of_uploads = [ad for ad in tree.ads if not ad["item_id"]]
    posts = posts_of(workspace, [ad["item_id"] for ad in ads])
    cleared = music.read(ad_account, content)
    seen = pixel_events.read(ad_account, content, now=now)
    rooms = identity_quota.read(ad_account, tree, row=row)
    _read_pages(workspace, posts, ads, of_uploads, now=now)
    second = _second_person(workspace, content, row, approver)
    caps = spend_caps.of_posts(workspace, posts, now=now)
    capped = spend_caps.with_planned(
        workspace, caps, content, zone=ad_account.timezone, row=row, now=now
    )
    answers = creator_approval.answers(row) if row else None
    planned = {
        ad["key"]: _flight(
            tree, ad, currency=content["currency"], row=row, seen=seen, second=second,
            room=rooms.get(ad["payload"]["identity_id"]), since=now if is_in_flight else None,
        )
        for ad in tree.ads
    }  # fmt: skip
    of_posts = {ad["item_id"]: planned[ad["key"]] for ad in ads}
    candidates = check_flights(
        workspace, ad_account, posts, of_posts,
        music=cleared, capped=capped, answers=answers, now=now,
    )  # fmt: skip
    results = [result for each in candidates for result in each.results]
    flights_of_uploads = {ad["key"]: planned[ad["key"]] for ad in of_uploads}
    results += uploads.check(workspace, ad_account, of_uploads, flights_of_uploads, now=now)
    return results, caps


def _flight(
    tree: contents.Tree,
    ad: dict[str, Any],
    *,
    currency: str,
    row: Plan | None,
    seen: Mapping[tuple[str, str], int],
    second: SecondPerson,
    room: Room | None,
    since: datetime | None,
) -> Flight:
    """An ad's flight as the plan has it. since : what runs is judged from then on"""
    group, payload = tree.group(ad), ad["payload"]
    settings = group["payload"]
    start = contents.instant(settings["schedule_start_time"])
    pixel, event = pixel_events.chosen(settings)
    return Flight(
        start=max(start, since) if since else start,
        end=contents.instant(settings["schedule_end_time"]),
        countries=tuple(group["countries"]),
        locations=tuple(settings["location_ids"]),
        wants_landing_page=tree.objective(ad).wants_landing_page,
        daily_budget_minor=settings["budget_minor"],
        currency=currency,
        landing_url=payload.get("landing_page_url", ""),
        apart_from_plan=row.pk if row else None,
        is_planned=True,
        objective=tree.campaign(ad)["objective"],
        optimization_goal=settings["optimization_goal"],
        call_to_action=payload["call_to_action"],
        pixel_id=pixel,
        optimization_event=event,
        events_seen=seen.get((pixel, event)),
        audience=audience_of(settings),
        ad_name=ad["name"],
        second_person=second,
        room=room,
    )


def audience_of(group: Mapping[str, Any]) -> Audience:
    """Whom an ad group's payload restricts it to."""

    def texts(name: str) -> tuple[str, ...]:
        return tuple(str(each) for each in group.get(name) or ())

    return Audience(
        age_groups=texts("age_groups"),
        gender=str(group.get("gender") or ""),
        languages=texts("languages"),
        interests=texts("interest_category_ids"),
        audience_ids=texts("audience_ids"),
    )


def _read_pages(
    workspace: Workspace,
    posts: Sequence[Post],
    ads: Sequence[dict[str, Any]],
    of_uploads: Sequence[dict[str, Any]],
    *,
    now: datetime,
) -> None:
    """Read the landing pages of a plan that nobody read within a day. ads : of the posts, in their order"""
    known = products.products(workspace)
    named = uploads.by_name(known)
    wanted = [(ad, known.get(post.sku)) for post, ad in zip(posts, ads, strict=True)]
    wanted += [(ad, uploads.product_of(ad, named)) for ad in of_uploads]
    landing.read_stale(
        workspace,
        (
            landing.Wanted(ad["payload"]["landing_page_url"], product)
            for ad, product in wanted
            if ad["payload"].get("landing_page_url")
        ),
        now=now,
    )


def _second_person(
    workspace: Workspace, content: dict[str, Any], row: Plan | None, approver: User | None
) -> SecondPerson:
    is_needed = needs_second_person(
        daily_budget_minor=content["daily_budget_minor"],
        limit_minor=workspace.second_person_above_minor,
        is_in_books_currency=content["currency"] == workspace.currency,
    )
    if not is_needed:
        return SecondPerson.NOT_NEEDED
    if row is None or (approver is None and row.approved_at is None):
        return SecondPerson.NEEDED
    by = approver.pk if approver else row.approved_by_id
    is_another = by is None or row.created_by_id is None or by != row.created_by_id
    return SecondPerson.GIVEN if is_another else SecondPerson.MISSING


def _kept(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Results as they stay with a plan: all of a small one, of a large one those that did not pass."""
    is_small = len({each.item_id for each in results}) <= KEPT_WHOLE
    return [each.to_json() for each in results if is_small or each.verdict is not CheckVerdict.PASS]


def check_plan(row: Plan, *, now: datetime) -> list[Result]:
    """Run preflight on a stored plan and keep the results with it."""
    return check_with_caps(row, now=now)[0]


def check_with_caps(
    row: Plan, *, now: datetime, approver: User | None = None
) -> tuple[list[Result], dict[str, SpendCap]]:
    """`check_plan`, with the caps by item id that the results rest on. approver : who is about to confirm the spend"""
    results, caps = _preflight(
        row.workspace, row.ad_account, row.content, now=now, row=row, approver=approver
    )
    Plan.objects.filter(pk=row.pk).update(checks=_kept(results), checked_at=now)
    row.checks, row.checked_at = _kept(results), now
    return results, caps


def check_in_flight(row: Plan, *, now: datetime) -> list[Result]:
    """Run preflight on a plan whose ads run, judged from now on, and keep the results with it."""
    results, _ = _preflight(
        row.workspace, row.ad_account, row.content, now=now, row=row, is_in_flight=True
    )
    told = _kept(results)
    flying = Plan.objects.filter(pk=row.pk, state__in=[Plan.State.APPLIED, Plan.State.PARTLY])
    flying.update(checks=told, checked_at=now, checked_in_flight_at=now)
    row.checks, row.checked_at, row.checked_in_flight_at = told, now, now
    return results


def blocks_of_ad(ad_account: AdAccount, ad_id: str, *, now: datetime) -> list[Result]:
    """The checks that stand against an ad that a plan launched, as they are now; none for any other ad."""
    row = flights.launched_ad(ad_account, ad_id)
    if row is None:
        return []
    subject = contents.subject_of(contents.tree_of(row.plan).by_key[row.key])
    results = run_preflight(row.plan.workspace, ad_account, row.plan.content, now=now, row=row.plan)
    # What its plan can spend was approved and is partly spent: `spend_caps.check_resume` counts what is left, and
    # a resume asks for a second person itself.
    return [
        result
        for result in results
        if result.blocks and result.item_id == subject and result.title not in OF_APPROVAL
    ]
