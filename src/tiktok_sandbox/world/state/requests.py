"""What brands have asked of creators, as it is saved. Plain records, no decisions."""

from __future__ import annotations

from datetime import datetime

from tiktok_sandbox.world.state.entities import Record


class Request(Record, kw_only=True):
    """One question of a brand to a creator about one post.

    kind : "code" (send a code) or "extend" (add days to the one there is)
    answer_at : when the creator answers by himself, None for never; nobody outside may know
    outcome : "" while it stands, then "sent", "extended", "refused" or "declined"
    refusal : what the rules said; code_number : the code that was sent, by its place in State.codes
    """

    request_id: str
    item_id: str
    kind: str
    days: int
    asked_at: datetime
    answer_at: datetime | None
    answered_at: datetime | None = None
    outcome: str = ""
    refusal: str = ""
    code_number: int | None = None
    # The authorization's end when the creator answered; it may have moved since.
    end_at: datetime | None = None
