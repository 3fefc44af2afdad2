"""Pages of outreach: sequences, templates, who is in them, what is to be sent by hand."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from kindling.clock import now
from kindling.creators import service
from kindling.creators.models import LANGUAGES
from kindling.errors import KindlingError
from kindling.notices import mail
from kindling.notices.models import Mail
from kindling.outreach import log as sent
from kindling.outreach import rules, sequences
from kindling.outreach import service as outreach
from kindling.outreach.models import Enrolment, OutreachChannel, OutreachTemplate
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import one_page, page, reason_of, whole_number


@page()
def home(request: HttpRequest, actor: Actor) -> HttpResponse:
    at = now()
    return render(
        request,
        "outreach/home.html",
        {
            "sequences": sequences.sequences(actor.workspace),
            "templates": OutreachTemplate.objects.filter(workspace=actor.workspace),
            "by_hand": one_page(request, outreach.to_send_by_hand(actor.workspace)),
            "budget": outreach.budget(actor.workspace, at=at),
            "is_working_time": rules.is_working_time(at, actor.workspace.timezone),
            "has_server": mail.is_set_up(),
        },
    )


@page()
def log(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What was sent, what waits, and what was not sent and why."""
    state = request.GET.get("state", "")
    states = [("", "All"), *Mail.State.choices, (sent.BY_HAND, "Manual")]
    if state not in dict(states):
        state = ""
    context = {
        "messages_sent": one_page(request, sent.messages(actor.workspace, state=state)),
        "state": state,
        "states": states,
        "now": now(),
    }
    return render(request, "outreach/log.html", context)


@page(Action.REACH_OUT, method="POST")
def limits(request: HttpRequest, actor: Actor) -> HttpResponse:
    names = ("mails_a_day", "mails_an_hour", "shop_messages_a_week")
    given = {name: whole_number(request.POST.get(name), name.replace("_", " ")) for name in names}
    outreach.set_limits(actor, **given, at=now())
    messages.success(request, "The limits are saved.")
    return redirect("outreach:home", actor.workspace.slug)


@page(Action.REACH_OUT, method="POST")
def by_hand(request: HttpRequest, actor: Actor, message: int) -> HttpResponse:
    sent = outreach.sent_by_hand(actor, message, at=now())
    messages.success(request, f"Saved: sent to @{sent.enrolment.creator.handle}.")
    return redirect("outreach:home", actor.workspace.slug)


@page(Action.REACH_OUT, method="ANY")
def add_template(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _template(request, actor, None)


@page(Action.REACH_OUT, method="ANY")
def template(request: HttpRequest, actor: Actor, template: int) -> HttpResponse:
    return _template(request, actor, sequences.find_template(actor.workspace, template))


def _template(request: HttpRequest, actor: Actor, known: OutreachTemplate | None) -> HttpResponse:
    context: dict[str, object] = {
        "known": known, "languages": LANGUAGES, "channels": OutreachChannel.choices, "typed": known or {},
        "variables": rules.VARIABLES.items(),
    }  # fmt: skip
    if request.method != "POST":
        return render(request, "outreach/template.html", context)
    typed = {
        name: request.POST.get(name, "")
        for name in ("name", "language", "channel", "subject", "text")
    }
    context["typed"] = typed
    try:
        if "preview" in request.POST:
            context["preview"] = sequences.preview(
                actor.workspace, subject=typed["subject"], text=typed["text"]
            )
            return render(request, "outreach/template.html", context)
        sequences.save_template(actor, **typed, template=known, at=now())
    except KindlingError as error:
        context["error"] = error
        return render(request, "outreach/template.html", context, status=error.http_status)
    messages.success(request, "The template is saved.")
    return redirect("outreach:home", actor.workspace.slug)


@page(Action.REACH_OUT, method="ANY")
def add_sequence(request: HttpRequest, actor: Actor) -> HttpResponse:
    context: dict[str, object] = {
        "templates": OutreachTemplate.objects.filter(workspace=actor.workspace),
        "numbers": range(1, rules.MOST_STEPS + 1),
        "typed": request.POST,
    }
    if request.method != "POST":
        return render(request, "outreach/sequence_form.html", context)
    try:
        steps = []
        for number in range(1, rules.MOST_STEPS + 1):
            chosen = request.POST.get(f"template{number}", "")
            if chosen:
                found = sequences.find_template(actor.workspace, whole_number(chosen, "Template"))
                days = whole_number(
                    request.POST.get(f"days{number}") or "0", f"Days before step {number}"
                )
                steps.append((found, days))
        made = sequences.make_sequence(
            actor, name=request.POST.get("name", ""), steps=steps, at=now()
        )
    except KindlingError as error:
        context["error"] = error
        return render(request, "outreach/sequence_form.html", context, status=error.http_status)
    return redirect("outreach:sequence", actor.workspace.slug, made.pk)


@page()
def sequence(request: HttpRequest, actor: Actor, sequence: int) -> HttpResponse:
    found = sequences.find_sequence(actor.workspace, sequence)
    state = request.GET.get("state", "")
    rows = found.enrolments.select_related("creator")
    counts = sequences.states_of(found)
    context = {
        "sequence": found,
        "steps": found.steps.select_related("template"),
        "enrolments": one_page(request, rows.filter(state=state) if state else rows),
        "state": state,
        "states": [("", "All", sum(counts.values()))]
        + [(key, label, counts.get(key, 0)) for key, label in Enrolment.State.choices],
    }
    return render(request, "outreach/sequence.html", context)


@page(Action.REACH_OUT, method="POST")
def enrol(request: HttpRequest, actor: Actor, sequence: int) -> HttpResponse:
    found = sequences.find_sequence(actor.workspace, sequence)
    handles = request.POST.get("handles", "").replace(",", "\n").splitlines()
    tag = request.POST.get("tag", "").strip().lower()
    if tag:
        tagged = service.directory(actor.workspace, tag=tag)
        handles += list(tagged.values_list("handle", flat=True)[: outreach.MOST_AT_ONCE])
    done = outreach.enrol(actor, found, handles, product=request.POST.get("product", ""), at=now())
    messages.success(request, f"{done.count} enrolled.")
    for handle, reason in done.left_out[:20]:
        messages.warning(request, f"@{handle} {reason}.")
    return redirect("outreach:sequence", actor.workspace.slug, found.pk)


@page(Action.REACH_OUT, method="POST")
def switch(request: HttpRequest, actor: Actor, sequence: int) -> HttpResponse:
    found = sequences.find_sequence(actor.workspace, sequence)
    sequences.switch(actor, found, is_on=not found.is_on, at=now())
    return redirect("outreach:sequence", actor.workspace.slug, found.pk)


@page(Action.REACH_OUT, method="POST")
def end(request: HttpRequest, actor: Actor, enrolment: int) -> HttpResponse:
    """A person says what became of it: the creator replied, wants no more, or it is stopped."""
    found, at = outreach.find_enrolment(actor.workspace, enrolment), now()
    what = request.POST.get("what")
    if what == "replied":
        outreach.note_reply(found.creator, at=at, by=actor)
    elif what == "opted_out":
        outreach.opt_out(found.creator, at=at, by=actor, reason="told the team")
    else:
        outreach.stop(actor, found, reason=reason_of(request), at=at)
    return redirect("outreach:sequence", actor.workspace.slug, found.sequence_id)


# --- Open to the world ------------------------------------------------------------------------------------


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
        "language": creator.language or translation.get_language_from_request(request),
    }
    answer = render(request, "outreach/opt_out.html", context)
    answer["Cache-Control"] = "no-store"
    answer["X-Robots-Tag"] = "noindex"
    return answer
