"""The preflight checks that today's data can answer. Pure. Numbers are those of domain reference §6.

Adding one: write a function `Launch -> Result`, decorate it with its number and level, add it to `CHECKS`
by decorating, and run `python docs/generate.py`, which writes docs/reference/preflight.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from kindling.agreements.contract.terms import Medium
from kindling.agreements.rights.rules import (
    PaidWindow,
    Right,
    RightProblem,
    SpendCap,
    problems_of_right,
    uncovered_locations,
)
from kindling.agreements.rights.wording import MEDIA, RIGHT_PROBLEMS
from kindling.authorizations.lifecycle.rules import USABLE
from kindling.briefs.phrases import caption_drift, says
from kindling.briefs.rules import PostReview, SideState
from kindling.kit.money import written
from kindling.kit.time import instant_words
from kindling.launches import rules
from kindling.posts.rules import Lane

GOOD_FOR = timedelta(hours=24)  # a result older than this counts for nothing at submit


class Level(StrEnum):
    BLOCK = "block"
    WARN = "warn"


class CheckVerdict(StrEnum):
    PASS = "pass"  # noqa: S105 (a verdict, not a password)
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Launch:
    """Everything the checks look at for one post. None means not known, never "fine".

    flight_end : when the post's ad group stops
    music : TikTok's music_status for the locations and dates; None when it could not be asked
    music_asked_at : when TikTok said so, where that is an earlier answer; None for one of now
    review : what brand and legal decided about the post's draft; None for a post without a deliverable
    refused_because, refused_at : TikTok's final refusal of the post, as an ad or of its code; "" and None without
    wants_review : the workspace's policy: a post without a deliverable must not be launched
    live_in : names of other live ads of the same post
    zone : the workspace's, in which people are told times
    cap : the most that ads may spend under the post's agreement; None where none is agreed
    missing_notes : what the post policy wants written on the post before a launch and nobody wrote
    unknown_locations : location ids of the flight whose country is not on record
    most_minor : what the plan, and other approved ones, can spend from now on, on all posts under that cap; where
        none is planned, what a week at TikTok's minimum can spend on this post alone
    creator_answer : to the question for their approval; None while there is no stored plan to ask about
    is_planned : the flight is one of a plan; Inventory only assumes one
    """

    now: datetime
    item_id: str
    handle: str
    item_type: str
    post_status: str
    caption: str
    approved_caption: str
    is_own: bool
    duet_or_stitch_of: str
    authorization_state: str | None
    authorization_ends_at: datetime | None
    bound_to_account: bool
    identity_available: bool | None
    right: Right | None
    window: PaidWindow | None
    flight_start: datetime
    flight_end: datetime
    countries: tuple[str, ...]
    music: str | None
    lane: str
    lane_reason: str
    sku: str
    product_known: bool
    stock: int | None
    landing_url: str
    wants_landing_page: bool
    daily_budget_minor: int
    currency: str
    live_in: tuple[str, ...]
    contribution_minor: int | None
    commission_bp: int | None
    review: PostReview | None
    wants_review: bool
    refused_because: str
    refused_at: datetime | None
    zone: str = "UTC"
    cap: SpendCap | None = None
    most_minor: int = 0
    creator_answer: rules.CreatorAnswer | None = None
    is_planned: bool = True
    music_asked_at: datetime | None = None
    unknown_locations: tuple[str, ...] = ()
    missing_notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """One check's answer for one post, with what it was based on and until when it counts."""

    number: int
    title: str
    level: Level
    verdict: CheckVerdict
    message: str
    evidence: dict[str, Any]
    item_id: str
    checked_at: datetime
    expires_at: datetime

    @property
    def blocks(self) -> bool:
        """An unanswered blocking check blocks too: unknown is not fine."""
        return self.level is Level.BLOCK and self.verdict is not CheckVerdict.PASS

    def to_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "title": self.title,
            "level": self.level,
            "verdict": self.verdict,
            "message": self.message,
            "evidence": self.evidence,
            "item_id": self.item_id,
            "checked_at": self.checked_at.isoformat(),
            "expires_at": self.expires_at.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """What a check function says: pass or fail, the sentence, the facts behind it.

    is_warning : a check that blocks only warns with this answer
    """

    ok: bool | None
    message: str
    evidence: dict[str, Any]
    is_warning: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    number: int
    title: str
    level: Level
    ask: Callable[[Launch], Answer]


