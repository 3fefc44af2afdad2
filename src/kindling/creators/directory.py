"""What people keep about creators: facts, tags, notes, and the handles they had."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Count, ManyToOneRel, QuerySet

from kindling.creators import rules
from kindling.creators.models import (
    LANGUAGES,
    Creator,
    CreatorNote,
    CreatorScore,
    HandleChange,
    Tag,
)
from kindling.creators.service import check_email
from kindling.errors import ConflictError, InvalidInputError, NotFoundError
from kindling.notices import service as notices
from kindling.workspaces.models import Workspace
from kindling.workspaces.rules import CREATOR_MANAGER, Action
from kindling.workspaces.service import Actor, record, system_actor

MOST_NOTE = 4_000
MOST_TAGS = 20


@dataclass(frozen=True, slots=True)
class Facts:
    """What a person may change of a creator."""

    display_name: str = ""
    email: str = ""
    language: str = ""
    country: str = ""
    tags: tuple[str, ...] = ()
    is_own: bool = False


def tags_named(workspace: Workspace, names: Iterable[str]) -> list[Tag]:
    """These tags of the workspace, made where they are new."""
    wanted = list(dict.fromkeys(names))
    known = {each.name: each for each in Tag.objects.filter(workspace=workspace, name__in=wanted)}
    for name in wanted:
        if name not in known:
            known[name], _ = Tag.objects.get_or_create(workspace=workspace, name=name)
    return [known[name] for name in wanted]


def tags_in_use(workspace: Workspace) -> list[tuple[str, int]]:
    """Tags with the number of creators that have them, by name."""
    rows = Tag.objects.filter(workspace=workspace).annotate(count=Count("creators"))
    return [(row.name, row.count) for row in rows if row.count]


def countries(workspace: Workspace) -> list[str]:
    """Countries that creators of the directory are in."""
    found = Creator.objects.filter(workspace=workspace).exclude(country="")
    return list(found.order_by("country").values_list("country", flat=True).distinct())


@transaction.atomic
def change(actor: Actor, creator: Creator, facts: Facts, *, at: datetime) -> Creator:
    """Write what a person typed about a creator; before and after go into the audit trail."""
    actor.require(Action.MANAGE_CREATORS)
    _check(facts)
    creator = _lock(actor.workspace, creator)
    tags_before = sorted(creator.tags.values_list("name", flat=True))
    fields = ("display_name", "email", "language", "country", "is_own")
    before = {name: getattr(creator, name) for name in fields} | {"tags": tags_before}
    after = {name: getattr(facts, name) for name in fields} | {"tags": sorted(set(facts.tags))}
    if before == after:
        return creator
    changed = [name for name in after if after[name] != before[name]]
    for name in fields:
        setattr(creator, name, getattr(facts, name))
    creator.save(update_fields=[name for name in fields if name in changed])
    creator.tags.set(tags_named(actor.workspace, facts.tags))
    record(
        actor, "changed creator", f"@{creator.handle}", at=at,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )  # fmt: skip
    return creator


@transaction.atomic
def tag(
    actor: Actor,
    creator: Creator,
    *,
    add: Iterable[str] = (),
    remove: Iterable[str] = (),
    at: datetime,
) -> tuple[list[str], list[str]]:
    """Give a creator some tags and take others away. Returns the tags that are new, and those that went."""
    actor.require(Action.MANAGE_CREATORS)
    creator = _lock(actor.workspace, creator)
    before = set(creator.tags.values_list("name", flat=True))
    after = (before | set(add)) - set(remove)
    _check_tags(after)
    if after != before:
        creator.tags.set(tags_named(actor.workspace, sorted(after)))
        record(
            actor, "changed creator", f"@{creator.handle}", at=at,
            before={"tags": sorted(before)}, after={"tags": sorted(after)},
        )  # fmt: skip
    return sorted(after - before), sorted(before - after)


def _lock(workspace: Workspace, creator: Creator) -> Creator:
    """The creator as they stand now, held until the transaction ends. Raises NotFoundError."""
    rows = Creator.objects.select_for_update(of=("self",), no_key=True).select_related("workspace")
    found = rows.filter(workspace=workspace, pk=creator.pk).first()
    if found is None:
        raise NotFoundError("This creator was not found.", next_step="Open Creators to see all.")
    return found


def _check(facts: Facts) -> None:
    if facts.language and facts.language not in dict(LANGUAGES):
        raise InvalidInputError(
            f"{facts.language!r} is not a supported language.",
            next_step="Choose a language from the list.",
            field="language",
        )
    if facts.country and not rules.COUNTRY.fullmatch(facts.country):
        raise InvalidInputError(
            f"{facts.country!r} is not a country.",
            next_step="Use the two-letter code, like US.",
            field="country",
        )
    _check_tags(facts.tags)
    if facts.email:
        check_email(facts.email)


def _check_tags(tags: Collection[str]) -> None:
    if len(tags) > MOST_TAGS:
        raise InvalidInputError(
            f"A creator can have at most {MOST_TAGS} tags.",
            next_step="Remove some tags.",
            field="tags",
        )


# --- Notes -------------------------------------------------------------------------------------------------------


def write_note(actor: Actor, creator: Creator, text: str, *, at: datetime) -> CreatorNote:
    """Keep a note of the team's about a creator."""
    actor.require(Action.WRITE_NOTES)
    cleaned = text.strip()
    if not cleaned or len(cleaned) > MOST_NOTE:
        raise InvalidInputError(
            "The note is empty."
            if not cleaned
            else f"The note is longer than {MOST_NOTE:,} characters.",
            next_step="Write a short note.",
            field="text",
        )
    with transaction.atomic():
        record(actor, "wrote note", f"@{creator.handle}", at=at)
        return CreatorNote.objects.create(
            creator=creator, text=cleaned, author=actor.user, author_label=actor.label, at=at
        )


