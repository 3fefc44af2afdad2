"""The base of every form: it reads the request, keeps what was typed, and says at each field what is wrong."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Generic, Self, TypeVar, cast

from django import forms
from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kindling.errors import InvalidInputError, KindlingError
from kindling.kit.money import Money, parse_amount
from kindling.kit.tables import MAX_BYTES
from kindling.kit.text import MOST_REASON, without_hidden
from kindling.kit.time import parse_day

F = TypeVar("F", bound="Form")
# A day in any zone is an instant between them.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)
SEEN = "seen-values"  # the name under which a guarded form sends what it showed
MOST_QUOTED = 80  # characters of what is stored, in a message
MOST_DIGITS = 15  # of a whole number; its column may take fewer


class Renderer(TemplatesSetting):
    """Forms and fields by the templates in `templates/forms`."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"


class InvalidFormError(InvalidInputError):
    """Fields of a form need a correction; each says so itself."""

    def __init__(self, form: Form) -> None:
        faults = form.faults()
        message = faults[0] if faults else ""
        more = len(faults) - 1
        if more > 0:
            message += " " + ngettext(
                "%(count)d more field needs a correction.",
                "%(count)d more fields need a correction.",
                more,
            ) % {"count": more}
        super().__init__(message, next_step=_("Correct it, then submit the form again."))


class Form(forms.Form):
    """A form of ours; bound to what a POST brought, else empty or as `initial` says.

    request : None for a form that another page takes in
    currency : of its amounts of money
    key : tells apart the ids of several forms of this kind on one page
    """

    def __init__(
        self,
        request: HttpRequest | None = None,
        *,
        initial: dict[str, Any] | None = None,
        currency: str = "",
        key: object = "",
        **options: Any,
    ) -> None:
        self._marks: dict[str, str] = {}
        is_sent = request is not None and request.method == "POST"
        super().__init__(
            request.POST if request is not None and is_sent else None,
            request.FILES if request is not None and is_sent else None,
            initial=initial,
            auto_id=f"%s-{key}" if key != "" else "%s",
            **options,
        )
        for field in self.fields.values():
            field.error_messages["required"] = _("This field is required.")
            most = getattr(field, "max_length", None)
            if most is not None:
                words = _("Write at most %(most)s characters.")
                field.error_messages["max_length"] = words % {"most": f"{most:,}"}
        if currency:
            self.price_in(currency)

    def offer(self, field: str, choices: Iterable[tuple[object, str]]) -> None:
        """Set what can be chosen in a field: values with their labels."""
        cast(forms.ChoiceField, self.fields[field]).choices = list(choices)

    def price_in(self, currency: str) -> None:
        """Set the currency of the amounts of money."""
        for field in self.fields.values():
            if isinstance(field, MoneyField):
                field.currency = currency

    def guarded(self) -> Self:
        """Tell whoever saves what somebody else has stored since the form was opened, field by field.

        For the form of a thing that is stored already, whose `initial` is read anew each time; its template has
        `{{ form.guard }}`. Submitted again it replaces what was stored.
        """
        self._marks = {name: _mark(self.initial.get(name)) for name in self.fields}
        return self

    @property
    def guard(self) -> SafeString:
        """What the form showed as stored, for the check when it comes back."""
        return format_html(
            '<input type="hidden" name="{}" value="{}">', SEEN, json.dumps(self._marks)
        )

    def _tell_of_changes(self) -> None:
        """Mark each field that somebody else has stored since, and that this form would replace."""
        try:
            seen = json.loads(self.data.get(SEEN, "") if self._marks else "{}")
        except ValueError:
            return
        for name in self._marks if isinstance(seen, dict) else ():
            stored = self.initial.get(name)
            is_other = seen.get(name, self._marks[name]) != self._marks[name]
            if is_other and _plain(self[name].data) != _plain(stored):
                now_says = str(stored if stored not in {None, ""} else _("nothing"))[:MOST_QUOTED]
                told = _(
                    "Changed since you opened this form. Stored now: %(stored)s. Submit again to replace it."
                )
                self.add_error(name, told % {"stored": now_says})

    def is_pressed(self, button: str) -> bool:
        """Whether the form was sent with this button of it."""
        return self.is_bound and button in self.data

    def file_name(self, field: str) -> str:
        """What the file of an `UploadField` is called; "" without one."""
        file = self.files.get(self.add_prefix(field))
        return str(file.name or "") if file is not None else ""

    def checked(self) -> dict[str, Any]:
        """The values of the fields. Raises InvalidFormError."""
        if self.is_valid():
            self._tell_of_changes()
        if not self.is_valid():
            raise InvalidFormError(self)
        return self.cleaned_data

    def faults(self) -> list[str]:
        """What is wrong, a sentence for each field."""
        return [
            str(errors[0]) if name == "__all__" else f"{self[name].label}: {errors[0]}"
            for name, errors in self.errors.items()
        ]

    def mark(self, error: KindlingError) -> None:
        """Show an error of a use case at the field it names (`field` among its facts), if it names one.

        An error about several fields says at each what is wrong: its facts are their names and the words.
        """
        if not self.is_bound or isinstance(error, InvalidFormError):
            return
        told = {name: words for name, words in error.facts.items() if name in self.fields}
        field = error.facts.get("field")
        if isinstance(field, str) and field in self.fields:
            told.setdefault(field, _(error.message))
        for name, words in told.items():
            if name not in self.errors:
                self.add_error(name, str(words))


