"""The brand answers under an ad of its own account, over the wire."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from commented_posts import opened
from sample_team import PLAIN, Team

from kindling.comments import acts, sync
from kindling.comments.models import Comment, CommentAct
from kindling.comments.rules import Speaker
from kindling.creators.models import Creator
from kindling.errors import ConflictError


def asked(team: Team, path: str, **parameters: object) -> dict[str, Any]:
    answer = httpx.get(
        f"{team.sandbox.url}/open_api/v1.3/{path}/",
        params={"advertiser_id": team.account.advertiser_id, **parameters},  # type: ignore[dict-item]
        headers={"Access-Token": team.account.connection.access_token},
        trust_env=False,
        verify=PLAIN,
    ).json()
    assert answer["code"] == 0, answer["message"]
    found: dict[str, Any] = answer["data"]
    return found


@pytest.fixture
def own(commented: Team) -> Comment:
    """A comment under an ad that shows a post of the brand's linked account."""
    team = commented
    identities = asked(team, "identity/get", identity_type="TT_USER")["identity_list"]
    identity = identities[0]
    videos = asked(
        team, "identity/video/get", identity_id=identity["identity_id"], identity_type="TT_USER"
    )["video_list"]
    item = str(videos[0]["item_id"])
    group = team.held("adgroup")[0]
    team.in_ads_manager(
        "adgroup/status/update", adgroup_ids=[group["adgroup_id"]], operation_status="ENABLE"
    )
    team.in_ads_manager(
        "ad/create", adgroup_id=group["adgroup_id"],
        creatives=[{
            "ad_name": "Own post", "identity_type": "TT_USER", "identity_id": identity["identity_id"],
            "ad_format": "SINGLE_VIDEO", "tiktok_item_id": item, "call_to_action": "SHOP_NOW",
            "landing_page_url": "https://shop.example/own",
        }],
    )  # fmt: skip
    team.sandbox.advance(days=4)
    team.read()
    sync.sync_ad_account(team.account, at=team.now)
    row = Comment.objects.filter(
        item_id=item, ad__identity_type="TT_USER", is_ours=False, parent_id=""
    ).first()
    assert row is not None
    assert row.post is not None
    Creator.objects.filter(pk=row.post.creator_id).update(is_own=True)
    return opened(team, row.comment_id)


def test_stands_at_tiktok_once_and_is_the_brands(commented: Team, own: Comment) -> None:
    assert acts.speaker(own) is Speaker.BRAND
    act = acts.reply(commented.owner, own, "Thank you, it is in our shop.", at=commented.now)
    assert act.is_done
    thread = acts._thread(own, at=commented.now)
    assert sum(each.text == "Thank you, it is in our shop." for each in thread) == 1
    with pytest.raises(ConflictError):
        acts.reply(
            commented.owner,
            opened(commented, own.comment_id),
            "Thank you,  it is in our shop.",
            at=commented.now,
        )
    assert CommentAct.objects.count() == 1


def test_whose_reply_was_lost_is_found_and_not_sent_again(commented: Team, own: Comment) -> None:
    commented.fault("drop_reply", "/comment/post/", times=1)
    act = acts.reply(commented.owner, own, "Found again.", at=commented.now)
    assert act.is_done
    assert sum(each.text == "Found again." for each in acts._thread(own, at=commented.now)) == 1
    commented.sandbox.advance(hours=1)
    sync.sync_ad_account(commented.account, at=commented.now)
    ours = Comment.objects.get(comment_id=act.reply_id)
    assert ours.is_ours
    assert ours.parent_id == own.comment_id
