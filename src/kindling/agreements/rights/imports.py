"""Usage rights out of a list as teams keep it: a CSV of agreements made elsewhere."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from kindling.agreements.models import UsageRight
from kindling.creators import service as creators
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
        raise ValueError("paid_allowed must be yes or no")
    starts_at, ends_at = (
        parse_instant(row.text("rights_start")),
        parse_instant(row.text("rights_end")),
    )
    if ends_at <= starts_at:
        raise ValueError("the usage rights end before they start")
    currency = row.text("currency").upper()
    hold, commission = row.text("hold_until"), row.text("commission_percent")
    right, _ = UsageRight.objects.update_or_create(
        workspace=workspace,
        version=None,
        creator=creators.record_creator(workspace, handle=row.text("handle"), at=at, source=source),
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