def _plain(value: Any) -> str:
    """A value as its field would send it, so that a line break or a space at the end is no change."""
    if isinstance(value, bool):
        return "on" if value else ""
    if isinstance(value, list | tuple | set | frozenset):
        return "\n".join(sorted(str(each) for each in value))
    return "" if value is None else "\n".join(str(value).split("\r\n")).strip()


def _mark(value: Any) -> str:
    return hashlib.sha256(_plain(value).encode()).hexdigest()[:12]


class RowForms(Generic[F]):
    """A form for each row of a list, ready to be drawn; the one that came in keeps what was typed.

    The others differ by the key in their ids alone: one is drawn, and the key of each row is put into it.
    """

    def __init__(self, make: Callable[[Any], F], sent: Mapping[Any, F] | None = None) -> None:
        self.make, self.sent = make, sent or {}

    def __getitem__(self, key: Any) -> F | SafeString:
        sent = self.sent.get(key)
        if sent is not None:
            return sent
        return mark_safe(self._drawn.replace(ANY_KEY, conditional_escape(key)))  # noqa: S308 - drawn by Django

    @cached_property
    def _drawn(self) -> str:
        return str(self.make(ANY_KEY))


ANY_KEY = "key-of-the-row"  # stands in the ids of a form until its row is known


class TextField(forms.CharField):
    """One line, or with `rows` several: as they look, without hidden signs."""

    as_it_looks = True

    def __init__(
        self, *, rows: int = 0, attrs: dict[str, Any] | None = None, **options: Any
    ) -> None:
        given = dict(attrs or {})
        widget = forms.Textarea({"rows": rows, **given}) if rows else forms.TextInput(given)
        super().__init__(widget=widget, **options)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return without_hidden(text) if isinstance(text, str) and self.as_it_looks else text


class ReasonField(TextField):
    """Why somebody does it; shown in the audit log."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"label": "Reason", "max_length": MOST_REASON, **options})


class WholeNumberField(forms.Field):
    """A whole number; None when left empty."""

    def __init__(
        self, *, least: int | None = None, most: int | None = None, **options: Any
    ) -> None:
        self.least, self.most = least, most
        super().__init__(widget=forms.TextInput({"inputmode": "numeric"}), **options)

    def to_python(self, value: Any) -> int | None:
        text = without_hidden(str(value if value is not None else "")).strip()
        if not text:
            return None
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit()):
            raise forms.ValidationError(
                _("%(text)s is not a whole number. Write digits only.") % {"text": repr(text)}
            )
        if len(digits) > MOST_DIGITS:
            raise forms.ValidationError(_("The number is too large."))
        number = int(text)
        if self.least is not None and number < self.least:
            raise forms.ValidationError(_("At least %(least)d.") % {"least": self.least})
        if self.most is not None and number > self.most:
            raise forms.ValidationError(_("At most %(most)d.") % {"most": self.most})
        return number


class DayField(forms.Field):
    """A day of the years 2000 to 2999; None when left empty."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), **options)

    def to_python(self, value: Any) -> date | None:
        if not value or isinstance(value, date):
            return value or None
        try:
            day = parse_day(str(value))
        except ValueError as error:
            raise forms.ValidationError(f"{error}.") from None
        if not FIRST_DAY <= day <= LAST_DAY:
            raise forms.ValidationError(
                _("The year of %(day)s is out of range.") % {"day": str(value)}, code="year"
            )
        return day


class MoneyField(forms.Field):
    """An amount in `currency`, which the form is told when it is made; None when left empty."""

    currency = "USD"

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.TextInput({"inputmode": "decimal"}), **options)

    def to_python(self, value: Any) -> Money | None:
        text = str(value if value is not None else "").strip()
        if not text:
            return None
        try:
            return Money(parse_amount(text, self.currency), self.currency)
        except ValueError as error:
            raise forms.ValidationError(f"{error}.") from None


class UploadField(forms.Field):
    """The bytes of a file, at most `most` of them; None when none was chosen.

    if_larger : what to do about a file that is too large
    """

    def __init__(
        self,
        *,
        accept: str = "",
        most: int = MAX_BYTES,
        if_larger: str = "Split it and import the parts.",
        **options: Any,
    ) -> None:
        self.most, self.if_larger = most, if_larger
        attrs = {"accept": accept} if accept else {}
        super().__init__(widget=forms.FileInput(attrs), **{"label": "File", **options})

    def to_python(self, value: Any) -> bytes | None:
        if value is None:
            if self.required:
                raise forms.ValidationError(_("No file was chosen."))
            return None
        if (value.size or 0) > self.most:
            too_large = _("The file is larger than %(size)d MB.") % {"size": self.most // 1024**2}
            raise forms.ValidationError(f"{too_large} {self.if_larger}")
        data: bytes = value.read()
        return data


class SecretTextarea(forms.Textarea):
    """Several lines that are never shown again, and not kept in the browser."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"data-secret": "", **(attrs or {})})

    def format_value(self, value: Any) -> str | None:
        return None
