"""Use cases of agreements: record usage rights, find the one that covers a post."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from kindling.agreements.models import UsageRight
from kindling.agreements.rules import PaidWindow, PermissionClocks, Right, paid_window
from kindling.creators import service as creators
from kindling.creators.models import Creator
from kindling.kit.money import parse_amount
from kindling.kit.tables import Imported, Row, RowProblem, read_csv
from kindling.kit.time import parse_instant
from kindling.products.service import basis_points
from kindling.workspaces.models import Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record

COLUMNS = ("handle", "item_id", "currency", "paid_allowed", "rights_start", "rights_end")


def import_rights(actor: Actor, data: bytes, *, at: datetime, source: str = "import") -> Imported:
    """Take usage rights from a CSV of agreements; a row renews what is on record for the same post."""
    actor.require(Action.MANAGE_CREATORS)
    result = Imported()
    for row in read_csv(data, required=COLUMNS):
        try:
            _take(actor.workspace, row, at=at, source=source)
        except ValueError as error:
            result.problems.append(
                RowProblem(row.line, f"{error}.", "Correct the row and import again.")
            )
            continue
        result.taken += 1
    record(actor, "imported usage rights", f"{result.taken} rows", at=at)
    return result


@transaction.atomic
def _take(workspace: Workspace, row: Row, *, at: datetime, source: str) -> UsageRight:
    allowed = row.text("paid_allowed").lower()
    if allowed not in {"yes", "no"}:
        raise ValueError("paid_allowed says neither yes nor no")
    starts_at, ends_at = (
        parse_instant(row.text("rights_start")),
        parse_instant(row.text("rights_end")),
    )
    if ends_at <= starts_at:
        raise ValueError("the right ends before it starts")
    currency = row.text("currency").upper()
    hold, commission = row.text("hold_until"), row.text("commission_percent")
    right, _ = UsageRight.objects.update_or_create(
        workspace=workspace,
        creator=creators.take_creator(workspace, handle=row.text("handle"), at=at, source=source),
        item_id=row.text("item_id"),
        defaults={
            "sku": row.text("sku"),
            "paid_allowed": allowed == "yes",
            "starts_at": starts_at,
            "ends_at": ends_at,
            "hold_until": parse_instant(hold) if hold else None,
            "territory": [
                code.strip().upper() for code in row.text("territory").split() if code.strip()
            ],
            "content_fee_minor": parse_amount(row.text("content_fee") or "0", currency),
            "currency": currency,
            "commission_bp": basis_points(commission) if commission else None,
            "source": source,
            "recorded_at": at,
        },
    )
    return right


def rights_to_named_posts(workspace: Workspace) -> list[UsageRight]:
    """The rights that name one post each."""
    return list(
        UsageRight.objects.filter(workspace=workspace).exclude(item_id="").select_related("creator")
    )


def rights_of_creator(creator: Creator) -> list[UsageRight]:
    """Every right on record for a creator, the latest end first."""
    return list(UsageRight.objects.filter(creator=creator).order_by("-ends_at"))


def rights_of_posts(
    workspace: Workspace, posts: Iterable[tuple[int, str]]
) -> dict[tuple[int, str], UsageRight]:
    """The right that covers each (creator pk, item id): the post's own, else the creator's general one.

    One query however many posts; posts without a right are left out.
    """
    wanted = list(posts)
    rights = {
        (right.creator_id, right.item_id): right
        for right in UsageRight.objects.filter(
            workspace=workspace, creator_id__in={creator for creator, _ in wanted}
        )
    }
    found = {}
    for creator, item_id in wanted:
        right = rights.get((creator, item_id)) or rights.get((creator, ""))
        if right is not None:
            found[creator, item_id] = right
    return found


def as_rule(right: UsageRight | None) -> Right | None:
    """A stored right as the pure rules take it."""
    if right is None:
        return None
    return Right(
        paid_allowed=right.paid_allowed,
        starts_at=right.starts_at,
        ends_at=right.ends_at,
        hold_until=right.hold_until,
        territory=tuple(right.territory),
    )


def window(
    workspace: Workspace,
    *,
    right: UsageRight | None,
    authorization_ends_at: datetime | None,
    is_own: bool,
) -> PaidWindow | None:
    """The paid window of a post: its clocks brought together, less the workspace's margin.

    An own post is bound by no contract; a creator's post without a right has no window to offer, but the
    clocks that do run are still named.
    """
    clocks = PermissionClocks(
        usage_right=right.ends_at if right and not is_own else None,
        hold=right.hold_until if right and not is_own else None,
        authorization=authorization_ends_at,
    )
    return paid_window(clocks, margin=timedelta(hours=workspace.safety_margin_hours))