CHECKS: list[Check] = []


def check(
    number: int, title: str, level: Level
) -> Callable[[Callable[[Launch], Answer]], Callable[[Launch], Answer]]:
    """Register a check under its number in domain reference §6."""

    def register(ask: Callable[[Launch], Answer]) -> Callable[[Launch], Answer]:
        CHECKS.append(Check(number, title, level, ask))
        CHECKS.sort(key=lambda known: (known.number, known.title))
        return ask

    return register


def run(launch: Launch) -> list[Result]:
    """Every check's result for one post, in the order of their numbers."""
    return [_result(known, launch, known.ask(launch)) for known in CHECKS]


def _result(known: Check, launch: Launch, answer: Answer) -> Result:
    verdict = {True: CheckVerdict.PASS, False: CheckVerdict.FAIL, None: CheckVerdict.UNKNOWN}[
        answer.ok
    ]
    return Result(
        number=known.number,
        title=known.title,
        level=Level.WARN if answer.is_warning else known.level,
        verdict=verdict,
        message=answer.message,
        evidence=answer.evidence,
        item_id=launch.item_id,
        checked_at=launch.now,
        expires_at=launch.now + GOOD_FOR,
    )


@check(1, "Post can be used", Level.BLOCK)
def _post(launch: Launch) -> Answer:
    facts = {"status": launch.post_status, "type": launch.item_type}
    if launch.item_type not in {"VIDEO", "CAROUSEL"}:
        return Answer(
            False, f"{launch.item_type} posts cannot be Spark Ads. Choose another post.", facts
        )
    if launch.post_status in {"HESITATE_RECOMMEND", "ONLY_AUTHOR_SEE", "ONLY_FRIEND_SEE"}:
        return Answer(True, "The post exists and its type can be a Spark Ad.", facts)
    return Answer(
        False, "The post is deleted, taken down or under review. Choose another post.", facts
    )


@check(1, "Not refused by TikTok", Level.BLOCK)
def _refused(launch: Launch) -> Answer:
    if launch.refused_at is None:
        return Answer(True, "TikTok has not refused the post.", {})
    facts = {"refused_at": launch.refused_at.isoformat(), "because": launch.refused_because}
    return Answer(
        False,
        f"TikTok refused this post on {launch.refused_at:%d %b %Y}: {launch.refused_because}",
        facts,
    )


@check(2, "Ad authorization covers the flight", Level.BLOCK)
def _authorization(launch: Launch) -> Answer:
    ends = launch.authorization_ends_at
    facts = {"state": launch.authorization_state, "ends_at": ends.isoformat() if ends else None}
    if launch.authorization_state is None:
        return Answer(False, "No ad authorization: ask the creator for a video code.", facts)
    if launch.authorization_state not in USABLE:
        state = launch.authorization_state.replace("_", " ")
        return Answer(
            False, f"The ad authorization is {state}. Get a new video code or an extension.", facts
        )
    if not launch.bound_to_account:
        return Answer(
            False,
            "The ad authorization is not bound to this ad account. Add the video code for this account.",
            facts,
        )
    if ends is not None and ends < launch.flight_end:
        return Answer(
            False,
            "The ad authorization ends before the flight ends. Extend it or shorten the flight.",
            facts,
        )
    if launch.window is not None and launch.window.ends_at < launch.flight_end:
        moment = instant_words(launch.window.ends_at, launch.zone)
        return Answer(
            False,
            f"The flight ends after {moment}, the stop-by time ({launch.window.bound_by.label} ends first). "
            "Extend what ends first, or plan a shorter flight.",
            facts,
        )
    if launch.flight_end <= launch.flight_start:
        return Answer(False, "The stop-by date has passed. Extend the authorization first.", facts)
    return Answer(True, "Bound to this ad account for the whole flight.", facts)


