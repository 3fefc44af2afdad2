"""Whether a TikTok account that was connected is its creator's own, by the posts it shows."""

from __future__ import annotations

from datetime import datetime

from kindling.creators.models import CreatorGrant
from kindling.creators.rules import Doubt
from kindling.errors import PlatformError
from kindling.posts import rules
from kindling.posts.models import Post
from kindling.posts.service import listed_in_account

# On nobody's list, so they prove nothing.
NOT_SHOWN = rules.PRIVATE | rules.GONE | {rules.NOT_LISTED}


def doubt(offered: CreatorGrant, at: datetime) -> Doubt | None:
    """Why a grant that is offered is not of its creator's own account: it must show a post we know as theirs.

    The account that was connected before is theirs. One that cannot be looked at now is, while there is no other.
    """
    before = CreatorGrant.objects.filter(creator=offered.creator).first()
    if before is not None and before.open_id == offered.open_id:
        return None
    theirs = dict(Post.objects.filter(creator=offered.creator).values_list("item_id", "status"))
    try:
        shown = listed_in_account(offered, at=at)
    except PlatformError:
        pass  # the hourly reading looks again, and notes a grant that does not work
    else:
        if theirs.keys() & shown:
            return None
        if not NOT_SHOWN.issuperset(theirs.values()):
            return Doubt.SHOWS_NONE
    return None if before is None else Doubt.IS_ANOTHER
