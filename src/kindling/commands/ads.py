"""Running ads: pause, resume, what was stopped, and how far Kindling may act by itself."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from kindling.commands.common import (
    REFUSED,
    actor,
    as_option,
    command,
    json_option,
    out,
    print_json,
    print_table,
    say_error,
)
from kindling.delivery.results.rules import USUAL_DAYS, By
from kindling.kit.time import instant_words

if TYPE_CHECKING:
    from kindling.delivery.protection import JudgedAd
    from kindling.workspaces.models import AdAccount

DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("ad_id", metavar="AD")
@click.option("--reason", required=True, help="Why it is paused; kept in the audit trail.")
@as_option
@command
def pause(ad_id: str, reason: str, email: str | None, workspace: str | None) -> None:
    """Pause AD at TikTok. Lowering spend needs nobody's approval."""
    from kindling import clock
    from kindling.delivery import service, stops

    who = actor(email, workspace)
    stops.pause(who, service.find_ad(who.workspace, ad_id), reason=reason, at=clock.now())
    out.print(f"Ad {ad_id} is paused at TikTok.")


@click.command()
@click.argument("ad_id", metavar="AD")
@click.option("--percent", type=click.IntRange(1, 99), help="By how many per cent.")
@click.option(
    "--to", "amount", default="", help="Or to which amount a day, in the ad account's currency."
)
@click.option("--large", is_flag=True, help="More than 50 % at once is meant.")
@click.option("--reason", required=True, help="Why it is lowered; kept in the audit trail.")
@as_option
@command
def lower(
    ad_id: str,
    percent: int | None,
    amount: str,
    large: bool,
    reason: str,
    email: str | None,
    workspace: str | None,
) -> None:
    """Lower the daily budget of AD's ad group at TikTok. It is never raised: more spend is a plan."""
    from kindling import clock
    from kindling.delivery import service
    from kindling.delivery.budgets import service as budgets
    from kindling.delivery.budgets.rules import Lowering
    from kindling.kit.money import Money, parse_amount

    who = actor(email, workspace)
    ad = service.find_ad(who.workspace, ad_id)
    currency = ad.ad_account.currency
    try:
        minor = parse_amount(amount, currency) if amount else None
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--to") from None
    lowering = Lowering(percent, minor, is_large_meant=large)
    done = budgets.lower_ad(who, ad, lowering, reason=reason, at=clock.now())
    if not done.is_done or done.change is None:
        say_error(done.problem, "")
        raise SystemExit(REFUSED)
    out.print(
        f"The daily budget of ad group {done.group.adgroup_id} is {Money(done.change.after_minor, currency)}."
    )


@click.command()
@click.argument("ad_id", metavar="AD")
@as_option
@command
def resume(ad_id: str, email: str | None, workspace: str | None) -> None:
    """Resume AD, which was stopped here: its permission and the checks of a launch are read first.

    An ad that Kindling did not launch takes two people above the workspace's limit: the second runs it again.
    """
    from kindling import clock
    from kindling.delivery import resume as resuming
    from kindling.delivery import service

    who = actor(email, workspace)
    held = resuming.resume(who, service.find_ad(who.workspace, ad_id), at=clock.now())
    if held.resumed_at:
        out.print(f"Ad {ad_id} runs again.")
    else:
        out.print(f"Ad {ad_id} waits: another owner or media buyer has to run the same command.")


@click.command()
@json_option
@as_option
@command
def stopped(as_json: bool, email: str | None, workspace: str | None) -> None:
    """List ads that were stopped here and are still off, with the reason."""
    from kindling.delivery import resume as resuming

    place = actor(email, workspace).workspace
    rows, zone = resuming.stopped(place), place.timezone
    if as_json:
        print_json(
            "kindling.stopped/1",
            ads=[
                {
                    "ad_id": each.ad.ad_id, "item_id": each.ad.item_id or None, "at": each.at.isoformat(),
                    "by": str(each.by) if each.by else None, "reason": each.reason,
                    "evidence": each.evidence,
                }
                for each in rows
            ],
        )  # fmt: skip
        return
    print_table(
        "Stopped ads", ("ad", "post", "stopped", "by", "reason"),
        [
            (each.ad.ad_id, each.ad.item_id, instant_words(each.at, zone), each.by or "Kindling", each.reason)
            for each in rows
        ],
        empty="none",
    )  # fmt: skip


