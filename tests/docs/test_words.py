"""One thing has one name for everybody who reads it: pages, mails, API, command line and docs use the field's words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from babel.messages.pofile import read_po

from kindling.lists.spec import ListSpec, all_lists

ROOT = Path(__file__).resolve().parents[2]
KINDLING = ROOT / "src/kindling"
PAGES = sorted(KINDLING.glob("**/templates/**/*.*"))
FORMS = sorted(KINDLING.rglob("forms.py"))
CODE = sorted(
    path
    for path in KINDLING.rglob("*.py")
    if "migrations" not in path.parts and path.name != "logs.py"
)
# Pages about how the code works keep the code's words; the glossary explains both.
OF_THE_CODE = re.compile(
    r"docs/(decisions/|reference/(sandbox|client|facts)|explanation/(architecture|the-sim))"
)
DOCS = sorted(
    page
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    if page.name != "glossary.md" and not OF_THE_CODE.search(str(page.relative_to(ROOT)))
)

# What each word of the list is called instead; a match in anything people read fails.
NOT_OUR_WORDS = {
    r"last safe (day|moment)": "Stop by",
    r"^must stop$": "Stop by",
    r"(may run|spend|pay) until": "Stop by",
    r"bound by|(clock|right|period|authorization) binds|^binds$": "Ends first because of",
    r"licen[cs]e (covers|runs|ends)|\bno licen[cs]e covers|needs? no licen[cs]e": "Usage rights",
    r"(tiktok's|lost|usable|ad|no) permissions?\b|\bpermissions? (ends?|is|for|of)\b": "Ad authorization",
    r"(take|takes|took|taken|taking) (the |its |their )?codes? in\b": "Add codes",
    r"\bintakes?\b": "Batch",
    r"\blanes?\b": "Status",
    r"\bhook rate": "Thumb-stop rate",
    r"\bclick rate": "CTR",
    r"unit of ad spend": "ROAS",
    r"\bwatchable\b": "Organic engagement",
    r"\bconverting\b": "Conversion rate",
    r"\b(and|fees,?) goods\b|^goods$": "COGS",
    r"visits to the shop": "Traffic",
    r"complete, read\b": "Synced 33 min ago",
    r"\breckon(ed|s|ing)?\b": "Calculated",
    r"^keep( note)?$|keep as (a )?(draft|new version)": "Save",
    r"\bfilms?\b": "Video",
    r"\bmoment of the\b|^moment$": "Timestamp",
    r"\bmend(ing|s)?\b": "Needs repair",
    r"let it breathe": "Too new: judged after 48 h",
    r"\blook first\b|\blook again\b|\blooked only\b": "Check first (dry run)",
    r"worth knowing|worth a thought": "Warnings",
    r"dealt with": "Done, resolved",
    r"what (tiktok's )?refusals mean": "TikTok error guide",
    r"is no (cut|flight|order|lane|kind|list)\b": "Unknown view; 1 to 365 days",
    r"\bnobody\b.*\b(waits|fits|yet)\b|\bsomebody\b": "a person, or who it is",
    r"\byou are told\b|\bis told\b|\bwere told\b": "gets a notice",
    r"\blearnt\b": "found out",
    r"stands? (below|here|in line)\b": "is",
    r"call(ed|ing)? (it )?off\b": "Cancel",
    r"\b(give|gave|given|giving) (it )?out\b": "Assign",
    r"\b(take|taken|took|taking) (it |the \w+ )?back\b": "Withdraw",
    r"\bhand(ed|ing|s)? in\b": "Submit",
    r"\bR\d{1,3}\b": "no rule numbers for people",
    r"HESITATE_RECOMMEND|story_video_not_supported|ONLY_AUTHOR_SEE": "no wire constants for people",
}
FORBIDDEN = [
    (re.compile(words, re.IGNORECASE), instead) for words, instead in NOT_OUR_WORDS.items()
]


def problems(text: str) -> list[str]:
    """Which of the forbidden words stand in a text, each with what to say instead."""
    return [
        f"{found[0]!r} in {text[max(0, found.start() - 40) : found.end() + 40]!r}: say {instead}"
        for words, instead in FORBIDDEN
        if (found := words.search(text))
    ]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


SHOWN = re.compile(r'(?:aria-label|title|placeholder|alt|data-label|label)="([^"]*)"')
TRANSLATED = re.compile(r"""\{% translate (?:"([^"]*)"|'([^']*)') %\}""")


