"""What checks say of a post, as Inventory draws it in each of its rows.

By hand: a row has several results, a page hundreds, and a template's loop costs five times as much.
"""

from __future__ import annotations

from collections.abc import Sequence

from django import template
from django.utils.html import conditional_escape as escaped
from django.utils.safestring import SafeString, mark_safe

from kindling.launches.checks.rules import Result

register = template.Library()


@register.filter
def reasons(results: Sequence[Result]) -> SafeString:
    """The messages of checks that block, as a list; nothing where none does."""
    return _listed("cross", [escaped(each.message) for each in results])


@register.filter
def hints(results: Sequence[Result]) -> SafeString:
    """The messages of checks that warn, folded under their number; nothing where none does."""
    found = [f"<strong>{escaped(each.title)}.</strong> {escaped(each.message)}" for each in results]
    if not found:
        return mark_safe("")
    words = f"{len(found)} warning{'' if len(found) == 1 else 's'}"
    return mark_safe(  # noqa: S308 - its parts are escaped
        f'<details><summary><span class="chip is-warn">{words}</span></summary>{_listed("clock", found)}</details>'
    )


def _listed(icon: str, found: Sequence[str]) -> SafeString:
    """Sentences that are escaped already."""
    if not found:
        return mark_safe("")
    items = "".join(
        f'<li><span class="icon icon-{icon}" aria-hidden="true"></span><span>{each}</span></li>'
        for each in found
    )
    return mark_safe(f'<ul class="reasons">{items}</ul>')  # noqa: S308 - its parts are escaped
