"""`/tcm/tt_video/*`: asking creators for their posts through TikTok One, the creator marketplace.

Source: reference tiktok-api §9. Accepting the request authorizes the post; the code comes with the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

from tiktok_business.ids import ItemId
from tiktok_business.protocol import endpoints
from tiktok_business.protocol.calls import Caller
from tiktok_business.protocol.fields import Fields
from tiktok_business.resources.accounts import Days
from tiktok_business.secret import Secret


class Answer(StrEnum):
    """What a creator said to a request."""

    WAITING = "WAITING"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"


class PostRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request for a post, and the code once the creator accepted. `auth_code` prints as a mask."""

    item_id: ItemId
    answer: str
    auth_code: Secret | None
    starts_at: datetime | None
    ends_at: datetime | None

    @classmethod
    def from_wire(cls, data: Fields) -> PostRequest:
        """Read the flat answer."""
        code = data.find_text("auth_code")
        return cls(
            item_id=ItemId(data.id("video_id")),
            answer=data.text("auth_status"),
            auth_code=Secret(code) if code else None,
            starts_at=data.time("auth_code_start_time"),
            ends_at=data.time("auth_code_end_time"),
        )


@dataclass(frozen=True, slots=True)
class TikTokOne:
    """Requests for posts through the marketplace."""

    caller: Caller

    async def apply(
        self, account_id: str, item_id: ItemId, *, authorization_days: int = Days.MONTH
    ) -> PostRequest:
        """Ask the creator for the post. Asking twice asks twice: look with `status` after a lost reply."""
        body = {
            "tcm_account_id": account_id,
            "video_id": item_id,
            "authorization_days": int(authorization_days),
        }
        answer = await self.caller.post(endpoints.TCM_VIDEO_APPLY, body)
        return PostRequest.from_wire(answer.data)

    async def status(self, account_id: str, item_id: ItemId) -> PostRequest:
        """What became of a request. Raises RefusedError when there is none."""
        query = {"tcm_account_id": account_id, "video_id": item_id}
        return PostRequest.from_wire(await self.caller.get(endpoints.TCM_VIDEO_STATUS, query))