def shown(template: str) -> Iterator[str]:
    """What a person can read of a template: its texts, and the attributes that are read out or shown."""
    text = re.sub(r"\{% comment %\}.*?\{% endcomment %\}", "", template, flags=re.DOTALL)
    text = TRANSLATED.sub(lambda found: found[1] or found[2], text)
    text = re.sub(r"\{%.*?%\}", "\n", text, flags=re.DOTALL)
    text = re.sub(r"\{\{.*?\}\}", "…", text, flags=re.DOTALL)
    for attribute in SHOWN.findall(text):
        yield attribute.strip()
    for line in re.sub(r"<[^>]*>", "\n", text).splitlines():
        if line.strip():
            yield line.strip()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_pages_and_mails_use_the_words_of_the_field(page: Path) -> None:
    found = [problem for text in shown(page.read_text()) for problem in problems(text)]
    assert not found, "\n".join(found)


def written(form: Path) -> Iterator[str]:
    """What a person can read of the fields of a module's forms: their labels and help."""
    for node in ast.walk(ast.parse(form.read_text())):
        if isinstance(node, ast.keyword) and node.arg in {"label", "help_text"}:
            for each in ast.walk(node.value):
                if isinstance(each, ast.Constant) and isinstance(each.value, str):
                    yield each.value


@pytest.mark.parametrize("form", FORMS, ids=named)
def test_forms_use_the_words_of_the_field(form: Path) -> None:
    found = [problem for text in written(form) for problem in problems(text)]
    assert not found, "\n".join(found)


def words_of(spec: ListSpec) -> Iterator[str]:
    """What a person can read of a list beside its rows."""
    yield from (spec.title, spec.order, spec.search_hint)
    yield from (each.label for each in (*spec.columns, *spec.filters, *spec.actions))
    for action in spec.actions:
        yield from (action.does, action.said(1), action.said(2))


@pytest.mark.parametrize("spec", all_lists(), ids=lambda spec: str(spec.name))
def test_lists_use_the_words_of_the_field(spec: ListSpec) -> None:
    found = [problem for text in words_of(spec) for problem in problems(text)]
    assert not found, "\n".join(found)


def test_the_translations_use_them_too() -> None:
    with (KINDLING / "locale/es/LC_MESSAGES/django.po").open("rb") as file:
        catalog = read_po(file)
    found = [problem for each in catalog if each.id for problem in problems(str(each.id))]
    spanish = " ".join(str(each.string) for each in catalog if each.id)
    assert not found, "\n".join(found)
    assert not re.search(r"\bpermisos?\b|vídeo|\bpelícula", spanish)
    for words in ("autorización del anuncio", "Derechos de uso", "código del video"):
        assert words.lower() in spanish.lower()


def messages(path: Path) -> Iterator[str]:
    """Sentences and labels that a module writes: its texts of several words, without docstrings."""
    tree = ast.parse(path.read_text())
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            skipped |= {id(each.value) for each in node.body if isinstance(each, ast.Expr)}
        if isinstance(node, ast.keyword) and node.arg in {"help_text", "name"}:
            skipped.add(id(node.value))
    for node in ast.walk(tree):
        if id(node) in skipped or not isinstance(node, ast.Constant | ast.JoinedStr):
            continue
        if isinstance(node, ast.JoinedStr):
            parts = [each.value if isinstance(each, ast.Constant) else "…" for each in node.values]
            skipped |= {id(each) for each in node.values}
            text = "".join(str(part) for part in parts)
            if " " in text.strip():
                yield text
        elif isinstance(node.value, str) and " " in node.value.strip():
            yield node.value


@pytest.mark.parametrize("path", CODE, ids=named)
def test_messages_of_the_code_use_the_words_of_the_field(path: Path) -> None:
    found = [problem for text in messages(path) for problem in problems(text)]
    assert not found, "\n".join(found)


