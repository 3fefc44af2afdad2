"""Launches: preflight, plan, apply."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import yaml
from rich.progress import Progress

from kindling.commands.common import (
    PARTLY,
    REFUSED,
    actor,
    as_option,
    command,
    err,
    json_option,
    out,
    print_json,
    print_table,
)
from kindling.kit.money import Money, parse_amount
from kindling.kit.text import storable
from kindling.kit.time import instant_words

if TYPE_CHECKING:
    from kindling.launches.models import Plan
    from kindling.workspaces.models import AdAccount
    from kindling.workspaces.service import Actor

MARKS = {"pass": "ok", "fail": "NO", "unknown": "?"}


@click.command()
@click.argument("posts", nargs=-1, required=True, metavar="POST...")
@click.option("--ad-account", help="Ad account (advertiser id); required if there are several.")
@click.option(
    "--days", default=7, show_default=True, type=int, help="Length of the flight in days."
)
@click.option("--country", "countries", multiple=True, default=("US",), show_default=True)
@json_option
@as_option
@command
def preflight(
    posts: tuple[str, ...],
    ad_account: str | None,
    days: int,
    countries: tuple[str, ...],
    as_json: bool,
    email: str | None,
    workspace: str | None,
) -> None:
    """Run all preflight checks on POSTs (ids or URLs) as if they were launched now."""
    from kindling import clock
    from kindling.launches import service
    from kindling.launches.planning import specs
    from kindling.posts.rules import item_id_from
    from kindling.workspaces import service as workspaces

    who, at = actor(email, workspace), clock.now()
    account = workspaces.find_ad_account(who, ad_account)
    spec = specs.from_mapping(
        {"name": "preflight", "posts": [item_id_from(each) for each in posts], "days": days,
         "countries": list(countries)},
        account=account, workspace=who.workspace, now=at,
    )  # fmt: skip
    _, results = service.draft(who, account, spec, at=at)
    _report_checks(results, as_json=as_json)
    if any(result.blocks for result in results):
        sys.exit(REFUSED)


def _report_checks(results: list[Any], *, as_json: bool) -> None:
    if as_json:
        print_json("kindling.preflight/1", checks=[result.to_json() for result in results])
        return
    rows = [
        (
            result.item_id,
            result.number,
            result.title,
            MARKS[result.verdict],
            result.level,
            result.message,
        )
        for result in results
        if result.verdict != "pass"
    ]
    passed = sum(result.verdict == "pass" for result in results)
    print_table(
        "Checks that did not pass",
        ("post", "no.", "check", "", "level", "message"),
        rows,
        empty="none",
    )
    out.print(f"{passed} of {len(results)} checks passed.")


@click.command()
@click.argument("spec", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="Output file of the plan.",
)
@as_option
@command
def plan(spec: Path, output: Path, email: str | None, workspace: str | None) -> None:
    """Create a plan from SPEC.yaml. Nothing is sent to TikTok: review it, then run `kindling apply`."""
    from kindling import clock
    from kindling.errors import FileProblemError
    from kindling.launches import service
    from kindling.launches.planning import specs
    from kindling.workspaces import service as workspaces

    who, at = actor(email, workspace), clock.now()
    try:
        wanted = storable(yaml.safe_load(spec.read_text()))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise FileProblemError(
            f"{spec} is not YAML: {error}", next_step="See docs/reference/plan.md."
        ) from None
    account = workspaces.find_ad_account(who, specs.ad_account_of(wanted))
    read = specs.from_mapping(wanted, account=account, workspace=who.workspace, now=at)
    content, results = service.draft(who, account, read, at=at)
    output.write_text(json.dumps(content.to_json(), indent=2, ensure_ascii=False) + "\n")
    print_plan(content.to_json(), account)
    _report_checks(results, as_json=False)
    out.print(f"Written to {output}. Apply it with: kindling apply {output}")
    if any(result.blocks for result in results):
        sys.exit(PARTLY)


def print_plan(content: dict[str, Any], account: AdAccount) -> None:
    """What a plan would make and spend in an ad account; moments in the workspace's zone."""
    from kindling.launches.planning import content as contents

    zone = account.workspace.timezone
    print_table(
        f"Plan {content['name']}: {_amount(content)} a day",
        ("object", "name", "ends"),
        [
            (
                thing["kind"],
                thing["name"],
                instant_words(contents.instant(end), zone) if end else None,
            )
            for thing in content["objects"]
            for end in [thing["payload"].get("schedule_end_time")]
        ],
        empty="nothing",
    )
    most = Money(contents.most_minor(content, zone=account.timezone), content["currency"])
    days = contents.flight_days(content, zone=account.timezone)
    out.print(
        f"Spends {most} in total at most, until {instant_words(contents.last_end(content), zone)}: "
        f"{days} calendar day{'s' if days > 1 else ''} of the ad account."
    )
    for note in content["notes"]:
        out.print(f"Note: {note}")


