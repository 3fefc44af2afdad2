"""Briefs kept as templates: saved from a brief, changed, chosen for a new one."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from kindling.briefs.models import Brief, BriefTemplate
from kindling.briefs.rules import Content
from kindling.briefs.service import LISTS, PARTS, content_of
from kindling.errors import ConflictError, NotFoundError
from kindling.kit.text import template_name
from kindling.workspaces.models import Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record

MOST_TEMPLATES = 100


def templates(workspace: Workspace) -> QuerySet[BriefTemplate]:
    """The workspace's templates, by name."""
    return BriefTemplate.objects.filter(workspace=workspace)


def find_template(workspace: Workspace, pk: int) -> BriefTemplate:
    found = templates(workspace).filter(pk=pk).first()
    if found is None:
        raise NotFoundError(
            "This brief template was not found.", next_step="Open New brief to see all."
        )
    return found


def starting_content(workspace: Workspace, name: str = "") -> Content:
    """What a new brief starts with: the template called `name`, else the usual values. Raises NotFoundError."""
    if not name:
        return Content()
    found = templates(workspace).filter(name=name).first()
    if found is None:
        raise NotFoundError(
            f"There is no brief template “{name}”.", next_step="Open New brief to see all."
        )
    return content_in(found)


def content_in(template: BriefTemplate) -> Content:
    """The parts that a template holds; a part that is new since has its default."""
    told = {name: value for name, value in template.content.items() if name in PARTS}
    return Content(**{**told, **{name: tuple(told[name]) for name in LISTS if name in told}})


@transaction.atomic
def save_template(actor: Actor, brief: Brief, *, name: str, at: datetime) -> BriefTemplate:
    """Keep what a brief says under a name, without its title.

    raises : InvalidInputError for no name, ConflictError for one that is taken
    """
    actor.require(Action.MANAGE_BRIEFS)
    if brief.workspace_id != actor.workspace.pk:
        raise NotFoundError("This brief was not found.", next_step="Open Briefs to see all.")
    name = _free_name(actor.workspace, name)
    if templates(actor.workspace).count() >= MOST_TEMPLATES:
        raise ConflictError(
            f"There are {MOST_TEMPLATES} templates.", next_step="Delete one that is not used."
        )
    content = asdict(replace(content_of(brief), title=""))
    saved = BriefTemplate.objects.create(
        workspace=actor.workspace, name=name, content=content, changed_at=at, changed_by=actor.user
    )
    record(actor, "saved brief template", name, at=at)
    return saved


@transaction.atomic
def change_template(
    actor: Actor, template: BriefTemplate, *, name: str, content: Content, at: datetime
) -> BriefTemplate:
    """Change what new briefs start from; who saves last wins. Briefs that started from it stay as they are.

    raises : InvalidInputError for no name, ConflictError for one that is taken
    """
    actor.require(Action.MANAGE_BRIEFS)
    name = _free_name(actor.workspace, name, but=template.pk)
    told = {"name": name, "content": asdict(replace(content, title="")), "changed_at": at}
    templates(actor.workspace).filter(pk=template.pk).update(**told, changed_by=actor.user)
    record(actor, "changed brief template", name, at=at, after={"before": template.name})
    return find_template(actor.workspace, template.pk)


def _free_name(workspace: Workspace, name: str, *, but: int = 0) -> str:
    """The name as it is stored, with the workspace locked so that two people who choose one at once leave one."""
    name = template_name(name)
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
    if templates(workspace).filter(name=name).exclude(pk=but).exists():
        raise ConflictError(
            f"There is already a template “{name}”.",
            next_step="Choose another name, or delete that template.",
            field="name",
        )
    return name


@transaction.atomic
def delete_template(actor: Actor, template: BriefTemplate, *, at: datetime) -> None:
    """Remove a template. Briefs that started from it stay as they are."""
    actor.require(Action.MANAGE_BRIEFS)
    templates(actor.workspace).filter(pk=template.pk).delete()
    record(actor, "deleted brief template", template.name, at=at)
