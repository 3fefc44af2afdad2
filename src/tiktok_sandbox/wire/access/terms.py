"""`term/*`: terms an ad account confirms once. Source: [Y] term_*.yml; the text is ours."""

from __future__ import annotations

from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint
from tiktok_sandbox.wire.protocol.fields import text


def get(call: Call) -> Data:
    call.advertiser()
    kind = call.parameters.text("term_type")
    return {"term": f"Sample terms of {kind}. They bind nobody.", "lang": _language(call)}


def _language(call: Call) -> str:
    return call.parameters.text("lang", "EN") or "EN"


def check(call: Call) -> Data:
    return {"confirmed": _key(call) in call.world.state.terms}


def confirm(call: Call) -> Data:
    call.world.state.terms[_key(call)] = True
    return {}


def _key(call: Call) -> str:
    return f"{call.advertiser().advertiser_id}/{call.parameters.text('term_type')}"


TAKES = (text("advertiser_id", required=True), text("term_type", required=True, most=64))

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/term/get/",
        handler=get,
        section="5",
        takes=(*TAKES, text("lang", most=8)),
        limits="Sample text",
    ),
    Endpoint(method="GET", path="/term/check/", handler=check, section="5", takes=TAKES),
    Endpoint(method="POST", path="/term/confirm/", handler=confirm, section="5", takes=TAKES),
)
