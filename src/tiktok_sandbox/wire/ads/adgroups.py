"""`adgroup/*`. Source: tiktok-api.md §8.2 (1739499616346114)."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from tiktok_sandbox.wire.ads import money, status_words
from tiktok_sandbox.wire.ads.adgroup_rules import (
    ACCOUNT,
    CREATE,
    FIXED,
    NAMES,
    UPDATE,
    check_ages,
    check_dayparting,
    check_goal,
    check_locations,
    check_placement,
    read_budget,
    read_schedule,
    whole_days,
)
from tiktok_sandbox.wire.ads.campaigns import get_campaign
from tiktok_sandbox.wire.ads.objects import (
    MOST_FILTERED,
    MOST_SWITCHED,
    Level,
    check_name,
    check_repeat,
    check_unique,
    chosen,
    get_fields,
    is_gone,
    listing,
    status_fields,
    switch_many,
    times,
)
from tiktok_sandbox.wire.protocol import field_names
from tiktok_sandbox.wire.protocol.calls import Answer, Call, Data, Endpoint, PartialSuccess
from tiktok_sandbox.wire.protocol.errors import WireError, invalid, missing, not_found
from tiktok_sandbox.wire.protocol.field_names import names_of
from tiktok_sandbox.wire.protocol.fields import boolean, ids, many, number, record, text
from tiktok_sandbox.wire.protocol.parameters import Parameters, time_text
from tiktok_sandbox.world.ads.budgets import budget_minor
from tiktok_sandbox.world.ads.statuses import adgroup_status
from tiktok_sandbox.world.state.clock import whole_seconds
from tiktok_sandbox.world.state.entities import AdGroup, Campaign
from tiktok_sandbox.world.state.split_tests import ScheduledBudget
from tiktok_sandbox.world.world import World

# An account's active ad groups; the documentation's example says 4980 of 5000 are left.
ACTIVE_QUOTA = 5000
SHOWN = names_of(field_names.ADGROUP, CREATE)
GET = get_fields(
    ids("campaign_ids", most=MOST_FILTERED),
    ids("adgroup_ids", most=MOST_FILTERED),
    text("adgroup_name", most=512),
    text("optimization_goal", most=64),
    text("promotion_type", most=64),
    text("bid_strategy", most=64),
    text("creative_material_mode", most=64),
    many("billing_events"),
    boolean("split_test_enabled"),
)
BUDGET_UPDATE = (
    ACCOUNT,
    many("budget", record("entry", text("adgroup_id", required=True), number("budget"))),
    many(
        "scheduled_budget",
        record("entry", text("adgroup_id", required=True), number("scheduled_budget")),
    ),
)
LEVEL: Level[AdGroup] = Level(
    ids={
        "campaign_ids": lambda group: group.campaign_id,
        "adgroup_ids": lambda group: group.adgroup_id,
    },
    status_of=adgroup_status,
    filterable=status_words.ADGROUP,
    all_statuses="ADGROUP_STATUS_ALL",
    equal=("objective_type", "optimization_goal", "promotion_type"),
    like=("adgroup_name",),
)


def create(call: Call) -> Data:
    account = call.advertiser()
    campaign = get_campaign(call.world, account.advertiser_id, call.parameters.text("campaign_id"))
    check_placement(call.parameters)
    return row(call.world, make(call, campaign=campaign, given=call.parameters))


def make(call: Call, *, campaign: Campaign, given: Parameters) -> AdGroup:
    """Check an ad group's settings and make it. Raises WireError."""
    if campaign.is_deleted:
        raise not_found("campaign", campaign.campaign_id)
    check_name(given, "adgroup_name")
    check_dayparting(given)
    check_goal(given, campaign)
    check_locations(given)
    check_ages(
        call.world, given.items("age_groups"), [str(place) for place in given.items("location_ids")]
    )
    start_at, end_at = read_schedule(call)
    days = whole_days(start_at, end_at)
    spending = read_budget(given, campaign, world=call.world, days=days)
    operation = given.choice("operation_status", ("ENABLE", "DISABLE"), "ENABLE")
    check_repeat(call)
    check_unique(call, "adgroup_name", parent=campaign.campaign_id)
    now = whole_seconds(call.world.now)
    adgroup = AdGroup(
        adgroup_id=call.world.next_id("adgroup", prefix="18"),
        campaign_id=campaign.campaign_id,
        advertiser_id=campaign.advertiser_id,
        created_at=now,
        modified_at=now,
        status_changed_at=now,
        operation_status=operation,
        start_at=start_at,
        end_at=end_at,
        fields={
            "adgroup_name": given.text("adgroup_name"),
            "optimization_goal": given.text("optimization_goal"),
            "billing_event": given.text("billing_event"),
            **spending,
            **{name: given.raw(name) for name in NAMES if name in given},
        },
    )
    call.world.state.adgroups[adgroup.adgroup_id] = adgroup
    return adgroup


