"""The REST API: every area's router under /api/v1/, one kind of error, one kind of key.

Send `Authorization: Bearer kd_…` (a token from `kindling token`). A token belongs to one member of one
workspace, so no path names a workspace.
"""

from __future__ import annotations

from django.db import DataError
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from kindling import __version__
from kindling.agreements.api import router as agreements
from kindling.authorizations.api import permissions
from kindling.authorizations.api import router as authorizations
from kindling.briefs.api import router as briefs
from kindling.comments.api import router as comments
from kindling.conversions.api import router as conversions
from kindling.creators.api import router as creators
from kindling.delivery.api import router as delivery
from kindling.delivery.gmv_max.api import router as gmv_max
from kindling.delivery.results.api import router as results
from kindling.delivery.stop_rules.api import router as stop_rules
from kindling.errors import KindlingError, TooLongError
from kindling.launches.api import router as launches
from kindling.lists.api import router as lists
from kindling.money.api import router as money
from kindling.notices.api import router as notices
from kindling.outreach.api import router as outreach
from kindling.posts.api import router as posts
from kindling.products.api import router as products
from kindling.today.api import router as today
from kindling.tracker.api import router as tracker
from kindling.workspaces.api import router as workspaces
from kindling.workspaces.api_auth import BearerToken, CleanParser

api = NinjaAPI(
    title="Kindling",
    version=__version__,
    description=__doc__,
    auth=BearerToken(),
    parser=CleanParser(),
    urls_namespace="api",
    docs_url=None,  # its page needs inline scripts, which our content policy forbids; see docs/reference/api.md
)
for prefix, router in (
    ("", today),
    ("/creators", creators),
    ("/outreach", outreach),
    ("/tracker", tracker),
    ("/briefs", briefs),
    ("/agreements", agreements),
    ("/lists", lists),
    ("/posts", posts),
    ("/products", products),
    ("/codes", authorizations),
    ("/authorizations", permissions),
    ("/plans", launches),
    ("/ads/gmv-max", gmv_max),
    ("/ads/results", results),
    ("/ads/rules", stop_rules),
    ("/ads", delivery),
    ("/comments", comments),
    ("/orders", conversions),
    ("/profit", money),
    ("/notices", notices),
    ("/workspace", workspaces),
):
    for view in router.path_operations.values():
        for operation in view.operations:
            # A name that people read: the first sentence of the description, not the function's name.
            operation.summary = (operation.description or operation.summary or "").partition(".")[0]
    api.add_router(prefix, router)


@api.exception_handler(KindlingError)
def expected(request: HttpRequest, error: KindlingError) -> HttpResponse:
    """Every failure we expect, in one shape: code, message, next step."""
    body = {"code": error.code, "message": error.message, "next_step": error.next_step}
    return api.create_response(request, body, status=error.http_status)


@api.exception_handler(DataError)
def too_long(request: HttpRequest, error: DataError) -> HttpResponse:
    """What no check of ours caught and PostgreSQL cannot store. SQLite stores texts of any length."""
    return expected(request, TooLongError())


@api.exception_handler(ValidationError)
def unreadable(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """A body or query that does not fit; says which field, never repeats the value: it may be a code."""
    fields = [".".join(str(part) for part in each["loc"][1:]) or "body" for each in error.errors]
    reasons = [str(each["msg"]) for each in error.errors]
    body = {
        "code": "invalid_input",
        "message": "; ".join(
            f"{field}: {reason}" for field, reason in zip(fields, reasons, strict=True)
        ),
        "next_step": "Correct these fields; /api/v1/openapi.json describes the shapes.",
    }
    return api.create_response(request, body, status=422)


@api.exception_handler(HttpError)
def unreadable_body(request: HttpRequest, error: HttpError) -> HttpResponse:
    """A body that is not JSON, or a file that is missing."""
    body = {
        "code": "invalid_input",
        "message": f"{error.message}.",
        "next_step": "Send a body that matches /api/v1/openapi.json.",
    }
    return api.create_response(request, body, status=error.status_code)


@api.exception_handler(AuthenticationError)
def nobody(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    body = {
        "code": "not_signed_in",
        "message": "The token is missing, unknown or revoked.",
        "next_step": "Send Authorization: Bearer kd_…; `kindling token` issues one.",
    }
    return api.create_response(request, body, status=401)
