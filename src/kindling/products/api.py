"""API: what a landing page says of its product."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from kindling.clock import now
from kindling.products.landing import service
from kindling.workspaces.api_auth import actor_of, answers, may
from kindling.workspaces.rules import Action

router = Router(tags=["Products"])


class PageIn(Schema):
    """`page`: a SKU, whose product's page is read, or an address."""

    page: Annotated[str, Field(max_length=1_000)]


class PageOut(Schema):
    """What is null the page did not say. `problem`: why it could not be read, as needs_javascript or status."""

    url: str
    final_url: str | None
    status: int | None
    problem: str | None
    title: str | None
    sku: str | None
    price: str | None
    currency: str | None
    in_stock: bool | None
    found_by: str | None
    asked_at: datetime


@router.post("/landing-page", response=answers(PageOut), auth=may(Action.CHECK_PAGES))
def read_page(request: HttpRequest, body: PageIn) -> dict[str, Any]:
    """Read a landing page now. The answer is kept, and preflight goes by it for a day."""
    return service.check(actor_of(request), body.page, now=now()).to_json()
