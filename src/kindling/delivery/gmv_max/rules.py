"""What TikTok says of a post in GMV Max, in words, and what its commission comes to. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from kindling.kit.money import share_of


@dataclass(frozen=True, slots=True)
class PostState:
    """label : a chip; next_step : "" where there is none; needs_people : whether a notice is due"""

    label: str
    next_step: str = ""
    needs_people: bool = False


# R77; source: TikTok's open SDK, creative_delivery_status of GMV Max v1.3.
STATES = {
    "IN_QUEUE": PostState("In queue"),
    "LEARNING": PostState("Learning"),
    "DELIVERING": PostState("Delivering"),
    "NOT_DELIVERYING": PostState("Not delivering", "TikTok shows other posts instead."),
    "AUTHORIZATION_NEEDED": PostState(
        "Authorization needed", "Ask the creator for authorization.", needs_people=True
    ),
    "EXCLUDED": PostState("Excluded", "It was taken out in Ads Manager."),
    "UNAVAILABLE": PostState("Unavailable", "Check whether the post is still there.", needs_people=True),
    "REJECTED": PostState("Rejected", "Read TikTok's reason in Ads Manager.", needs_people=True),
    "NOT_ACTIVE": PostState("Not active", "Older than 30 days without revenue."),
}  # fmt: skip
UNKNOWN = PostState("Not told by TikTok")


def state_of(status: str) -> PostState:
    """The state in words; one that TikTok invents later is shown as it writes it."""
    if not status:
        return UNKNOWN
    return STATES.get(status) or PostState(status.replace("_", " ").capitalize())


def is_known(status: str) -> bool:
    """Whether the state is one whose meaning TikTok has published."""
    return status in STATES


def is_running(operation_status: str) -> bool:
    """Whether a campaign is switched on, as far as TikTok says."""
    return operation_status != "DISABLE"


def per_100_orders(price_minor: int | None, rate_bp: int | None) -> int | None:
    """A creator's commission on 100 orders of one unit at full price, in minor units; None where one is not known."""
    if price_minor is None or rate_bp is None:
        return None
    return share_of(100 * price_minor, rate_bp)
