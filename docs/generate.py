"""Write the reference pages that follow from the code. `python docs/generate.py`; a test runs it with --check."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import UnionType
from typing import Annotated, Literal, get_args, get_origin

import click
import msgspec

HERE = Path(__file__).resolve().parent
NOTE = "<!-- Written by docs/generate.py from the code. Change the code, then run it. -->\n"


def main() -> int:
    check = "--check" in sys.argv
    _boot()
    stale = []
    for name, text in (
        ("settings.md", settings()),
        ("cli.md", commands()),
        ("api.md", endpoints()),
        ("preflight.md", checks()),
        ("facts.md", tables()),
        ("role-permissions.md", permissions()),
        ("sandbox-worlds.md", worlds()),
    ):
        path = HERE / "reference" / name
        if path.exists() and path.read_text() == text:
            continue
        stale.append(name)
        if not check:
            path.write_text(text)
    if check and stale:
        print(f"out of step: {', '.join(stale)}; run python docs/generate.py")
        return 1
    return 0


def _boot() -> None:
    os.environ.setdefault("KINDLING_DATA_DIR", tempfile.mkdtemp(prefix="kindling-docs-"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kindling.settings")
    import django

    django.setup()


def settings() -> str:
    from kindling.config import SETTINGS

    rows = [
        f"| `{each.name}` | `{each.default}` | {each.meaning} |"
        if each.default
        else f"| `{each.name}` | empty | {each.meaning} |"
        for each in SETTINGS
    ]
    return "\n".join(
        [
            "# Settings",
            "",
            NOTE,
            "All settings of an operator, as environment variables. They are read once, at start. A setting that",
            "is not valid stops the start, with its name and the accepted values. One machine needs no settings.",
            "",
            "| variable | default | meaning |",
            "| --- | --- | --- |",
            *rows,
            "",
        ]
    )


def commands() -> str:
    from kindling.cli import main as kindling
    from tiktok_sandbox.cli import main as sandbox

    lines = [
        "# Command line",
        "",
        NOTE,
        "Exit codes: 0 done, 1 refused with a reason, 2 usage, 3 partly done (see the rows). `--json` prints one",
        "document whose first field is its versioned schema. `--as` and `-w` set the acting member and the workspace;",
        "they may be left out if there is one owner and one workspace.",
        "",
    ]
    for program, group in (("kindling", kindling), ("tiktok-sandbox", sandbox)):
        lines += [f"## {program}", ""]
        for path, command in _commands(program, group):
            context = click.Context(command, info_name=path)
            lines += [f"### `{path}`", "", _paragraphs(command.help or ""), ""]
            options = [_option(each, context) for each in command.params]
            if options:
                lines += ["| argument or option | meaning |", "| --- | --- |", *options, ""]
    return "\n".join(lines)


def _commands(prefix: str, group: click.Group) -> Iterator[tuple[str, click.Command]]:
    for name in sorted(group.commands):
        command = group.commands[name]
        if isinstance(command, click.Group):
            yield from _commands(f"{prefix} {name}", command)
        else:
            yield f"{prefix} {name}", command


def _paragraphs(text: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


def _option(parameter: click.Parameter, context: click.Context) -> str:
    if isinstance(parameter, click.Option):
        names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
        shown = parameter.get_default(context)
        default = (
            f" (default {shown})"
            if parameter.show_default and shown not in (None, False, ())
            else ""
        )
        return f"| {names} | {parameter.help or ''}{default} |"
    assert isinstance(parameter, click.Argument)
    return f"| `{parameter.make_metavar(context)}` | |"


def worlds() -> str:
    """The schema of world files, part by part, from the structs that check them."""
    from tiktok_sandbox.world.families import family as parts
    from tiktok_sandbox.world.families.files import names, read_family

    lines = [
        "# World files",
        "",
        NOTE,
        "A family of worlds is a YAML file. `tiktok-sandbox serve --world FILE.yaml --seed 3` draws a world from it;",
        "`tiktok-sandbox worlds FILE.yaml` checks it; `tiktok-sandbox worlds --schema` prints this as a JSON schema.",
        "`extends: reference` takes everything from another family and merges the file over it, key by key. Every",
        "part and every number may be left out, but for `name`, one account and one product.",
        "",
        "| comes along | what it is |",
        "| --- | --- |",
        *(f"| `{name}` | {' '.join(read_family(name).about.split())} |" for name in names()),
        "",
    ]
    structs: list[type[msgspec.Struct]] = [parts.Family, *_parts_of(parts.Family)]
    for part in structs:
        words = part.__doc__ or ""
        lines += [f"## {part.__name__}", "", _paragraphs(words), ""]
        lines += ["| field | type | default |", "| --- | --- | --- |"]
        lines += [_field_row(each) for each in msgspec.structs.fields(part)]
        lines += [""]
    return "\n".join(lines)


def _parts_of(part: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    """The structs a struct is made of, in the order of its fields, each once."""
    found: dict[type[msgspec.Struct], None] = {}
    for each in msgspec.structs.fields(part):
        for inner in (each.type, *get_args(each.type)):
            for kind in (inner, *get_args(inner)):
                if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
                    found.setdefault(kind)
                    found |= dict.fromkeys(_parts_of(kind))
    yield from found


def _field_row(each: msgspec.structs.FieldInfo) -> str:
    if each.default is msgspec.NODEFAULT:
        default = "required" if each.required else ""
    elif isinstance(each.default, msgspec.Struct):
        default = "its own defaults"
    elif isinstance(each.default, tuple) and len(str(each.default)) > 80:
        default = f"{len(each.default)} of them"
    else:
        default = f"`{each.default}`"
    return f"| `{each.name}` | {_type_words(each.type)} | {default} |"


def _type_words(kind: object) -> str:
    """A type in words, with the bounds that are checked."""
    if get_origin(kind) is Annotated:
        inner, meta = get_args(kind)
        bounds = [
            f"{sign} {bound:g}"
            for sign, bound in (("≥", meta.ge), (">", meta.gt), ("≤", meta.le), ("<", meta.lt))
            if bound is not None
        ]
        if meta.min_length is not None:
            bounds.append(f"at least {meta.min_length}")
        if meta.max_length is not None:
            bounds.append(f"at most {meta.max_length}")
        if meta.pattern is not None:
            bounds.append(f"like `{meta.pattern}`")
        return ", ".join([_type_words(inner), *bounds])
    if get_origin(kind) is tuple:
        return f"list of {_type_words(get_args(kind)[0])}"
    if get_origin(kind) is Literal:
        return ", ".join(f"`{word}`" for word in get_args(kind))
    if isinstance(kind, UnionType):
        return " or ".join(_type_words(each) for each in get_args(kind))
    names = {str: "text", int: "whole number", float: "number", bool: "yes or no"}
    if isinstance(kind, type):
        return "null" if kind is type(None) else names.get(kind, kind.__name__)
    return str(kind)


def endpoints() -> str:
    from kindling.api import api

    description = api.get_openapi_schema()
    rows = []
    for path, operations in description["paths"].items():
        for verb, operation in operations.items():
            words = " ".join(str(operation.get("description", "")).split())
            rows.append(f"| {verb.upper()} | `{path}` | {words} |")
    return "\n".join(
        [
            "# REST API",
            "",
            NOTE,
            "Send `Authorization: Bearer kd_…` with a token from `kindling token` or the Workspace page. A token is",
            "one member of one workspace, so no path names a workspace. The description for machines (OpenAPI 3.1)",
            "is served at `/api/v1/openapi.json`. Every refusal has the same shape:",
            "",
            "```json",
            '{"code": "invalid_input", "message": "what is wrong", "next_step": "what to do"}',
            "```",
            "",
            "| verb | path | what it does |",
            "| --- | --- | --- |",
            *rows,
            "",
        ]
    )


def checks() -> str:
    from kindling.launches.checks.checklist import CHECKS
    from kindling.workspaces.models import Role

    def hours(each: timedelta) -> str:
        minutes = round(each.total_seconds() / 60)
        return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h"

    rows = (
        f"| {each.number} | {each.title} | {each.level} | {Role(each.owner).label} | {hours(each.good_for)} "
        f"| {'yes' if each.of_uploads else ''} | {each.next_step} |"
        for each in CHECKS
    )
    return "\n".join(
        [
            "# Preflight checks",
            "",
            NOTE,
            "Each check of each post has the result pass, fail or unknown, with evidence, the time of the check,",
            "until when it is valid, the role that has the next step, and that step. A blocking check with the",
            "result unknown also blocks, unless it says that it only warns. The numbers are those of the 25 checks",
            "of the field's pre-publish list.",
            "",
            "Checks run when a plan is created, when it is approved, again before anything is switched on, and once",
            "a day for every ad of a plan that runs. What newly fails in flight opens a notice to the check's owner,",
            "which closes when the check passes again; nothing is stopped by it: ads are stopped by people, and by",
            "the [guard](../how-to/stop-and-resume.md), which has its own reasons.",
            "",
            "How long a result is valid: 24 hours for what people and agreements say, and from its reading on for",
            "what TikTok said about music and what a landing page said; 6 hours for posts and ad authorizations,",
            "which are all read as often as that; 30 minutes for what is synced as often, ads and comments.",
            "",
            "Checks 7, 8 and 23 read what brand and legal decided about the draft. A post without a deliverable has no",
            "such record: the answer is unknown, which warns, or blocks where the workspace's setting `wants_review`",
            "is yes. Check 12 warns where only Kindling could not read the page, as of shops that turn programs away",
            "([landing pages](../how-to/check-landing-pages.md)); a page that visitors cannot reach blocks.",
            "An ad of an uploaded video has no post, creator or agreement: it is asked the checks marked so, and",
            "whether the video is in the library and the account the brand's own. Check 9 blocks by the room for ads",
            "that TikTok tells, and warns by what is counted.",
            "Check 25 warns on a draft, and blocks where only the plan's author confirmed its spend.",
            "",
            "| no. | check | level | owner | valid for | of uploads | next step |",
            "| --- | --- | --- | --- | --- | --- | --- |",
            *rows,
            "",
        ]
    )


def tables() -> str:
    from kindling.facts.lake import VERSION_PROPERTY
    from kindling.facts.schema import TABLES

    lines = [
        "# Fact tables",
        "",
        NOTE,
        "Facts live in Delta tables under `KINDLING_LAKE_URL` (a folder by default): any engine that reads Delta can",
        "read them. Money is integer minor units of the row's `currency`; days are of the ad account's time zone;",
        "instants are UTC. A day, or a month of orders, is always replaced whole, in one commit; so are the months",
        "between which an order moves. null means unknown or not measured, never 0.",
        "",
        "A table grows by new columns only, and each raises the version of its schema, which the table carries as",
        f"the Delta table property `{VERSION_PROPERTY}` (none: version 1). Rows written before a column came hold null",
        "there, until `kindling sync --since DATE` reads their days again. A lake of an earlier version is read as it",
        "is; `kindling migrate`, the start of server or worker, and the first write bring it up to date. A lake",
        "of a newer version, or with columns of other types, is refused with a message that says what to do.",
        "",
    ]
    for table in TABLES:
        lines += [
            f"## {table.name}",
            "",
            f"Version {table.version}. Partitioned by {', '.join(f'`{name}`' for name in table.partitions)}.",
            "",
            "| column | type | unit, zone | meaning | source | settles | since |",
            "| --- | --- | --- | --- | --- | --- | --- |",
            *(
                f"| `{each.name}` | {each.type} | {each.unit} | {each.about} | {each.source} | {each.settles} "
                f"| {each.since} |"
                for each in table.columns
            ),
            "",
        ]
    return "\n".join([*lines, *_metric_lines()])


def _metric_lines() -> list[str]:
    from kindling.facts.metrics import METRICS, Reported, Unit

    units = {Unit.MONEY: "money, the ad account's currency", Unit.SHARE: "share of 1"}
    return [
        "## Metrics",
        "",
        "What pages, the API, `kindling five` and exports say of an ad, each computed by one function in",
        "`kindling.facts.metrics`. Columns are summed first, then divided; what is divided by 0 or not known on every",
        "day is undefined: null, and — on a page. Reach counts people once, so several days or ads have no reach and",
        "no frequency.",
        "",
        "| metric | name | unit | meaning | stored as | on the Live page |",
        "| --- | --- | --- | --- | --- | --- |",
        *(
            f"| {each.label} | `{each.name}` | {units.get(each.unit, each.unit)} | {each.about} "
            f"| {f'`{each.column}`' if isinstance(each, Reported) else 'computed'} "
            f"| {'yes' if each.is_on_live_page else ''} |"
            for each in METRICS.values()
        ),
        "",
    ]


def permissions() -> str:
    from kindling.workspaces.models import Role
    from kindling.workspaces.rules import ALLOWED

    roles = list(Role)
    header = "| action | " + " | ".join(role.label for role in roles) + " |"
    rows = [
        f"| {action} | "
        + " | ".join("yes" if role.value in allowed else "" for role in roles)
        + " |"
        for action, allowed in ALLOWED.items()
    ]
    return "\n".join(
        [
            "# Role permissions",
            "",
            NOTE,
            "Pages, API and command line use this one table. Kindling itself, on a schedule, may view, sync with the",
            "platform and pause ads; it can never plan, approve or apply. A plan above the workspace's limit needs an",
            "approver who did not create it.",
            "",
            header,
            "| --- |" + " --- |" * len(roles),
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