KEPT_IN_THE_API = {"lane", "lane_reason"}  # the glossary defines it


def described(schema: Any) -> Iterator[str]:
    """Every path, tag, description and field name of an OpenAPI description."""
    if isinstance(schema, dict):
        for name, value in schema.items():
            if name in {"description", "summary"} and isinstance(value, str):
                yield value.replace("`lane`", "")
            elif name == "tags" and isinstance(value, list):
                yield from (str(each) for each in value)
            elif name in {"properties", "paths"}:
                yield from (str(each) for each in value if each not in KEPT_IN_THE_API)
                yield from described(list(value.values()))
            elif name not in {"operationId", "title", "$ref"}:
                yield from described(value)
    elif isinstance(schema, list):
        for each in schema:
            yield from described(each)


def test_the_api_uses_them_in_paths_fields_and_descriptions() -> None:
    from kindling.api import api

    description = api.get_openapi_schema()
    texts = [
        text.replace("_", " ") for text in described(description) if not text.endswith("/lane")
    ]
    found = [problem for text in texts for problem in problems(text)]
    assert not found, "\n".join(found)
    paths = set(description["paths"])
    assert {"/api/v1/authorizations", "/api/v1/codes/{batch_id}"} <= paths


def helps(command: click.Command) -> Iterator[str]:
    yield command.help or ""
    yield from (each.help or "" for each in command.params if isinstance(each, click.Option))
    if isinstance(command, click.Group):
        for each in command.commands.values():
            yield from helps(each)


def test_the_command_line_uses_them() -> None:
    from kindling.cli import main

    found = [problem for text in helps(main) for problem in problems(text)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("page", DOCS, ids=named)
def test_the_docs_use_them(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`]*`|\]\([^)]*\)", "", page.read_text(), flags=re.DOTALL)
    found = [problem for line in text.splitlines() for problem in problems(line)]
    assert not found, "\n".join(found)


WORDS = (
    "Stop by", "Ends first", "Ad authorization", "Usage rights", "Video code", "Add codes", "Batch", "Organic test",
    "Spark-ready", "Ads-only test", "Keep out of paid", "Thumb-stop rate", "Hold rate", "Completion rate", "CTR", "CVR",
    "CPM", "CPC", "CPA", "ROAS", "Frequency", "Organic engagement", "Conversion rate", "COGS", "Shipping",
    "Platform fee", "payment fee", "Commission", "Creator fees", "Traffic", "Conversions", "Reach", "Video views",
    "Community interaction", "Shop", "Synced", "Calculated", "Timestamp", "In progress", "needs repair", "Too new",
    "TikTok error guide",
)  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
def test_the_glossary_explains_every_word(word: str) -> None:
    assert word.lower() in (ROOT / "docs/glossary.md").read_text().lower()


ON_PAGES = (
    "Stop by", "Ends first", "Ad authorization", "Usage rights", "Video code", "Add codes", "Batch", "Thumb-stop rate",
    "Completion rate", "CTR", "CPA", "ROAS", "Organic engagement", "Conversion rate", "COGS", "Platform fee",
    "Payment fee", "Creator fees", "Synced", "Calculated", "Timestamp", "In progress", "Check first (dry run)",
    "Warnings", "TikTok error guide",
)  # fmt: skip


@pytest.mark.parametrize("word", ON_PAGES)
def test_the_pages_say_every_word(word: str) -> None:
    from kindling.facts.metrics import METRICS  # their labels reach the Live page from here

    said = [text for page in PAGES for text in shown(page.read_text())]
    said += [text for form in FORMS for text in written(form)]
    said += [text for spec in all_lists() for text in words_of(spec)]
    assert any(word in text for text in [*said, *(metric.label for metric in METRICS.values())])


@pytest.mark.parametrize(
    "text",
    [
        "the last safe day", "May run until", "Take codes in", "Intake 4", "Hook rate", "Keep note", "No film here",
        "TikTok's permission ends", "'zzz' is no cut", "by rule R43", "Look first", "ads, fees and goods",
    ],
)  # fmt: skip
def test_an_old_word_is_found(text: str) -> None:
    assert problems(text)
