"""Use cases of briefs: write them, make them ready, hand them to creators; what a deliverable waits for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from kindling.briefs import rules
from kindling.briefs.files import clean_link
from kindling.briefs.letters import letter
from kindling.briefs.models import (
    AI_RULES,
    DISCLOSURES,
    LANGUAGES,
    MUSIC_RULES,
    Brief,
    BriefVersion,
    Deliverable,
    Draft,
)
from kindling.briefs.rules import BriefState, Content, State
from kindling.creators.models import Creator
from kindling.errors import ConflictError, InvalidInputError, NotFoundError
from kindling.products.models import Product
from kindling.workspaces import mail, notices
from kindling.workspaces.models import Workspace
from kindling.workspaces.rules import CREATOR_MANAGER, Action
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
MOST_ASSIGNED = 200


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
        clean_link(link)
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
            next_step="Shorten it: a brief is a set of guard-rails.",
        )
    return lines


def _number(name: str, value: Any) -> int:
    least, most = NUMBERS[name]
    text = str(value).strip()
    if not (text.isascii() and text.isdigit() and least <= int(text[:9]) <= most):
        raise InvalidInputError(
            f"{_label(name)}: {text or 'nothing'!r} is not a whole number from {least} to {most}.",
            next_step="Write digits only.",
        )
    return int(text)


def _text(name: str, value: Any) -> str:
    text = str(value).replace("\r\n", "\n").strip()
    if name in CHOICES and text and text not in dict(CHOICES[name]):
        raise InvalidInputError(
            f"{_label(name)}: {text!r} is not a choice.",
            next_step=f"Use one of {', '.join(dict(CHOICES[name]))}.",
        )
    longest = 160 if name == "title" else LONGEST_TEXT
    if len(text) > longest:
        raise InvalidInputError(
            f"{_label(name)} has {len(text):,} characters; {longest:,} fit.",
            next_step="Shorten it.",
        )
    return text


def _known_products(workspace: Workspace, skus: tuple[str, ...]) -> None:
    known = set(
        Product.objects.filter(workspace=workspace, sku__in=skus).values_list("sku", flat=True)
    )
    unknown = [sku for sku in skus if sku not in known]
    if unknown:
        raise InvalidInputError(
            f"There is no product {', '.join(unknown)} here.",
            next_step="Import it under Workspace, Products, or take it out.",
        )


# --- Writing briefs -------------------------------------------------------------------------------------------


def briefs(workspace: Workspace, *, state: str = "", search: str = "") -> QuerySet[Brief]:
    """Briefs with how many deliverables are open and in all, the last changed first."""
    is_open = Q(deliverables__state__in=[each.value for each in rules.OPEN])
    found = Brief.objects.filter(workspace=workspace).annotate(
        given_out=Count("deliverables"), still_open=Count("deliverables", filter=is_open)
    )
    found = found.filter(state=state) if state else found.exclude(state=BriefState.ARCHIVED)
    return found.filter(title__icontains=search) if search else found


def brief_counts(workspace: Workspace) -> dict[str, int]:
    rows = Brief.objects.filter(workspace=workspace).order_by().values_list("state")
    return dict(rows.annotate(count=Count("pk")))


def find_brief(workspace: Workspace, pk: int) -> Brief:
    found = Brief.objects.filter(workspace=workspace, pk=pk).first()
    if found is None:
        raise NotFoundError("There is no such brief here.", next_step="Look in Briefs.")
    return found


@transaction.atomic
def make_brief(actor: Actor, content: Content, *, at: datetime) -> Brief:
    actor.require(Action.MANAGE_BRIEFS)
    if not content.title:
        raise InvalidInputError("The brief has no title.", next_step="Give it one.")
    brief = Brief.objects.create(
        workspace=actor.workspace,
        created_at=at,
        created_by=actor.user,
        changed_at=at,
        **_columns(content),
    )
    record(actor, "wrote brief", _subject(brief), at=at)
    return brief


def _columns(content: Content) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(content).items()
    }


def _subject(brief: Brief) -> str:
    return f"brief {brief.pk}: {brief.title}"[:120]


@transaction.atomic
def change_brief(actor: Actor, brief: Brief, content: Content, *, at: datetime) -> Brief:
    """Change a brief. One that is ready gets a new version, and must stay without a blocking gap."""
    actor.require(Action.MANAGE_BRIEFS)
    brief = _locked_brief(actor, brief)
    if brief.state == BriefState.ARCHIVED:
        raise ConflictError(
            "An archived brief is not changed.", next_step="Take it back first, or copy it."
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
        raise InvalidInputError("The brief has no title.", next_step="Give it one.")
    for name in changed:
        setattr(brief, name, is_now[name])
    brief.changed_at = at
    brief.save()
    if is_ready:
        _keep_version(actor, brief, at=at)
    record(
        actor, "changed brief", _subject(brief), at=at,
        before={name: was[name] for name in changed},
        after={**{name: is_now[name] for name in changed}, "version": brief.version},
    )  # fmt: skip
    return brief


def _locked_brief(actor: Actor, brief: Brief) -> Brief:
    found = Brief.objects.select_for_update().filter(workspace=actor.workspace, pk=brief.pk).first()
    if found is None:
        raise NotFoundError("There is no such brief here.", next_step="Look in Briefs.")
    return found


def _refuse_gaps(content: Content) -> None:
    blocks = [rail.message for rail in rules.guard_rails(content) if rail.is_block]
    if blocks:
        raise InvalidInputError(
            "The brief is not ready: " + " ".join(blocks), next_step="Mend these, then try again."
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
    brief = _locked_brief(actor, brief)
    rules.check_brief_move(BriefState(brief.state), BriefState.READY)
    _refuse_gaps(content_of(brief))
    if brief.versions.filter(number=brief.version).exists():  # it was ready before
        brief.version += 1
    return _put_brief(actor, brief, BriefState.READY, "made brief ready", at=at)


@transaction.atomic
def archive(actor: Actor, brief: Brief, *, at: datetime) -> Brief:
    actor.require(Action.MANAGE_BRIEFS)
    brief = _locked_brief(actor, brief)
    rules.check_brief_move(BriefState(brief.state), BriefState.ARCHIVED)
    return _put_brief(actor, brief, BriefState.ARCHIVED, "archived brief", at=at)


@transaction.atomic
def take_back(actor: Actor, brief: Brief, *, at: datetime) -> Brief:
    """An archived brief becomes a draft again."""
    actor.require(Action.MANAGE_BRIEFS)
    brief = _locked_brief(actor, brief)
    rules.check_brief_move(BriefState(brief.state), BriefState.DRAFT)
    return _put_brief(actor, brief, BriefState.DRAFT, "took brief back", at=at)


def _put_brief(actor: Actor, brief: Brief, state: BriefState, words: str, *, at: datetime) -> Brief:
    before, brief.state, brief.changed_at = brief.state, state.value, at
    brief.save()
    if state is BriefState.READY:
        _keep_version(actor, brief, at=at)
    record(
        actor, words, _subject(brief), at=at,
        before={"state": before}, after={"state": state.value, "version": brief.version},
    )  # fmt: skip
    return brief


@transaction.atomic
def copy_brief(actor: Actor, brief: Brief, *, at: datetime) -> Brief:
    """A new draft that says the same."""
    actor.require(Action.MANAGE_BRIEFS)
    content = content_of(_locked_brief(actor, brief))
    return make_brief(actor, replace(content, title=f"Copy of {content.title}"[:160]), at=at)


# --- Deliverables ---------------------------------------------------------------------------------------------


def find_deliverable(workspace: Workspace, pk: int) -> Deliverable:
    found = (
        Deliverable.objects.select_related("brief", "creator", "workspace")
        .filter(workspace=workspace, pk=pk)
        .first()
    )
    if found is None:
        raise NotFoundError("There is no such deliverable here.", next_step="Look in the pipeline.")
    return found


@transaction.atomic
def assign(
    actor: Actor,
    brief: Brief,
    creators: Iterable[Creator],
    *,
    at: datetime,
    title: str = "",
    kind: str = Deliverable.Kind.VIDEO,
    draft_due_at: datetime | None = None,
    post_due_at: datetime | None = None,
) -> list[Deliverable]:
    """Give a ready brief to creators: one deliverable each, mailed to those with an address.

    draft_due_at, post_due_at : None takes the brief's days from now
    """
    actor.require(Action.MANAGE_BRIEFS)
    brief = _locked_brief(actor, brief)
    chosen = list({each.pk: each for each in creators}.values())
    if brief.state != BriefState.READY:
        raise ConflictError(
            "Only a ready brief is given to creators.", next_step="Make it ready first."
        )
    if not chosen or len(chosen) > MOST_ASSIGNED:
        raise InvalidInputError(
            f"Choose 1 to {MOST_ASSIGNED} creators.", next_step="Tick who should get the brief."
        )
    if any(each.workspace_id != actor.workspace.pk for each in chosen):
        raise NotFoundError("There is no such creator here.", next_step="Look in Creators.")
    if kind not in Deliverable.Kind.values:
        raise InvalidInputError(f"{kind!r} is no kind.", next_step="Use video or photo.")
    draft_due = draft_due_at or at + timedelta(days=brief.draft_days)
    post_due = post_due_at or at + timedelta(days=brief.post_days)
    _check_due(draft_due, post_due, at=at)
    made = [
        Deliverable.objects.create(
            workspace=actor.workspace,
            brief=brief,
            brief_version=brief.version,
            creator=creator,
            title=(title.strip() or brief.title)[:160],
            kind=kind,
            draft_due_at=draft_due,
            post_due_at=post_due,
            rounds_allowed=brief.revision_rounds,
            state_since=at,
            due_at=draft_due,
            created_at=at,
        )
        for creator in chosen
    ]
    for each in made:
        write_creator(each, "briefed", key=f"briefed-{each.pk}", due=draft_due, at=at)
    names = ", ".join(str(each) for each in chosen[:20])
    record(
        actor, "gave out brief", _subject(brief), at=at,
        after={"creators": names, "number": len(chosen), "version": brief.version},
    )  # fmt: skip
    return made


def _check_due(draft_due_at: datetime, post_due_at: datetime, *, at: datetime) -> None:
    if draft_due_at < at or post_due_at < draft_due_at:
        raise InvalidInputError(
            "The draft must be due from today on, and the post not before the draft.",
            next_step="Correct the dates.",
        )


@transaction.atomic
def change_due(
    actor: Actor,
    deliverable: Deliverable,
    *,
    draft_due_at: datetime,
    post_due_at: datetime,
    reason: str,
    at: datetime,
) -> Deliverable:
    """Agree on other days, with a reason."""
    actor.require(Action.MANAGE_BRIEFS)
    row = lock(actor.workspace, deliverable.pk)
    if State(row.state) not in rules.OPEN:
        raise ConflictError("It is over: nothing is due any more.")
    if not reason.strip():
        raise InvalidInputError("New days need a reason.", next_step="Say why in a few words.")
    if post_due_at < draft_due_at:
        raise InvalidInputError(
            "The post would be due before the draft.", next_step="Correct the dates."
        )
    before = {"draft": row.draft_due_at.isoformat(), "post": row.post_due_at.isoformat()}
    row.draft_due_at, row.post_due_at = draft_due_at, post_due_at
    row.due_at = due_of(row)
    row.save(update_fields=["draft_due_at", "post_due_at", "due_at"])
    notices.settle(row.workspace, key=late_key(row), at=at)
    record(
        actor, "changed due days", subject_of(row), at=at, reason=reason.strip(), before=before,
        after={"draft": draft_due_at.isoformat(), "post": post_due_at.isoformat()},
    )  # fmt: skip
    return row


@transaction.atomic
def cancel(actor: Actor, deliverable: Deliverable, *, reason: str, at: datetime) -> Deliverable:
    """Call a deliverable off, with a reason; what was handed in stays on record."""
    actor.require(Action.MANAGE_BRIEFS)
    row = lock(actor.workspace, deliverable.pk)
    if not reason.strip():
        raise InvalidInputError("Calling it off needs a reason.", next_step="Say why.")
    before = row.state
    move(row, State.CANCELLED, at=at)
    record(
        actor, "called off deliverable", subject_of(row), at=at, reason=reason.strip(),
        before={"state": before}, after={"state": row.state},
    )  # fmt: skip
    return row


def subject_of(deliverable: Deliverable) -> str:
    return f"deliverable {deliverable.pk}: {deliverable.title}"[:120]


def lock(workspace: Workspace, pk: int) -> Deliverable:
    """The deliverable, held until the transaction ends. Raises NotFoundError."""
    found = (
        Deliverable.objects.select_for_update(of=("self",))
        .select_related("brief", "creator", "workspace")
        .filter(workspace=workspace, pk=pk)
        .first()
    )
    if found is None:
        raise NotFoundError("There is no such deliverable here.", next_step="Look in the pipeline.")
    return found


def move(row: Deliverable, wanted: State, *, at: datetime) -> None:
    """Put a deliverable into its next state and set what is due then. Raises ConflictError."""
    rules.check_move(State(row.state), wanted)
    row.state, row.state_since = wanted.value, at
    row.due_at, row.late_told_for = due_of(row), None
    row.save()
    notices.settle(row.workspace, key=late_key(row), at=at)
    if wanted not in rules.IN_REVIEW:
        for side in rules.Side:
            notices.settle(row.workspace, key=review_key(row, side), at=at)
    if wanted is State.CANCELLED:
        notices.settle(row.workspace, key=f"changes-{row.pk}", at=at)


def due_of(row: Deliverable) -> datetime | None:
    return rules.due_after(
        State(row.state),
        draft_due_at=row.draft_due_at,
        post_due_at=row.post_due_at,
        since=row.state_since,
        turnround=timedelta(hours=row.brief.turnround_hours),
    )


def late_key(row: Deliverable) -> str:
    return f"deliverable-{row.pk}-late"


def review_key(row: Deliverable, side: rules.Side) -> str:
    return f"deliverable-{row.pk}-{side}"


def page_of(row: Deliverable) -> str:
    return f"briefs/deliverables/{row.pk}/"


def write_creator(
    row: Deliverable, name: str, *, key: str, due: datetime, at: datetime, **facts: str
) -> None:
    """Mail the creator, in their language, where there is an address."""
    creator = row.creator
    if not creator.email:
        return
    subject, text = letter(
        name,
        language=creator.language,
        brand=row.workspace.name,
        handle=creator.handle,
        title=row.title,
        due=f"{due:%Y-%m-%d %H:%M} UTC",
        **facts,
    )
    mail.post(row.workspace, key=key, to=creator.email, subject=subject, text=text, at=at)


# --- What is where --------------------------------------------------------------------------------------------


def deliverables(
    workspace: Workspace, *, brief: str = "", creator: str = "", state: str = "", late: bool = False,
    now: datetime,
) -> QuerySet[Deliverable]:  # fmt: skip
    """Deliverables by brief (its number), creator (handle) and state; what is due first stands first."""
    found = Deliverable.objects.filter(workspace=workspace).select_related("brief", "creator")
    if brief.isascii() and brief.isdigit():
        found = found.filter(brief_id=int(brief[:18]))
    if creator:
        found = found.filter(creator__handle=creator.lstrip("@").lower())
    if state:
        found = found.filter(state=state)
    if late:
        found = found.filter(due_at__lt=now)
    return found.order_by("due_at", "pk")


def deliverables_of(creator: Creator) -> QuerySet[Deliverable]:
    """A creator's own, the open ones first by due time: for the portal."""
    return (
        Deliverable.objects.filter(creator=creator, workspace=creator.workspace)
        .select_related("brief")
        .order_by("due_at", "-pk")
    )


