"""The texts of mails: plain text in the reader's language, every fact as it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kindling.notices import mail

TEMPLATES = sorted((Path(mail.__file__).parents[1]).glob("*/templates/*/mail/*.en.txt"))
FACT = re.compile(r"{{ (\w+)")


def _name(path: Path) -> str:
    return f"{path.parts[-3]}/mail/{path.name.removesuffix('.en.txt')}"


class TestAMail:
    @pytest.mark.parametrize("path", TEMPLATES, ids=_name)
    @pytest.mark.parametrize("language", ["en", "es", "de"])
    def test_says_every_fact_as_it_is(self, path: Path, language: str) -> None:
        theirs = path.with_name(path.name.replace(".en.", f".{language}."))
        facts = FACT.findall((theirs if theirs.exists() else path).read_text())
        said = {name: f"{name} & <b> \"quoted\" 'it'?a=1&b=2" for name in facts}
        subject, text = mail.written(_name(path), language=language, **said)
        for each in said.values():
            assert each in subject or each in text
        assert "\n" not in subject
        assert text.endswith("\n")

    @pytest.mark.parametrize("path", TEMPLATES, ids=_name)
    def test_says_the_same_facts_in_every_language(self, path: Path) -> None:
        facts = set(FACT.findall(path.read_text()))
        for other in path.parent.glob(f"{path.name.removesuffix('.en.txt')}.*.txt"):
            assert set(FACT.findall(other.read_text())) == facts, other.name