@click.command()
@click.argument(
    "plan_file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="PLAN.json"
)
@click.option("--yes", is_flag=True, help="Approve the spend without a prompt.")
@json_option
@as_option
@command
def apply(
    plan_file: Path,
    yes: bool,
    as_json: bool,
    email: str | None,
    workspace: str | None,
) -> None:
    """Apply PLAN.json: create the ads paused, check again, switch on. If it is interrupted, run it again.

    The person who applies it approves the spend. Above the workspace's limit the first call is refused and
    saves the plan as a draft; a second person then runs the same command (or approves it in the web app).
    """
    from kindling import clock
    from kindling.launches import service
    from kindling.launches.models import Plan
    from kindling.launches.sending import apply as applying

    who, at = actor(email, workspace), clock.now()
    row = _stored(who, plan_file, at=at)
    if row.state == Plan.State.DRAFT:
        _confirm(row.content, row.ad_account, yes=yes, as_json=as_json)
        row = service.approve(who, row, digest=row.digest, at=at)
    if row.state in {Plan.State.APPROVED, Plan.State.PARTLY, Plan.State.APPLYING}:
        service.start_apply(who, row, at=at)
        with Progress(console=err, disable=as_json) as progress:
            bar = progress.add_task("applying", total=row.objects_planned.count())
            applying.run(row.pk, on_object=lambda: progress.advance(bar))
    row.refresh_from_db()
    _report_plan(row, as_json=as_json)
    if row.state != Plan.State.APPLIED:
        sys.exit(PARTLY)


def _stored(who: Actor, plan_file: Path, *, at: datetime) -> Plan:
    """The plan of this file, kept as a draft where it is new."""
    from kindling.errors import FileProblemError
    from kindling.launches import service

    try:
        content = storable(json.loads(plan_file.read_text()))
    except ValueError:
        raise FileProblemError(
            f"{plan_file} is not a plan.", next_step="Create one with `kindling plan`."
        ) from None
    return service.store(who, service.account_of_plan(who, content), content, at=at)


def _confirm(content: dict[str, Any], account: AdAccount, *, yes: bool, as_json: bool) -> None:
    if not as_json:
        print_plan(content, account)
    if not yes:
        click.confirm(f"Spend up to {_amount(content)} a day?", abort=True)


def _amount(content: dict[str, Any]) -> str:
    currency = content["currency"]
    return str(Money(parse_amount(content["daily_budget"], currency), currency))


def _report_plan(row: Any, *, as_json: bool) -> None:
    objects = [
        {
            "kind": each.kind,
            "name": each.name,
            "state": each.state,
            "id": each.external_id or None,
            "message": each.message or None,
        }
        for each in row.objects_planned.all()
    ]
    if as_json:
        print_json(
            "kindling.apply/1", plan=row.name, digest=row.digest, state=row.state, objects=objects
        )
        return
    print_table(
        f"{row.name}: {row.get_state_display()}",
        ("object", "state", "id", "message"),
        [(each["kind"], each["state"], each["id"], each["message"]) for each in objects],
        empty="nothing",
    )


@click.command("ask-creators")
@click.argument(
    "plan_file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="PLAN.json"
)
@json_option
@as_option
@command
def ask_creators(plan_file: Path, as_json: bool, email: str | None, workspace: str | None) -> None:
    """Ask the creators whose agreement lets them approve the final ad of PLAN.json, which is kept as a draft.

    Each sees the ad in the portal and gets a mail; those without an e-mail address are named: send them the link
    of `kindling portal-link`. Who was asked about this very ad is not asked again.
    """
    from kindling import clock
    from kindling.launches import creator_approval

    who, at = actor(email, workspace), clock.now()
    row = _stored(who, plan_file, at=at)
    asked = [
        {
            "handle": each.creator.handle,
            "item_id": each.post.item_id,
            "is_mailed": bool(each.creator.email),
        }
        for each in creator_approval.ask(who, row, at=at)
    ]
    if as_json:
        print_json("kindling.ask-creators/1", plan=row.name, digest=row.digest, asked=asked)
        return
    handles = ", ".join(sorted({f"@{each['handle']}" for each in asked}))
    out.print(f"Asked {handles}. You get a notice when they answer.")
    without = ", ".join(sorted({f"@{each['handle']}" for each in asked if not each["is_mailed"]}))
    if without:
        out.print(
            f"No mail to {without}: no e-mail address. Send the link of `kindling portal-link`."
        )


