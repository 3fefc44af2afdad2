"""The documentation agrees with the code, with itself, and names nobody's machine."""

from __future__ import annotations

import re
import runpy
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")],
    key=lambda page: str(page.relative_to(ROOT)),
)


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def test_the_generated_reference_pages_are_in_step_with_the_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    generate = runpy.run_path(str(ROOT / "docs/generate.py"))
    monkeypatch.setattr(sys, "argv", ["generate.py", "--check"])
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "kindling.settings")  # else it would stay set
    assert generate["main"]() == 0, capsys.readouterr().out


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{named(page)} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_shown_exists(page: Path) -> None:
    from kindling.cli import main

    known = set(main.commands) | {"codes import", "orders import"}
    for block in re.findall(r"```(?:sh|console)\n(.*?)```", page.read_text(), flags=re.S):
        for words in re.findall(
            r"(?:^|\| |/bin/|[a-z]+ )kindling ([a-z][a-z-]*)", block, flags=re.M
        ):
            assert words in known, f"{named(page)} shows kindling {words}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_make_target_shown_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.M))
    for block in re.findall(r"```sh\n(.*?)```", page.read_text(), flags=re.S):
        for target in re.findall(r"^make ([a-z]+)", block, flags=re.M):
            assert target in targets, f"{named(page)} shows make {target}"


def test_every_decision_is_in_the_index() -> None:
    folder = ROOT / "docs/decisions"
    index = (folder / "README.md").read_text()
    for page in folder.glob("[0-9]*.md"):
        assert page.name in index


def test_every_page_of_the_docs_is_reachable_from_their_first_page() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "docs/README.md", ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        links = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text())
        waiting += [(page.parent / link).resolve() for link in links if "://" not in link]
    missing = {named(page) for page in (ROOT / "docs").rglob("*.md")} - {
        named(page) for page in reached
    }
    assert not missing


def test_files_and_functions_that_the_architecture_page_names_exist() -> None:
    import importlib

    from kindling.commands.common import boot

    boot()
    text = (ROOT / "docs/explanation/architecture.md").read_text()
    path = text.split("## The path of one post")[1].split("## Time, money")[0]
    for module, function in re.findall(r"`([a-z_]+(?:\.[a-z_]+)+)\.([A-Za-z_]+)", path):
        found = importlib.import_module(f"kindling.{module}")
        assert hasattr(found, function), f"{module}.{function}"


def test_every_module_of_rules_is_tried_by_the_mutants() -> None:
    config = tomllib.loads((ROOT / "scripts" / "mutants.toml").read_text())
    modules = {
        ".".join(path.relative_to(ROOT / "src").with_suffix("").parts)
        for path in (ROOT / "src" / "kindling").rglob("rules.py")
    }
    assert modules - set(config["modules"]) == set()
