"""What is wrong with usage rights, in sentences that are the message ids of translations; names of uses. Pure."""

from __future__ import annotations

from kindling.agreements.contract.terms import Medium
from kindling.agreements.rights.rules import RightProblem

RIGHT_PROBLEMS = {
    RightProblem.MISSING: "No usage rights are on record for this post.",
    RightProblem.NOT_PAID: "The usage rights do not cover paid use.",
    RightProblem.NOT_STARTED: "The usage rights have not started yet.",
    RightProblem.ENDED: "The usage rights have ended.",
    RightProblem.NO_HOLD: "No hold period is on record: the creator may delete the post at any time.",
    RightProblem.HOLD_ENDED: "The hold period has ended.",
}

MEDIA = {
    Medium.PAID_FROM_CREATOR: "ads from the creator's handle",
    Medium.SHOP_ADS: "Shop ads",
    Medium.PAID_FROM_BRAND: "ads from the brand's handle",
    Medium.ORGANIC_REPOST: "organic repost",
    Medium.OTHER_SITES: "other sites",
}
