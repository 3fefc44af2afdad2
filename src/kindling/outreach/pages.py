"""Pages of outreach: sequences, templates, who is in them, what is to be sent by hand."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from kindling.clock import now
from kindling.creators import service
from kindling.errors import KindlingError
from kindling.lists.web import show_list
from kindling.notices import mail
from kindling.outreach import rules, sequences
from kindling.outreach import service as outreach
from kindling.outreach.forms import EndForm, EnrolForm, LimitsForm, SequenceForm, TemplateForm
from kindling.outreach.lists import ENROLMENTS, MESSAGES, SEQUENCES
from kindling.outreach.models import OutreachTemplate, Sequence
from kindling.outreach.shipped import SHIPPED, ShippedText
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import decide, one_page, page


def _url(actor: Actor, name: str, *more: object) -> str:
    return reverse(f"outreach:{name}", args=[actor.workspace.slug, *more])


@page()
def home(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _home(request, actor)


def _home(
    request: HttpRequest,
    actor: Actor,
    limits_form: LimitsForm | None = None,
    error: KindlingError | None = None,
) -> HttpResponse:
    at = now()
    budget = outreach.budget(actor.workspace, at=at)
    context = {
        "templates": sequences.list_templates(actor.workspace),
        "by_hand": one_page(request, outreach.to_send_by_hand(actor.workspace), name="to_send"),
        "budget": budget,
        "limits_form": limits_form or LimitsForm(initial=model_to_dict(budget.limits)),
        "is_working_time": rules.is_working_time(at, actor.workspace.timezone),
        "has_server": mail.is_set_up(),
    }
    return show_list(request, actor, SEQUENCES, "outreach/home.html", context, error=error)


@page()
def log(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What was sent, what waits, and what was not sent and why."""
    return show_list(request, actor, MESSAGES, "outreach/log.html")


@page(Action.REACH_OUT, method="POST")
def limits(request: HttpRequest, actor: Actor) -> HttpResponse:
    form = LimitsForm(request)
    return decide(
        request, form, partial(outreach.set_limits, actor, at=now()),
        said="The limits are saved.", to=_url(actor, "home"),
        show=lambda error: _home(request, actor, form, error),
    )  # fmt: skip


@page(Action.REACH_OUT, method="POST")
def by_hand(request: HttpRequest, actor: Actor, message: int) -> HttpResponse:
    return decide(
        request, None, lambda: outreach.sent_by_hand(actor, message, at=now()),
        said=lambda sent: f"Saved: sent to @{sent.enrolment.creator.handle}.",
        to=_url(actor, "home"),
    )  # fmt: skip