OF_THE_HOLD = frozenset({RightProblem.NO_HOLD, RightProblem.HOLD_ENDED})  # check 4 tells of these


@check(3, "Usage rights cover paid use", Level.BLOCK)
def _right(launch: Launch) -> Answer:
    if launch.is_own:
        return Answer(True, "The brand's own post needs no usage rights.", {})
    problems = [
        problem
        for problem in problems_of_right(launch.right, now=launch.flight_start)
        if problem not in OF_THE_HOLD
    ]
    if problems:
        found = " ".join(RIGHT_PROBLEMS[problem] for problem in problems)
        return Answer(False, f"{found} Record the agreement first.", {})
    assert launch.right is not None  # noqa: S101 (problems_of_right names a missing right)
    media = launch.right.media
    if media and Medium.PAID_FROM_CREATOR not in media:
        # No objective here is one of the shop, whose ads `Medium.SHOP_ADS` would cover.
        allowed = ", ".join(MEDIA[Medium(each)] for each in media)
        return Answer(
            False,
            f"The agreement does not allow ads from the creator's handle, only: {allowed}. Agree on that use first.",
            {"media": list(media)},
        )
    facts = {"ends_at": launch.right.ends_at.isoformat(), "territory": list(launch.right.territory)}
    outside = uncovered_locations(launch.right.territory, launch.countries)
    if outside:
        return Answer(
            False,
            f"No usage rights for {', '.join(outside)}. Remove these countries or extend the usage rights.",
            facts,
        )
    if launch.right.territory and launch.unknown_locations:
        return Answer(
            None,
            f"The usage rights are for {', '.join(launch.right.territory)} only, and the country of location "
            f"{', '.join(launch.unknown_locations)} is not on record. Plan whole countries instead.",
            {**facts, "locations": list(launch.unknown_locations)},
        )
    if launch.right.ends_at < launch.flight_end:
        return Answer(
            False,
            "The usage rights end before the flight ends. Extend them or shorten the flight.",
            facts,
        )
    return Answer(True, "The usage rights cover the flight and its countries.", facts)


@check(4, "Hold period covers the flight", Level.BLOCK)
def _hold(launch: Launch) -> Answer:
    if launch.is_own:
        return Answer(True, "The brand controls its own post.", {})
    hold = launch.right.hold_until if launch.right else None
    if hold is None:
        return Answer(
            False, "No hold period agreed: the creator may delete the post. Agree on one first.", {}
        )
    facts = {"hold_until": hold.isoformat()}
    if hold < launch.flight_end:
        return Answer(
            False,
            "The hold period ends before the flight ends. Extend it or shorten the flight.",
            facts,
        )
    return Answer(True, "The creator keeps the post public for the whole flight.", facts)


@check(5, "Caption matches the approved text", Level.BLOCK)
def _caption(launch: Launch) -> Answer:
    if not launch.approved_caption:
        return Answer(True, "No approved caption on record; the live caption is used as final.", {})
    same = caption_drift(launch.approved_caption, launch.caption) is None
    facts = {"live": launch.caption[:300], "approved": launch.approved_caption[:300]}
    words = (
        "The live caption is the approved caption."
        if same
        else (
            "The live caption differs from the approved caption. Ask for a correction or approve it again."
        )
    )
    return Answer(same, words, facts)


MUSIC = "Music cleared for the countries and dates"


@check(6, MUSIC, Level.BLOCK)
def _music(launch: Launch) -> Answer:
    is_warranted = launch.right is not None and launch.right.music_warranty
    asked_at = launch.music_asked_at
    facts: dict[str, Any] = {"music_status": launch.music, "creator_confirmed": is_warranted}
    if asked_at is not None:
        facts["asked_at"] = asked_at.isoformat()
    if launch.music is None and not launch.is_planned:
        return Answer(
            None,
            "TikTok was not asked about the music in the last three days. Kindling asks within 15 minutes "
            "once nothing else is missing.",
            facts,
        )
    if launch.music is None:
        return Answer(None, "TikTok did not answer the music check. Run preflight again.", facts)
    if launch.music in {"WITH_FULL_AUTHORIZATION", "WITHOUT_SONG_ID"}:
        when = f", as TikTok said {instant_words(asked_at, launch.zone)}" if asked_at else ""
        return Answer(True, f"The music is cleared for ads for this flight{when}.", facts)
    words = "The music is not cleared for ads. Choose another post or clear it."
    if is_warranted:
        words += (
            " The creator confirmed in the agreement that it may be used in ads: ask them first."
        )
    return Answer(False, words, facts)


