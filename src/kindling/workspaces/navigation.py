"""The menu in the order of a role's work, and the pages and actions that Find knows. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from kindling.workspaces.rules import COMMUNITY, FINANCE, MEDIA_BUYER, Action


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One entry of the menu.

    key : opens it when pressed after "g"
    short : its label in the phone's dock; "" keeps it in the drawer
    """

    label: str
    name: str
    icon: str
    key: str
    short: str = ""


@dataclass(frozen=True, slots=True)
class MenuGroup:
    """Entries that belong to one job; "" is a group without a heading."""

    label: str
    entries: tuple[MenuEntry, ...]


@dataclass(frozen=True, slots=True)
class Destination:
    """A page without an entry in the menu, or a form that begins something; only for those who may do `action`."""

    label: str
    name: str
    action: Action = Action.SEE
    query: str = ""


FIRST = MenuGroup("", (MenuEntry("Today", "today:home", "today", "t", "Today"),))
CREATORS = MenuGroup(
    "Creators",
    (
        MenuEntry("Creators", "creators:list", "creators", "c"),
        MenuEntry("Outreach", "outreach:home", "outreach", "o"),
        MenuEntry("Agreements", "agreements:list", "agreements", "g"),
        MenuEntry("Briefs", "briefs:list", "briefs", "b"),
        MenuEntry("Reviews", "briefs:reviews", "reviews", "r"),
    ),
)
ADS = MenuGroup(
    "Ads",
    (
        MenuEntry("Posts", "posts:list", "posts", "p"),
        MenuEntry("Authorizations", "authorizations:list", "authorizations", "a", "Codes"),
        MenuEntry("Inventory", "launches:inventory", "inventory", "i", "Inventory"),
        MenuEntry("Plans", "launches:plans", "plans", "n"),
        MenuEntry("Live", "delivery:live", "live", "l", "Live"),
        MenuEntry("Comments", "comments:list", "comments", "k"),
    ),
)
MONEY = MenuGroup(
    "Money",
    (
        MenuEntry("Profit", "money:profit", "profit", "m"),
        MenuEntry("Payments", "payments:list", "payments", "y"),
        MenuEntry("Orders", "conversions:orders", "orders", "d"),
    ),
)
LAST = MenuGroup("", (MenuEntry("Workspace", "workspaces:home", "workspace", "w"),))

# Who is not named here works along the path of a post: creators, ads, money.
ORDER = {
    MEDIA_BUYER: (ADS, MONEY, CREATORS),
    COMMUNITY: (ADS, CREATORS, MONEY),
    FINANCE: (MONEY, ADS, CREATORS),
}


def menu_for(role: str) -> tuple[MenuGroup, ...]:
    """Every entry, the groups in the order of the role's work."""
    return (FIRST, *ORDER.get(role, (CREATORS, ADS, MONEY)), LAST)


DESTINATIONS = (
    Destination("Add codes", "authorizations:paste", Action.TAKE_CODES),
    Destination("Plan a launch", "launches:inventory", Action.PLAN),
    Destination("Import orders", "conversions:orders", Action.IMPORT_ORDERS),
    Destination("Add a creator", "creators:add", Action.MANAGE_CREATORS),
    Destination("Import a tracker", "tracker:choose", Action.MANAGE_CREATORS),
    Destination("Write an agreement", "agreements:new", Action.MANAGE_AGREEMENTS),
    Destination("Write a brief", "briefs:add", Action.MANAGE_BRIEFS),
    Destination("Connect TikTok", "workspaces:home", Action.MANAGE_WORKSPACE),
    Destination("Invite a member", "members:list", Action.MANAGE_WORKSPACE),
    Destination("Spend at risk", "authorizations:risk"),
    Destination("Waiting on creators", "authorizations:waiting"),
    Destination("TikTok error guide", "authorizations:diagnosis"),
    Destination("Results", "delivery:results"),
    Destination("GMV Max", "delivery:gmv_max"),
    Destination("Alerts", "notices:alerts"),
    Destination("Rules that stop ads", "delivery:rules"),
    Destination("Stopped ads", "delivery:stopped"),
    Destination("Comments by post", "comments:posts"),
    Destination("Reply templates", "comments:templates"),
    Destination("Blocked words", "comments:words"),
    Destination("Protection", "delivery:protection_list"),
    Destination("Mentions", "creators:mentions"),
    Destination("Samples", "agreements:samples"),
    Destination("Breaches", "agreements:breaches"),
    Destination("Deliverables", "briefs:pipeline"),
    Destination("Outreach log", "outreach:log"),
    Destination("Products", "products:list", Action.IMPORT_PRODUCTS),
    Destination("Notices", "notices:list"),
    Destination("Settings", "workspaces:settings"),
    Destination("Members", "members:list"),
    Destination("Audit", "audit:trail"),
    Destination("Calls to TikTok", "audit:calls", Action.READ_CALLS),
)
