"""Opting out without signing in. Only a POST does it: mail scanners open every link there is."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from kindling.creators import outreach
from kindling.wiring import now


# Without a token of ours: RFC 8058 has the mail program send the POST. The signed address is the proof.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def opt_out(request: HttpRequest, signed: str) -> HttpResponse:
    creator = outreach.creator_of_opt_out(signed)
    if request.method == "POST":
        outreach.opt_out(creator, at=now())
        creator.refresh_from_db()
    context = {
        "brand": creator.workspace.name,
        "is_out": creator.opted_out_at is not None,
        "language": creator.language,
    }
    answer = render(request, "creators/opt_out.html", context)
    answer["Cache-Control"] = "no-store"
    answer["X-Robots-Tag"] = "noindex"
    return answer