def _unreviewed(launch: Launch) -> Answer:
    """No deliverable, so no review on record: unknown, and the policy says how much that weighs."""
    return Answer(
        None,
        "There is no deliverable for this post, so no review is on record. Link the post to its deliverable.",
        {},
        is_warning=not launch.wants_review,
    )


def _as_checked(review: PostReview, outcome: str, *, good: str, bad: str, open_: str) -> Answer:
    """What a check of the draft said when brand approved it; a person may have approved against it, with a reason."""
    facts = {"outcome": outcome, "brand": review.brand.value, "reason": review.override}
    if outcome == "pass":
        return Answer(True, good, facts)
    if outcome == "fail" and not review.override:
        return Answer(False, bad, facts)
    if outcome == "fail":
        return Answer(True, f"Approved by the brand against the check: {review.override}", facts)
    return Answer(None, open_, facts)


@check(7, "Disclosure as the brief requires", Level.BLOCK)
def _disclosure(launch: Launch) -> Answer:
    if launch.review is None:
        return _unreviewed(launch)
    return _as_checked(
        launch.review,
        launch.review.disclosure,
        good="The approved draft has the disclosure that the brief requires.",
        bad="The draft does not have the disclosure that the brief requires. Ask for a new draft.",
        open_="The disclosure is not known: no approved draft says it. Review the draft, and state it in the brief.",
    )


@check(7, "Agreed disclosure in the caption", Level.BLOCK)
def _disclosure_words(launch: Launch) -> Answer:
    words = launch.right.disclosure_words if launch.right else ""
    if launch.is_own or not words:
        return Answer(True, "The agreement asks for no words in the caption.", {})
    facts = {"agreed": words, "live": launch.caption[:300]}
    if not launch.caption:
        return Answer(
            None, f"The caption is not known yet; the agreement asks for “{words}” in it.", facts
        )
    if says(launch.caption, words):
        return Answer(True, f"The caption says “{words}”, as agreed.", facts)
    return Answer(
        False,
        f"The caption lacks “{words}”, which the agreement asks for. Ask the creator for a correction.",
        facts,
    )


@check(8, "Approved by brand and legal", Level.BLOCK)
def _approved(launch: Launch) -> Answer:
    review = launch.review
    if review is None:
        return _unreviewed(launch)
    sides = {"brand": review.brand, "legal": review.legal}
    facts = {name: state.value for name, state in sides.items()}
    refused = [name for name, state in sides.items() if state is SideState.REFUSED]
    if refused:
        who = " and ".join(refused)
        return Answer(False, f"The draft was refused by {who}. Wait for a new draft.", facts)
    waiting = [name for name, state in sides.items() if state is SideState.OPEN]
    if waiting:
        who = " and ".join(waiting)
        return Answer(False, f"The draft is not approved by {who} yet. Review it first.", facts)
    return Answer(True, "The draft is approved by everybody who must.", facts)


@check(8, "Approved by the creator", Level.BLOCK)
def _by_creator(launch: Launch) -> Answer:
    if launch.is_own or launch.right is None or not launch.right.final_approval:
        return Answer(True, "The agreement does not ask for the creator's approval of the ad.", {})
    answer = launch.creator_answer
    facts = {"answer": answer.value if answer else None}
    match answer:
        case rules.CreatorAnswer.APPROVED:
            return Answer(True, "The creator approved this ad.", facts)
        case rules.CreatorAnswer.REFUSED:
            return Answer(
                False,
                "The creator refused this ad. Talk to them, or plan without this post.",
                facts,
            )
        case rules.CreatorAnswer.CHANGED:
            return Answer(
                False,
                "The ad has changed since the creator was asked. Ask for approval again.",
                facts,
            )
        case rules.CreatorAnswer.ASKED:
            return Answer(
                None, f"@{launch.handle} was asked to approve the ad: wait for it.", facts
            )
        case rules.CreatorAnswer.NOT_ASKED:
            return Answer(
                None, "The agreement asks for the creator's approval of the ad. Ask for it.", facts
            )
    return Answer(
        None,
        "The agreement asks for the creator's approval of the ad: ask for it when the plan is made.",
        facts,
        is_warning=not launch.is_planned,
    )


