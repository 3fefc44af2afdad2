"""Reports: the five questions, posts, alerts, risk, profit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from kindling.agreements.rights.rules import ClockName
from kindling.commands.common import (
    actor,
    as_option,
    command,
    json_option,
    out,
    print_json,
    print_table,
    say_error,
)
from kindling.kit.money import Money, in_words, parse_amount
from kindling.kit.time import instant_words, parse_instant
from kindling.posts.rules import LANE_LABELS, Lane


@click.command()
@json_option
@as_option
@command
def five(as_json: bool, email: str | None, workspace: str | None) -> None:
    """Answer the five questions."""
    from kindling import clock
    from kindling.today import five as service

    who = actor(email, workspace)
    body = service.to_json(service.five(who.workspace, now=clock.now()))
    if as_json:
        print_json(body.pop("schema"), **body)
    else:
        print_five(body)


def print_five(body: dict[str, Any]) -> None:
    """The five answers as tables."""
    say_gaps(body["gaps"])
    answers = body["five"]
    print_table(
        "1. Which creators posted?", ("creator", "post", "posted", "product", "status"),
        [(f"@{row['handle']}", row["item_id"], _instant(row["posted_at"], body), row["sku"], _status(row["lane"]))
         for row in answers["posted"]], empty="none yet",
    )  # fmt: skip
    print_table(
        "2. Which posts are authorized?", ("creator", "post", "state", "ends", "stop by", "ends first"),
        [_permission(row, body) for row in answers["authorized"]], empty="none",
    )  # fmt: skip
    print_table(
        "3. Which are live in paid?", ("creator", "post", "ad", "days left", "spend"),
        [(f"@{row['handle']}", row["item_id"], row["ad_id"], _number(row["days_left"]), _money(row["spend"]))
         for row in answers["live"]], empty="none",
    )  # fmt: skip
    print_table(
        "4. Which authorizations expired or will?", ("creator", "post", "state", "ends", "stop by", "at risk a day"),
        [(*_permission(row, body)[:5], _spend(row)) for row in answers["expiring"]], empty="none",
    )  # fmt: skip
    out.print(f"Spend at risk: {_spend(body)} a day")
    for cut, rows in answers["profit"].items():
        print_table(
            f"5. What made money, {cut.replace('_', ' ')}?", ("", "orders", "net revenue", "ad spend", "profit"),
            [(row["label"], row["orders"], _money(row["net_revenue"]), _money(row["ad_spend"]),
              _money(row["profit"])) for row in rows], empty="none yet",
        )  # fmt: skip


def say_gaps(gaps: Sequence[dict[str, Any]]) -> None:
    """Say on standard error which days the figures lack."""
    for gap in gaps:
        say_error(gap["message"], gap["next_step"])


def _permission(row: dict[str, Any], body: dict[str, Any]) -> tuple[object, ...]:
    from kindling.authorizations.models import STATES

    return (
        f"@{row['handle']}", row["item_id"], dict(STATES)[row["state"]], _instant(row["ends_at"], body),
        _instant(row["stop_by"], body), ClockName(row["ends_first"]).label if row["ends_first"] else None,
    )  # fmt: skip


def _status(lane: str) -> str:
    """The status of a post as pages name it."""
    return LANE_LABELS[Lane(lane)]


def _instant(text: str | None, body: dict[str, Any]) -> str | None:
    """An instant in the workspace's zone, as pages show it."""
    return instant_words(parse_instant(text), body["timezone"]) if text else None


def _money(money: dict[str, str] | None) -> str | None:
    return (
        str(Money(parse_amount(money["amount"], money["currency"]), money["currency"]))
        if money
        else None
    )


def _spend(row: dict[str, Any]) -> str:
    """Spend a day of all currencies."""
    return in_words(
        Money(parse_amount(each["amount"], each["currency"]), each["currency"])
        for each in [row["at_risk_per_day"], *row["at_risk_in_other_currencies"]]
    )


def _percent(value: float | None) -> str | None:
    return None if value is None else f"{value:.0%}"


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:.1f}"


@click.command()
@click.option(
    "--lane",
    default="",
    help="Only posts with this status: organic_test, spark_ready, dark_test or keep_out.",
)
@json_option
@as_option
@command
def posts(lane: str, as_json: bool, email: str | None, workspace: str | None) -> None:
    """List the post library."""
    from kindling.posts import service

    rows = service.library_rows(actor(email, workspace).workspace, lane=lane)
    if as_json:
        print_json("kindling.posts/1", posts=rows)
    else:
        print_table(
            "Posts", ("creator", "post", "product", "views", "chance", "status", "reason"),
            [
                (
                    f"@{row['handle']}", row["item_id"], row["sku"], row["views"], _percent(row["chance"]),
                    _status(row["lane"]), row["lane_reason"],
                )
                for row in rows
            ],
            empty="none",
        )  # fmt: skip