@click.command()
@click.option("--ad-account", help="Ad account (advertiser id); required if there are several.")
@click.option(
    "--mode",
    type=click.Choice(["observe", "launched", "all"]),
    help="Change it: stop nothing, only what Kindling launched, or all ads (owners only).",
)
@click.option("--yes", is_flag=True, help="Confirm the ads that would stop without a prompt.")
@click.option("--read", is_flag=True, help="First read what runs in the ad account at TikTok.")
@json_option
@as_option
@command
def protection(
    ad_account: str | None,
    mode: str | None,
    yes: bool,
    read: bool,
    as_json: bool,
    email: str | None,
    workspace: str | None,
) -> None:
    """Show which running ads would stop and why; with --mode, choose which ads Kindling may stop by itself."""
    from kindling import clock
    from kindling.delivery import protection as protecting
    from kindling.workspaces import service as workspaces

    who, at = actor(email, workspace), clock.now()
    account = workspaces.find_ad_account(who, ad_account)
    judged = (
        protecting.adopt(who, account, at=at) if read else protecting.judge_ads(account, now=at)
    )
    if mode:
        would = protecting.would_stop(judged)
        if mode == "all" and would and not yes:
            _print_judged(account, judged)
            click.confirm(f"Stop these {len(would)} ads and protect all?", abort=True)
        seen = protecting.list_digest(judged)
        account = protecting.choose(who, account, mode, seen=seen, at=at)
        judged = protecting.judge_ads(account, now=at)
    if as_json:
        rows = [each.to_json() for each in protecting.worst_first(judged)]
        print_json(
            "kindling.protection/1",
            advertiser_id=account.advertiser_id,
            mode=account.protection,
            ads=rows,
        )
        return
    _print_judged(account, judged)


def _print_judged(account: AdAccount, judged: list[JudgedAd]) -> None:
    from kindling.delivery import protection as protecting

    print_table(
        f"{account.name}: {account.get_protection_display()}",
        ("ad", "creator", "launched here", "verdict", "why"),
        [
            (each.ad.ad_id, f"@{each.handle}" if each.handle else "", "yes" if each.is_launched else "no",
             each.judgement.verdict, each.judgement.reason)
            for each in protecting.worst_first(judged)
        ],
        empty="no running ads",
    )  # fmt: skip


@click.command()
@click.option(
    "--by",
    type=click.Choice([str(each) for each in By]),
    default=str(By.CREATOR),
    show_default=True,
    help="What the rows are.",
)
@click.option(
    "--days",
    type=click.IntRange(min=1),
    default=USUAL_DAYS,
    show_default=True,
    help="The last full days.",
)
@click.option("--from", "first", type=DAY, help="The first day instead, as 2026-03-01.")
@click.option("--to", "last", type=DAY, help="The last day instead.")
@click.option("--ad-account", default="", help="Only this ad account (advertiser id).")
@json_option
@as_option
@command
def results(
    by: str,
    days: int,
    first: datetime | None,
    last: datetime | None,
    ad_account: str,
    as_json: bool,
    email: str | None,
    workspace: str | None,
) -> None:
    """Show what ads cost and brought in some days, and how that changed against as many days before.

    TikTok's conversions and the shop's orders stand apart: one sale may be counted by both.
    """
    from kindling import clock
    from kindling.delivery.results import service

    found = service.results(
        actor(email, workspace).workspace,
        by=By(by),
        now=clock.now(),
        days=days,
        first_day=first.date() if first else None,
        last_day=last.date() if last else None,
        ad_account=ad_account,
    )
    if as_json:
        print_json(
            "kindling.results/1",
            by=by,
            first_day=found.period.first.isoformat(),
            last_day=found.period.last.isoformat(),
            rows=[each.to_json() for each in found.rows],
            totals=[each.to_json() for each in found.totals()],
            lacks=list(found.lacks),
        )
        return
    for each in found.lacks:
        say_error(each, "")
    names = ("spend", "conversions", "cpa", "shop_orders", "shop_cpa", "break_even_cpa", "roas")
    print_table(
        f"Results, {found.period.first} to {found.period.last}",
        (
            "",
            "spend",
            "change",
            "TikTok conversions",
            "CPA",
            "shop orders",
            "cost per order",
            "break-even CPA",
            "ROAS",
        ),
        [
            (
                row.label,
                row.figure("spend"),
                _changed(row.change("spend")),
                *(row.figure(name) for name in names[1:]),
            )
            for row in [*found.rows, *found.totals()]
        ],
        empty="no ads ran in these days",
    )


