"""What a comment needs, who may answer it, what may be hidden, and when criticism is more than usual. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kindling.comments.classify.labels import Category

SURE_FROM = 0.6  # confidence below which a label counts for nothing
LABELS: Mapping[Category, str] = {
    Category.BUYING_QUESTION: "Buying question",
    Category.PRODUCT_QUESTION: "Product question",
    Category.PRICE_SHIPPING: "Price or shipping",
    Category.WHERE_TO_BUY: "Where to buy",
    Category.PRAISE_TRUST: "Praise",
    Category.TAG_FRIEND: "Tags a friend",
    Category.OWN_EXPERIENCE_POSITIVE: "Good experience",
    Category.OWN_EXPERIENCE_NEGATIVE: "Bad experience",
    Category.SKEPTICISM: "Skepticism",
    Category.ORDER_SUPPORT: "Order support",
    Category.SAFETY_CLAIM_CONCERN: "Safety or claim concern",
    Category.AD_DISCLOSURE_COMPLAINT: "Disclosure complaint",
    Category.CREATOR_DIRECTED: "For the creator",
    Category.COMPETITOR_MENTION: "Names a competitor",
    Category.DUPE_MENTION: "Names a dupe",
    Category.SPAM_SCAM: "Spam or scam",
    Category.ABUSE_HATE: "Abuse or hate",
    Category.PERSONAL_DATA: "Personal data",
    Category.OFF_TOPIC: "Off topic",
    Category.MEME_AMBIGUOUS: "Meme or unclear",
}
ANSWERED_FIRST = frozenset(
    {Category.BUYING_QUESTION, Category.PRICE_SHIPPING, Category.WHERE_TO_BUY}
)
CRITICISM = frozenset(
    {
        Category.SKEPTICISM, Category.OWN_EXPERIENCE_NEGATIVE, Category.ORDER_SUPPORT,
        Category.SAFETY_CLAIM_CONCERN, Category.AD_DISCLOSURE_COMPLAINT,
    }
)  # fmt: skip
ANSWERED = ANSWERED_FIRST | CRITICISM | {Category.PRODUCT_QUESTION}
HIDEABLE = frozenset(
    {Category.SPAM_SCAM, Category.ABUSE_HATE, Category.PERSONAL_DATA, Category.OFF_TOPIC}
)
MOST_REPLY = 1200  # characters; reference tiktok-api §9
MOST_WORD = 80


def category_of(label: str, confidence: float, by_person: str) -> str:
    """The category that counts: what a person said, else a label that is sure; "" where neither is."""
    return by_person or (label if confidence >= SURE_FROM else "")


def wants_answer(category: str, *, asks: bool) -> bool:
    """Whether a comment waits for an answer of the brand. asks : it has a question mark; counts where none is sure."""
    return category in ANSWERED if category else asks


def due_at(category: str, written_at: datetime, *, hours: int) -> datetime:
    """Until when it is answered: twice as fast where somebody is about to buy or fears for their safety."""
    is_first = category in ANSWERED_FIRST or category == Category.SAFETY_CLAIM_CONCERN
    return written_at + timedelta(hours=hours) / (2 if is_first else 1)


# --- Who may speak -------------------------------------------------------------------------------------------------


class Speaker(StrEnum):
    """In whose name a comment can be answered (R84)."""

    BRAND = "brand"
    BRAND_ACCOUNT = "brand_account"
    CREATOR = "creator"
    ASK_CREATOR = "ask_creator"


OWN_IDENTITIES = ("TT_USER", "BC_AUTH_TT")


def speaker_of(*, is_own_post: bool, has_ad: bool, identity_type: str, may_manage: bool) -> Speaker:
    """Who answers a comment.

    is_own_post : the post is of the brand's own account; has_ad : an ad shows the post, with this `identity_type`
    may_manage : the account that owns the post lets Kindling answer comments in its name
    """
    if is_own_post and has_ad and identity_type in OWN_IDENTITIES:
        return Speaker.BRAND
    if may_manage:
        return Speaker.BRAND_ACCOUNT if is_own_post else Speaker.CREATOR
    return Speaker.ASK_CREATOR


# --- What may be hidden --------------------------------------------------------------------------------------------


def why_not_hidden(category: str, reason: str, *, hit_blocked_word: bool) -> str:
    """Why a person may not hide a comment as `reason`, a category, as a sentence; "" where they may (R85, R88)."""
    if hit_blocked_word:
        return (
            "A blocked word hides this comment already; TikTok lets nobody hide or show it by hand."
        )
    if reason not in HIDEABLE:
        return "Only spam, abuse, personal data and comments off topic are hidden."
    if category in CRITICISM:
        return f"This comment is criticism ({LABELS[Category(category)].lower()}): it gets a reply and stays."
    if category and category not in HIDEABLE and category != Category.MEME_AMBIGUOUS:
        return f"This comment has the category {LABELS[Category(category)].lower()}, which is not hidden."
    return ""


# --- How good the comments of a post are ----------------------------------------------------------------------------

Z = 1.959963984540054  # of 95 %
LEAST_COMMENTS = 30  # judged comments, before their share says anything of a post
MOST_CRITICISM = 0.15


@dataclass(frozen=True, slots=True)
class Quality:
    """Criticism under a post, of the comments whose category is known. share, low, high : None of no comment.

    n : comments of a known category, answers of brand and creator left out
    """

    n: int
    critical: int
    share: float | None
    low: float | None
    high: float | None

    @property
    def is_bad(self) -> bool:
        """Whether criticism is high for sure: enough comments, and even the low end of the interval is."""
        return self.n >= LEAST_COMMENTS and self.low is not None and self.low > MOST_CRITICISM

    @property
    def is_enough(self) -> bool:
        return self.n >= LEAST_COMMENTS


def quality(critical: int, n: int) -> Quality:
    """Share of criticism with its 95 % interval (Wilson 1927). Raises ValueError for more of it than comments."""
    if not 0 <= critical <= n:
        raise ValueError("more criticism than comments")
    if n == 0:
        return Quality(0, 0, None, None, None)
    low, high = interval(critical, n)
    return Quality(n, critical, critical / n, low, high)


def interval(hits: int, n: int) -> tuple[float, float]:
    """Wilson's interval of hits among n, n above 0."""
    share = hits / n
    middle = share + Z**2 / (2 * n)
    reach = Z * math.sqrt(share * (1 - share) / n + (Z / (2 * n)) ** 2)
    below = 1 + Z**2 / n
    return max(0.0, (middle - reach) / below), min(1.0, (middle + reach) / below)


