"""`tcm/tt_video/*`: asking creators for their posts through the marketplace. Source: §9."""

from __future__ import annotations

from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint
from tiktok_sandbox.wire.protocol.errors import invalid, not_found
from tiktok_sandbox.wire.protocol.fields import choice, integer, text
from tiktok_sandbox.wire.protocol.parameters import time_text
from tiktok_sandbox.world.creators import marketplace, permissions

# What TikTok One lets a brand ask for (§17).
OFFERED = (7, 30, 60, 365)


def apply(call: Call) -> Data:
    _check_account(call)
    number = call.parameters.text("video_id")
    days = call.parameters.integer(
        "authorization_days", permissions.DEFAULT_DAYS, low=1, high=marketplace.LONGEST_DAYS
    )
    if days not in OFFERED:
        raise invalid("authorization_days", f"Must be one of {', '.join(map(str, OFFERED))}")
    marketplace.apply_for_post(call.world, item_id=number, days=days)
    return {"video_id": number, "auth_status": "WAITING"}


def status(call: Call) -> Data:
    _check_account(call)
    world, number = call.world, call.parameters.text("video_id")
    marketplace.answer_applications(world, world.now)
    application = world.state.webhooks.applications.get(number)
    if application is None:
        raise not_found("application for video", number)
    answer: dict[str, object] = {"video_id": number, "auth_status": "WAITING"}
    if application.is_answered:
        answer["auth_status"] = "ACCEPTED" if application.accepts else "REJECTED"
    code = permissions.find_code(world, number)
    if application.auth_code is not None and code is not None:
        answer |= {
            "auth_code": code.auth_code,
            "auth_code_status": permissions.code_status(world, code),
            "auth_code_start_time": time_text(code.start_at),
            "auth_code_end_time": time_text(code.end_at),
        }
    return answer


def _check_account(call: Call) -> None:
    number = call.parameters.text("tcm_account_id")
    if number != marketplace.account_id(call.world):
        raise not_found("TCM account", number)


ACCOUNT, VIDEO = text("tcm_account_id", required=True), text("video_id", required=True)

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="POST",
        path="/tcm/tt_video/apply/",
        handler=apply,
        section="9",
        takes=(
            ACCOUNT,
            VIDEO,
            integer("authorization_days", low=1, high=marketplace.LONGEST_DAYS),
            choice("action", "EXTEND"),
        ),
        limits="The creator answers after 2 to 72 simulated hours, four times in five with yes",
    ),
    Endpoint(
        method="GET",
        path="/tcm/tt_video/status/",
        handler=status,
        section="9",
        takes=(ACCOUNT, VIDEO),
    ),
)