@transaction.atomic
def delete_note(actor: Actor, creator: Creator, pk: int, *, at: datetime) -> None:
    """Take a note away: one's own, or any for those who manage creators."""
    actor.require(Action.WRITE_NOTES)
    note = CreatorNote.objects.filter(creator=creator, pk=pk).first()
    if note is None:
        raise NotFoundError("This note was not found.", next_step="Open the creator again.")
    if note.author_id != (actor.user.pk if actor.user else None):
        actor.require(Action.MANAGE_CREATORS)
    note.delete()
    record(actor, "deleted note", f"@{creator.handle}", at=at)


def notes_of(creator: Creator) -> QuerySet[CreatorNote]:
    return creator.notes.select_related("author")


# --- Handles -----------------------------------------------------------------------------------------------------


@transaction.atomic
def rename(actor: Actor, creator: Creator, new: str, *, at: datetime) -> Creator:
    """A creator has another handle now. The former one still finds them."""
    actor.require(Action.MANAGE_CREATORS)
    try:
        handle = rules.clean_handle(new)
    except ValueError as error:
        raise InvalidInputError(f"{error}.", field="handle") from None
    if handle == creator.handle:
        return creator
    if Creator.objects.filter(workspace=actor.workspace, handle=handle).exists():
        raise _is_taken(handle)
    if not _rename(actor, creator, handle, at=at, source="hand"):
        raise ConflictError(
            "The creator was renamed meanwhile.", next_step="Reload the page to see the handle."
        )
    return creator


def _is_taken(handle: str) -> ConflictError:
    return ConflictError(
        f"@{handle} is already in the directory.",
        next_step="If they are the same person, merge them.",
        field="handle",
    )


@transaction.atomic
def note_handle_seen(creator: Creator, told: str, *, at: datetime) -> Creator:
    """TikTok shows a creator's post under another handle: they were renamed.

    Where somebody of the directory has that handle, nothing is changed and people are asked to merge the two.
    returns : the creator, under the handle they have now
    """
    try:
        handle = rules.clean_handle(told)
    except ValueError:
        return creator
    is_former = creator.handle_changes.filter(old=handle).exists()
    if handle == creator.handle or rules.stands_for_id(handle) or is_former:
        return creator  # a look that is behind must not turn a rename around
    workspace = creator.workspace
    other = Creator.objects.filter(workspace=workspace, handle=handle).first()
    if other is None:
        with suppress(
            ConflictError
        ):  # taken or changed at this moment: the next look tells what to do
            _rename(system_actor(workspace), creator, handle, at=at, source="tiktok")
        return creator
    notices.notify(
        workspace,
        key=f"creator-{creator.pk}-is-{other.pk}",
        roles=[CREATOR_MANAGER],
        title=f"@{creator.handle} and @{other.handle} may be the same creator: "
        "TikTok shows a post of the first under the second",
        next_step=f"Compare both; merge @{creator.handle} into @{other.handle} if they are the same.",
        path=f"creators/@{creator.handle}/",
        at=at,
        urgency=4,
    )
    return creator


def _rename(actor: Actor, creator: Creator, new: str, *, at: datetime, source: str) -> bool:
    """Give the creator another handle, while they have the one that was read; whether they had."""
    old = creator.handle
    try:
        with transaction.atomic():
            if not Creator.objects.filter(pk=creator.pk, handle=old).update(handle=new):
                return False
    except IntegrityError:
        raise _is_taken(new) from None
    creator.handle = new
    HandleChange.objects.create(
        workspace=creator.workspace, creator=creator, old=old, new=new, at=at, source=source
    )
    record(
        actor, "renamed creator", f"@{new}", at=at, reason=source,
        before={"handle": old}, after={"handle": new},
    )  # fmt: skip
    return True


