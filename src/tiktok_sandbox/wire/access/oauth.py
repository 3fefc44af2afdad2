"""Grants of both sides: exchange, refresh, revoke. Source: tiktok-api.md §5."""

from __future__ import annotations

import hmac
from datetime import timedelta

from tiktok_sandbox.media.links import person_url
from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint, Flat
from tiktok_sandbox.wire.protocol.errors import (
    BAD_APP,
    BAD_AUTH_CODE,
    BAD_GRANT_TYPE,
    BAD_REFRESH,
    REFRESH_EXPIRED,
    TOKEN_INVALID,
    WireError,
)
from tiktok_sandbox.wire.protocol.fields import text
from tiktok_sandbox.world.state.clock import seconds
from tiktok_sandbox.world.state.entities import AdsGrant, CreatorGrant, OAuthCode
from tiktok_sandbox.world.world import World

ADS_SCOPES = [1, 2, 3, 4, 5, 6, 8, 9]
CREATOR_SCOPES = (
    "user.info.basic,biz.spark.auth,video.list,video.insights,comment.list,comment.list.manage"
)
ADS_CODE_SECONDS, CREATOR_CODE_SECONDS = 3600.0, 600.0
ACCESS_SECONDS, REFRESH_SECONDS = 86_400, 31_536_000


def issue_code(
    world: World, *, kind: str, subject: list[str], redirect_uri: str = "", scope: str = ""
) -> OAuthCode:
    """A single-use code as a consent page hands out; kind is "ads" or "creator"."""
    lives = ADS_CODE_SECONDS if kind == "ads" else CREATOR_CODE_SECONDS
    code = OAuthCode(
        code=world.next_token("oauth.code"),
        kind=kind,
        subject=subject,
        redirect_uri=redirect_uri,
        scope=scope or CREATOR_SCOPES,
        ends_at_real=world.real() + lives,
    )
    world.state.oauth_codes.append(code)
    return code


def take_code(world: World, *, kind: str, given: str) -> OAuthCode:
    """Use up a code. Raises WireError 40110."""
    for code in world.state.oauth_codes:
        if code.kind == kind and code.code == given:
            if code.used or code.ends_at_real < world.real():
                break
            code.used = True
            return code
    raise WireError(BAD_AUTH_CODE, "Auth_code is invalid, used or expired. Authorize again.")


def grant_ads(world: World, advertiser_ids: list[str]) -> AdsGrant:
    grant = AdsGrant(token=world.next_token("ads.token"), advertiser_ids=advertiser_ids)
    world.state.ads_grants.append(grant)
    return grant


def check_app(call: Call, *, id_field: str, secret_field: str) -> None:
    """The app's id (or client key) and its secret belong together. Raises WireError."""
    call.parameters.require(id_field, secret_field)
    app = call.world.state.app
    given_id, given_secret = call.parameters.text(id_field), call.parameters.text(secret_field)
    pairs = {app.app_id: app.secret, app.client_key: app.client_secret}
    expected = pairs.get(given_id)
    if expected is None or not hmac.compare_digest(expected.encode(), given_secret.encode()):
        raise WireError(BAD_APP, f"{id_field} or {secret_field} is incorrect.")


def access_token(call: Call) -> Data:
    call.parameters.require("app_id", "secret", "auth_code")
    check_app(call, id_field="app_id", secret_field="secret")  # noqa: S106 - a field's name
    code = take_code(call.world, kind="ads", given=call.parameters.text("auth_code"))
    grant = grant_ads(call.world, code.subject)
    return {
        "access_token": grant.token,
        "advertiser_ids": grant.advertiser_ids,
        "scope": ADS_SCOPES,
    }


def flat_token(call: Call) -> Flat:
    """The variant whose fields stand beside `code`; JSON or form."""
    check_app(call, id_field="client_id", secret_field="client_secret")  # noqa: S106 - a field's name
    _check_grant_type(call, "authorization_code")
    code = take_code(call.world, kind="ads", given=call.parameters.text("code"))
    grant = grant_ads(call.world, code.subject)
    return Flat(
        fields={
            "access_token": grant.token,
            "token_type": "Bearer",
            "advertiser_ids": grant.advertiser_ids,
            "scope": ADS_SCOPES,
        }
    )


def revoke_token(call: Call) -> Data:
    call.parameters.require("app_id", "secret", "access_token")
    check_app(call, id_field="app_id", secret_field="secret")  # noqa: S106 - a field's name
    for grant in call.world.state.ads_grants:
        if grant.token == call.parameters.text("access_token") and not grant.revoked:
            grant.revoked = True
            return {
                "app_id": call.world.state.app.app_id,
                "advertiser_ids": grant.advertiser_ids,
            }
    raise WireError(TOKEN_INVALID, "Access token is incorrect or has been revoked.")


def advertiser_get(call: Call) -> Data:
    check_app(call, id_field="app_id", secret_field="secret")  # noqa: S106 - a field's name
    accounts = call.world.state.advertisers
    return {
        "list": [
            {"advertiser_id": number, "advertiser_name": accounts[number].name}
            for number in call.ads_grant().advertiser_ids
        ]
    }


def user_info(call: Call) -> Data:
    call.ads_grant()
    buyer = call.world.mint.digits("user", 0, prefix="71")
    return {
        "core_user_id": buyer,
        "display_name": "Sample media buyer",
        "email": "s***@shop.example",
        "create_time": seconds(call.world.state.epoch - timedelta(days=500)),
        "avatar_url": person_url(call.world, buyer, address=call.address),
    }


