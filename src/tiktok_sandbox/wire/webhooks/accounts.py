"""`business/webhook/*`: webhooks of creators' accounts, one per kind. Source: tiktok-api.md §13."""

from __future__ import annotations

from tiktok_sandbox.wire.access.oauth import check_app
from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint
from tiktok_sandbox.wire.protocol.errors import not_found
from tiktok_sandbox.wire.protocol.fields import choice, ids, text
from tiktok_sandbox.wire.webhooks.subscriptions import APP, LONGEST_URL, callback_url
from tiktok_sandbox.world.state.webhooks import AccountHook

KINDS, MOST_ITEMS = ("VIDEO", "COMMENT"), 100


def update(call: Call) -> Data:
    """Set the app's webhook for a kind of event; it replaces the one before."""
    check_app(call, id_field="app_id", secret_field="secret")  # noqa: S106 - a field's name
    hook = AccountHook(
        event_type=call.parameters.text("event_type"),
        callback_url=callback_url(call.parameters.text("callback_url")),
        item_list=call.parameters.ids("item_list", most=MOST_ITEMS),
    )
    call.world.state.webhooks.hooks[hook.event_type] = hook
    return _row(call, hook)


def listing(call: Call) -> Data:
    check_app(call, id_field="app_id", secret_field="secret")  # noqa: S106 - a field's name
    wanted = call.parameters.find_text("event_type")
    hooks = call.world.state.webhooks.hooks.values()
    return {"list": [_row(call, hook) for hook in hooks if wanted in (None, hook.event_type)]}


def delete(call: Call) -> Data:
    check_app(call, id_field="app_id", secret_field="secret")  # noqa: S106 - a field's name
    kind = call.parameters.text("event_type")
    hook = call.world.state.webhooks.hooks.pop(kind, None)
    if hook is None:
        raise not_found("webhook", kind)
    return _row(call, hook)


def _row(call: Call, hook: AccountHook) -> dict[str, object]:
    return {
        "app_id": call.world.state.app.app_id,
        "event_type": hook.event_type,
        "callback_url": hook.callback_url,
        "item_list": hook.item_list,
    }


KIND = choice("event_type", *KINDS, required=True)

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="POST",
        path="/business/webhook/update/",
        handler=update,
        holder="nobody",
        section="13",
        takes=(
            *APP,
            KIND,
            text("callback_url", required=True, most=LONGEST_URL),
            ids("item_list", most=MOST_ITEMS),
        ),
        limits="post.publish.complete and comment.update only",
    ),
    Endpoint(
        method="GET",
        path="/business/webhook/list/",
        handler=listing,
        holder="nobody",
        section="13",
        takes=(*APP, choice("event_type", *KINDS)),
    ),
    Endpoint(
        method="POST",
        path="/business/webhook/delete/",
        handler=delete,
        holder="nobody",
        section="13",
        takes=(*APP, KIND),
    ),
)