@page(Action.REACH_OUT, method="ANY")
def add_template(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A new template: empty, from one of ours (`?start=`), or from one of the workspace (`?copy=`)."""
    start: OutreachTemplate | ShippedText | None = None
    if key := request.GET.get("start", ""):
        start = sequences.find_shipped(key)
    elif (copied := request.GET.get("copy", "")).isdecimal():
        start = sequences.find_template(actor.workspace, int(copied[:18]))
    return _template(request, actor, None, start)


@page(Action.REACH_OUT, method="ANY")
def template(request: HttpRequest, actor: Actor, template: int) -> HttpResponse:
    return _template(request, actor, sequences.find_template(actor.workspace, template))


TEXTS = ("name", "language", "channel", "subject", "text")


def _template(
    request: HttpRequest,
    actor: Actor,
    known: OutreachTemplate | None,
    start: OutreachTemplate | ShippedText | None = None,
    *,
    error: KindlingError | None = None,
) -> HttpResponse:
    """The form of a template. `start`: what a new one begins with; `error`: why it was not deleted."""
    shown = known or start
    initial = {name: getattr(shown, name) for name in TEXTS} if shown else None
    form = TemplateForm(None if error else request, initial=initial)
    if known:
        form.guarded()
    context: dict[str, object] = {
        "known": known, "form": form, "variables": rules.VARIABLES.items(), "start": start,
        "shipped": SHIPPED,
    }  # fmt: skip

    def show(error: KindlingError | None) -> HttpResponse:
        return render(request, "outreach/template.html", context | {"error": error})

    if error:
        return show(error)
    if form.is_pressed("preview"):
        form.is_valid()
        try:
            context["preview"] = sequences.preview(
                actor.workspace,
                subject=form.cleaned_data.get("subject", ""),
                text=form.cleaned_data.get("text", ""),
            )
        except KindlingError as error:
            answer = show(error)
            answer.status_code = error.http_status
            return answer
        return show(None)
    return decide(
        request, form, partial(sequences.save_template, actor, template=known, at=now()),
        said="The template is saved.", to=_url(actor, "home"), show=show,
    )  # fmt: skip


@page(Action.REACH_OUT, method="POST")
def delete_template(request: HttpRequest, actor: Actor, template: int) -> HttpResponse:
    found = sequences.find_template(actor.workspace, template)
    return decide(
        request, None, partial(sequences.delete_template, actor, found, at=now()),
        said=f"Deleted: {found.name}.", to=_url(actor, "home"),
        show=lambda error: _template(request, actor, found, error=error),
    )  # fmt: skip


@page(Action.REACH_OUT, method="ANY")
def add_sequence(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A new sequence: empty, or with the steps of another (`?copy=`)."""
    templates = list(sequences.list_templates(actor.workspace))
    steps: list[tuple[int, int]] = []
    if (copied := request.GET.get("copy", "")).isdecimal():
        steps = sequences.steps_of(sequences.find_sequence(actor.workspace, int(copied[:18])))
    form = SequenceForm(request, templates=templates, steps=steps)
    return decide(
        request, form, partial(sequences.make_sequence, actor, at=now()),
        to=lambda made: _url(actor, "sequence", made.pk),
        show=lambda error: render(
            request, "outreach/sequence_form.html", {"form": form, "error": error}
        ),
    )  # fmt: skip


@page()
def sequence(request: HttpRequest, actor: Actor, sequence: int) -> HttpResponse:
    return _sequence(request, actor, sequences.find_sequence(actor.workspace, sequence))


def _sequence(
    request: HttpRequest,
    actor: Actor,
    found: Sequence,
    *,
    enrol_form: EnrolForm | None = None,
    error: KindlingError | None = None,
) -> HttpResponse:
    context = {
        "sequence": found,
        "steps": found.steps.select_related("template"),
        "enrol_form": enrol_form or EnrolForm(),
    }
    return show_list(
        request, actor, ENROLMENTS, "outreach/sequence.html", context, of={"sequence": str(found.pk)},
        forms=lambda row: EndForm(key=row.pk), error=error,
    )  # fmt: skip


@page(Action.REACH_OUT, method="POST")
def enrol(request: HttpRequest, actor: Actor, sequence: int) -> HttpResponse:
    found = sequences.find_sequence(actor.workspace, sequence)
    form = EnrolForm(request)

    def do(handles: list[str], tag: str, product: str) -> outreach.Enrolled:
        if tag:
            tagged = service.directory(actor.workspace, tag=tag.lower())
            handles += list(tagged.values_list("handle", flat=True)[: outreach.MOST_AT_ONCE])
        done = outreach.enrol(actor, found, handles, product=product, at=now())
        for handle, reason in done.left_out[:20]:
            messages.warning(request, f"@{handle} {reason}.")
        return done

    return decide(
        request, form, do,
        said=lambda done: f"{done.count} enrolled.", to=_url(actor, "sequence", found.pk),
        show=lambda error: _sequence(request, actor, found, enrol_form=form, error=error),
    )  # fmt: skip


@page(Action.REACH_OUT, method="POST")
def switch(request: HttpRequest, actor: Actor, sequence: int) -> HttpResponse:
    found = sequences.find_sequence(actor.workspace, sequence)
    return decide(
        request, None, lambda: sequences.switch(actor, found, is_on=not found.is_on, at=now()),
        to=_url(actor, "sequence", found.pk),
    )  # fmt: skip


@page(Action.REACH_OUT, method="POST")
def end(request: HttpRequest, actor: Actor, enrolment: int) -> HttpResponse:
    """A person says what became of it: the creator replied, wants no more, or it is stopped."""
    found, at = outreach.find_enrolment(actor.workspace, enrolment), now()

    def do(what: str, reason: str) -> None:
        if what == "replied":
            outreach.note_reply(found.creator, at=at, by=actor)
        elif what == "opted_out":
            outreach.opt_out(found.creator, at=at, by=actor, reason="told the team")
        else:
            outreach.stop(actor, found, reason=reason, at=at)

    return decide(
        request, EndForm(request), do, to=_url(actor, "sequence", found.sequence_id),
        show=lambda error: _sequence(request, actor, found.sequence, error=error),
    )  # fmt: skip


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