@check(9, "TikTok account is healthy", Level.BLOCK)
def _identity(launch: Launch) -> Answer:
    if launch.identity_available is None:
        return Answer(None, "The account is checked once an ad authorization is on record.", {})
    if launch.identity_available:
        return Answer(True, "TikTok allows ads from this account.", {})
    return Answer(False, "TikTok blocks ads from this account. Check it with its owner.", {})


@check(10, "Original of a duet or stitch is authorized", Level.BLOCK)
def _origin(launch: Launch) -> Answer:
    if not launch.duet_or_stitch_of:
        return Answer(True, "The post is not a duet or stitch.", {})
    facts = {"origin": launch.duet_or_stitch_of}
    if launch.authorization_state in USABLE:
        return Answer(
            True, "TikTok bound it together with the video code of the original post.", facts
        )
    return Answer(
        False, "The video code of the original post is needed too. Ask its creator.", facts
    )


@check(11, "Post is public", Level.BLOCK)
def _private(launch: Launch) -> Answer:
    if launch.post_status in {"ONLY_AUTHOR_SEE", "ONLY_FRIEND_SEE"}:
        # TikTok would make it public (R26); without the creator's consent on record that is not ours to do.
        return Answer(
            False, "The post is private. Ask the creator to make it public, then sync again.", {}
        )
    return Answer(True, "The post is public already.", {})


@check(12, "Product and landing page", Level.BLOCK)
def _landing(launch: Launch) -> Answer:
    facts = {"sku": launch.sku, "stock": launch.stock, "landing_url": launch.landing_url}
    if not launch.wants_landing_page:
        return Answer(True, "This objective needs no landing page.", facts)
    if not launch.product_known:
        return Answer(False, "The post has no product. Set its SKU.", facts)
    if not launch.landing_url.startswith("https://"):
        return Answer(
            False, "The landing page is not an https address. Correct the product.", facts
        )
    if launch.stock is not None and launch.stock <= 0:
        return Answer(False, "The product is out of stock. Restock or choose another post.", facts)
    return Answer(True, "The product is in stock and has an https landing page.", facts)


@check(15, "Budget at or above TikTok's minimum", Level.BLOCK)
def _budget(launch: Launch) -> Answer:
    least = rules.MIN_ADGROUP_MINOR
    facts = {"daily_budget_minor": launch.daily_budget_minor, "minimum_minor": least}
    if launch.daily_budget_minor < least:
        amount = written(least, launch.currency)
        return Answer(
            False,
            f"TikTok requires at least {amount} a day. Raise the budget.",
            facts,
        )
    return Answer(True, "The budget meets TikTok's minimum.", facts)


MAXIMUM_SPEND = "Agreed maximum ad spend"


@check(15, MAXIMUM_SPEND, Level.BLOCK)
def _cap(launch: Launch) -> Answer:
    cap = launch.cap
    if launch.is_own or cap is None:
        return Answer(True, "No maximum ad spend is agreed for this post.", {})
    facts = {**cap.to_json(), "agreement": cap.agreement, "planned_minor": launch.most_minor}
    if cap.is_reached:
        return Answer(
            False,
            f"The agreed maximum ad spend, {cap.cap}, is reached. Agree on more first.",
            facts,
        )
    if cap.doubt:
        return Answer(None, f"What is left of the agreed {cap.cap} is unknown. {cap.doubt}", facts)
    if launch.currency != cap.currency:
        return Answer(
            None,
            f"The {'plan' if launch.is_planned else 'ad account'} spends {launch.currency} and the agreed maximum "
            f"is in {cap.currency}: amounts are never converted.",
            facts,
        )
    if cap.is_passed_by(launch.most_minor):
        words = (
            f"{_spending(launch)}, and {cap.left} of the agreed {cap.cap} is left. "
            "Plan fewer days, a lower budget, or agree on more."
        )
        return Answer(False, words, facts)
    words = f"{_spending(launch)}; {cap.left} of the agreed {cap.cap} is left."
    return Answer(True, words, facts)