def state_counts(rows: QuerySet[Deliverable]) -> dict[str, int]:
    return dict(rows.order_by().values_list("state").annotate(count=Count("pk")))


def current_draft(deliverable: Deliverable) -> Draft | None:
    return deliverable.drafts.filter(is_current=True).first()


# --- What others ask ------------------------------------------------------------------------------------------


def approved_captions(workspace: Workspace, item_ids: Iterable[str]) -> dict[str, str]:
    """The locked caption by post; posts without a locked one are left out."""
    rows = Deliverable.objects.filter(
        workspace=workspace, item_id__in=[each for each in item_ids if each]
    ).exclude(locked_at=None)
    return dict(rows.values_list("item_id", "approved_caption"))


def gaps_before_code(workspace: Workspace, item_id: str) -> list[str]:
    """What stands against asking for the code of a post (R25); empty when nothing does.

    A post that no deliverable names was not commissioned here: briefs have nothing to say against it.
    """
    row = Deliverable.objects.filter(workspace=workspace, item_id=item_id).first()
    if row is None or not item_id:
        return []
    gaps = []
    if State(row.state) not in {State.APPROVED, State.POSTED}:
        gaps.append("The draft is not approved.")
    if row.locked_at is None:
        gaps.append("The caption is not final.")
    return gaps


