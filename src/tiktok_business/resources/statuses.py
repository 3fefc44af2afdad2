"""Switching campaigns, ad groups and ads on, off, and away.

Source: status/update pages v1.3; statuses: page 1757239620352002. The three answers differ only
in the names of their lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from tiktok_business.ids import AdvertiserId
from tiktok_business.protocol.calls import Caller
from tiktok_business.protocol.endpoints import Endpoint

IDS_PER_CALL = 20


class Switch(StrEnum):
    """What an object can be switched to. DELETE is final."""

    ENABLE = "ENABLE"
    DISABLE = "DISABLE"
    DELETE = "DELETE"


class Primary(StrEnum):
    """Coarse state of a campaign, ad group or ad; usable as a filter."""

    ALL = "STATUS_ALL"
    NOT_DELETED = "STATUS_NOT_DELETE"
    DELETED = "STATUS_DELETE"
    DELIVERING = "STATUS_DELIVERY_OK"
    NOT_DELIVERING = "STATUS_NOT_DELIVERY"
    DISABLED = "STATUS_DISABLE"
    DONE = "STATUS_TIME_DONE"
    FROZEN = "STATUS_FROZEN"


class SwitchFailure(msgspec.Struct, frozen=True, kw_only=True):
    """One object that was not switched, and why."""

    object_id: str
    message: str


class Switched(msgspec.Struct, frozen=True, kw_only=True):
    """Ids that were switched, and those that were not."""

    done: tuple[str, ...]
    failed: tuple[SwitchFailure, ...]


async def set_status(
    caller: Caller,
    endpoint: Endpoint,
    advertiser_id: AdvertiserId,
    object_ids: Sequence[str],
    switch: Switch,
    *,
    noun: str,
    extra: dict[str, object] | None = None,
) -> Switched:
    """Switch any number of objects, 20 to a call. Safe to repeat.

    raises : TikTokError of the call that failed; earlier calls of a longer list are then done
    """
    done: list[str] = []
    failed: list[SwitchFailure] = []
    for start in range(0, len(object_ids), IDS_PER_CALL):
        some = list(object_ids[start : start + IDS_PER_CALL])
        body = {
            "advertiser_id": advertiser_id,
            f"{noun}_ids": some,
            "operation_status": switch,
            **(extra or {}),
        }
        answer = await caller.post(endpoint, body, advertiser=advertiser_id)
        errors = [
            SwitchFailure(
                object_id=row.find_id(f"{noun}_id") or "",
                message=row.text("error_message") or row.text("message"),
            )
            for row in answer.data.children("error_list")
        ]
        failed.extend(errors)
        not_done = {error.object_id for error in errors}
        # With a partial answer only the named ids are done; else all that were asked for.
        named = answer.data.ids(f"{noun}_ids") if answer.is_partial else some
        done.extend(object_id for object_id in named if object_id not in not_done)
    return Switched(done=tuple(done), failed=tuple(failed))
