"""How the phone says things: dates, spans and statuses in plain words beside exact UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tiktok_sandbox.world.creators import permissions
from tiktok_sandbox.world.state.entities import PUBLIC, Post
from tiktok_sandbox.world.world import World

VISIBILITY = {
    PUBLIC: "Everyone can see this post",
    "ONLY_FRIEND_SEE": "Only friends can see this post",
    "ONLY_AUTHOR_SEE": "Only you can see this post",
    "ONLY_USER_PASS": "Taken down after publishing",
    "USER_DELETE": "Deleted by you",
    "AUDIT_DELETE": "Deleted by moderation",
    "REVIEW_PENDING": "Waiting for review",
}
AD_STATUS = {
    "AUDIT": "in review",
    "REAUDIT": "in review again",
    "AUDIT_DENY": "rejected in review",
    "DELIVERY_OK": "running",
    "DISABLE": "switched off",
    "ADGROUP_DISABLE": "its ad group is switched off",
    "CAMPAIGN_DISABLE": "its campaign is switched off",
    "DELETE": "deleted",
    "ADGROUP_DELETE": "deleted with its ad group",
    "CAMPAIGN_DELETE": "deleted with its campaign",
    "NOT_START": "not started yet",
    "DONE": "over",
    "BUDGET_EXCEED": "today's budget is spent",
    "CAMPAIGN_EXCEED": "its campaign's budget is spent",
    "BALANCE_EXCEED": "the account has no money left",
    "ASSET_AUTHORIZATION_LOST": "stopped: authorization or post lost",
    "CREATOR_AUTHORIZATION_REVOKED": "stopped: authorization or post lost",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the ad authorization of a post stands; is_on while a code stands, even one that ended."""

    is_on: bool
    title: str
    detail: str
    end_at: datetime | None = None


def day(instant: datetime) -> str:
    """`Wednesday 1 April 2026`."""
    return f"{instant:%A} {instant.day} {instant:%B %Y}"


def moment(instant: datetime) -> str:
    """`1 April 2026, 14:05`."""
    return f"{instant.day} {instant:%B %Y, %H:%M}"


def exact(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S} UTC"


def span(now: datetime, then: datetime) -> str:
    """`in 30 days`, `3 hours ago`, `now`; rounded to what a person would say."""
    seconds = (then - now) / timedelta(seconds=1)
    for unit, size in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        count = round(abs(seconds) / size)
        if count >= (2 if unit == "day" else 1):
            words = f"{count} {unit}{'' if count == 1 else 's'}"
            return f"in {words}" if seconds > 0 else f"{words} ago"
    return "now"


def compact(count: int) -> str:
    """`950`, `1.2K`, `34K`, `1.2M`, as under a post."""
    for letter, size in (("M", 1_000_000), ("K", 1000)):
        if count >= size:
            short = f"{count / size:.1f}" if count < 10 * size else str(count // size)
            return f"{short.removesuffix('.0')}{letter}"
    return str(count)


def call_to_action(name: object) -> str:
    """`SHOP_NOW` → `Shop now`."""
    return str(name or "LEARN_MORE").replace("_", " ").capitalize()


def ad_status_words(status: str) -> str:
    short = status.removeprefix("AD_STATUS_")
    return AD_STATUS.get(short, short.replace("_", " ").lower())


def standing_of(world: World, post: Post) -> Standing:
    """The post's ad authorization in the creator's words."""
    code = permissions.find_code(world, post.item_id)
    if code is None:
        return Standing(
            is_on=False,
            title="Ad authorization is off",
            detail="Nobody can use this post as an ad.",
        )
    status, now = permissions.code_status(world, code), world.now
    if code.deleted_at is not None:
        return Standing(
            is_on=False,
            title="Ad authorization is off",
            detail=f"You deleted the code on {moment(code.deleted_at)} UTC.",
        )
    if status == "EXPIRED":
        return Standing(
            is_on=True,
            title=f"Authorization ended {span(now, code.end_at)}",
            detail="Ads with this post have stopped. Extend it to let them go on.",
            end_at=code.end_at,
        )
    detail = (
        "An ad uses this post."
        if status == "IN_USE"
        else "No ad uses this post yet. A brand needs your code first."
    )
    return Standing(
        is_on=True,
        title=f"Authorized until {day(code.end_at)}",
        detail=detail,
        end_at=code.end_at,
    )


def facts_of(world: World, post: Post) -> list[tuple[str, bool]]:
    """What matters for ads about the post, each with whether it is fine."""
    sound = "Sound licensed for ads" if post.music_licensed else "Sound not licensed for ads"
    disclosure = f"Commercial content disclosure {'on' if post.is_disclosed else 'off'}"
    facts = [
        (VISIBILITY.get(post.status, post.status), post.status == PUBLIC),
        (disclosure, post.is_disclosed),
        (sound, post.music_licensed),
    ]
    if post.music_blocked_locations:
        facts.append((f"Sound blocked in {', '.join(post.music_blocked_locations)}", False))
    if post.music_licensed_until is not None:
        is_over = post.music_licensed_until <= world.now
        words = "ended" if is_over else "ends"
        facts.append(
            (f"Sound licence {words} {moment(post.music_licensed_until)} UTC", not is_over)
        )
    if post.is_story:
        facts.append(("A story: cannot be an ad", False))
    if post.needs_original_code:
        kind = "Duet" if post.duet_of else "Stitch" if post.stitch_of else "Mentions a video"
        facts.append((f"{kind}: an ad also needs the other post's code", False))
    return facts
