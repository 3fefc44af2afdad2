"""Until when a post may be advertised, on lists of posts: `{% stop_by_of row as stop %}`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.template.context import Context

from kindling.authorizations import service
from kindling.authorizations.lifecycle import rules
from kindling.posts.models import Post

register = template.Library()


@register.simple_tag(takes_context=True)
def stop_by_of(context: Context, post: Post) -> datetime | None:
    """The stop-by date of its usable authorization; read once for all rows of the page."""
    found: Any = context["list"]  # the page of a list: `lists.web.ListPage`

    def read() -> dict[str, datetime]:
        items = [row.item_id for row in found.rows]
        rows = service.permissions(found.scope.workspace, now=found.scope.now, items=items)
        best = service.best_by_item(rows)
        return {
            item: each.stop_by.at
            for item, each in best.items()
            if each.state in rules.USABLE and each.stop_by
        }

    read_once: dict[str, datetime] = found.scope.once(("stop_by_of", found.spec.name), read)
    return read_once.get(post.item_id)
