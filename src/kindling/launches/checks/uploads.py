"""The checks of an ad of an uploaded video: it has no post yet, and is published by the brand's own account."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kindling.kit.money import written
from kindling.launches.checks.rules import DAY, CheckVerdict, Level, Result
from kindling.launches.models import AdVideo
from kindling.launches.planning import content as contents
from kindling.launches.planning import minimums, videos
from kindling.workspaces.models import AdAccount, Workspace
from kindling.workspaces.rules import MEDIA_BUYER

VIDEO = "Video was uploaded"
ACCOUNT = "Published by the brand's own account"
LANDING = "Landing page"
BUDGET = "Budget at or above TikTok's minimum"


def check(
    workspace: Workspace, ad_account: AdAccount, tree: contents.Tree, *, now: datetime
) -> list[Result]:
    """Every check of each upload of a plan, in the order of their numbers."""
    ads = [ad for ad in tree.ads if not ad["item_id"]]
    if not ads:
        return []
    wanted = [ad["payload"]["video_id"] for ad in ads]
    rows = AdVideo.objects.filter(ad_account=ad_account, video_id__in=wanted)
    found = {row.video_id: row for row in rows}
    own = {each.identity_id for each in videos.own_accounts(workspace, ad_account)}
    return [
        result
        for ad in ads
        for result in _check(
            tree, ad, found.get(ad["payload"]["video_id"]), own, ad_account.currency, now=now
        )
    ]


def _check(
    tree: contents.Tree,
    ad: dict[str, Any],
    video: AdVideo | None,
    own: set[str],
    currency: str,
    *,
    now: datetime,
) -> list[Result]:
    told = [
        (1, VIDEO, _video(video)),
        (9, ACCOUNT, _account(ad, own)),
        (12, LANDING, _landing(tree, ad)),
        (15, BUDGET, _budget(tree, ad, currency)),
    ]
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


def _landing(tree: contents.Tree, ad: dict[str, Any]) -> Said:
    if not tree.objective(ad).wants_landing_page:
        return True, "This objective needs no landing page.", ""
    if not ad["payload"].get("landing_page_url", "").startswith("https://"):
        return False, "The landing page is not an https address.", "Correct the plan."
    return True, "The ad leads to an https address.", ""


def _budget(tree: contents.Tree, ad: dict[str, Any], currency: str) -> Said:
    least = minimums.adgroup_minor(currency)
    if least is None:
        return None, f"TikTok's minimum in {currency} is not known.", "Check it in Ads Manager."
    if tree.group(ad)["payload"]["budget_minor"] < least:
        return (
            False,
            f"TikTok requires at least {written(least, currency)} a day.",
            "Raise the budget.",
        )
    return True, "The budget meets TikTok's minimum.", ""
