"""Use cases of briefs: write them, change them by version, make them ready."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from kindling.briefs import rules
from kindling.briefs.drafts.files import clean_link
from kindling.briefs.models import (
    AI_RULES,
    DISCLOSURES,
    LANGUAGES,
    MUSIC_RULES,
    Brief,
    BriefVersion,
)
from kindling.briefs.rules import BriefState, Content
from kindling.errors import ConflictError, InvalidInputError, NotFoundError
from kindling.products.models import Product
from kindling.workspaces.models import Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record

LISTS = (
    "skus", "proof_points", "allowed_claims", "forbidden_claims", "must_say", "must_show",
    "tone_links",
)  # fmt: skip
NUMBERS = {
    "draft_days": (1, 365),
    "post_days": (1, 365),
    "revision_rounds": (0, 20),
    "turnround_hours": (1, 720),
}
CHOICES: dict[str, list[tuple[str, str]]] = {
    "music": MUSIC_RULES,
    "disclosure": DISCLOSURES,
    "ai_rule": AI_RULES,
    "language": LANGUAGES,
}
PARTS = tuple(each.name for each in fields(Content))
MOST_LINES, LONGEST_LINE, LONGEST_TEXT = 50, 500, 10_000


# --- What a brief says ----------------------------------------------------------------------------------------


def content_of(brief: Brief) -> Content:
    """The parts of a brief as the rules read them."""
    told = {name: getattr(brief, name) for name in PARTS}
    return Content(**{**told, **{name: tuple(told[name]) for name in LISTS}})


def content_from(workspace: Workspace, given: Mapping[str, Any]) -> Content:
    """A brief's parts from a form or JSON: lists as lists or one entry a line; what is left out is the default.

    raises : InvalidInputError naming the part
    """
    told: dict[str, Any] = {}
    for name in PARTS:
        if name not in given:
            continue
        value = given[name]
        if name in LISTS:
            told[name] = _lines(name, value)
        elif name in NUMBERS:
            told[name] = _number(name, value)
        elif name == "legal_needed":
            told[name] = value in {True, "yes", "on", "true"}
        else:
            told[name] = _text(name, value)
    content = replace(Content(), **told)
    if "legal_needed" not in given:
        content = replace(content, legal_needed=rules.has_claims(content))
    for link in content.tone_links:
        clean_link(link, field="tone_links")
    _known_products(workspace, content.skus)
    return content


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _lines(name: str, value: Any) -> tuple[str, ...]:
    rows = value.splitlines() if isinstance(value, str) else [str(each) for each in value]
    lines = tuple(dict.fromkeys(" ".join(row.split()) for row in rows if row.strip()))
    if len(lines) > MOST_LINES or any(len(line) > LONGEST_LINE for line in lines):
        raise InvalidInputError(
            f"{_label(name)}: at most {MOST_LINES} lines of {LONGEST_LINE} characters.",
            next_step="Shorten it.",
            field=name,
        )
    return lines


def _number(name: str, value: Any) -> int:
    least, most = NUMBERS[name]
    text = str(value).strip()
    if not (text.isascii() and text.isdigit() and least <= int(text[:9]) <= most):
        raise InvalidInputError(
            f"{_label(name)}: {text or 'nothing'!r} must be a whole number from {least} to {most}.",
            next_step="Write digits only.",
            field=name,
        )
    return int(text)


def _text(name: str, value: Any) -> str:
    text = str(value).replace("\r\n", "\n").strip()
    if name in CHOICES and text and text not in dict(CHOICES[name]):
        raise InvalidInputError(
            f"{_label(name)}: {text!r} is not a valid choice.",
            next_step=f"Use one of {', '.join(dict(CHOICES[name]))}.",
            field=name,
        )
    longest = 160 if name == "title" else LONGEST_TEXT
    if len(text) > longest:
        raise InvalidInputError(
            f"{_label(name)} has {len(text):,} characters; at most {longest:,} are allowed.",
            next_step="Shorten it.",
            field=name,
        )
    return text


def _known_products(workspace: Workspace, skus: tuple[str, ...]) -> None:
    known = set(
        Product.objects.filter(workspace=workspace, sku__in=skus).values_list("sku", flat=True)
    )
    unknown = [sku for sku in skus if sku not in known]
    if unknown:
        raise InvalidInputError(
            f"Unknown product: {', '.join(unknown)}.",
            next_step="Import it under Workspace, Products, or remove it.",
            field="skus",
        )


# --- Writing briefs -------------------------------------------------------------------------------------------


ACTIVE = "active"  # every state but archived


def briefs(workspace: Workspace) -> QuerySet[Brief]:
    """Briefs with how many deliverables are open and in all, the last changed first."""
    is_open = Q(deliverables__state__in=[each.value for each in rules.OPEN])
    found = Brief.objects.filter(workspace=workspace).annotate(
        given_out=Count("deliverables"), still_open=Count("deliverables", filter=is_open)
    )
    return found.order_by("-changed_at", "-pk")


def of_state(rows: QuerySet[Brief], state: str) -> QuerySet[Brief]:
    """Those of a state, or with ACTIVE those that are not archived."""
    return rows.exclude(state=BriefState.ARCHIVED) if state == ACTIVE else rows.filter(state=state)


def matching(rows: QuerySet[Brief], search: str) -> QuerySet[Brief]:
    return rows.filter(title__icontains=search)


def brief_counts(workspace: Workspace) -> dict[str, int]:
    rows = Brief.objects.filter(workspace=workspace).order_by().values_list("state")
    return dict(rows.annotate(count=Count("pk")))


def find_brief(workspace: Workspace, pk: int) -> Brief:
    found = Brief.objects.filter(workspace=workspace, pk=pk).first()
    if found is None:
        raise NotFoundError("This brief was not found.", next_step="Open Briefs to see all.")
    return found


@transaction.atomic
def make_brief(actor: Actor, content: Content, *, at: datetime) -> Brief:
    actor.require(Action.MANAGE_BRIEFS)
    if not content.title:
        raise InvalidInputError(
            "The brief has no title.", next_step="Enter a title.", field="title"
        )
    brief = Brief.objects.create(
        workspace=actor.workspace,
        created_at=at,
        created_by=actor.user,
        changed_at=at,
        **_columns(content),
    )
    record(actor, "created brief", brief_subject(brief), at=at)
    return brief


def _columns(content: Content) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(content).items()
    }


def brief_subject(brief: Brief) -> str:
    return f"brief {brief.pk}: {brief.title}"[:120]


@transaction.atomic
def change_brief(actor: Actor, brief: Brief, content: Content, *, at: datetime) -> Brief:
    """Change a brief. One that is ready gets a new version, and must stay without a blocking gap."""
    actor.require(Action.MANAGE_BRIEFS)
    brief = lock_brief(actor, brief)
    if brief.state == BriefState.ARCHIVED:
        raise ConflictError(
            "An archived brief cannot be changed.", next_step="Restore it first, or copy it."
        )
    was, is_now = _columns(content_of(brief)), _columns(content)
    changed = [name for name in PARTS if was[name] != is_now[name]]
    if not changed:
        return brief
    is_ready = brief.state == BriefState.READY
    if is_ready:
        _refuse_gaps(content)
        brief.version += 1
    elif not content.title:
        raise InvalidInputError(
            "The brief has no title.", next_step="Enter a title.", field="title"
        )
    for name in changed:
        setattr(brief, name, is_now[name])
    brief.changed_at = at
    brief.save(update_fields=[*changed, "version", "changed_at"])
    if is_ready:
        _keep_version(actor, brief, at=at)
    record(
        actor, "changed brief", brief_subject(brief), at=at,
        before={name: was[name] for name in changed},
        after={**{name: is_now[name] for name in changed}, "version": brief.version},
    )  # fmt: skip
    return brief


def lock_brief(actor: Actor, brief: Brief) -> Brief:
    """The brief, held until the transaction ends. Raises NotFoundError."""
    found = (
        Brief.objects.select_for_update(no_key=True)
        .filter(workspace=actor.workspace, pk=brief.pk)
        .first()
    )
    if found is None:
        raise NotFoundError("This brief was not found.", next_step="Open Briefs to see all.")
    return found


def _refuse_gaps(content: Content) -> None:
    blocks = [rail.message for rail in rules.guard_rails(content) if rail.is_block]
    if blocks:
        raise InvalidInputError(
            "The brief is not ready: " + " ".join(blocks),
            next_step="Complete these fields, then try again.",
        )


def _keep_version(actor: Actor, brief: Brief, *, at: datetime) -> None:
    BriefVersion.objects.update_or_create(
        brief=brief,
        number=brief.version,
        defaults={"content": _columns(content_of(brief)), "at": at, "by": actor.user},
    )


@transaction.atomic
def make_ready(actor: Actor, brief: Brief, *, at: datetime) -> Brief:
    """Let the brief be given to creators. Raises InvalidInputError naming every gap."""
    actor.require(Action.MANAGE_BRIEFS)
    brief = lock_brief(actor, brief)
    rules.check_brief_move(BriefState(brief.state), BriefState.READY)
    _refuse_gaps(content_of(brief))
    if brief.versions.filter(number=brief.version).exists():  # it was ready before
        brief.version += 1
    return _put_brief(actor, brief, BriefState.READY, "marked brief as ready", at=at)


@transaction.atomic
def archive(actor: Actor, brief: Brief, *, at: datetime) -> Brief:
    actor.require(Action.MANAGE_BRIEFS)
    brief = lock_brief(actor, brief)
    rules.check_brief_move(BriefState(brief.state), BriefState.ARCHIVED)
    return _put_brief(actor, brief, BriefState.ARCHIVED, "archived brief", at=at)


@transaction.atomic
def take_back(actor: Actor, brief: Brief, *, at: datetime) -> Brief:
    """An archived brief becomes a draft again."""
    actor.require(Action.MANAGE_BRIEFS)
    brief = lock_brief(actor, brief)
    rules.check_brief_move(BriefState(brief.state), BriefState.DRAFT)
    return _put_brief(actor, brief, BriefState.DRAFT, "restored brief", at=at)


def _put_brief(actor: Actor, brief: Brief, state: BriefState, words: str, *, at: datetime) -> Brief:
    before, brief.state, brief.changed_at = brief.state, state.value, at
    brief.save(update_fields=["state", "version", "changed_at"])
    if state is BriefState.READY:
        _keep_version(actor, brief, at=at)
    record(
        actor, words, brief_subject(brief), at=at,
        before={"state": before}, after={"state": state.value, "version": brief.version},
    )  # fmt: skip
    return brief


@transaction.atomic
def copy_brief(actor: Actor, brief: Brief, *, at: datetime) -> Brief:
    """A new draft that says the same."""
    actor.require(Action.MANAGE_BRIEFS)
    content = content_of(lock_brief(actor, brief))
    return make_brief(actor, replace(content, title=f"Copy of {content.title}"[:160]), at=at)
