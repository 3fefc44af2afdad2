"""What each row of a list repeats, as its dialog, is drawn once; the values of each row are put in, escaped."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from django import forms
from django.template import Context, Template, TemplateSyntaxError
from django.urls import reverse
from django.utils.safestring import mark_safe

from kindling.kit.forms import Form, RowForms
from kindling.kit.templatetags import kit

LIST = (
    "{% for row in rows %}{% drawn_once id=row.id name=row.name|upper %}"
    "<p id='{{ id }}'>{{ name }}{{ note.drawn }}</p>{% enddrawn_once %}{% endfor %}"
)


class Note:
    """Counts how often it is drawn."""

    count = 0

    def drawn(self) -> str:
        self.count += 1
        return ""


def drawn(rows: Iterable[dict[str, Any]], note: Note | None = None) -> str:
    return Template(LIST).render(Context({"rows": rows, "note": note or Note()}))


def test_each_row_has_its_own_values() -> None:
    assert (
        drawn([{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]) == "<p id='1'>A</p><p id='2'>B</p>"
    )


def test_the_body_is_drawn_once_a_page() -> None:
    note = Note()
    drawn([{"id": each, "name": "x"} for each in range(50)], note)
    assert note.count == 1
    drawn([{"id": 1, "name": "x"}], note)
    assert note.count == 2


def test_values_are_escaped_and_what_is_marked_safe_is_not() -> None:
    assert "<b>" not in drawn([{"id": 1, "name": "x"}, {"id": "'><b>", "name": "<b>"}])
    page = Template("{% drawn_once form=form %}{{ form }}{% enddrawn_once %}")
    assert page.render(Context({"form": mark_safe("<i>")})) == "<i>"


def test_a_value_that_looks_like_the_mark_of_another_stays_as_it_is() -> None:
    mark = kit.MARK.format("name")
    assert drawn([{"id": mark, "name": "x"}]) == f"<p id='{mark}'>X</p>"


def test_an_id_stands_in_an_address(database: None) -> None:
    page = Template(
        "{% drawn_once id=id %}{% url 'profiles:post' 'sample-shop' id %}{% enddrawn_once %}"
    )
    assert page.render(Context({"id": "7000000000000000001"})) == reverse(
        "profiles:post", args=["sample-shop", "7000000000000000001"]
    )


@pytest.mark.parametrize("told", ["", "row.id", "id=row.id row.name"])
def test_values_without_a_name_are_refused(told: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        Template(f"{{% drawn_once {told} %}}{{% enddrawn_once %}}")


class PayForm(Form):
    reference = forms.CharField(label="Reference")


class TestFormsOfRows:
    def test_have_the_key_of_their_row_in_their_ids(self) -> None:
        made = RowForms(lambda key: PayForm(key=key))
        for key in (1, 22):
            assert str(made[key]) == str(PayForm(key=key))
            assert f'id="reference-{key}"' in str(made[key])

    def test_are_drawn_once_however_many_rows_there_are(self) -> None:
        asked: list[object] = []

        def make(key: object) -> PayForm:
            asked.append(key)
            return PayForm(key=key)

        made = RowForms(make)
        shown = {str(made[key]) for key in range(50)}
        assert len(shown) == 50
        assert len(asked) == 1

    def test_the_one_that_came_in_keeps_what_was_typed(self) -> None:
        sent = PayForm(key=2, initial={"reference": "typed before"})
        made = RowForms(lambda key: PayForm(key=key), {2: sent})
        assert made[2] is sent
        assert "typed before" not in str(made[1])

    def test_a_key_is_escaped(self) -> None:
        made = RowForms(lambda key: PayForm(key=key))
        assert "<b>" not in str(made['"><b>'])
