"""What is wrong with a usage right, in sentences as the message ids of translations. Pure."""

from __future__ import annotations

from kindling.agreements.rights.rules import RightProblem

RIGHT_PROBLEMS = {
    RightProblem.MISSING: "No usage right is on record for this post.",
    RightProblem.NOT_PAID: "The usage right does not cover paid use.",
    RightProblem.NOT_STARTED: "The usage right has not started yet.",
    RightProblem.ENDED: "The usage right has ended.",
    RightProblem.NO_HOLD: "No hold period is on record: the creator may delete the post at any time.",
    RightProblem.HOLD_ENDED: "The hold period has ended.",
}
