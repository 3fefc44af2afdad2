"""`docs/explanation/who-writes-what.md` names every place that writes a row, and rows are written by named columns."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps

import kindling

SOURCE = Path(kindling.__file__).parent
PAGE = SOURCE.parents[1] / "docs" / "explanation" / "who-writes-what.md"
WRITES = {
    "save", "update", "delete", "create", "get_or_create", "update_or_create", "bulk_create", "bulk_update",
}  # fmt: skip
# What else has such a method: TikTok's client, files, the lake, dictionaries and the like.
NO_ROWS = {
    "client.campaigns", "client.adgroups", "client.ads", "default_storage", "book", "copies", "delta", "lake",
    "DeltaTable", "digest", "self.sum", "self.texts", "self.names", "files", "sellers", "progress", "known.facts",
    "cache", "clean", "known.tags", "known.told_in", "globals()", "super()", "service", "agreements",
}  # fmt: skip
WHOLE_ROWS = {
    ("access/invitations.py", "accept_as_new"): "a user who is made here",
    ("outreach/sequences.py", "save_template"): "one person's text: who saves last wins",
    ("workspaces/models.py", "create_user"): "made here",
    ("agreements/models.py", "save"): "passes on what it was given",
}


def writers() -> Iterator[tuple[str, str, ast.Call]]:
    """File, function and call of everything that looks like a write."""

    def look(node: ast.AST, file: str, function: str) -> Iterator[tuple[str, str, ast.Call]]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            function = node.name
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in WRITES
            and ast.unparse(node.func.value) not in NO_ROWS
        ):
            yield file, function, node
        for child in ast.iter_child_nodes(node):
            yield from look(child, file, function)

    for path in sorted(SOURCE.rglob("*.py")):
        if "migrations" not in path.parts:
            yield from look(ast.parse(path.read_text()), str(path.relative_to(SOURCE)), "")


def listed() -> tuple[set[str], set[tuple[str, str]]]:
    """The rows that the page names, and the files and functions that it says write them."""
    rows: set[str] = set()
    places = set()
    for line in PAGE.read_text().splitlines():
        if not line.startswith("| `"):
            continue
        models, where, apart, after = (cell.strip() for cell in line.strip("|").split(" | "))
        assert apart, line
        assert after, line
        rows |= set(re.findall(r"`(\w+)`", models))
        for part in where.split("; "):
            file, *functions = re.findall(r"`([^`]+)`", part)
            places |= {(file, function) for function in functions}
    return rows, places


class TestThePage:
    def test_names_every_place_that_writes_and_no_other(self) -> None:
        found = {(file, function) for file, function, _ in writers()}
        assert listed()[1] == found

    def test_names_every_kind_of_row(self) -> None:
        ours = {
            model.__name__
            for model in apps.get_models()
            if model.__module__.startswith("kindling.")
        }
        assert listed()[0] == ours


def test_no_whole_row_is_saved_that_others_write() -> None:
    """It would bring back what they wrote over since it was read."""
    found = {
        (file, function)
        for file, function, call in writers()
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "save"
        and not {each.arg for each in call.keywords} & {"update_fields", "force_insert"}
    }
    assert found - set(WHOLE_ROWS) == set()