def creator_token(call: Call) -> Data:
    call.parameters.require("client_id", "client_secret", "grant_type", "auth_code", "redirect_uri")
    check_app(call, id_field="client_id", secret_field="client_secret")  # noqa: S106 - a field's name
    _check_grant_type(call, "authorization_code")
    code = take_code(call.world, kind="creator", given=call.parameters.text("auth_code"))
    if code.redirect_uri and code.redirect_uri != call.parameters.text("redirect_uri"):
        raise WireError(BAD_AUTH_CODE, "redirect_uri is not the one that was authorized.")
    world = call.world
    grant = CreatorGrant(
        open_id=code.subject[0],
        access_token=world.next_token("creator.access"),
        refresh_token=world.next_token("creator.refresh"),
        access_ends_at=world.now + timedelta(seconds=ACCESS_SECONDS),
        refresh_ends_at=world.now + timedelta(seconds=REFRESH_SECONDS),
        scope=code.scope,
    )
    world.state.creator_grants.append(grant)
    return _tokens(grant)


def creator_refresh(call: Call) -> Data:
    call.parameters.require("client_id", "client_secret", "grant_type", "refresh_token")
    check_app(call, id_field="client_id", secret_field="client_secret")  # noqa: S106 - a field's name
    _check_grant_type(call, "refresh_token")
    grant = _by_refresh_token(call, call.parameters.text("refresh_token"))
    if grant.refresh_ends_at <= call.world.now:
        raise WireError(REFRESH_EXPIRED, "Refresh token is expired. Authorize again.")
    grant.access_token = call.world.next_token("creator.access")
    grant.access_ends_at = call.world.now + timedelta(seconds=ACCESS_SECONDS)
    return _tokens(grant)


def creator_revoke(call: Call) -> Data:
    call.parameters.require("client_id", "client_secret", "access_token")
    check_app(call, id_field="client_id", secret_field="client_secret")  # noqa: S106 - a field's name
    _by_access_token(call, call.parameters.text("access_token")).revoked = True
    return {}


def creator_token_info(call: Call) -> Data:
    call.parameters.require("app_id", "access_token")
    app = call.world.state.app
    if call.parameters.text("app_id") not in (app.app_id, app.client_key):
        raise WireError(BAD_APP, "app_id is incorrect.")
    grant = _by_access_token(call, call.parameters.text("access_token"))
    return {
        "app_id": call.parameters.text("app_id"),
        "scope": grant.scope,
        "creator_id": grant.open_id,
    }


def _check_grant_type(call: Call, expected: str) -> None:
    if call.parameters.text("grant_type") != expected:
        raise WireError(BAD_GRANT_TYPE, f"grant_type must be {expected}.")


def _by_refresh_token(call: Call, token: str) -> CreatorGrant:
    for grant in call.world.state.creator_grants:
        if grant.refresh_token == token and not grant.revoked:
            return grant
    raise WireError(BAD_REFRESH, "Refresh token is incorrect. Authorize again.")


def _by_access_token(call: Call, token: str) -> CreatorGrant:
    for grant in call.world.state.creator_grants:
        if grant.access_token == token and not grant.revoked:
            return grant
    raise WireError(TOKEN_INVALID, "Access token is incorrect or has been revoked.")


def _tokens(grant: CreatorGrant) -> Data:
    return {
        "access_token": grant.access_token,
        "expires_in": ACCESS_SECONDS,
        "refresh_token": grant.refresh_token,
        "refresh_token_expires_in": REFRESH_SECONDS,
        "open_id": grant.open_id,
        "scope": grant.scope,
        "token_type": "Bearer",
    }


APP = (text("app_id", required=True), text("secret", required=True))
CLIENT = (text("client_id", required=True), text("client_secret", required=True))
GRANT_TYPE, TOKEN = text("grant_type", required=True), text("access_token", required=True)

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="POST",
        path="/oauth2/access_token/",
        handler=access_token,
        holder="nobody",
        section="5",
        takes=(*APP, text("auth_code", required=True)),
    ),
    Endpoint(
        method="POST",
        path="/oauth/token/",
        handler=flat_token,
        holder="nobody",
        section="5",
        takes=(*CLIENT, text("code", required=True), GRANT_TYPE),
        limits="The answer's shape is [G]'s",
    ),
    Endpoint(
        method="POST",
        path="/oauth2/revoke_token/",
        handler=revoke_token,
        holder="nobody",
        section="5",
        takes=(*APP, TOKEN),
    ),
    Endpoint(
        method="GET",
        path="/oauth2/advertiser/get/",
        handler=advertiser_get,
        section="5",
        takes=APP,
    ),
    Endpoint(
        method="GET",
        path="/user/info/",
        handler=user_info,
        section="5",
        limits="One sample user",
    ),
    Endpoint(
        method="POST",
        path="/tt_user/oauth2/token/",
        handler=creator_token,
        holder="nobody",
        section="5",
        takes=(
            *CLIENT,
            GRANT_TYPE,
            text("auth_code", required=True),
            text("redirect_uri", required=True),
        ),
    ),
    Endpoint(
        method="POST",
        path="/tt_user/oauth2/refresh_token/",
        handler=creator_refresh,
        holder="nobody",
        section="5",
        takes=(*CLIENT, GRANT_TYPE, text("refresh_token", required=True)),
    ),
    Endpoint(
        method="POST",
        path="/tt_user/oauth2/revoke/",
        handler=creator_revoke,
        holder="nobody",
        section="5",
        takes=(*CLIENT, TOKEN),
    ),
    Endpoint(
        method="POST",
        path="/tt_user/token_info/get/",
        handler=creator_token_info,
        holder="nobody",
        section="5",
        takes=(text("app_id", required=True), TOKEN),
    ),
)
