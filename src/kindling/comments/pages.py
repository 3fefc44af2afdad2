"""Pages of comments: the inbox, one comment with its thread, posts by their comments, templates, blocked words."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from kindling.clock import now
from kindling.comments import acts, replies, requests, service
from kindling.comments import words as blocked
from kindling.comments.forms import (
    AskForm,
    AssignForm,
    HideForm,
    LabelForm,
    ReplyForm,
    TemplateForm,
    UnblockForm,
    WordsForm,
)
from kindling.comments.lists import COMMENTS, POSTS
from kindling.comments.models import Comment
from kindling.errors import KindlingError
from kindling.kit.forms import Form
from kindling.lists.web import show_list
from kindling.workspaces import service as workspaces
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import decide, page


def _url(actor: Actor, name: str, *more: object) -> str:
    return reverse(f"comments:{name}", args=[actor.workspace.slug, *more])


@page()
def inbox(request: HttpRequest, actor: Actor) -> HttpResponse:
    at = now()
    context = {
        "counts": service.count_inbox(actor.workspace, now=at),
        "coverage": service.coverage(actor.workspace, now=at),
    }
    return show_list(request, actor, COMMENTS, "comments/list.html", context)


@page()
def posts(request: HttpRequest, actor: Actor) -> HttpResponse:
    return show_list(request, actor, POSTS, "comments/posts.html")


# --- One comment --------------------------------------------------------------------------------------------------


@page()
def one(request: HttpRequest, actor: Actor, comment_id: str) -> HttpResponse:
    return _one(request, actor, service.find_comment(actor.workspace, comment_id))


def _one(
    request: HttpRequest,
    actor: Actor,
    found: Comment,
    error: KindlingError | None = None,
    *,
    sent: dict[str, Form] | None = None,
) -> HttpResponse:
    """The page of a comment. `sent`: the form that came in, by its name among those of the page."""
    at, suggested = now(), replies.suggested(found)
    fresh: dict[str, Form] = {
        "reply": ReplyForm(initial={"text": suggested}, key="reply"),
        "ask": AskForm(initial={"suggestion": suggested}, key="ask"),
        "hide": HideForm(key="hide"),
        "label": LabelForm(initial={"label": found.category or found.label}, key="label"),
        "assign": _assign_form(None, actor, found),
    }
    speaker = acts.speaker(found)
    context = {
        "comment": found,
        "shown": service.opened(actor.workspace, [found], now=at)[0],
        "thread": service.thread_of(found),
        "acts": found.acts.select_related("by"),
        "requests": found.requests.select_related("creator", "asked_by"),
        "is_asked": found.requests.filter(closed_at=None).exists(),
        "speaker": speaker,
        "speaker_words": acts.WORDS[speaker],
        "why_not_hidden": acts.why_not_hidden(found),
        "forms": {**fresh, **(sent or {})},
        "error": error,
    }
    return render(request, "comments/one.html", context)


def _assign_form(request: HttpRequest | None, actor: Actor, found: Comment) -> AssignForm:
    return AssignForm(
        request,
        members=service.members(actor.workspace),
        initial={"assignee": str(found.assignee_id or "")},
        key="assign",
    )


@page(Action.ANSWER_COMMENTS, method="POST")
def reply(request: HttpRequest, actor: Actor, comment_id: str) -> HttpResponse:
    """Answer a comment at TikTok."""
    found, form = service.find_comment(actor.workspace, comment_id), ReplyForm(request, key="reply")
    return decide(
        request, form, partial(acts.reply, actor, found, at=now()), said="Your answer is on TikTok.",
        to=_url(actor, "one", comment_id),
        show=lambda error: _one(request, actor, found, error, sent={"reply": form}),
    )  # fmt: skip


@page(Action.ANSWER_COMMENTS, method="POST")
def ask(request: HttpRequest, actor: Actor, comment_id: str) -> HttpResponse:
    """Ask the creator to answer."""
    found, form = service.find_comment(actor.workspace, comment_id), AskForm(request, key="ask")
    return decide(
        request, form, partial(requests.ask, actor, found, at=now()),
        said="The creator finds it in their pages.", to=_url(actor, "one", comment_id),
        show=lambda error: _one(request, actor, found, error, sent={"ask": form}),
    )  # fmt: skip


@page(Action.ANSWER_COMMENTS, method="POST")
def hide(request: HttpRequest, actor: Actor, comment_id: str) -> HttpResponse:
    """Hide a comment at TikTok, with a reason."""
    found, form = service.find_comment(actor.workspace, comment_id), HideForm(request, key="hide")
    return decide(
        request, form, partial(acts.hide, actor, found, at=now()), said="The comment is hidden at TikTok.",
        to=_url(actor, "one", comment_id),
        show=lambda error: _one(request, actor, found, error, sent={"hide": form}),
    )  # fmt: skip


@page(Action.ANSWER_COMMENTS, method="POST")
def show(request: HttpRequest, actor: Actor, comment_id: str) -> HttpResponse:
    """Show a hidden comment again."""
    found = service.find_comment(actor.workspace, comment_id)
    return decide(
        request, None, partial(acts.show, actor, found, at=now()), said="The comment is shown again.",
        to=_url(actor, "one", comment_id), show=lambda error: _one(request, actor, found, error),
    )  # fmt: skip


@page(Action.ANSWER_COMMENTS, method="POST")
def label(request: HttpRequest, actor: Actor, comment_id: str) -> HttpResponse:
    """Say what a comment is about."""
    found, form = service.find_comment(actor.workspace, comment_id), LabelForm(request, key="label")
    return decide(
        request, form, partial(service.set_label, actor, found, at=now()), said="The category is saved.",
        to=_url(actor, "one", comment_id),
        show=lambda error: _one(request, actor, found, error, sent={"label": form}),
    )  # fmt: skip


@page(Action.ANSWER_COMMENTS, method="POST")
def assign(request: HttpRequest, actor: Actor, comment_id: str) -> HttpResponse:
    """Give a comment to a member."""
    found = service.find_comment(actor.workspace, comment_id)
    form = _assign_form(request, actor, found)
    return decide(
        request, form, lambda assignee: service.assign(actor, found, assignee, at=now()),
        said="Assigned.", to=_url(actor, "one", comment_id),
        show=lambda error: _one(request, actor, found, error, sent={"assign": form}),
    )  # fmt: skip


@page(Action.ANSWER_COMMENTS, method="POST")
def done(request: HttpRequest, actor: Actor, comment_id: str) -> HttpResponse:
    """Mark a comment as needing no answer."""
    found = service.find_comment(actor.workspace, comment_id)
    return decide(
        request, None, partial(service.mark_answered, actor, found, at=now()), said="Marked as done.",
        to=_url(actor, "one", comment_id), show=lambda error: _one(request, actor, found, error),
    )  # fmt: skip


# --- Templates ----------------------------------------------------------------------------------------------------


@page()
def templates(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Reply templates, by category and language."""
    context = {"templates": replies.templates(actor.workspace)}
    return render(request, "comments/templates.html", context)


