"""Whether a TikTok account that was connected is its creator's own, by the posts it shows."""

from __future__ import annotations

from datetime import datetime

from kindling.creators.models import CreatorGrant
from kindling.creators.rules import AccountMismatch
from kindling.errors import PlatformError
from kindling.posts import rules
from kindling.posts.models import Post
from kindling.posts.reading.sources import listed_in_account

# On nobody's list, or only written down by people, so they prove nothing.
NOT_SHOWN = rules.PRIVATE | rules.GONE | {rules.NOT_LISTED, rules.NOT_SEEN}


def doubt(offered: CreatorGrant, at: datetime) -> AccountMismatch | None:
    """Why a grant that is offered is not of its creator's own account: it must show a post we know as theirs.

    Where all that is known of them is on no list, it is enough that it shows nobody else's.
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
        is_somebody_elses = Post.objects.filter(
            workspace=offered.creator.workspace, item_id__in=shown
        ).exists()
        if is_somebody_elses or not NOT_SHOWN.issuperset(theirs.values()):
            return AccountMismatch.SHOWS_NONE
    return None if before is None else AccountMismatch.IS_ANOTHER
