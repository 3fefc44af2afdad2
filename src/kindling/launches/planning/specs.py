"""A launch's specification from what a person writes: a YAML file, a form, an API body."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from kindling.errors import InvalidInputError
from kindling.kit.money import parse_amount
from kindling.kit.time import parse_instant
from kindling.launches.planning.audience import Audience, dayparting
from kindling.launches.planning.fields import FIELDS, OF_A_CAMPAIGN, OF_AN_UPLOAD
from kindling.launches.planning.objectives import TYPE_LABELS, CampaignType
from kindling.launches.rules import LOCATIONS, Spec, Upload, countries_beside
from kindling.posts.rules import item_id_from
from kindling.workspaces.models import AdAccount, Workspace

T = TypeVar("T")
DEFAULT_DAILY_BUDGET = "50.00"
MAX_CAMPAIGNS = 20


def ad_account_of(given: object) -> str | None:
    """The ad account a specification names; None when it leaves it to the workspace."""
    if not isinstance(given, Mapping):
        raise InvalidInputError(
            "The specification is not a mapping of fields.", next_step="See docs/reference/plan.md."
        )
    return str(given["ad_account"]) if given.get("ad_account") else None


def from_mapping(
    given: Mapping[str, Any], *, account: AdAccount, workspace: Workspace, now: datetime
) -> tuple[Spec, ...]:
    """The campaigns of a specification, with defaults filled in. Raises InvalidInputError naming the field.

    Without `campaigns` the fields describe the one there is; with it they are the defaults of each.
    """
    _refuse_unknown(given, FIELDS)
    name = _text(given, "name") or f"Launch of {now:%d %b %Y %H:%M}"
    shared = {key: value for key, value in given.items() if key in OF_A_CAMPAIGN}
    told = given.get("campaigns")
    if told is None:
        wanted: list[Mapping[str, Any]] = [{}]
    else:
        wanted = _campaigns(told)
        for field in ("posts", "uploads"):
            if shared.get(field):
                raise InvalidInputError(
                    f"The specification has {field} beside its campaigns.",
                    next_step="Put each post into a campaign.",
                    field=field,
                )
    return tuple(
        _campaign(
            {**shared, **each}, name=name, plan=given, account=account, workspace=workspace, now=now
        )
        for each in wanted
    )


def kept(given: Mapping[str, Any]) -> dict[str, Any]:
    """A specification as it is kept with its plan: what a person wrote, without what was left empty."""

    def plain(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {
                str(key): plain(each)
                for key, each in value.items()
                if each not in (None, "", [], ())
            }
        if isinstance(value, list | tuple):
            return [plain(each) for each in value]
        if isinstance(value, datetime):
            return value.isoformat() if value.tzinfo else value.isoformat() + "+00:00"
        return value if isinstance(value, str | int | bool) else str(value)

    told: dict[str, Any] = plain(given)
    return told


def _campaigns(told: object) -> list[Mapping[str, Any]]:
    if not isinstance(told, list | tuple) or not told:
        raise InvalidInputError(
            "`campaigns` is not a list of campaigns.",
            next_step="See docs/reference/plan.md.",
            field="campaigns",
        )
    if len(told) > MAX_CAMPAIGNS:
        raise InvalidInputError(
            f"{len(told)} campaigns are too many for one plan.",
            next_step=f"Split it into plans of at most {MAX_CAMPAIGNS} campaigns.",
            field="campaigns",
        )
    for each in told:
        if not isinstance(each, Mapping):
            raise InvalidInputError(
                "A campaign is not a mapping of fields.", next_step="See docs/reference/plan.md."
            )
        _refuse_unknown(each, OF_A_CAMPAIGN)
    return list(told)


def _refuse_unknown(given: Mapping[str, Any], known: set[str]) -> None:
    unknown = {str(each) for each in given} - known
    if unknown:
        raise InvalidInputError(
            f"Unknown field{'s' if len(unknown) > 1 else ''}: {', '.join(sorted(unknown))}.",
            next_step=f"Use {', '.join(sorted(known))}.",
        )


def _campaign(
    given: Mapping[str, Any],
    *,
    name: str,
    plan: Mapping[str, Any],
    account: AdAccount,
    workspace: Workspace,
    now: datetime,
) -> Spec:
    countries = tuple(str(code).upper() for code in _list(given, "countries")) or ("US",)
    locations = tuple(str(each) for each in _list(given, "locations")) or _location_ids(countries)
    beside = countries_beside(locations, countries)
    if beside:
        raise InvalidInputError(
            f"The locations are in {', '.join(beside)}, missing from the countries.",
            next_step="Add every country: usage rights are checked against them.",
        )
    bid = _text(given, "bid")
    return Spec(
        name=name,
        objective=_text(given, "objective") or "traffic",
        item_ids=tuple(_read("posts", item_id_from, str(each)) for each in _list(given, "posts")),
        daily_budget_minor=_read(
            "daily_budget",
            lambda text: parse_amount(text, account.currency),
            _text(given, "daily_budget") or DEFAULT_DAILY_BUDGET,
        ),
        starts_at=_start(given, now),
        days=_read("days", int, _text(given, "days") or "14"),
        countries=countries,
        locations=locations,
        brand=_text(plan, "brand") or workspace.slug,
        market=_text(plan, "market") or "-".join(countries).lower(),
        call_to_action=(_text(given, "call_to_action") or "SHOP_NOW").upper(),
        landing_url=_text(given, "landing_url"),
        strategy=_text(given, "strategy") or "test",
        audience=_text(given, "audience") or "broad",
        type=campaign_type(_text(given, "type")),
        goal=_text(given, "goal"),
        pixel_id=_text(given, "pixel_id"),
        event=_text(given, "event").upper(),
        store_id=_text(given, "store_id"),
        bid_minor=_read("bid", lambda text: parse_amount(text, account.currency), bid)
        if bid
        else None,
        viewers=_viewers(given),
        together=_flag(given, "together"),
        uploads=tuple(_upload(each) for each in _list(given, "uploads")),
        campaign_id=_text(given, "campaign_id"),
        adgroup_id=_text(given, "adgroup_id"),
    )


def campaign_type(text: str) -> CampaignType:
    """How a campaign is run, as a person wrote it: "smart_plus", "Smart+", "" for manual. Raises InvalidInputError."""
    wanted = text.lower().replace("+", "_plus").replace("smart__", "smart_") or CampaignType.MANUAL
    try:
        return CampaignType(wanted)
    except ValueError:
        raise InvalidInputError(
            f"{text!r} is not a type of campaign.",
            next_step=f"Use one of {', '.join(TYPE_LABELS)}.",
            field="type",
        ) from None


def _viewers(given: Mapping[str, Any]) -> Audience:
    return Audience(
        ages=tuple(str(each).strip() for each in _list(given, "ages")),
        gender=_text(given, "gender").lower() or "all",
        languages=tuple(str(each).strip() for each in _list(given, "languages")),
        interests=tuple(str(each).strip() for each in _list(given, "interests")),
        audiences=tuple(str(each).strip() for each in _list(given, "audiences")),
        excluded_audiences=tuple(str(each).strip() for each in _list(given, "excluded_audiences")),
        dayparting=_read("dayparting", dayparting, _text(given, "dayparting")),
    )


def _upload(given: object) -> Upload:
    if not isinstance(given, Mapping):
        raise InvalidInputError(
            "An upload is not a mapping of fields.",
            next_step=f"Use {', '.join(sorted(OF_AN_UPLOAD))}.",
            field="uploads",
        )
    _refuse_unknown(given, OF_AN_UPLOAD)
    return Upload(
        video_id=_text(given, "video_id"),
        handle=_text(given, "handle").lstrip("@").lower(),
        text=_text(given, "text"),
        is_ads_only=not _flag(given, "visible"),
        sku=_text(given, "sku"),
        landing_url=_text(given, "landing_url"),
    )


def _location_ids(countries: tuple[str, ...]) -> tuple[str, ...]:
    unknown = [code for code in countries if code not in LOCATIONS]
    if unknown:
        raise InvalidInputError(
            f"No location id is known for {', '.join(unknown)}.",
            next_step="Give TikTok's location ids under `locations`.",
        )
    return tuple(LOCATIONS[code] for code in countries)


def _start(given: Mapping[str, Any], now: datetime) -> datetime:
    text = _text(given, "start")
    if text:
        return _read("start", parse_instant, text)
    return now.replace(second=0, microsecond=0) + timedelta(minutes=1)


def _text(given: Mapping[str, Any], field: str) -> str:
    value = given.get(field)
    if isinstance(value, datetime):  # YAML reads times by itself
        return value.isoformat() if value.tzinfo else value.isoformat() + "+00:00"
    return "" if value is None else str(value).strip()


def _flag(given: Mapping[str, Any], field: str) -> bool:
    value = given.get(field)
    if isinstance(value, bool) or value is None:
        return bool(value)
    text = str(value).strip().lower()
    if text not in {"", "true", "false", "yes", "no", "on"}:
        raise InvalidInputError(
            f"{field}: {value!r} is neither yes nor no.",
            next_step="Correct this field.",
            field=field,
        )
    return text in {"true", "yes", "on"}


def _list(given: Mapping[str, Any], field: str) -> list[Any]:
    value = given.get(field) or []
    return list(value) if isinstance(value, list | tuple) else [value]


def _read(field: str, parse: Callable[[str], T], text: str) -> T:
    try:
        return parse(text)
    except ValueError as error:
        raise InvalidInputError(
            f"{field}: {error}.", next_step="Correct this field.", field=field
        ) from None