@click.command("allow-again")
@click.argument("post", metavar="POST")
@click.option("--reason", required=True, help="What has changed; kept in the audit trail.")
@as_option
@command
def allow_again(post: str, reason: str, email: str | None, workspace: str | None) -> None:
    """Let POST (id or URL), which TikTok refused as an ad, be launched and asked for again."""
    from kindling import clock
    from kindling.posts import service
    from kindling.posts.rules import item_id_from

    who = actor(email, workspace)
    found = service.find_post(who.workspace, item_id_from(post))
    service.allow_again(who, found, reason=reason, at=clock.now())
    out.print(f"Post {found.item_id} can be launched and asked for again.")


PLAN_ID = click.argument("plan_id", type=int, metavar="PLAN_ID")


@click.command("compare")
@PLAN_ID
@json_option
@as_option
@command
def compare(plan_id: int, as_json: bool, email: str | None, workspace: str | None) -> None:
    """Compare plan PLAN_ID with what TikTok has of it now. Exits with 3 if something differs."""
    from kindling.launches import service
    from kindling.launches.sending import drift

    who = actor(email, workspace)
    row = service.find_plan(who.workspace, plan_id)
    found = drift.differences(row)
    if as_json:
        told = [each.to_json() for each in found]
        print_json("kindling.compare/1", plan=row.name, differences=told)
    else:
        print_table(
            f"{row.name}, compared with TikTok",
            ("object", "id", "what", "planned", "at TikTok"),
            [
                (
                    each.row.kind,
                    each.row.external_id,
                    each.what,
                    each.planned,
                    each.now or "nothing",
                )
                for each in found
            ],
            empty="nothing differs",
        )
    if found:
        sys.exit(PARTLY)


@click.command("undo")
@PLAN_ID
@click.option("--reason", default="", help="Why; kept with each stop.")
@click.option("--yes", is_flag=True, help="Stop the ads without a prompt.")
@json_option
@as_option
@command
def undo(
    plan_id: int, reason: str, yes: bool, as_json: bool, email: str | None, workspace: str | None
) -> None:
    """Stop every ad that plan PLAN_ID switched on. Each can be resumed under Stopped ads."""
    from kindling import clock
    from kindling.delivery import undo as undoing
    from kindling.launches import service

    who = actor(email, workspace)
    row = service.find_plan(who.workspace, plan_id)
    if not yes:
        click.confirm(f"Stop the ads of {row.name}?", abort=True)
    done = undoing.undo(who, row, reason=reason, at=clock.now())
    if as_json:
        print_json(
            "kindling.undo/1",
            plan=row.name,
            stopped=done.stopped,
            unconfirmed=list(done.unconfirmed),
        )
    else:
        out.print(f"{done.stopped} ads stopped.")
        if done.unconfirmed:
            err.print(f"TikTok did not confirm {', '.join(done.unconfirmed)}: run it again.")
    if done.unconfirmed:
        sys.exit(PARTLY)


@click.command("copy-plan")
@PLAN_ID
@as_option
@command
def copy_plan(plan_id: int, email: str | None, workspace: str | None) -> None:
    """Make a new draft of the launch of plan PLAN_ID, and run preflight on it."""
    from kindling import clock
    from kindling.launches import service
    from kindling.launches.checks import service as checks
    from kindling.launches.drafts import service as drafts

    who, at = actor(email, workspace), clock.now()
    made = drafts.copy(who, service.find_plan(who.workspace, plan_id), at=at)
    out.print(f"Draft {made.pk}: {made.name}.")
    _report_checks(checks.check_plan(made, now=at), as_json=False)


@click.command("upload-video")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--ad-account", help="Ad account (advertiser id); required if there are several.")
@json_option
@as_option
@command
def upload_video(
    file: Path, ad_account: str | None, as_json: bool, email: str | None, workspace: str | None
) -> None:
    """Upload FILE to the library of an ad account, for ads of uploads. The same file is uploaded once."""
    from kindling import clock
    from kindling.launches.planning import videos
    from kindling.workspaces import service as workspaces

    who = actor(email, workspace)
    account = workspaces.find_ad_account(who, ad_account)
    made = videos.upload(who, account, file.read_bytes(), file_name=file.name, at=clock.now())
    if as_json:
        print_json(
            "kindling.upload-video/1",
            file=made.file_name, state=made.state, video_id=made.video_id, problem=made.problem,
        )  # fmt: skip
    else:
        out.print(
            f"{made.file_name}: {made.get_state_display().lower()}, {made.video_id or made.problem}"
        )
    if made.state != "ready":
        sys.exit(PARTLY)


COMMANDS = [
    preflight, plan, ask_creators, apply, compare, undo, copy_plan, upload_video, allow_again,
]  # fmt: skip