def update(call: Call) -> Data:
    account = call.advertiser()
    adgroup = get_adgroup(call.world, account.advertiser_id, call.parameters.text("adgroup_id"))
    change(call, adgroup, call.parameters)
    return row(call.world, adgroup)


def change(call: Call, adgroup: AdGroup, given: Parameters) -> None:
    """Change what is given; all or nothing. Raises WireError."""
    if is_gone(call.world, adgroup):
        raise invalid("adgroup_id", "A deleted object cannot be changed")
    check_dayparting(given)
    changes = {name: given.raw(name) for name in NAMES if name in given}
    for name in FIXED:
        if name in changes and changes[name] != adgroup.fields.get(name):
            raise invalid(name, "Cannot be changed after creation")
    if "age_groups" in changes or "location_ids" in changes:
        both = Parameters(adgroup.fields | changes, is_query=False)
        places = [str(place) for place in both.items("location_ids")]
        check_ages(call.world, both.items("age_groups"), places)
    if "adgroup_name" in given:
        changes["adgroup_name"] = check_name(given, "adgroup_name")
    if "budget_mode" in given and given.text("budget_mode") != adgroup.fields["budget_mode"]:
        raise invalid("budget_mode", "The budget mode cannot be changed after creation")
    if "budget" in given and budget_minor(adgroup) is not None:
        changes["budget"] = _new_budget(call.world, adgroup, given, "budget")
    _reschedule(call.world, adgroup, given)
    if "dayparting" in changes and changes["dayparting"] != adgroup.fields.get("dayparting"):
        # New hours hold from here on, not for the part of this hour that is over.
        adgroup.status_changed_at = whole_seconds(call.world.now)
    adgroup.fields = adgroup.fields | changes
    adgroup.modified_at = whole_seconds(call.world.now)
    if "adgroup_name" in changes:
        call.world.find.note_name(adgroup)


def _new_budget(world: World, adgroup: AdGroup, given: Parameters, field: str) -> float:
    is_lifetime = adgroup.fields.get("budget_mode") == "BUDGET_MODE_TOTAL"
    limits = money.limits(
        world,
        adgroup.advertiser_id,
        money.adgroup_minimum(adgroup.fields.get("product_source")),
        days=whole_days(adgroup.start_at, adgroup.end_at) if is_lifetime else 1,
    )
    amount = money.check_amount(given, field, limits)
    if field == "budget":
        money.check_covers_spend(world, adgroup, amount)
    return float(amount)


def _reschedule(world: World, adgroup: AdGroup, given: Parameters) -> None:
    now = whole_seconds(world.now)
    start_at, end_at = adgroup.start_at, adgroup.end_at
    if "schedule_start_time" in given and adgroup.start_at > world.now:
        start_at = max(given.moment("schedule_start_time"), now)
    if "schedule_end_time" in given:
        end_at = given.moment("schedule_end_time")
        if end_at <= max(world.now, start_at):
            raise invalid(
                "schedule_end_time", "The end time must lie in the future and after the start"
            )
        if adgroup.end_at is not None and adgroup.end_at <= world.now:
            # A group that had ended runs again from here on, not for the hours it was over.
            adgroup.status_changed_at = now
    adgroup.start_at, adgroup.end_at = start_at, end_at


