"""Who may do what. One table: pages, API and command line all ask it."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """What a person can want to do. The words appear in the permission matrix of the docs."""

    SEE = "view"
    MANAGE_WORKSPACE = "manage workspace"
    MANAGE_CREATORS = "manage creators"
    WRITE_NOTES = "write notes"
    REACH_OUT = "contact creators"
    MANAGE_AGREEMENTS = "manage agreements"
    MANAGE_BRIEFS = "manage briefs"
    HAND_IN = "submit drafts"
    DECIDE_BRAND = "decide for the brand"
    DECIDE_LEGAL = "decide for legal"
    SETTLE = "settle payments"
    TAKE_CODES = "add video codes"
    MOVE_LANES = "change post status"
    PLAN = "plan launches"
    APPROVE_SPEND = "approve spend"
    APPLY = "apply plans"
    PAUSE = "pause ads"
    ANSWER_COMMENTS = "answer and hide comments"
    IMPORT_ORDERS = "import orders"
    IMPORT_PRODUCTS = "import products"
    CHECK_PAGES = "check landing pages"
    EXPORT = "export lists"
    READ_CALLS = "read calls to TikTok"


OWNER, CREATOR_MANAGER, REVIEWER, LEGAL = "owner", "creator_manager", "reviewer", "legal"
MEDIA_BUYER, COMMUNITY, FINANCE, VIEWER = "media_buyer", "community", "finance", "viewer"
EVERYBODY = frozenset(
    {OWNER, CREATOR_MANAGER, REVIEWER, LEGAL, MEDIA_BUYER, COMMUNITY, FINANCE, VIEWER}
)

ALLOWED: dict[Action, frozenset[str]] = {
    Action.SEE: EVERYBODY,
    Action.MANAGE_WORKSPACE: frozenset({OWNER}),
    Action.MANAGE_CREATORS: frozenset({OWNER, CREATOR_MANAGER}),
    Action.WRITE_NOTES: EVERYBODY - {VIEWER},
    Action.REACH_OUT: frozenset({OWNER, CREATOR_MANAGER}),
    Action.MANAGE_AGREEMENTS: frozenset({OWNER, CREATOR_MANAGER, LEGAL}),
    Action.MANAGE_BRIEFS: frozenset({OWNER, CREATOR_MANAGER, REVIEWER}),
    Action.HAND_IN: frozenset({OWNER, CREATOR_MANAGER, REVIEWER}),
    Action.DECIDE_BRAND: frozenset({OWNER, CREATOR_MANAGER, REVIEWER}),
    Action.DECIDE_LEGAL: frozenset({OWNER, LEGAL}),
    Action.SETTLE: frozenset({OWNER, FINANCE}),
    Action.TAKE_CODES: frozenset({OWNER, CREATOR_MANAGER, MEDIA_BUYER}),
    Action.MOVE_LANES: frozenset({OWNER, CREATOR_MANAGER, REVIEWER, LEGAL, MEDIA_BUYER}),
    Action.PLAN: frozenset({OWNER, MEDIA_BUYER}),
    Action.APPROVE_SPEND: frozenset({OWNER, MEDIA_BUYER, FINANCE}),
    Action.APPLY: frozenset({OWNER, MEDIA_BUYER}),
    Action.PAUSE: frozenset({OWNER, MEDIA_BUYER, COMMUNITY, CREATOR_MANAGER}),
    Action.ANSWER_COMMENTS: frozenset({OWNER, COMMUNITY, CREATOR_MANAGER}),
    Action.IMPORT_ORDERS: frozenset({OWNER, FINANCE, MEDIA_BUYER}),
    Action.IMPORT_PRODUCTS: frozenset({OWNER, FINANCE}),
    Action.CHECK_PAGES: frozenset({OWNER, MEDIA_BUYER, FINANCE}),
    Action.EXPORT: EVERYBODY,
    Action.READ_CALLS: frozenset({OWNER, MEDIA_BUYER}),
}


def may(role: str, action: Action) -> bool:
    """Whether a member with `role` may do `action`. An unknown role may do nothing."""
    return role in ALLOWED[action]


def needs_second_person(
    *, daily_budget_minor: int, limit_minor: int, is_in_books_currency: bool
) -> bool:
    """The four-eyes rule (R60, A5): above the limit, author and approver must differ.

    is_in_books_currency : whether the budget is in the workspace's currency, which the limit is in; another
        currency cannot be compared without a rate, so it always takes two
    """
    return not is_in_books_currency or daily_budget_minor > limit_minor
