"""Comments: sort texts into categories without a database, and what waits in the inbox."""

from __future__ import annotations

import json
import sys

import click

from kindling.commands.common import (
    PARTLY,
    actor,
    as_option,
    command,
    errors_told,
    json_option,
    out,
    print_json,
    print_table,
)


@click.group()
def comments() -> None:
    """Comments under posts and ads."""


@comments.command("classify")
@click.argument("file")
@click.option(
    "--product",
    "products",
    multiple=True,
    help="A product's name, masked before anything is looked at.",
)
@json_option
@errors_told
def classify(file: str, products: tuple[str, ...], as_json: bool) -> None:
    """Sort the comments of FILE, one a line, or of standard input with "-", into categories.

    With --json a line of JSON for each line read: its label and confidence, 0 to 1. Needs no network and no database.
    """
    from kindling.commands.imports import read_input
    from kindling.comments.classify.model import judge

    text = read_input(file).decode("utf-8", "replace").replace("\r\n", "\n")
    lines = text.removesuffix("\n").split("\n") if text else []
    for line, found in zip(lines, judge(lines, products=products), strict=True):
        if as_json:
            told = {"label": str(found.label), "confidence": round(found.confidence, 4)}
            click.echo(json.dumps({**told, "language": found.language or None}))
        else:
            out.print(f"{found.label}  {found.confidence:.0%}  {line[:100]}", markup=False)


@comments.command("sync")
@json_option
@as_option
@command
def sync_now(as_json: bool, email: str | None, workspace: str | None) -> None:
    """Read the comments under the ads of every ad account, and of creators who allow it."""
    from kindling import clock
    from kindling.comments import storms, sync, words
    from kindling.creators import grants
    from kindling.errors import PlatformError
    from kindling.workspaces import service as workspaces

    place = actor(email, workspace).workspace
    rows: list[dict[str, object]] = []
    for account in workspaces.ad_accounts(place):
        try:
            count = sync.sync_ad_account(account, at=clock.now())
            words.read(account, at=clock.now())
            rows.append({"of": account.name, "comments": count, "problem": None})
        except PlatformError as error:
            rows.append({"of": account.name, "comments": None, "problem": error.message})
    for grant in filter(sync.may_read, grants.grants(place)):
        name = f"@{grant.creator.handle}"
        try:
            count = sync.sync_creator(grant, at=clock.now())
            rows.append({"of": name, "comments": count, "problem": None})
        except PlatformError as error:
            rows.append({"of": name, "comments": None, "problem": error.message})
    storms.watch(place, now=clock.now())
    if as_json:
        print_json("kindling.comments.sync/1", rows=rows)
    else:
        print_table(
            "Comments", ("of", "comments", "problem"),
            [(row["of"], "—" if row["comments"] is None else row["comments"], row["problem"] or "") for row in rows],
            empty="no ad account is connected",
        )  # fmt: skip
    if any(row["problem"] for row in rows):
        sys.exit(PARTLY)


@comments.command("reply")
@click.argument("comment_id", metavar="COMMENT")
@click.argument("text")
@as_option
@command
def reply(comment_id: str, text: str, email: str | None, workspace: str | None) -> None:
    """Answer COMMENT with TEXT in the name that its post allows."""
    from kindling import clock
    from kindling.comments import acts, service

    who = actor(email, workspace)
    acts.reply(who, service.find_comment(who.workspace, comment_id), text, at=clock.now())
    out.print("Your answer is on TikTok.")


@comments.command("hide")
@click.argument("comment_id", metavar="COMMENT")
@click.option(
    "--reason", required=True,
    type=click.Choice(["spam_scam", "abuse_hate", "personal_data", "off_topic"]),
    help="Why; criticism is refused whatever the reason.",
)  # fmt: skip
@as_option
@command
def hide(comment_id: str, reason: str, email: str | None, workspace: str | None) -> None:
    """Hide COMMENT at TikTok. Criticism is not hidden: it gets an answer."""
    from kindling import clock
    from kindling.comments import acts, service

    who = actor(email, workspace)
    acts.hide(who, service.find_comment(who.workspace, comment_id), reason=reason, at=clock.now())
    out.print(f"Comment {comment_id} is hidden at TikTok.")


COMMANDS = [comments]