def _changed(share: float | None) -> str | None:
    return None if share is None else f"{share:+.0%}"


@click.command("gmv-max")
@click.option(
    "--read", "reads", is_flag=True, help="Read TikTok now, instead of what was read last."
)
@json_option
@as_option
@command
def gmv_max(reads: bool, as_json: bool, email: str | None, workspace: str | None) -> None:
    """Show which posts GMV Max uses, with TikTok's figures of the last 30 days.

    Its gross revenue holds organic and affiliate orders of the promoted products: add it to nothing.
    """
    from kindling import clock
    from kindling.delivery.gmv_max import service, sync
    from kindling.workspaces import service as workspaces

    who = actor(email, workspace).workspace
    if reads:
        for account in workspaces.ad_accounts(who):
            sync.read(account, at=clock.now())
    for each in service.readings(who):
        if each.problem:
            say_error(f"{each.ad_account.name} could not be read: {each.problem}", "")
    found = service.opened(who, list(service.used(who)), now=clock.now())
    if as_json:
        print_json("kindling.gmv-max/1", posts=[service.to_json(each) for each in found])
        return
    print_table(
        "GMV Max", ("post", "creator", "campaign", "state", "cost", "SKU orders", "gross revenue", "ROI"),
        [
            (
                each.row.item_id, each.row.handle, each.row.campaign.name, each.state.label, each.cost,
                each.row.sku_orders, each.revenue, each.row.roi and f"{each.row.roi:.2f}",
            )
            for each in found
        ],
        empty="none",
    )  # fmt: skip


@click.group()
def rules() -> None:
    """Rules that pause ads or lower budgets by themselves, and never raise anything."""


@rules.command("list")
@json_option
@as_option
@command
def list_rules(as_json: bool, email: str | None, workspace: str | None) -> None:
    """List the workspace's rules with their state, and how often each fired."""
    from kindling.delivery.stop_rules import service

    found: list[Any] = list(service.list_rules(actor(email, workspace).workspace))
    if as_json:
        print_json("kindling.rules/1", rules=[service.to_json(each) for each in found])
        return
    print_table(
        "Rules", ("id", "name", "state", "what it does", "ads", "fired"),
        [
            (each.pk, each.name, each.get_state_display(), service.words(each), service.scope_words(each), each.fired)
            for each in found
        ],
        empty="none",
    )  # fmt: skip


@rules.command("dry-run")
@click.argument("rule", type=int)
@json_option
@as_option
@command
def dry_run(rule: int, as_json: bool, email: str | None, workspace: str | None) -> None:
    """Show what RULE would have done in the last 14 days, by the figures as they are now. Nothing is changed."""
    from kindling import clock
    from kindling.delivery.stop_rules import dry_run as dry_runs
    from kindling.delivery.stop_rules import service

    found = service.find(actor(email, workspace).workspace, rule)
    told = dry_runs.dry_run(found, now=clock.now())
    if as_json:
        print_json("kindling.rule-dry-run/1", rule=service.to_json(found), **told.to_json())
        return
    print_table(
        f"{found.name}: {service.words(found)}", ("day", "ad", "value", "saved", "conversions lost", "orders lost"),
        [
            (day.day, each.ad.ad_id, service.value_words(found, each.value), each.saved, each.conversions, each.orders)
            for day in told.days
            for each in day.fired
        ],
        empty="it would have done nothing",
    )  # fmt: skip
    out.print(f"Saved {told.saved}; left alone because not known: {told.unknown} ad-days.")


@rules.command("activate")
@click.argument("rule", type=int)
@as_option
@command
def activate_rule(rule: int, email: str | None, workspace: str | None) -> None:
    """Let RULE act from the next sync on; your name stands beside it."""
    from kindling import clock
    from kindling.delivery.stop_rules import service

    who = actor(email, workspace)
    found = service.activate(who, service.find(who.workspace, rule), at=clock.now())
    out.print(f"The rule {found.name} is active.", markup=False)


@rules.command("pause")
@click.argument("rule", type=int)
@as_option
@command
def pause_rule(rule: int, email: str | None, workspace: str | None) -> None:
    """Let RULE do nothing until it is activated again. What it did stays done."""
    from kindling import clock
    from kindling.delivery.stop_rules import service

    who = actor(email, workspace)
    found = service.pause(who, service.find(who.workspace, rule), at=clock.now())
    out.print(f"The rule {found.name} is paused.", markup=False)


COMMANDS = [pause, lower, resume, stopped, protection, results, gmv_max, rules]
