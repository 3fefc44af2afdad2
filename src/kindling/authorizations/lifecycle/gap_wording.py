"""Gaps between usage rights and ad authorization, in sentences that are the message ids of translations. Pure."""

from __future__ import annotations

from kindling.authorizations.lifecycle.rules import Gap

GAPS = {
    Gap.NO_PERMISSION: "Usage rights cover paid use, but there is no ad authorization: ask for the video code.",
    Gap.NO_RIGHT: "TikTok authorizes ads, but no usage rights cover paid use: do not launch.",
    Gap.RIGHT_OUTLASTS: "The usage rights run longer than the video code: ask for an extension now.",
    Gap.RIGHT_ENDS_FIRST: "The usage rights end before the video code: extend the agreement or stop the ads in time.",
}
