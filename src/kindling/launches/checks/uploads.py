"""The checks of an ad of an uploaded video: it has no post yet, and is published by the brand's own account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from kindling.launches.checks import checklist
from kindling.launches.checks.candidates import Flight, OtherAds, limits_of
from kindling.launches.checks.rules import DAY, CheckVerdict, Launch, Level, Result, answered
from kindling.launches.models import AdVideo
from kindling.launches.planning import content as contents
from kindling.launches.planning import naming, videos
from kindling.posts.evidence.policy import policy_of
from kindling.products import service as products
from kindling.products.landing import service as landing
from kindling.products.landing.rules import page_of
from kindling.products.models import Product
from kindling.workspaces.models import AdAccount, Workspace
from kindling.workspaces.rules import MEDIA_BUYER

VIDEO = "Video was uploaded"
ACCOUNT = "Published by the brand's own account"


def check(
    workspace: Workspace,
    ad_account: AdAccount,
    ads: Sequence[dict[str, Any]],
    flights: Mapping[str, Flight],
    *,
    now: datetime,
) -> list[Result]:
    """Every check of each upload of a plan: its own two, and those of posts that need no post.

    ads : of the plan, those without a post; flights : by the ad's key
    """
    if not ads:
        return []
    wanted = [ad["payload"]["video_id"] for ad in ads]
    rows = AdVideo.objects.filter(ad_account=ad_account, video_id__in=wanted)
    found = {row.video_id: row for row in rows}
    own = {each.identity_id for each in videos.own_accounts(workspace, ad_account)}
    results = []
    launches = _launches(workspace, ad_account, ads, flights, now=now)
    for ad, launch in zip(ads, launches, strict=True):
        results += _of_video(ad, found.get(ad["payload"]["video_id"]), own, now=now)
        results += [
            answered(known, launch, known.ask(launch))
            for known in checklist.CHECKS
            if known.of_uploads
        ]
    return results


def by_name(known: Mapping[str, Product]) -> dict[str, Product]:
    """Products by their SKU as names of ads tell it."""
    return {naming.field(sku): product for sku, product in known.items()}


def product_of(ad: Mapping[str, Any], known: Mapping[str, Product]) -> Product | None:
    """The product of an upload, which its name tells. known : `by_name`"""
    told = naming.parse(ad["name"], naming.AD_FIELDS)
    return known.get(told["sku"]) if told else None


def _launches(
    workspace: Workspace,
    ad_account: AdAccount,
    ads: Sequence[dict[str, Any]],
    flights: Mapping[str, Flight],
    *,
    now: datetime,
) -> list[Launch]:
    """What the checks look at: of a post, its creator and its rights nothing."""
    known = by_name(products.products(workspace))
    others = OtherAds.read(workspace, ad_account, [], flights)
    pages = landing.kept(
        workspace,
        [flight.landing_url for flight in flights.values() if flight.landing_url],
        now=now,
    )
    limits = limits_of(policy_of(workspace))
    made = []
    for ad in ads:
        flight, product = flights[ad["key"]], product_of(ad, known)
        made.append(
            Launch(
                now=now,
                zone=workspace.timezone,
                item_id=contents.subject_of(ad),
                handle="",
                item_type="VIDEO",
                post_status="",
                caption=ad["payload"]["ad_text"],
                approved_caption="",
                is_own=True,
                duet_or_stitch_of="",
                authorization_state=None,
                authorization_ends_at=None,
                bound_to_account=False,
                identity_available=None,
                right=None,
                window=None,
                flight_start=flight.start,
                flight_end=flight.end,
                countries=flight.countries,
                music=None,
                lane="",
                lane_reason="",
                sku=product.sku if product else "",
                product_known=product is not None,
                stock=product.stock if product else None,
                landing_url=flight.landing_url,
                page=pages.get(page_of(flight.landing_url)) if flight.landing_url else None,
                product_title=product.title if product else "",
                price_minor=product.price_minor if product else None,
                price_currency=product.currency if product else "",
                wants_landing_page=flight.wants_landing_page,
                daily_budget_minor=flight.daily_budget_minor,
                currency=flight.currency,
                live_in=(),
                named_alike=others.named_alike(flight.ad_name),
                room=flight.room,
                identity_ads=others.listed.per_identity.get(ad["payload"]["identity_id"], 0)
                if others.listed.seen_at
                else None,
                ads_seen_at=others.listed.seen_at,
                contribution_minor=products.contribution_minor(product, commission_bp=0)
                if product
                else None,
                commission_bp=None,
                review=None,
                wants_review=False,
                refused_because="",
                refused_at=None,
                is_planned=True,
                is_upload=True,
                objective=flight.objective,
                optimization_goal=flight.optimization_goal,
                call_to_action=flight.call_to_action,
                pixel_id=flight.pixel_id,
                optimization_event=flight.optimization_event,
                events_seen=flight.events_seen,
                audience=flight.audience,
                ad_name=flight.ad_name,
                second_person=flight.second_person,
                limits=limits,
            )
        )
    return made


def _of_video(
    ad: dict[str, Any], video: AdVideo | None, own: set[str], *, now: datetime
) -> list[Result]:
    told = [(1, VIDEO, _video(video)), (9, ACCOUNT, _account(ad, own))]
    return [
        Result(
            number=number,
            title=title,
            level=Level.BLOCK,
            verdict={True: CheckVerdict.PASS, False: CheckVerdict.FAIL, None: CheckVerdict.UNKNOWN}[
                ok
            ],
            message=message,
            evidence={},
            item_id=contents.subject_of(ad),
            checked_at=now,
            expires_at=now + DAY,
            owner=MEDIA_BUYER,
            next_step=step,
        )
        for number, title, (ok, message, step) in told
    ]


Said = tuple[bool | None, str, str]
"""Whether it passes, the sentence, and the next step where it does not."""


def _video(video: AdVideo | None) -> Said:
    if video is None:
        return False, "This video was not uploaded here.", "Upload it under Videos."
    if video.state != AdVideo.State.READY:
        return None, f"The upload is not finished. {video.problem}", "Check again under Videos."
    return True, f"{video.file_name} is in the ad account's library.", ""


def _account(ad: dict[str, Any], own: set[str]) -> Said:
    if ad["payload"]["identity_id"] in own:
        return True, "The account is the brand's own and linked to the ad account.", ""
    if not own:
        return None, "No linked account of the brand is on record.", "Sync the ad account."
    return False, "The account is not the brand's own.", "Choose another one."
