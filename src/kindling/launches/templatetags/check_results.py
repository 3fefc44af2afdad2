"""What blocks a post, as Inventory draws it in each of its rows."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from kindling.launches.preflight import Result

register = template.Library()


@register.filter
def reasons(results: Iterable[Result]) -> SafeString:
    """The messages of checks as a list. By hand: a row has several, and a template's loop costs far more."""
    found = format_html_join(
        "",
        '<li><span class="icon icon-cross" aria-hidden="true"></span><span>{}</span></li>',
        ((each.message,) for each in results),
    )
    return format_html('<ul class="reasons">{}</ul>', found)