# --- More criticism than usual -------------------------------------------------------------------------------------

RECENT = timedelta(hours=24)
PAST = timedelta(days=14)
LEAST_RECENT = 5  # critical comments
LEAST_MORE = 0.10  # points of share
LEAST_TIMES = 2.0  # of the rate


@dataclass(frozen=True, slots=True)
class Storm:
    """More criticism under a post in the last day than in its own past.

    low, high : 95 % interval of the recent share; before : share in the past, None where there is none
    times : by how much the hourly rate rose at least; None where the past has no length
    """

    critical: int
    n: int
    low: float
    high: float
    before: float | None
    times: float | None


def storm_of(
    comments: Iterable[tuple[datetime, bool]], *, posted_at: datetime | None, now: datetime
) -> Storm | None:
    """Whether criticism rose for sure: its share, or its rate. comments : when, and whether it is criticism."""
    recent, past = [0, 0], [0, 0]
    first = now
    for written_at, is_critical in comments:
        age = now - written_at
        if timedelta(0) <= age < RECENT + PAST:
            counts = recent if age < RECENT else past
            counts[0] += is_critical
            counts[1] += 1
            first = min(first, written_at)
    (critical, n), (before_critical, before_n) = recent, past
    if critical < LEAST_RECENT:
        return None
    low, high = interval(critical, n)
    began = max(first if posted_at is None else posted_at, now - RECENT - PAST)
    past_hours = max(0.0, (now - RECENT - began) / timedelta(hours=1))
    before = before_critical / before_n if before_n else None
    has_larger_share = (
        before_n > 0 and _difference_low(critical, n, before_critical, before_n) > LEAST_MORE
    )
    times = _times_low(critical, before_critical, past_hours) if past_hours >= 24 else None
    has_higher_rate = times is not None and times > LEAST_TIMES and low > MOST_CRITICISM
    if not (has_larger_share or has_higher_rate):
        return None
    return Storm(critical, n, low, high, before, times)


def _difference_low(hits: int, n: int, before: int, before_n: int) -> float:
    """Low end of the 95 % interval of a difference of shares (Newcombe 1998, method 10)."""
    share, past = hits / n, before / before_n
    low, past_high = interval(hits, n)[0], interval(before, before_n)[1]
    return share - past - math.sqrt((share - low) ** 2 + (past_high - past) ** 2)


def _times_low(recent: int, past: int, past_hours: float) -> float:
    """Low end of the 95 % interval of the ratio of two rates, from the share of all that is recent."""
    low = interval(recent, recent + past)[0]
    return low / (1 - low) * past_hours / (RECENT / timedelta(hours=1))


# --- Words and templates --------------------------------------------------------------------------------------------


def words_of(text: str) -> list[str]:
    """Blocked words as they are typed, one a line, each once, with single spaces."""
    found = [" ".join(line.split()) for line in text.splitlines()]
    return list(dict.fromkeys(each for each in found if each))


def filled(template: str, *, handle: str, brand: str) -> str:
    """A reply's template with its two places filled: {name} is who wrote the comment, {brand} the workspace."""
    return (
        template.replace("{name}", f"@{handle}" if handle else "").replace("{brand}", brand).strip()
    )
