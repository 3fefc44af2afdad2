"""Where the cells of an Excel sheet lead when they are clicked; openpyxl's streaming reader leaves that out.

A parser without a tree: a sheet's text is streamed, however large, and nothing of it is kept but the links.
"""

from __future__ import annotations

import re
import zipfile
from posixpath import basename, dirname
from typing import Any
from xml.parsers import expat

from openpyxl.utils.cell import range_boundaries

MOST_CELLS = 500  # of one link's range
_FORMULA = re.compile(r'\s*=?\s*(?:_xlfn\.)?HYPERLINK\(\s*"([^"]{1,2000})"', re.IGNORECASE)


def links_of(
    archive: zipfile.ZipFile, path: str, *, most_line: int, most_column: int
) -> dict[tuple[int, int], str]:
    """(line from 1, column from 0) → address, of links laid over cells and of HYPERLINK formulas."""
    seen = _SheetLinks()
    _parse(archive, path, seen)
    targets = _targets(archive, path) if seen.laid else {}
    found: dict[tuple[int, int], str] = {}
    for reference, target in [
        *seen.written,
        *((where, targets.get(key, "")) for where, key in seen.laid),
    ]:
        if not target:
            continue
        for line, column in _cells(reference):
            if line <= most_line and column < most_column:
                found[line, column] = target
    return found


class _SheetLinks:
    """Collects `<hyperlink ref r:id>` and `<c r><f>HYPERLINK("…")`. Names come without their prefixes."""

    def __init__(self) -> None:
        self.laid: list[tuple[str, str]] = []  # cell or range, relationship
        self.written: list[tuple[str, str]] = []  # cell, address
        self._cell = ""
        self._formula: list[str] | None = None

    def start(self, name: str, facts: dict[str, str]) -> None:
        if name == "c":
            self._cell = facts.get("r", "")
        elif name == "f":
            self._formula = []
        elif name == "hyperlink" and facts.get("id"):
            self.laid.append((facts.get("ref", ""), facts["id"]))

    def end(self, name: str) -> None:
        if name != "f" or self._formula is None:
            return
        found = _FORMULA.match("".join(self._formula))
        self._formula = None
        if found and self._cell:
            self.written.append((self._cell, found[1]))

    def text(self, data: str) -> None:
        if self._formula is not None:
            self._formula.append(data)


class _Targets:
    def __init__(self) -> None:
        self.found: dict[str, str] = {}

    def start(self, name: str, facts: dict[str, str]) -> None:
        if name == "Relationship" and facts.get("TargetMode") == "External":
            self.found[facts.get("Id", "")] = facts.get("Target", "")

    def end(self, name: str) -> None:
        """Nothing follows a relationship."""

    def text(self, data: str) -> None:
        """Relationships hold no text."""


def _targets(archive: zipfile.ZipFile, path: str) -> dict[str, str]:
    where = f"{dirname(path)}/_rels/{basename(path)}.rels".lstrip("/")
    if where not in archive.namelist():
        return {}
    seen = _Targets()
    _parse(archive, where, seen)
    return seen.found


def _parse(archive: zipfile.ZipFile, path: str, into: _SheetLinks | _Targets) -> None:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True

    def bare(name: str) -> str:
        return name.rpartition(" ")[2]

    def start(name: str, facts: dict[str, str]) -> None:
        into.start(bare(name), {bare(key): value for key, value in facts.items()})

    def refuse(*_: Any) -> None:
        raise ValueError("a sheet declares no entities")

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: into.end(bare(name))
    parser.CharacterDataHandler = into.text
    parser.EntityDeclHandler = refuse
    with archive.open(path.lstrip("/")) as file:
        parser.ParseFile(file)


def _cells(reference: str) -> list[tuple[int, int]]:
    try:
        left, top, right, bottom = range_boundaries(reference)
    except (ValueError, TypeError):
        return []
    if None in {left, top, right, bottom} or (right - left + 1) * (bottom - top + 1) > MOST_CELLS:
        return []
    return [
        (line, column - 1) for line in range(top, bottom + 1) for column in range(left, right + 1)
    ]
