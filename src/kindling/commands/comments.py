"""Comments: sort texts into categories without a database, and what waits in the inbox."""

from __future__ import annotations

import json

import click

from kindling.commands.common import errors_told, json_option, out


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


COMMANDS = [comments]