@page(Action.ANSWER_COMMENTS, method="ANY")
def template(request: HttpRequest, actor: Actor, category: str, language: str) -> HttpResponse:
    """Change one reply template."""
    found = replies.find(actor.workspace, category, language)
    form = TemplateForm(request, initial={"text": found.text}).guarded()

    def show(error: KindlingError | None) -> HttpResponse:
        context = {"template": found, "form": form, "error": error}
        return render(request, "comments/template.html", context)

    return decide(
        request, form, partial(replies.save, actor, category, language, at=now()),
        said="The template is saved.", to=_url(actor, "templates"), show=show,
    )  # fmt: skip


# --- Blocked words ------------------------------------------------------------------------------------------------


@page()
def words(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Words that hide comments under ads by themselves."""
    return _words(request, actor)


def _words_form(request: HttpRequest | None, actor: Actor) -> WordsForm:
    accounts = workspaces.accounts_to_choose(actor.workspace)
    return WordsForm(request, accounts=[(each.advertiser_id, each.name) for each in accounts])


def _words(
    request: HttpRequest,
    actor: Actor,
    error: KindlingError | None = None,
    *,
    form: WordsForm | None = None,
) -> HttpResponse:
    context = {
        "words": blocked.of_workspace(actor.workspace),
        "has_accounts": bool(workspaces.accounts_to_choose(actor.workspace)),
        "form": form or _words_form(None, actor),
        "error": error,
    }
    return render(request, "comments/words.html", context)


@page(Action.ANSWER_COMMENTS, method="POST")
def block(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Block words in an ad account."""
    form = _words_form(request, actor)

    def do(ad_account: str, words: str) -> list[str]:
        return blocked.add(actor, workspaces.find_ad_account(actor, ad_account), words, at=now())

    return decide(
        request, form, do, said=lambda added: f"{len(added):,} word{'' if len(added) == 1 else 's'} blocked.",
        to=_url(actor, "words"), show=lambda error: _words(request, actor, error, form=form),
    )  # fmt: skip


@page(Action.ANSWER_COMMENTS, method="POST")
def unblock(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Block a word no longer."""

    def do(ad_account: str, word: str) -> None:
        blocked.remove(actor, workspaces.find_ad_account(actor, ad_account), word, at=now())

    return decide(
        request, UnblockForm(request), do, said="The word is not blocked any more.",
        to=_url(actor, "words"), show=lambda error: _words(request, actor, error),
    )  # fmt: skip
