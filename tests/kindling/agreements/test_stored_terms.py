"""Terms that were stored before keep their JSON, their hash and every word of their text (they are evidence).

`stored_terms.jsonl` was written by the codec and the tables of words of November 2026, before msgspec read the terms.
A line of it is never changed; a new kind of term gets new lines.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kindling.agreements.contract import terms
from kindling.agreements.contract.wording import LANGUAGES, describe

STORED = [
    json.loads(line)
    for line in (Path(__file__).parent / "stored_terms.jsonl").read_text().splitlines()
]


@pytest.mark.parametrize("stored", STORED, ids=[each["hash"][:8] for each in STORED])
class TestStoredTerms:
    def test_are_read_and_written_as_they_were(self, stored: dict[str, Any]) -> None:
        assert terms.to_json(terms.from_json(stored["terms"])) == stored["terms"]

    def test_keep_their_hash(self, stored: dict[str, Any]) -> None:
        assert terms.terms_hash(terms.from_json(stored["terms"])) == stored["hash"]
        assert terms.stored_hash(stored["terms"]) == stored["hash"]

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_keep_every_word_of_their_text(self, stored: dict[str, Any], language: str) -> None:
        shown = describe(terms.from_json(stored["terms"]), language)
        assert [[each.title, list(each.lines)] for each in shown] == stored[language]
