"""What an endpoint takes, declared once: the gateway checks it, OpenAPI and the docs show it.

Only form is declared here: type, choices, lengths, bounds. What a value means is the handler's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from tiktok_sandbox.wire.protocol.errors import BAD_FIELD, TOO_MANY_IDS, WireError, invalid
from tiktok_sandbox.wire.protocol.multipart import UploadedFile
from tiktok_sandbox.wire.protocol.parameters import Parameters

Kind = Literal["text", "integer", "number", "boolean", "moment", "day", "list", "object", "file"]
HUGE = 2**53


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One parameter. `most` counts characters of a text or items of a list; bounds are included.

    choices : accepted words, of a text; items : what a list holds; fields : what an object holds
    """

    name: str
    kind: Kind
    required: bool = False
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    least: int = 0
    most: int | None = None
    items: Field | None = None
    fields: tuple[Field, ...] = ()
    note: str = ""


def text(name: str, *, required: bool = False, most: int | None = None, note: str = "") -> Field:
    return Field(name=name, kind="text", required=required, most=most, note=note)


def choice(name: str, *accepted: str, required: bool = False) -> Field:
    return Field(name=name, kind="text", required=required, choices=accepted)


def integer(
    name: str, *, required: bool = False, low: int | None = None, high: int | None = None
) -> Field:
    return Field(name=name, kind="integer", required=required, low=low, high=high)


def number(
    name: str, *, required: bool = False, low: float | None = None, high: float | None = None
) -> Field:
    return Field(name=name, kind="number", required=required, low=low, high=high)


def boolean(name: str, *, required: bool = False) -> Field:
    return Field(name=name, kind="boolean", required=required)


def moment(name: str, *, required: bool = False) -> Field:
    """`YYYY-MM-DD HH:MM:SS`, UTC."""
    return Field(name=name, kind="moment", required=required)


def day(name: str, *, required: bool = False) -> Field:
    """`YYYY-MM-DD`."""
    return Field(name=name, kind="day", required=required)


def many(
    name: str,
    items: Field | None = None,
    *,
    required: bool = False,
    least: int = 0,
    most: int | None = None,
) -> Field:
    """A list; of texts unless `items` says otherwise. Its items' name is not used."""
    inner = items or text("item")
    return Field(name=name, kind="list", required=required, least=least, most=most, items=inner)


def ids(name: str, *, required: bool = False, most: int) -> Field:
    """A list of ids."""
    return many(name, text("id"), required=required, least=1 if required else 0, most=most)


def record(name: str, *fields: Field, required: bool = False) -> Field:
    """An object; unknown members are let through, as TikTok does."""
    return Field(name=name, kind="object", required=required, fields=fields)


def file(name: str, *, required: bool = False) -> Field:
    """A file of a multipart form."""
    return Field(name=name, kind="file", required=required)


def pages(*, most: int) -> tuple[Field, Field]:
    """Paging A: `page` and `page_size`."""
    return integer("page", low=1, high=10_000_000), integer("page_size", low=1, high=most)


def check(parameters: Parameters, fields: Iterable[Field]) -> None:
    """Are the parameters of the declared form? Raises WireError that names the field."""
    declared = tuple(fields)
    parameters.require(*(field.name for field in declared if field.required))
    for field in declared:
        if field.name in parameters and parameters.raw(field.name) != "":
            _check_one(parameters, field)


def _check_one(parameters: Parameters, field: Field) -> None:
    if field.kind == "text":
        _check_text(parameters, field)
    elif field.kind == "integer":
        low = -HUGE if field.low is None else int(field.low)
        parameters.integer(
            field.name, 0, low=low, high=HUGE if field.high is None else int(field.high)
        )
    elif field.kind == "number":
        _check_number(parameters, field)
    elif field.kind == "boolean":
        parameters.boolean(field.name)
    elif field.kind == "moment":
        parameters.moment(field.name)
    elif field.kind == "day":
        parameters.day(field.name)
    elif field.kind == "list":
        _check_list(parameters, field)
    elif field.kind == "file":
        if not isinstance(parameters.raw(field.name), UploadedFile):
            raise invalid(field.name, "Send the file as a part of a multipart/form-data body")
    elif field.kind == "object":
        check(parameters.mapping(field.name), field.fields)


def _check_text(parameters: Parameters, field: Field) -> None:
    if field.choices:
        parameters.choice(field.name, field.choices)
    elif field.most is not None and len(parameters.text(field.name)) > field.most:
        raise invalid(field.name, f"At most {field.most} characters")
    else:
        parameters.text(field.name)


def _check_number(parameters: Parameters, field: Field) -> None:
    try:
        value = float(parameters.text(field.name))
    except ValueError:
        raise invalid(field.name, "Not a valid number") from None
    low = -HUGE if field.low is None else field.low
    high = HUGE if field.high is None else field.high
    if not low <= value <= high:  # also catches NaN
        raise invalid(field.name, f"Must be between {low:g} and {high:g}")


def _check_list(parameters: Parameters, field: Field) -> None:
    entries = parameters.items(field.name)
    if len(entries) < field.least:
        raise invalid(field.name, f"At least {field.least}")
    if field.most is not None and len(entries) > field.most:
        code = TOO_MANY_IDS if field.most >= 100 else BAD_FIELD
        raise WireError(code, f"{field.name}: at most {field.most}")
    if field.items is None:
        return
    for entry in entries:
        if field.items.kind == "object":
            if not isinstance(entry, dict):
                raise invalid(field.name, "Each entry is an object")
            check(Parameters(entry, is_query=False), field.items.fields)
        else:
            _check_one(Parameters({field.name: entry}, is_query=False), _named(field))


def _named(field: Field) -> Field:
    """The item's form under the list's name, so that errors name what the caller wrote."""
    inner = field.items or field
    return replace(inner, name=field.name)
