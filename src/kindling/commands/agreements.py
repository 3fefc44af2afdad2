"""Agreements: written from a template; the templates there are."""

from __future__ import annotations

import json
from typing import Any

import click

from kindling.commands.common import (
    actor,
    as_option,
    command,
    json_option,
    out,
    print_json,
    print_table,
)


@click.command("agreement")
@click.argument("handle")
@click.option("--title", required=True, help="What the agreement is called.")
@click.option("--template", default="", help="Name of a template; else the workspace's default.")
@click.option(
    "--term",
    "terms",
    multiple=True,
    metavar="NAME=VALUE",
    help="A term in place of the template's, its value as JSON: --term content_fee_minor=45000.",
)
@json_option
@as_option
@command
def agreement(
    handle: str,
    title: str,
    template: str,
    terms: tuple[str, ...],
    as_json: bool,
    email: str | None,
    workspace: str | None,
) -> None:
    """Write an agreement with HANDLE as a draft. The names of terms are those of the API."""
    from kindling import clock
    from kindling.agreements import service
    from kindling.agreements.contract.terms import TermsError, from_json, terms_hash
    from kindling.agreements.saved_terms import service as saved_terms
    from kindling.creators import service as creators
    from kindling.errors import InvalidInputError

    who = actor(email, workspace)
    creator = creators.find_creator(who.workspace, handle.lower().removeprefix("@"))
    start = saved_terms.starting_terms(who.workspace, template)
    try:
        agreed = from_json(saved_terms.with_terms(start, _given(terms)))
    except TermsError as error:
        raise InvalidInputError(
            "; ".join(f"{name}: {words}" for name, words in error.problems.items()),
            next_step="Correct these terms.",
        ) from None
    made = service.create(who, creator, title=title, terms=agreed, at=clock.now()).agreement
    if as_json:
        print_json(
            "kindling.agreement/1",
            id=made.pk, handle=creator.handle, title=made.title, state=made.state,
            terms_hash=terms_hash(agreed),
        )  # fmt: skip
        return
    out.print(f"Agreement {made.pk} with @{creator.handle} is saved as a draft.")


def _given(terms: tuple[str, ...]) -> dict[str, Any]:
    """Terms by name; a value that is no JSON is a text."""
    found = {}
    for each in terms:
        name, is_there, value = each.partition("=")
        if not is_there:
            raise click.UsageError(f"{each!r}: write a term as NAME=VALUE.")
        try:
            found[name.strip()] = json.loads(value)
        except ValueError:
            found[name.strip()] = value
    return found


@click.command("agreement-templates")
@json_option
@as_option
@command
def templates(as_json: bool, email: str | None, workspace: str | None) -> None:
    """List what a new agreement can start from."""
    from kindling.agreements.contract.summaries import summary
    from kindling.agreements.contract.terms import to_json
    from kindling.agreements.saved_terms import service as saved_terms

    points = saved_terms.starting_points(actor(email, workspace).workspace)
    if as_json:
        rows = [
            {"name": each.name, "is_default": each.is_default, "is_own": each.template is not None,
             "terms": to_json(each.terms)}
            for each in points
        ]  # fmt: skip
        print_json("kindling.agreement-templates/1", templates=rows)
        return
    print_table(
        "Agreement templates",
        ["Name", "The deal", "Default"],
        [
            (each.name, summary("deal", each.terms), "default" if each.is_default else "")
            for each in points
        ],
        empty="none.",
    )


COMMANDS = [agreement, templates]
