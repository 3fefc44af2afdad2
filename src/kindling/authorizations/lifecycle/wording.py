"""Gaps between usage rights and ad authorization, in sentences as the message ids of translations. Pure."""

from __future__ import annotations

from kindling.authorizations.lifecycle.rules import Gap

GAPS = {
    Gap.NO_PERMISSION: "The usage rights cover paid use, but there is no ad authorization: ask for the video code.",
    Gap.NO_RIGHT: "There is an ad authorization, but no usage rights cover paid use: do not launch.",
    Gap.RIGHT_OUTLASTS: "The usage rights run longer than the ad authorization: ask for the extension now.",
    Gap.RIGHT_ENDS_FIRST: "The usage rights end before the ad authorization: renew the agreement or stop in time.",
}