def tell_late(workspace: Workspace, *, at: datetime) -> int:
    """A notice for each deliverable that is late and was not told of; returns how many. Safe to run again."""
    rows = Deliverable.objects.filter(workspace=workspace, due_at__lt=at).select_related(
        "brief", "creator", "workspace"
    )
    told = 0
    for row in rows:
        if row.late_told_for != row.due_at:
            _tell_late(row, at=at)
            told += 1
    return told


@transaction.atomic
def _tell_late(row: Deliverable, *, at: datetime) -> None:
    roles, title, step = _late_words(row)
    notices.notify(
        row.workspace, key=late_key(row), roles=roles, title=title, next_step=step,
        path=page_of(row), at=at, urgency=3,
    )  # fmt: skip
    Deliverable.objects.filter(pk=row.pk).update(late_told_for=row.due_at)


def _late_words(row: Deliverable) -> tuple[list[str], str, str]:
    state, name = State(row.state), f"“{row.title}” of @{row.creator.handle}"
    if state is State.APPROVED:
        return (
            [CREATOR_MANAGER],
            f"Post late: {name}",
            "Ask when it goes up; the agreement may hold.",
        )
    if state in rules.IN_REVIEW:
        roles = ["legal"] if state is State.BRAND_APPROVED else ["reviewer", "legal"]
        return [*roles, CREATOR_MANAGER], f"Review late: {name}", "Decide: the creator waits."
    return [CREATOR_MANAGER], f"Draft late: {name}", "Ask the creator, or agree on other days."