@click.command("back-test")
@json_option
@as_option
@command
def back_test(as_json: bool, email: str | None, workspace: str | None) -> None:
    """Show how good the chances of paying would have been, for posts whose ads have run."""
    from kindling import clock
    from kindling.posts.evidence import backtest

    found = backtest.run(actor(email, workspace).workspace, now=clock.now())
    if as_json:
        print_json("kindling.back-test/1", **found.to_json())
        return
    print_table(
        f"{found.posts} posts with ads, {found.paid} of them paid",
        ("ordered by", "AUC", *(f"paid among the first {part:.0%}" for part in backtest.PARTS)),
        [
            (each.name, _decimal(each.rank), *(f"{part:.0%}" for part in each.precision.values()))
            for each in found.scores
        ],
        empty=f"{found.missing} more posts with ads are needed",
    )
    if found.bars:
        print_table(
            "What was said and what came of it", ("chance said", "paid", "posts"),
            [(f"{each.said:.0%}", f"{each.came:.0%}", each.count) for each in found.bars], empty="none",
        )  # fmt: skip


def _decimal(value: float | None) -> str | None:
    return None if value is None else f"{value:.2f}"


@click.command("first-days")
@json_option
@as_option
@command
def first_days(as_json: bool, email: str | None, workspace: str | None) -> None:
    """Show posts whose ads began in the last 7 days, and their chance of paying."""
    from kindling.delivery import watch
    from kindling.delivery.rules import WATCH_LABELS

    judged = watch.latest(actor(email, workspace).workspace)
    found = judged.rows
    if as_json:
        print_json(
            "kindling.first-days/1",
            judged_at=judged.at.isoformat() if judged.at else None,
            launches=judged.launches,
            posts=[each.to_json() for each in found],
        )
        return
    print_table(
        "First days", ("creator", "post", "began", "spent", "orders", "before", "now", "what it says"),
        [
            (
                f"@{each.post.creator.handle}", each.post.item_id, each.began, each.spent, each.orders,
                _percent(each.before), _percent(each.chance), WATCH_LABELS[each.verdict],
            )
            for each in found
        ],
        empty="no ads in their first days",
    )  # fmt: skip


@click.command()
@json_option
@as_option
@command
def alerts(as_json: bool, email: str | None, workspace: str | None) -> None:
    """List what needs attention now, the most urgent first."""
    from kindling import clock
    from kindling.today import needs as today_needs

    needs = today_needs.needs(actor(email, workspace).workspace, now=clock.now())
    if as_json:
        print_json("kindling.alerts/1", alerts=[need.to_json() for need in needs])
    else:
        print_table(
            "What needs attention now", ("owner", "what", "next step"),
            [(need.owner, need.title, need.next_step) for need in needs], empty="nothing",
        )  # fmt: skip


@click.command()
@click.option(
    "--days", default=14, show_default=True, type=int, help="Number of days to look ahead."
)
@json_option
@as_option
@command
def risk(days: int, as_json: bool, email: str | None, workspace: str | None) -> None:
    """List ad authorizations that ended or have to stop soon, with their spend at risk."""
    from kindling import clock
    from kindling.today import five as service

    answers = service.five(actor(email, workspace).workspace, now=clock.now(), ahead_days=days)
    body = service.to_json(answers)
    if as_json:
        print_json(
            "kindling.risk/1",
            days=days,
            authorizations=body["five"]["expiring"],
            at_risk_per_day=body["at_risk_per_day"],
            at_risk_in_other_currencies=body["at_risk_in_other_currencies"],
            gaps=body["gaps"],
        )
        return
    say_gaps(body["gaps"])
    print_table(
        f"Authorizations that ended or are to stop within {days} days",
        ("creator", "post", "state", "ends", "stop by", "at risk a day"),
        [(*_permission(row, body)[:5], _spend(row)) for row in body["five"]["expiring"]],
        empty="none",
    )
    out.print(f"Spend at risk: {_spend(body)} a day")


@click.command()
@click.option(
    "--by",
    type=click.Choice(["product", "creator", "post", "ad"]),
    default="product",
    show_default=True,
)
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="First day.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="Last day.")
@json_option
@as_option
@command
def profit(
    by: str, first: Any, last: Any, as_json: bool, email: str | None, workspace: str | None
) -> None:
    """Show profit after ad spend, commission, fees and COGS."""
    from kindling import clock
    from kindling.money import service

    table = service.profit(
        actor(email, workspace).workspace, by=by, now=clock.now(),
        first_day=first.date() if first else None, last_day=last.date() if last else None,
    )  # fmt: skip
    rows, gaps = table.to_json(), [each.to_json() for each in table.gaps]
    if as_json:
        print_json(
            "kindling.profit/1",
            by=by,
            currency=table.currency,
            rows=rows,
            total=table.total.to_json(),
            gaps=gaps,
        )
        return
    say_gaps(gaps)
    columns = ("orders", "net_revenue", "cogs", "commission", "creator_fee", "ad_spend", "profit")
    shown = [*rows, {**table.total.to_json(), "label": "Total"}]
    print_table(
        f"Profit by {by}", ("", *(column.replace("_", " ") for column in columns)),
        [(row["label"], row["orders"], *(_money(row[column]) for column in columns[1:])) for row in shown],
        empty="none yet",
    )  # fmt: skip


COMMANDS = [five, posts, first_days, alerts, risk, profit]
