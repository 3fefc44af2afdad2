"""The texts of mails: plain text in the reader's language, every fact as it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.utils.translation import override
from django.utils.translation.template import templatize

from kindling.notices import mail

KINDLING = Path(mail.__file__).parents[1]
TEMPLATES = sorted(KINDLING.glob("*/templates/*/mail/*.txt"))
FACT = re.compile(r"{{ (\w+)")
COUNTS = {"days", "count"}
INVITATION = "access/mail/invited"  # to members of the team, whose pages are English


def _name(path: Path) -> str:
    return f"{path.parts[-3]}/mail/{path.stem}"


def _facts(path: Path) -> dict[str, object]:
    names = FACT.findall(path.read_text())
    said = {name: f"{name} & <b> \"quoted\" 'it' %s %(x)s {{{{ y }}}}?a=1&b=2" for name in names}
    return {**said, **dict.fromkeys(COUNTS & set(names), 12)}


def _sentences(path: Path) -> set[object]:
    """The message ids of a template; a plural as a pair."""
    python = templatize(path.read_text()).encode()
    from io import BytesIO

    return {
        message if isinstance(message, str) else tuple(message[:2])
        for _, message, _, _ in extract("python", BytesIO(python))
    }


@pytest.mark.parametrize("path", TEMPLATES, ids=_name)
class TestAMail:
    @pytest.mark.parametrize("language", ["en", "es", "de", ""])
    def test_says_every_fact_as_it_is(self, path: Path, language: str) -> None:
        said = _facts(path)
        subject, text = mail.written(_name(path), language=language, **said)
        for name, each in said.items():
            assert str(each) in subject + text, name
        assert "\n" not in subject
        assert text.endswith("\n")

    def test_is_in_the_language_of_its_reader_and_not_of_the_request(self, path: Path) -> None:
        with override("es"):
            _, english = mail.written(_name(path), language="en", **_facts(path))
        _, spanish = mail.written(_name(path), language="es", **_facts(path))
        assert english.startswith("Hello")
        assert spanish.startswith("Hello" if _name(path) == INVITATION else "Hola")

    def test_has_every_sentence_in_the_catalogue(self, path: Path) -> None:
        with (KINDLING / "locale/es/LC_MESSAGES/django.po").open("rb") as file:
            catalogue = read_po(file)
        known = {
            each.id if isinstance(each.id, str) else tuple(each.id)
            for each in catalogue
            if each.id and (each.string if isinstance(each.id, str) else all(each.string))
        }
        assert _sentences(path) - known == set()
        assert bool(_sentences(path)) == (_name(path) != INVITATION)


@pytest.mark.parametrize(
    ("language", "one", "many"), [("en", "1 day ", "2 days "), ("es", "1 día ", "2 días ")]
)
def test_a_mail_counts_days_as_people_do(language: str, one: str, many: str) -> None:
    for days, words in ((1, one), (2, many)):
        facts = {"brand": "Sample", "item_id": "7", "end": "x", "price": "", "link": "x"}
        subject, text = mail.written(
            "authorizations/mail/renew", language=language, days=days, **facts
        )
        assert words in subject + " "
        assert words.strip() in text
