"""A process that is killed while orders are booked: each order stays there once, whenever it was."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from sample_team import Team

from kindling.commands import repair
from kindling.conversions import service as conversions
from kindling.facts import booking, copies, gaps, lake
from kindling.facts import queries as facts
from kindling.facts.models import BookedMonth
from kindling.facts.schema import ORDERS
from kindling.products import service as products

HEADER = "order_id,ordered_at,sku,quantity,currency,gross"
STAYS = "A-0,2026-03-01T09:00:00Z,GLOW-SERUM,1,USD,34.00"
MARCH = "A-1,2026-03-01T10:00:00Z,GLOW-SERUM,2,USD,68.00"
FEBRUARY = MARCH.replace("2026-03-01", "2026-02-27")
BEFORE = [("A-0", "2026-03"), ("A-1", "2026-03")]
AFTER = [("A-0", "2026-03"), ("A-1", "2026-02")]

# The booking that is written down, the commit, the copies, the records, and the booking that is struck out. Each has
# a moment before and one after; of copies and records there is one for each of the two months.
STEPS: list[tuple[Any, str]] = [
    (copies, "begin"),
    (lake, "replace_orders"),
    (copies, "save"),
    (BookedMonth.objects, "update_or_create"),
    (copies, "end"),
]
MOMENTS = 2 * (len(STEPS) + 2)


class KilledError(BaseException):
    """Nothing that runs after it may mend anything, as no code runs in a process that is gone."""


@pytest.fixture
def shop(team: Team) -> Iterator[Team]:
    shutil.rmtree(settings.DATA_DIR / "orders", ignore_errors=True)
    products.import_products(
        team.owner, team.sandbox.text("shop/products.csv").encode(), at=team.now
    )
    take(team, STAYS, MARCH)
    yield team
    shutil.rmtree(settings.DATA_DIR / "orders", ignore_errors=True)


def take(team: Team, *rows: str) -> conversions.ImportResult:
    data = "\n".join([HEADER, *rows]).encode()
    return conversions.import_orders(team.finance, data, file_name="orders.csv", at=team.now)


def held(team: Team) -> list[tuple[str, str]]:
    rows = facts.orders_of(team.workspace.pk).to_pylist()
    return sorted((row["order_id"], row["month"]) for row in rows)


def killed(team: Team, moment: int, patch: pytest.MonkeyPatch) -> None:
    """Import the order's new month in a process that is killed at a moment, counted from 0."""
    count = 0

    def step() -> None:
        nonlocal count
        count += 1
        if count == moment + 1:
            raise KilledError

    def around(real: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **named: Any) -> Any:
            step()
            result = real(*arguments, **named)
            step()
            return result

        return run

    with patch.context() as here:
        for owner, name in STEPS:
            here.setattr(owner, name, around(getattr(owner, name)))
        with pytest.raises(KilledError):
            take(team, FEBRUARY)
    # So that nobody takes the difference for a write under way.
    BookedMonth.objects.update(changing_until=None)


def copied(team: Team) -> list[tuple[str, str]]:
    rows = [
        row
        for path in Path(settings.DATA_DIR, "orders", str(team.workspace.pk)).glob("20*.parquet")
        for row in copies.load(team.workspace.pk, path.stem) or []
    ]
    return sorted((row["order_id"], row["month"]) for row in rows)


@pytest.mark.slow
@pytest.mark.parametrize("moment", range(MOMENTS))
class TestAnOrderThatChangesItsMonth:
    def test_is_there_once_at_every_moment(
        self, shop: Team, moment: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        killed(shop, moment, monkeypatch)
        assert held(shop) in (BEFORE, AFTER)

    def test_is_whole_after_the_next_look(
        self, shop: Team, moment: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        killed(shop, moment, monkeypatch)
        conversions.reattribute(shop.workspace, at=shop.now)
        assert held(shop) == (BEFORE if moment == 0 else AFTER)
        assert copied(shop) == held(shop)
        assert gaps.order_months_missing(shop.workspace.pk) == []
        assert booking.finish_orders(shop.workspace.pk) == []
        take(shop, FEBRUARY)
        assert held(shop) == AFTER

    def test_is_brought_back_once_when_the_lake_is_lost_too(
        self, shop: Team, moment: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        killed(shop, moment, monkeypatch)
        shutil.rmtree(lake.location(ORDERS))
        repair._book(shop.workspace, repair.RepairResult(), at=shop.now, say=lambda _: None)
        assert held(shop) == (BEFORE if moment == 0 else AFTER)


class TestABookingThatWasCutShort:
    @pytest.mark.slow
    def test_and_cannot_be_read_is_set_aside_and_holds_up_nobody(
        self, shop: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        killed(shop, 1, monkeypatch)
        path = copies.path_of(shop.workspace.pk, "booking")
        path.write_bytes(b"garbled")
        take(shop, FEBRUARY)
        assert held(shop) == AFTER
        assert path.with_suffix(".unreadable").read_bytes() == b"garbled"

    @pytest.mark.slow
    def test_is_named_by_the_repair_that_finishes_it(
        self, shop: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        killed(shop, 3, monkeypatch)
        result = repair.RepairResult()
        repair._book(shop.workspace, result, at=shop.now, say=lambda _: None)
        assert result.booked == [
            f"{shop.workspace.slug}: {each}" for each in ("2026-02", "2026-03")
        ]