def _spending(launch: Launch) -> str:
    """What `most_minor` is of: Inventory knows of no plan, and counts no other either."""
    most = written(launch.most_minor, launch.currency)
    if launch.is_planned:
        return f"With what else is approved under the agreement the plan can spend {most}"
    return f"A week at TikTok's minimum budget can spend {most}, without what other plans can spend"


@check(17, "Usage rights and video code end together", Level.WARN)
def _shorter(launch: Launch) -> Answer:
    code_end = launch.authorization_ends_at
    if launch.right is None or code_end is None:
        return Answer(True, "Nothing to compare.", {})
    facts = {"code_ends": code_end.isoformat(), "right_ends": launch.right.ends_at.isoformat()}
    if code_end < launch.right.ends_at:
        return Answer(
            False,
            "The usage rights run longer than the video code: ask for an extension now.",
            facts,
        )
    return Answer(True, "The video code lasts as long as the usage rights.", facts)


@check(18, "Organic performance", Level.WARN)
def _evidence(launch: Launch) -> Answer:
    ok = launch.lane == Lane.SPARK_READY
    return Answer(
        ok,
        launch.lane_reason or "The organic metrics were not evaluated yet.",
        {"lane": launch.lane},
    )


@check(18, "Not kept out of paid", Level.BLOCK)
def _kept_out(launch: Launch) -> Answer:
    if launch.lane == Lane.KEEP_OUT:
        return Answer(False, f"Kept out of paid: {launch.lane_reason}", {"lane": launch.lane})
    return Answer(True, "The post is not kept out of paid.", {"lane": launch.lane})


@check(18, "Hand-off notes", Level.BLOCK)
def _notes(launch: Launch) -> Answer:
    if launch.missing_notes:
        named = ", ".join(launch.missing_notes)
        return Answer(
            False,
            f"Required by the post policy and missing: {named}. Write them on the post.",
            {"missing": list(launch.missing_notes)},
        )
    return Answer(True, "Everything that the post policy requires is written on the post.", {})


NOT_LIVE = "Not already live in another ad"


@check(20, NOT_LIVE, Level.WARN)
def _self_competition(launch: Launch) -> Answer:
    if launch.live_in:
        names = ", ".join(launch.live_in[:3])
        return Answer(
            False,
            f"The same post is already live in {names}: the ads would compete with each other.",
            {},
        )
    return Answer(True, "No other ad uses this post.", {})


@check(23, "AI content declared", Level.BLOCK)
def _ai(launch: Launch) -> Answer:
    if launch.review is None:
        return _unreviewed(launch)
    return _as_checked(
        launch.review,
        launch.review.ai,
        good="The approved draft declares its AI-generated parts, or has none.",
        bad="AI-generated parts are not declared, or not allowed. Ask for a new draft.",
        open_="Whether it has AI-generated parts is not known: no draft is approved. Review the draft.",
    )


@check(24, "Margin per order", Level.WARN)
def _contribution(launch: Launch) -> Answer:
    facts = {"contribution_minor": launch.contribution_minor, "commission_bp": launch.commission_bp}
    if launch.contribution_minor is None:
        return Answer(
            None, "The costs of the product are unknown, so the break-even CPA is unknown.", facts
        )
    amount = written(launch.contribution_minor, launch.currency)
    if launch.contribution_minor <= 0:
        return Answer(
            False,
            f"Each order leaves {amount} before ad spend: it cannot be profitable.",
            facts,
        )
    return Answer(True, f"The break-even CPA is {amount}, after commission.", facts)