def budget_update(call: Call) -> Data:
    """Set budgets at once, or from the account's next day on; all or none."""
    account = call.advertiser()
    is_scheduled = "scheduled_budget" in call.parameters
    name = "scheduled_budget" if is_scheduled else "budget"
    if is_scheduled and "budget" in call.parameters:
        raise invalid("scheduled_budget", "Either budget or scheduled_budget, not both")
    entries = [
        Parameters(entry, is_query=False)
        for entry in call.parameters.items(name)
        if isinstance(entry, dict)
    ]
    if not entries:
        raise missing(name)
    if len(entries) > MOST_SWITCHED:
        raise invalid(name, f"1 to {MOST_SWITCHED} entries")
    changes = []
    for item in entries:
        item.require("adgroup_id", name)
        adgroup = get_adgroup(call.world, account.advertiser_id, item.text("adgroup_id"))
        changes.append((adgroup, _new_budget(call.world, adgroup, item, name)))
    for adgroup, amount in changes:
        if is_scheduled:
            _schedule(call.world, adgroup, amount)
        else:
            adgroup.fields = adgroup.fields | {"budget": amount}
            adgroup.modified_at = whole_seconds(call.world.now)
    return {"adgroup_ids": [adgroup.adgroup_id for adgroup, _ in changes]}


def _schedule(world: World, adgroup: AdGroup, amount: float) -> None:
    """A later wish for the same ad group replaces an earlier one."""
    zone = world.zone(adgroup.advertiser_id)
    tomorrow = world.now.astimezone(zone).date() + timedelta(days=1)
    wish = ScheduledBudget(
        adgroup_id=adgroup.adgroup_id,
        budget=amount,
        due_at=datetime.combine(tomorrow, time(), tzinfo=zone),
    )
    others = [w for w in world.state.scheduled_budgets if w.adgroup_id != adgroup.adgroup_id]
    world.state.scheduled_budgets = [*others, wish]


def status_update(call: Call) -> Answer:
    return switch_adgroups(call)


def switch_adgroups(call: Call, *, kinds: tuple[str, ...] = ("regular",)) -> Answer:
    account = call.advertiser()
    numbers = call.parameters.ids("adgroup_ids", most=MOST_SWITCHED, least=1)
    if call.parameters.boolean("allow_partial_success"):
        return _switch_what_can_be(call, account.advertiser_id, numbers, kinds)
    adgroups = [
        get_adgroup(call.world, account.advertiser_id, number, kinds=kinds) for number in numbers
    ]
    operation = switch_many(call, adgroups)
    return _switched(numbers, operation, errors=[])


def _switch_what_can_be(
    call: Call, advertiser_id: str, numbers: list[str], kinds: tuple[str, ...]
) -> Answer:
    done: list[str] = []
    errors: list[Data] = []
    for number_ in numbers:
        try:
            switch_many(call, [get_adgroup(call.world, advertiser_id, number_, kinds=kinds)])
            done.append(number_)
        except WireError as error:
            errors.append({"adgroup_id": number_, "error_message": error.message})
    data = _switched(done, call.parameters.text("operation_status"), errors=errors)
    return PartialSuccess(data=data) if errors else data


def _switched(numbers: list[str], operation: str, *, errors: list[Data]) -> Data:
    return {
        "adgroup_ids": numbers,
        "status": operation,
        "adgroup_list": [{"adgroup_id": number, "status": operation} for number in numbers],
        "error_list": errors,
    }


def get(call: Call) -> Data:
    account = call.advertiser()
    mine = groups_of(call, account.advertiser_id, kind="regular")
    return listing(call, chosen(call, mine, LEVEL), row, known=SHOWN)


