"""Use cases of conversions: take orders in from a file, give each its one owner."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.db.models import QuerySet

from kindling.agreements import service as agreements
from kindling.agreements.models import UsageRight
from kindling.agreements.rights.rules import rank
from kindling.conversions import rules
from kindling.conversions.models import OrderImport
from kindling.conversions.rules import AgreedRate, Amounts, Source, UnitCosts
from kindling.creators import service as creators
from kindling.errors import NotFoundError
from kindling.facts import booking, copies, gaps, lake
from kindling.facts import queries as facts
from kindling.jobs import lease
from kindling.kit.money import parse_amount
from kindling.kit.tables import Row, RowProblem, read_csv
from kindling.kit.time import parse_instant
from kindling.launches.planning import utm
from kindling.posts.models import Post
from kindling.products import service as products
from kindling.products.models import Product
from kindling.workspaces.models import Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record

COLUMNS = ("order_id", "ordered_at", "sku", "quantity", "currency", "gross")
KEPT_PROBLEMS = 200
MOST_UNITS = 1_000_000  # of one order line; more is a slip of the keyboard
CLOCK_SLACK = timedelta(hours=24)  # shops in other zones may be ahead of us by a day at most
AT_ONCE = 10_000  # posts named in one query
NUMBERED = "#"  # begins the name of a line that the file gave no id
Line = dict[str, Any]
OrderKey = tuple[str, str]  # an order id and a SKU
LineKey = tuple[str, str, str]  # the same, and the line of it


@dataclass(slots=True)
class ImportResult:
    """What became of a file's rows. `changed`: known orders restated, by a refund for instance."""

    taken: int = 0
    changed: int = 0
    unchanged: int = 0
    problems: list[RowProblem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class OrderContext:
    """What orders are judged against: products, posts and commissions of the workspace."""

    workspace: Workspace
    products: dict[str, Product]
    posts: dict[str, Post]
    agreed: dict[tuple[int, str], list[AgreedRate]]
    """By creator and post ("": all of the creator's), the better right after the worse."""
    now: datetime

    def rights_of(self, post: Post) -> list[AgreedRate]:
        own = self.agreed.get((post.creator_id, post.item_id), [])
        return [*self.agreed.get((post.creator_id, ""), []), *own]


def import_orders(
    actor: Actor,
    data: bytes,
    *,
    file_name: str,
    at: datetime,
    dry_run: bool = False,
    progress: Callable[[int], object] = lambda rows: None,
    noted: OrderImport | None = None,
) -> ImportResult:
    """Take orders in from a CSV, good rows only, each once.

    The same file again changes nothing; a row whose amounts moved restates its line, with the costs per unit and the
    rates that were frozen when it first came in. Every row is a line of its order: two equal rows are two lines, unless
    the file's `line_id` says that they are one. Two rows of one line id that differ are refused.

    noted : the record of the file, where there is one already
    progress : called with the number of rows read so far, every thousand
    raises : FileProblemError when the file as a whole is unusable
    """
    actor.require(Action.IMPORT_ORDERS)
    result = ImportResult()
    known = _known(actor.workspace, at)
    fresh: dict[OrderKey, list[Line]] = defaultdict(list)
    named: dict[tuple[OrderKey, str], tuple[Line, int]] = {}
    for number, row in enumerate(read_csv(data, required=COLUMNS), start=1):
        if number % 1000 == 0:
            progress(number)
        try:
            line = _read(row, known)
            key = (line["order_id"], line["sku"])
            first, before = named.get((key, line["line"]), (line, row.line))
            if first != line:
                raise ValueError(
                    f"line {line['line']} of order {line['order_id']} has different values in line {before}"
                )
        except ValueError as error:
            result.problems.append(
                RowProblem(row.line, f"{error}.", "Correct the row and import again.")
            )
            continue
        if not line["line"] or (key, line["line"]) not in named:
            fresh[key].append(line)
        if line["line"]:
            named[key, line["line"]] = (line, row.line)
    with lease.held(f"orders-{actor.workspace.pk}"):
        if not dry_run:
            refill(actor.workspace, at=at)
        _merge(known, fresh, result, dry_run=dry_run)
    if not dry_run:
        _note_sellers(actor.workspace, at=at)
        _remember(actor, result, file_name=file_name, at=at, noted=noted)
    return result


def _known(workspace: Workspace, at: datetime) -> OrderContext:
    posts = {
        post.item_id: post
        for post in Post.objects.filter(workspace=workspace).select_related("creator")
    }
    return OrderContext(
        workspace=workspace,
        products=products.products(workspace),
        posts=posts,
        agreed=_agreed_rates(workspace, at),
        now=at,
    )


def _agreed_rates(workspace: Workspace, at: datetime) -> dict[tuple[int, str], list[AgreedRate]]:
    """Every usage right there ever was, as far as it tells a commission, in the order in which they serve `at`."""
    ranked = [
        (rank(rule, at), right.pk, right)
        for right in UsageRight.objects.filter(workspace=workspace)
        if (rule := agreements.as_rule(right)) is not None
    ]
    found: dict[tuple[int, str], list[AgreedRate]] = defaultdict(list)
    for _, _, right in sorted(ranked, key=lambda each: each[:2]):
        found[right.creator_id, right.item_id].append(
            AgreedRate(
                rate_bp=agreements.commission_bp(right, of_ads=False),
                ads_bp=agreements.commission_bp(right, of_ads=True),
                recorded_at=right.recorded_at,
                superseded_at=right.superseded_at,
                is_own=bool(right.item_id),
            )
        )
    return dict(found)


def _read(row: Row, known: OrderContext) -> Line:
    """One row as it was written, checked; costs and owner come later. Raises ValueError with the reason."""
    order_id, sku, currency = row.text("order_id"), row.text("sku"), row.text("currency").upper()
    if not order_id:
        raise ValueError("the order id is missing")
    product = known.products.get(sku)
    if product is None:
        raise ValueError(f"unknown product {sku!r}; import the product first")
    if currency != product.currency or currency != known.workspace.currency:
        raise ValueError(
            f"the order is in {currency or 'no currency'}, the workspace uses {known.workspace.currency}"
        )
    ordered_at = parse_instant(row.text("ordered_at"))
    if ordered_at > known.now + CLOCK_SLACK:
        raise ValueError(f"the order is from the future ({row.text('ordered_at')})")
    quantity = _whole_number(row.text("quantity"))
    amounts = Amounts(
        gross=parse_amount(row.text("gross"), currency),
        discount=parse_amount(row.text("discount") or "0", currency),
        refund=parse_amount(row.text("refund") or "0", currency),
        tax=parse_amount(row.text("tax") or "0", currency),
    )
    problem = rules.problem_with(amounts, quantity=quantity)
    if problem:
        raise ValueError(problem)
    claim = rules.claim_of(
        utm.read(row.text("landing_url")), discount_code=row.text("discount_code"), codes={}
    )
    return {
        "order_id": order_id,
        "sku": sku,
        "line": row.text("line_id").lstrip(NUMBERED)[:64],
        "ordered_at": ordered_at,
        "quantity": quantity,
        "currency": currency,
        "gross_minor": amounts.gross,
        "discount_minor": amounts.discount,
        "refund_minor": amounts.refund,
        "tax_minor": amounts.tax,
        "shipping_minor": parse_amount(row.text("shipping") or "0", currency),
        "net_minor": amounts.net,
        "claimed_item_id": claim.item_id or None,
        "ad_id": claim.ad_id or None,
        "source": claim.source.value,
        "creator_handle": claim.handle or None,
    }


def _whole_number(text: str) -> int:
    try:
        count = int(text)
    except ValueError:
        raise ValueError(f"the quantity {text!r} is not a whole number") from None
    if count > MOST_UNITS:
        raise ValueError(f"the quantity {text} is larger than {MOST_UNITS:,}")
    return count


# --- Merging ----------------------------------------------------------------------------------------------------

STATED = (
    "ordered_at", "quantity", "currency", "gross_minor", "discount_minor", "refund_minor", "tax_minor",
    "shipping_minor", "claimed_item_id", "ad_id", "source",
)  # fmt: skip


def _merge(
    known: OrderContext,
    fresh: dict[OrderKey, list[Line]],
    result: ImportResult,
    *,
    dry_run: bool,
) -> None:
    """Bring the fresh lines together with the stored ones, and book every month that changes at once."""
    stored = _by_month(facts.orders_of(known.workspace.pk).to_pylist())
    places: dict[OrderKey, dict[str, str]] = defaultdict(dict)
    for month, lines in stored.items():
        for order_id, sku, name in lines:
            places[order_id, sku][name] = month
    touched: set[str] = set()
    for key, group in fresh.items():
        old_lines = {name: stored[month][*key, name] for name, month in places[key].items()}
        for line, old in _pairs(group, old_lines):
            if old is not None and _is_equal(line, old) and old["line"] == line["line"]:
                result.unchanged += 1
                continue
            result.changed += old is not None
            result.taken += old is None
            if old is not None:
                del stored[old["month"]][*key, old["line"]]
                touched.add(old["month"])
            month = lake.month_of(line["ordered_at"].date())
            stored[month][*key, line["line"]] = {**_booked(line, known, old), "month": month}
            touched.add(month)
    if dry_run:
        return
    lost = set(gaps.order_months_missing(known.workspace.pk))  # of these nobody has a copy
    months = {month: list(stored[month].values()) for month in sorted(touched)}
    booking.book_orders(known.workspace.pk, months, at=known.now, lost=lost)


def _pairs(group: list[Line], stored: dict[str, Line]) -> list[tuple[Line, Line | None]]:
    """The fresh lines of one order and SKU, each named, with the stored line it restates; None for a new one.

    A line id finds its line. Else a line is the stored one with equal values, else the next one that is left, so that
    the same file in another order changes nothing; a line id takes over only from a line that had none.
    """
    left = dict(sorted(stored.items(), key=lambda each: (len(each[0]), each[0])))
    found: dict[int, Line] = {}

    def claim(place: int, fits: Callable[[Line], bool]) -> None:
        if place not in found:
            name = next((name for name, old in left.items() if fits(old)), None)
            if name is not None:
                found[place] = left.pop(name)

    for place, line in enumerate(group):
        claim(place, lambda old, line=line: old["line"] == line["line"])  # type: ignore[misc]
    for place, line in enumerate(group):
        claim(place, lambda old, line=line: _is_free(line, old) and _is_equal(line, old))  # type: ignore[misc]
    for place, line in enumerate(group):
        claim(place, lambda old, line=line: _is_free(line, old))  # type: ignore[misc]
    names = {line["line"] for line in group} | set(stored)
    numbers = (f"{NUMBERED}{number}" for number in count(1))
    pairs = []
    for place, line in enumerate(group):
        old = found.get(place)
        name = line["line"] or (old["line"] if old else next(n for n in numbers if n not in names))
        pairs.append(({**line, "line": name}, old))
    return pairs


def _is_free(line: Line, old: Line) -> bool:
    """Whether a stored line may be the fresh one although its name is another."""
    return not line["line"] or old["line"].startswith(NUMBERED)


def _is_equal(line: Line, old: Line) -> bool:
    return all(old[name] == line[name] for name in STATED)


def _by_month(lines: Iterable[Line]) -> dict[str, dict[LineKey, Line]]:
    months: dict[str, dict[LineKey, Line]] = defaultdict(dict)
    for line in lines:
        named = {**line, "line": line["line"] or f"{NUMBERED}1"}  # from before lines had names
        months[line["month"]][line["order_id"], line["sku"], named["line"]] = named
    return months


def _booked(line: Line, known: OrderContext, old: Line | None) -> Line:
    """The line with its owner and costs. What it cost per unit, and the rates, stay as at the first booking."""
    owner = known.posts.get(line["claimed_item_id"] or "")
    unit = _unit_costs(line, known, owner, old)
    costs = rules.costs_of(quantity=line["quantity"], net=line["net_minor"], unit=unit)
    return {
        **line,
        "item_id": owner.item_id if owner else None,
        "creator_handle": owner.creator.handle if owner else line["creator_handle"],
        "cogs_minor": costs.cogs,
        "fulfilment_minor": costs.fulfilment,
        "platform_fee_minor": costs.platform_fee,
        "payment_fee_minor": costs.payment_fee,
        "commission_minor": costs.commission,
        "unit_cost_minor": unit.unit_cost,
        "unit_fulfilment_minor": unit.fulfilment,
        "platform_fee_bp": unit.platform_fee_bp,
        "payment_fee_bp": unit.payment_fee_bp,
        "commission_bp": unit.commission_bp,
    }


def _unit_costs(line: Line, known: OrderContext, owner: Post | None, old: Line | None) -> UnitCosts:
    """Costs per unit and rates of a line: those of the stored line, else of the product and the agreement."""
    product = known.products[line["sku"]]
    commission_bp = _commission(line, known, owner)
    if old is None:
        return UnitCosts(
            unit_cost=product.unit_cost_minor,
            fulfilment=product.fulfilment_minor,
            platform_fee_bp=product.platform_fee_bp,
            payment_fee_bp=product.payment_fee_bp,
            commission_bp=commission_bp,
        )
    is_same_sale = old["item_id"] == (owner.item_id if owner else None) and (
        (old["source"] == Source.SPARK) == (line["source"] == Source.SPARK)
    )
    return UnitCosts(
        unit_cost=_per_unit(old, "unit_cost_minor", "cogs_minor"),
        fulfilment=_per_unit(old, "unit_fulfilment_minor", "fulfilment_minor"),
        platform_fee_bp=_rate(
            old, "platform_fee_bp", "platform_fee_minor", likely=product.platform_fee_bp
        ),
        payment_fee_bp=_rate(
            old, "payment_fee_bp", "payment_fee_minor", likely=product.payment_fee_bp
        ),
        commission_bp=_rate(old, "commission_bp", "commission_minor", likely=commission_bp)
        if is_same_sale
        else commission_bp,
    )


def _per_unit(old: Line, name: str, of_all: str) -> int:
    """A stored cost per unit. Lines from before it was stored have the cost of all units, a multiple of it."""
    stored = old[name]
    return int(old[of_all] // old["quantity"] if stored is None else stored)


def _rate(old: Line, name: str, share: str, *, likely: int) -> int:
    """A stored rate; of lines from before it was stored, the one that made the stored share."""
    stored = old[name]
    if stored is not None:
        return int(stored)
    return rules.rate_behind(old[share], net=old["net_minor"], likely=likely)


def _commission(line: Line, known: OrderContext, owner: Post | None) -> int:
    """Rate in basis points for a line that gets its owner now; none for own posts and unowned orders."""
    if owner is None or owner.creator.is_own:
        return 0
    return rules.commission_rate(
        known.rights_of(owner),
        ordered_at=line["ordered_at"],
        by_ad=line["source"] == Source.SPARK,
        otherwise=known.products[line["sku"]].commission_bp,
    )


def reattribute(workspace: Workspace, *, at: datetime) -> int:
    """Give orders their post when it came into the library after them; returns how many changed.

    A booking that was cut short is brought to its end first. The caller holds the lease of the workspace's orders.
    """
    booking.finish_orders(workspace.pk)
    waiting = facts.unowned_posts(workspace.pk)
    if not Post.objects.filter(workspace=workspace, item_id__in=waiting).exists():
        return 0
    known = _known(workspace, at)
    lost = set(refill(workspace, at=at))
    changed = 0
    months: dict[str, list[Line]] = {}
    for month, lines in _by_month(facts.orders_of(workspace.pk).to_pylist()).items():
        moved = {
            key: _booked(line, known, line)
            for key, line in lines.items()
            if line["item_id"] is None
            and line["claimed_item_id"] in known.posts
            and line["sku"] in known.products
        }
        if moved:
            months[month] = list({**lines, **moved}.values())
            changed += len(moved)
    booking.book_orders(workspace.pk, months, at=at, lost=lost)
    _note_sellers(workspace, at=at)
    return changed


def _note_sellers(workspace: Workspace, *, at: datetime) -> None:
    """Tell creators whose posts have orders: the Shop's outreach quota exempts who sells (R82)."""
    sold = sorted(facts.sold_posts(workspace.pk))
    sellers: set[int] = set()
    for start in range(0, len(sold), AT_ONCE):
        new = Post.objects.filter(
            workspace=workspace, item_id__in=sold[start : start + AT_ONCE],
            creator__is_own=False, creator__sold_at=None,
        )  # fmt: skip
        sellers.update(new.values_list("creator_id", flat=True).distinct())
    creators.note_sold(workspace, sellers, at=at)


def refill(workspace: Workspace, *, at: datetime) -> list[str]:
    """Book the months again that the lake lost, from their copies; returns the months nobody has a copy of.

    A booking that was cut short is brought to its end first. The caller holds the lease of the workspace's orders.
    """
    booking.finish_orders(workspace.pk)
    found = {
        month: copies.load(workspace.pk, month) for month in gaps.order_months_missing(workspace.pk)
    }
    held = {month: rows for month, rows in found.items() if rows is not None}
    booking.book_orders(workspace.pk, held, at=at)
    return [month for month in found if month not in held]


def unowned(workspace: Workspace) -> int:
    """How many stored order lines name a post the library did not hold when they came in."""
    return facts.unowned_orders(workspace.pk)


# --- Record -----------------------------------------------------------------------------------------------------


def _remember(
    actor: Actor,
    result: ImportResult,
    *,
    file_name: str,
    at: datetime,
    noted: OrderImport | None,
) -> None:
    became = {
        "taken": result.taken,
        "changed": result.changed,
        "unchanged": result.unchanged,
        "refused": len(result.problems),
        "problems": [problem.to_json() for problem in result.problems[:KEPT_PROBLEMS]],
        "state": OrderImport.State.DONE,
    }
    if noted is None:
        OrderImport.objects.create(
            workspace=actor.workspace,
            file_name=file_name[:200],
            imported_by=actor.user,
            at=at,
            **became,
        )
    else:
        OrderImport.objects.filter(pk=noted.pk).update(**became)
    record(
        actor,
        "imported orders",
        file_name[:100],
        at=at,
        after={"taken": result.taken, "changed": result.changed, "refused": len(result.problems)},
    )


def imports(workspace: Workspace) -> QuerySet[OrderImport]:
    return OrderImport.objects.filter(workspace=workspace).select_related("imported_by")


def find_import(workspace: Workspace, pk: int) -> OrderImport:
    """The record of a file. Raises NotFoundError."""
    found = imports(workspace).filter(pk=pk).first()
    if found is None:
        raise NotFoundError("This file was not found.", next_step="Open Orders to see all.")
    return found


__all__ = ["ImportResult", "Source", "find_import", "import_orders", "imports", "reattribute"]
