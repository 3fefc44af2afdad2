"""Forms of the tracker import: the file, how its sheets are read, where its video codes are bound."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.text import Truncator

from kindling.authorizations.forms import AccountField, AccountForm
from kindling.kit.forms import Form, UploadField, WholeNumberField
from kindling.tracker.reading.columns import LABELS, Field
from kindling.tracker.reading.rows import ORDERS

MEANINGS: list[tuple[str, str]] = [
    ("", "Leave out"),
    *((str(each), LABELS[each]) for each in Field),
]
LAST_HEADER = 10_000  # the line of a header at most
SHOWN = 40  # characters of a sample


class TrackerFileForm(Form):
    file = UploadField(
        label="Excel or CSV file",
        accept=".xlsx,.csv,.tsv,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        help_text="Up to 5 MB and 5,000 lines. Of an Excel file every visible sheet is read.",
    )


class ImportTrackerForm(AccountForm):
    ad_account = AccountField(label="Ad account for the codes")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet, with what a person knows it by."""

    number: int
    name: str = ""
    sample: str = ""


@dataclass(frozen=True, slots=True)
class SheetFields:
    """The fields of one sheet."""

    out: forms.BoundField
    header: forms.BoundField
    header_was: forms.BoundField
    columns: list[forms.BoundField]

    def hidden(self) -> list[str]:
        """What was chosen, for a form that only passes it on."""
        chosen = [each for each in self.columns if each.value()]
        out = [self.out] if self.out.value() else []
        return [each.as_hidden() for each in (self.header, *out, *chosen)]


class ReadingForm(Form):
    """How the sheets of a file are read: where each has its header, and what its columns mean.

    typed : what a person chose, of an address or of a form; without it the form is only shown
    sheets : the columns of each sheet that can be chosen; those that `typed` names, where it is left out
    """

    order = forms.ChoiceField(
        label="Dates like 3/2/26", choices=list(ORDERS.items()), required=False
    )
    fills_down = forms.BooleanField(
        label="A line without a handle belongs to the line above (merged cells)", required=False
    )
    dated_is_paid = forms.BooleanField(
        label="Usage rights with an end date allow paid use, if the sheet does not say",
        required=False,
    )
    unlinked_is_all = forms.BooleanField(
        label="Usage rights in a line without a post cover all posts of the creator",
        required=False,
    )

    def __init__(
        self,
        typed: QueryDict | None = None,
        *,
        sheets: Sequence[Iterable[Column]],
        initial: dict[str, Any] | None = None,
        key: object = "",
    ) -> None:
        super().__init__(initial=initial, key=key)
        if typed is not None and "header" in typed:
            self.data, self.is_bound = typed, True
        self.numbers: list[list[int]] = []
        for number, columns in enumerate(sheets):
            self._add(prefix_of(number), list(columns))

    def _add(self, prefix: str, columns: list[Column]) -> None:
        self.numbers.append([each.number for each in columns])
        self.fields[f"{prefix}out"] = forms.BooleanField(
            label="Leave the sheet out", required=False
        )
        self.fields[f"{prefix}header"] = WholeNumberField(
            label="Line with the column names",
            least=0,
            required=False,
            help_text="If you change the line, the columns are detected again; 0 detects the line.",
        )
        self.fields[f"{prefix}header_was"] = WholeNumberField(
            label="Line with the column names", required=False
        )
        for column in columns:
            sample = Truncator(column.sample).chars(SHOWN)
            self.fields[f"{prefix}c{column.number}"] = forms.ChoiceField(
                label=column.name,
                choices=MEANINGS,
                required=False,
                help_text=format_html('<span class="break">e.g. {}</span>', sample)
                if sample
                else "",
            )

    @property
    def sheets(self) -> list[SheetFields]:
        return [
            SheetFields(
                self[f"{prefix}out"],
                self[f"{prefix}header"],
                self[f"{prefix}header_was"],
                [self[f"{prefix}c{each}"] for each in columns],
            )
            for prefix, columns in (
                (prefix_of(number), columns) for number, columns in enumerate(self.numbers)
            )
        ]

    @property
    def of_all(self) -> list[forms.BoundField]:
        """What holds for every sheet."""
        return [self[name] for name in ("order", "fills_down", "dated_is_paid", "unlinked_is_all")]

    def hidden(self) -> list[str]:
        """What holds for every sheet, for a form that only passes it on."""
        return [each.as_hidden() for each in self.of_all if each.value()]


def prefix_of(number: int) -> str:
    """What the names of a sheet's fields begin with; those of the first stand bare."""
    return f"s{number}-" if number else ""


def columns_in(typed: QueryDict, number: int) -> list[Column]:
    """The columns that a person said something about."""
    named = (re.fullmatch(rf"{prefix_of(number)}c([0-9]{{1,3}})", name) for name in typed)
    return [Column(int(found[1])) for found in named if found and str(int(found[1])) == found[1]]
