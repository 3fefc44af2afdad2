"""Webhooks: chats that get notices."""

from __future__ import annotations

import sys
from typing import Any

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
)
from kindling.errors import NotFoundError


@click.group("webhooks")
def group() -> None:
    """Webhooks that bring notices into a chat. Add them on the page Alerts."""


@group.command("list")
@json_option
@as_option
@command
def list_webhooks(as_json: bool, email: str | None, workspace: str | None) -> None:
    """List webhooks: whether their messages arrive, and how many wait."""
    from kindling.notices.alerts import webhooks
    from kindling.notices.alerts.lists import roles_words, state_words

    found: list[Any] = list(webhooks.webhooks(actor(email, workspace).workspace))
    if as_json:
        print_json("kindling.webhooks/1", webhooks=[webhooks.to_json(each) for each in found])
        return
    print_table(
        "Webhooks", ("id", "name", "state", "address", "notices for", "waiting", "problem"),
        [
            (each.pk, each.name, state_words(each), each.shown_address, roles_words(each), each.waiting, each.problem)
            for each in found
        ],
        empty="none",
    )  # fmt: skip


@group.command("test")
@click.argument("name")
@as_option
@command
def test(name: str, email: str | None, workspace: str | None) -> None:
    """Send a test message to a webhook now. Ends with 1 where it did not arrive."""
    from kindling import clock
    from kindling.notices.alerts import webhooks

    who = actor(email, workspace)
    row = webhooks.webhooks(who.workspace).filter(name=name).first()
    if row is None:
        raise NotFoundError(f"There is no webhook “{name}”.", next_step="kindling webhooks list")
    problem = webhooks.test(who, row, at=clock.now())
    if problem:
        out.print(f"It did not arrive. {problem}", markup=False)
        sys.exit(REFUSED)
    out.print("Sent. Look into the channel.")


COMMANDS = [group]