def groups_of(call: Call, advertiser_id: str, *, kind: str) -> list[AdGroup]:
    """The account's ad groups, no more than the filter on ids can mean, oldest first."""
    world = call.world
    filtering = call.parameters.mapping("filtering")
    found: list[AdGroup]
    if "adgroup_ids" in filtering:
        wanted = set(filtering.ids("adgroup_ids", most=MOST_FILTERED))
        named = [world.state.adgroups.get(number) for number in wanted]
        found = sorted(
            (group for group in named if group is not None), key=lambda group: group.created_at
        )
    elif "campaign_ids" in filtering:
        wanted = set(filtering.ids("campaign_ids", most=MOST_FILTERED))
        found = [group for number in wanted for group in world.find.groups_of_campaign(number)]
        found.sort(key=lambda group: group.created_at)
    else:
        found = world.find.groups_of_account(advertiser_id)
    return [
        group
        for group in found
        if group.advertiser_id == advertiser_id
        and world.state.campaigns[group.campaign_id].kind == kind
    ]


def quota(call: Call) -> Data:
    """How many active ad groups the account may have and has."""
    account = call.advertiser()
    active = sum(
        group.operation_status == "ENABLE" and not is_gone(call.world, group)
        for group in call.world.find.groups_of_account(account.advertiser_id)
    )
    return {"total_adgroup_quota": ACTIVE_QUOTA, "used_adgroup_quota": active}


def get_adgroup(
    world: World, advertiser_id: str, adgroup_id: str, *, kinds: tuple[str, ...] = ("regular",)
) -> AdGroup:
    """An ad group of this account, in a campaign of this kind. Raises WireError 40007."""
    adgroup = world.state.adgroups.get(adgroup_id)
    if (
        adgroup is None
        or adgroup.advertiser_id != advertiser_id
        or world.state.campaigns[adgroup.campaign_id].kind not in kinds
    ):
        raise not_found("adgroup", adgroup_id)
    return adgroup


def row(world: World, adgroup: AdGroup) -> dict[str, object]:
    campaign = world.state.campaigns[adgroup.campaign_id]
    waiting = [w for w in world.state.scheduled_budgets if w.adgroup_id == adgroup.adgroup_id]
    return {
        "adgroup_id": adgroup.adgroup_id,
        "campaign_id": adgroup.campaign_id,
        "campaign_name": campaign.fields["campaign_name"],
        "advertiser_id": adgroup.advertiser_id,
        "objective_type": campaign.fields["objective_type"],
        "is_new_structure": True,
        "creative_material_mode": "CUSTOM",
        "scheduled_budget": waiting[0].budget if waiting else None,
        **adgroup.fields,
        "schedule_start_time": time_text(adgroup.start_at),
        "schedule_end_time": time_text(adgroup.end_at),
        **times(adgroup),
        "secondary_status": adgroup_status(world, adgroup),
    }


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="POST",
        path="/adgroup/create/",
        handler=create,
        section="8.2",
        takes=CREATE,
        limits="Devices, carriers, zip codes and spending power are kept, not acted on",
    ),
    Endpoint(method="POST", path="/adgroup/update/", handler=update, section="8.2", takes=UPDATE),
    Endpoint(
        method="POST",
        path="/adgroup/budget/update/",
        handler=budget_update,
        section="8.2",
        takes=BUDGET_UPDATE,
    ),
    Endpoint(
        method="POST",
        path="/adgroup/status/update/",
        handler=status_update,
        section="8.2",
        takes=status_fields("adgroup_ids", boolean("allow_partial_success")),
    ),
    Endpoint(method="GET", path="/adgroup/get/", handler=get, section="8.2", takes=GET),
    Endpoint(
        method="GET",
        path="/adgroup/quota/",
        handler=quota,
        section="8.2",
        takes=(ACCOUNT,),
        limits="A quota nothing enforces",
    ),
)