# --- Two that are one --------------------------------------------------------------------------------------------


_before_merges: list[Callable[..., object]] = []


def before_merge(act: Callable[..., object]) -> None:
    """Have `act(actor, creator, at=…)` done before an entry is dissolved into another. Its way in lies to the right."""
    _before_merges.append(act)


@transaction.atomic
def merge(actor: Actor, creator: Creator, into: Creator, *, reason: str, at: datetime) -> Creator:
    """Two entries are one creator: everything of `creator` moves to `into`, and its handle becomes a former one.

    What both say is kept as `into` says it. Whoever was let into the portal for the dissolved entry is out: a link
    was sent to that one's address, and must not open the agreements and payments of the other. An entry with a TikTok
    connection of its own is never dissolved into another connected one: whose tokens they are is for the creator to
    say.
    raises : ConflictError when both hold something that can be there only once, NotFoundError where one of them was
        merged meanwhile
    """
    actor.require(Action.MANAGE_CREATORS)
    is_here = {creator.workspace_id, into.workspace_id} == {actor.workspace.pk}
    if creator.pk == into.pk or not is_here:
        raise InvalidInputError(
            "Choose two different creators of this workspace.",
            next_step="Choose another creator.",
            field="into",
        )
    if not reason.strip():
        raise InvalidInputError(
            "A merge needs a reason.",
            next_step="Say why they are the same creator.",
            field="reason",
        )
    creator, into = _lock_both(creator, into)
    if hasattr(creator, "grant") and hasattr(into, "grant"):
        raise ConflictError(
            f"@{creator.handle} and @{into.handle} are both connected to TikTok.",
            next_step="Ask the creator to disconnect one of the accounts first.",
        )
    for act in _before_merges:
        act(actor, creator, at=at)
    # Both were computed apart; the next run sees one.
    CreatorScore.objects.filter(creator__in=[creator, into]).delete()
    moved = _move_rows(creator, into)
    given = ("display_name", "email", "language", "country", "followers")
    for name in given:
        if not getattr(into, name):
            setattr(into, name, getattr(creator, name))
    # Who said no once has said no, whichever entry it was.
    once = ("opted_out_at", "replied_at", "sold_at")
    for name in once:
        setattr(into, name, getattr(into, name) or getattr(creator, name))
    into.save(update_fields=[*given, *once])
    into.tags.add(*creator.tags.all())
    old = creator.handle
    creator.delete()
    HandleChange.objects.create(
        workspace=actor.workspace, creator=into, old=old, new=into.handle, at=at, source="merge"
    )
    record(
        actor, "merged creators", f"@{into.handle}", at=at, reason=reason.strip(),
        before={"handle": old}, after={"handle": into.handle, "moved": moved},
    )  # fmt: skip
    return into


def _lock_both(creator: Creator, into: Creator) -> tuple[Creator, Creator]:
    """Both as they stand now. Nobody else writes a row that names either until the transaction ends.

    With the key, or a row that came in between would be deleted with the entry that it names.
    """
    rows = Creator.objects.select_for_update(of=("self",), no_key=False)
    both = rows.select_related("workspace").filter(pk__in=[creator.pk, into.pk]).order_by("pk")
    found = {each.pk: each for each in both}
    if len(found) < 2:
        raise NotFoundError(
            "One of them was merged or deleted meanwhile.", next_step="Open Creators to see all."
        )
    return found[creator.pk], found[into.pk]


def _move_rows(creator: Creator, into: Creator) -> dict[str, int]:
    """Give every row of any area that names `creator` to `into`; how many of each kind.

    Found through the tables' own relations, so that an area to the right need not be known here.
    raises : ConflictError when a row of the same kind is there already
    """
    moved: dict[str, int] = {}
    for relation in Creator._meta.get_fields(include_hidden=True):
        if not isinstance(relation, ManyToOneRel) or relation.related_model._meta.auto_created:
            continue  # not a table that names creators, or the one between creators and tags
        rows = relation.related_model._default_manager.filter(**{relation.field.name: creator})
        try:
            with transaction.atomic():
                count = rows.update(**{relation.field.name: into})
        except IntegrityError:
            raise ConflictError(
                f"Both have the same {relation.related_model._meta.verbose_name}.",
                next_step="Remove one of them first.",
            ) from None
        if count:
            moved[str(relation.related_model._meta.verbose_name_plural)] = count
    return moved
