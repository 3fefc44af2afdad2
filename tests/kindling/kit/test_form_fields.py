"""Fields of forms: what people type is read as they mean it, or said to be wrong where it stands."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django import forms
from django.template import engines
from django.test import RequestFactory

from kindling.errors import InvalidInputError
from kindling.kit.forms import (
    DayField,
    Form,
    InvalidFormError,
    MoneyField,
    ReasonField,
    TextField,
    WholeNumberField,
)
from kindling.kit.money import Money


class Sample(Form):
    days = WholeNumberField(label="Days", least=1, most=365)
    price = MoneyField(label="Price", required=False)
    on = DayField(label="On", required=False)
    words = TextField(label="Words", required=False)
    reason = ReasonField(required=False)


def sent(**given: str) -> Sample:
    return Sample(RequestFactory().post("/", {"days": "7", **given}))


def value_of(name: str, text: str) -> Any:
    return sent(**{name: text}).checked()[name]


class TestWhatIsTyped:
    @pytest.mark.parametrize(
        ("name", "text", "value"),
        [
            ("days", " 30 ", 30),
            ("price", "1,500.00", Money(150_000, "USD")),
            ("price", "$12.50", Money(1_250, "USD")),
            ("price", "", None),
            ("on", "2026-03-02", date(2026, 3, 2)),
            ("on", "", None),
            ("words", "  plain\u200b text ", "plain text"),
            ("words", "<b>مرحبا</b> 👩‍👧", "<b>مرحبا</b> 👩‍👧"),
        ],
    )
    def test_is_read_as_people_mean_it(self, name: str, text: str, value: object) -> None:
        assert value_of(name, text) == value

    @pytest.mark.parametrize(
        ("name", "text", "says"),
        [
            ("days", "", "This field is required"),
            ("days", "fifty", "is not a whole number"),
            ("days", "1_0", "is not a whole number"),
            ("days", "٣", "is not a whole number"),
            ("days", "9" * 40, "too large"),
            ("days", "0", "At least 1"),
            ("days", "366", "At most 365"),
            ("price", "1.500,00", "can be read in two ways"),
            ("price", "1,500", "1,500"),
            ("on", "1899-12-31", "out of range"),
            ("on", "02.03.2026", "is not a date"),
            ("reason", "x" * 1001, "at most 1,000 characters"),
        ],
    )
    def test_that_is_wrong_is_said_at_its_field(self, name: str, text: str, says: str) -> None:
        form = sent(**{name: text})
        with pytest.raises(InvalidFormError, match=form.fields[name].label):
            form.checked()
        assert says in str(form.errors[name])
        drawn = str(form[name].as_field_group())
        assert 'aria-invalid="true"' in drawn
        assert f'aria-describedby="{name}_error"' in drawn
        assert f'id="{name}_error"' in drawn

    def test_is_kept_when_another_field_is_wrong(self) -> None:
        form = sent(days="fifty", words="<b>kept</b>")
        assert not form.is_valid()
        assert 'value="&lt;b&gt;kept&lt;/b&gt;"' in str(form["words"])

    def test_that_is_wrong_in_several_places_is_counted(self) -> None:
        with pytest.raises(InvalidFormError, match="2 more fields need a correction"):
            sent(days="x", price="x", on="x").checked()


class TestAForm:
    def test_is_empty_where_nothing_was_sent(self) -> None:
        assert not Sample(RequestFactory().get("/", {"days": "7"})).is_bound
        assert not Sample().is_bound

    def test_has_ids_of_its_own_beside_others_of_its_kind(self) -> None:
        drawn = str(Sample(key=7)["days"].as_field_group())
        assert 'for="days-7"' in drawn
        assert 'id="days-7"' in drawn
        assert 'name="days"' in drawn

    def test_marks_the_field_that_a_use_case_names(self) -> None:
        form = sent()
        form.checked()
        form.mark(InvalidInputError("Too many days.", field="days"))
        assert "Too many days." in str(form.errors["days"])
        form.mark(InvalidInputError("Something else.", field="no such field"))
        assert set(form.errors) == {"days"}

    @pytest.mark.parametrize("widget", [forms.RadioSelect, forms.CheckboxSelectMultiple])
    def test_says_each_choice_once(self, widget: type[forms.ChoiceWidget]) -> None:
        class Choice(Form):
            answer = forms.ChoiceField(choices=[("a", "First"), ("b", "Second")], widget=widget)

        drawn = str(Choice()["answer"].as_field_group())
        assert (drawn.count("First"), drawn.count("</label>")) == (1, 2)
        assert 'for="answer_0"' in drawn
        assert 'id="answer_0"' in drawn

    def test_is_drawn_whole(self) -> None:
        drawn = engines["django"].from_string("{{ form }}").render({"form": Sample()})
        assert drawn.count('class="field"') == 5
