"""API: add video codes and follow each batch; list, request and renew ad authorizations. Codes are never returned."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from kindling.authorizations import service
from kindling.authorizations.codes import intake as intakes
from kindling.authorizations.codes.intake import CodeRow
from kindling.authorizations.lifecycle import by_hand
from kindling.authorizations.lifecycle.rules import State
from kindling.authorizations.models import Intake
from kindling.authorizations.requests import ask as requests
from kindling.authorizations.requests import renewals
from kindling.authorizations.service import Permission
from kindling.clock import now
from kindling.errors import InvalidInputError
from kindling.kit.money import Money, parse_amount
from kindling.posts import service as posts
from kindling.workspaces import service as workspaces
from kindling.workspaces.api_auth import MoneyOut, Reason, actor_of, answers, may
from kindling.workspaces.rules import Action
from kindling.workspaces.web import PAGE_SIZE

router = Router(tags=["Video codes"])


class CodeIn(Schema):
    code: str
    original_post_code: str = ""
    handle: str = ""
    post: str = ""
    days: int | None = None


class CodesIn(Schema):
    """1 to 2,000 video codes for one ad account. `ad_account` may be left out if there is only one."""

    codes: list[CodeIn] = Field(max_length=intakes.MAX_ROWS)
    ad_account: str | None = None


class IntakeRowOut(Schema):
    """`sheet`: of a tracker with several. `part`: which code of the line it is, from 1."""

    sheet: str | None
    line: int
    part: int
    code: str
    outcome: str
    item_id: str | None
    message: str
    next_step: str | None
    request_id: str | None


class IntakeOut(Schema):
    """A batch of video codes. `progress` counts rows by outcome; rows change until `finished`. Without an `ad_account`
    it waits for one to be connected, or chosen on its page."""

    id: int
    ad_account: str | None
    finished: bool
    progress: dict[str, int]
    rows: list[IntakeRowOut]


@router.post("", response=answers(IntakeOut, status=202), auth=may(Action.TAKE_CODES))
def take_in(request: HttpRequest, body: CodesIn) -> Status[dict[str, Any]]:
    """Add video codes as one batch. It is processed in the background: get the batch to see the outcome of each row."""
    actor = actor_of(request)
    account = workspaces.find_ad_account(actor, body.ad_account)
    rows = [
        CodeRow(
            line=number,
            code=each.code,
            original_post_code=each.original_post_code,
            handle=each.handle,
            post=each.post,
            days="" if each.days is None else str(each.days),
        )
        for number, each in enumerate(body.codes, start=1)
    ]
    return Status(202, as_json(intakes.receive(actor, account, rows, at=now())))


@router.get("/{batch_id}", response=answers(IntakeOut))
def intake(request: HttpRequest, batch_id: int) -> dict[str, Any]:
    """Get a batch with the outcome of each row."""
    actor = actor_of(request)
    return as_json(intakes.find_intake(actor.workspace, batch_id))


@router.post(
    "/{batch_id}/retry", response=answers(IntakeOut, status=202), auth=may(Action.TAKE_CODES)
)
def retry(request: HttpRequest, batch_id: int) -> Status[dict[str, Any]]:
    """Retry the rows that are safe to retry, and check again the rows whose outcome is unknown."""
    actor = actor_of(request)
    found = intakes.find_intake(actor.workspace, batch_id)
    return Status(202, as_json(intakes.try_again(actor, found, at=now())))


def as_json(found: Intake) -> dict[str, Any]:
    return {
        "id": found.pk,
        "ad_account": found.ad_account.advertiser_id if found.ad_account else None,
        "finished": found.finished_at is not None,
        "progress": intakes.progress(found),
        "rows": [
            {"sheet": row.sheet or None, "part": row.part, **intakes.outcome_of(row)}
            for row in found.rows.all()
        ],
    }


# --- Permissions ----------------------------------------------------------------------------------------------

permissions = Router(tags=["Ad authorizations"])


class PermissionOut(Schema):
    """An ad authorization and the dates it depends on.

    `stop_by`: when its ads must stop. `ends_first`: which date decides. `gap`: where authorization and usage rights
    do not match.
    """

    id: int
    item_id: str
    handle: str
    kind: str
    state: str
    code: str | None
    requested_days: int | None
    granted_days: int | None
    authorization_ends_at: datetime | None
    usage_rights_end_at: datetime | None
    hold_until: datetime | None
    collaboration_ends_at: datetime | None
    stop_by: datetime | None
    ends_first: str | None
    days_left: float | None
    gap: str | None
    rights_problems: list[str]
    at_risk_per_day: MoneyOut
    at_risk_in_other_currencies: list[MoneyOut]
    next_step: str | None


class PermissionsOut(Schema):
    total: int
    page: int
    pages: int
    authorizations: list[PermissionOut]


class RiskDayOut(Schema):
    day: date
    authorizations: int
    stops: MoneyOut
    stopped_in_total: MoneyOut


class RenewalIn(Schema):
    """`price` only if it differs from the agreement, with a `reason`."""

    days: int
    price: str = ""
    reason: Reason = ""


class RenewalOut(Schema):
    id: int
    state: str
    days: int
    price: MoneyOut
    price_source: str


class RequestIn(Schema):
    item_id: str
    days: int = 30
    through: str = "email"
    ad_account: str | None = None


@permissions.get("", response=answers(PermissionsOut))
def listing(
    request: HttpRequest,
    state: str = "",
    kind: str = "",
    gap: str = "",
    search: str = "",
    page: int = 1,
) -> dict[str, Any]:
    """List ad authorizations, the earliest stop-by date first, 50 per page."""
    actor = actor_of(request)
    rows = service.list_authorizations(
        actor.workspace,
        states=[each for each in State if each == state],
        kind=kind,
        gap=gap,
        search=search,
    )
    found = Paginator(rows, PAGE_SIZE).get_page(page)
    return {
        "total": found.paginator.count,
        "page": found.number,
        "pages": found.paginator.num_pages,
        "authorizations": [
            permission_json(each)
            for each in service.opened(actor.workspace, found.object_list, now=now())
        ],
    }


@permissions.get("/risk", response=answers(list[RiskDayOut]))
def risk(request: HttpRequest, days: int = 30) -> list[dict[str, Any]]:
    """Spend at risk for each day ahead; `days` from 1 to 400."""
    actor = actor_of(request)
    if not 1 <= days <= 400:
        raise InvalidInputError(
            "days must be from 1 to 400.", next_step="Correct the number of days."
        )
    currency = actor.workspace.currency
    return [
        {
            "day": each.day,
            "authorizations": each.ends,
            "stops": Money(each.stops_minor, currency).to_json(),
            "stopped_in_total": Money(each.stopped_by_then_minor, currency).to_json(),
        }
        for each in service.risk_by_day(actor.workspace, now=now(), days=days)
    ]


@permissions.post(
    "/requests", response=answers(PermissionOut, status=201), auth=may(Action.TAKE_CODES)
)
def ask(request: HttpRequest, body: RequestIn) -> Status[dict[str, Any]]:
    """Ask the creator of a post for its video code."""
    actor = actor_of(request)
    row = requests.ask(
        actor,
        posts.find_post(actor.workspace, body.item_id),
        days=body.days,
        through=body.through,
        ad_account=workspaces.find_ad_account(actor, body.ad_account),
        at=now(),
    )
    return Status(201, permission_json(service.find_permission(actor.workspace, row.pk, now=now())))


@permissions.get("/{authorization_id}", response=answers(PermissionOut))
def one(request: HttpRequest, authorization_id: int) -> dict[str, Any]:
    """Get one ad authorization with the dates it depends on."""
    actor = actor_of(request)
    return permission_json(service.find_permission(actor.workspace, authorization_id, now=now()))


@permissions.post(
    "/{authorization_id}/renewals",
    response=answers(RenewalOut, status=201),
    auth=may(Action.TAKE_CODES),
)
def renew(request: HttpRequest, authorization_id: int, body: RenewalIn) -> Status[dict[str, Any]]:
    """Ask the creator for a renewal at the agreed price."""
    actor = actor_of(request)
    currency = actor.workspace.currency
    try:
        price = Money(parse_amount(body.price, currency), currency) if body.price else None
    except ValueError as error:
        raise InvalidInputError(f"{error}.", next_step="Correct the price.") from None
    row = service.find_authorization(actor.workspace, authorization_id)
    renewal = renewals.ask_renewal(
        actor, row, days=body.days, price=price, reason=body.reason, at=now()
    )
    return Status(
        201,
        {
            "id": renewal.pk,
            "state": renewal.state,
            "days": renewal.days,
            "price": Money(renewal.price_minor, renewal.currency).to_json(),
            "price_source": renewal.price_source,
        },
    )


@permissions.post(
    "/{authorization_id}/release", response=answers(PermissionOut), auth=may(Action.TAKE_CODES)
)
def release(request: HttpRequest, authorization_id: int) -> dict[str, Any]:
    """Release an authorization that has ended: it is removed from the ad account at TikTok, the record stays."""
    actor = actor_of(request)
    row = service.find_authorization(actor.workspace, authorization_id)
    by_hand.release(actor, row, at=now())
    return permission_json(service.find_permission(actor.workspace, authorization_id, now=now()))


def permission_json(each: Permission) -> dict[str, Any]:
    row, right, stop = each.authorization, each.right, each.stop_by
    return {
        "id": row.pk,
        "item_id": each.post.item_id,
        "handle": each.post.creator.handle,
        "kind": row.kind,
        "state": row.state,
        "code": row.code_hint or None,
        "requested_days": row.requested_days,
        "granted_days": row.granted_days,
        "authorization_ends_at": row.ends_at,
        "usage_rights_end_at": right.ends_at if right else None,
        "hold_until": right.hold_until if right else None,
        "collaboration_ends_at": row.collab_ends_at,
        "stop_by": stop.at if stop else None,
        "ends_first": stop.ends_first if stop else None,
        "days_left": each.days_left(now()),
        "gap": each.gap,
        "rights_problems": list(each.rights_problems),
        "at_risk_per_day": each.spend_a_day[0].to_json(),
        "at_risk_in_other_currencies": [spend.to_json() for spend in each.spend_a_day[1:]],
        "next_step": row.next_step or None,
    }
