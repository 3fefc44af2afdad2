"""Payments as a sheet: CSV or XLSX. Cells that a spreadsheet would run are defused."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from openpyxl import Workbook

from kindling.agreements.models import Payable
from kindling.agreements.payments import payables
from kindling.kit.money import from_minor
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor

HEADER = (
    "id",
    "creator",
    "kind",
    "what",
    "amount",
    "currency",
    "state",
    "due",
    "invoice",
    "approved_by",
    "approved_at",
    "paid_at",
    "reference",
    "agreement",
    "post",
)
Cell = str | int | Decimal
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def rows(actor: Actor, *, which: str, now: datetime) -> list[tuple[Cell, ...]]:
    """The payments of a filter, the header first."""
    actor.require(Action.EXPORT)
    found = payables.list_payables(actor.workspace, which=which, now=now)
    return [HEADER, *(_row(each) for each in found.iterator(chunk_size=1_000))]


def _row(payable: Payable) -> tuple[Cell, ...]:
    return (
        payable.pk,
        defused(payable.creator.handle),
        payable.kind,
        defused(payable.what),
        from_minor(payable.amount_minor, payable.currency),
        payable.currency,
        payable.state,
        _day(payable.due_at),
        defused(payable.invoice_number),
        defused(str(payable.approved_by or "")),
        _day(payable.approved_at),
        _day(payable.paid_at),
        defused(payable.reference),
        payable.agreement_id or "",
        payable.item_id,
    )


def defused(text: str) -> str:
    """The text, with a mark before what a spreadsheet would take for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else ""


def as_csv(table: Iterable[tuple[Cell, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(table)
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(table: Iterable[tuple[Cell, ...]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Payments")
    for row in table:
        sheet.append(list(row))
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()
