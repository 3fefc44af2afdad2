"""What is wrong with a usage right, in sentences that can be translated."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kindling.agreements.rights.rules import RightProblem

RIGHT_PROBLEMS = {
    RightProblem.MISSING: _("No usage right is on record for this post."),
    RightProblem.NOT_PAID: _("The usage right does not cover paid use."),
    RightProblem.NOT_STARTED: _("The usage right has not started yet."),
    RightProblem.ENDED: _("The usage right has ended."),
    RightProblem.NO_HOLD: _(
        "No hold period is on record: the creator may delete the post at any time."
    ),
    RightProblem.HOLD_ENDED: _("The hold period has ended."),
}
