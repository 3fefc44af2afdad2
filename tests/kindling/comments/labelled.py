"""The labelled comments of scripts/data, as the tests read them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).resolve().parents[3] / "scripts" / "data" / "comments.tsv"


@dataclass(frozen=True, slots=True)
class Labelled:
    language: str
    label: str
    text: str

    def called(self, product: str, rival: str = "okanda") -> str:
        """The text with names in it."""
        return self.text.replace("{p}", product).replace("{c}", rival)


def held_out() -> list[Labelled]:
    """The third that no training looks at."""
    rows = (line.split("\t") for line in FILE.read_text().splitlines()[1:])
    return [
        Labelled(language, label, text) for language, label, split, text in rows if split == "test"
    ]
