"""Use cases of terms kept as templates: saved, chosen for a new agreement, made the workspace's default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction

from kindling.agreements.contract import terms as texts
from kindling.agreements.contract.fields import OF_ONE_DEAL
from kindling.agreements.contract.terms import StartTrigger, Terms, TermsError
from kindling.agreements.models import TermsTemplate
from kindling.agreements.saved_terms.shipped import SHIPPED, in_currency
from kindling.errors import ConflictError, InvalidInputError, NotFoundError
from kindling.kit.text import template_name
from kindling.workspaces.models import Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record

MOST_TEMPLATES = 100
_BLANK = Terms()


@dataclass(frozen=True, slots=True)
class StartingPoint:
    """What a new agreement can start from. `template`: the workspace's own row; None for one of ours."""

    name: str
    about: str
    terms: Terms
    template: TermsTemplate | None = None

    @property
    def is_default(self) -> bool:
        return self.template is not None and self.template.is_default


def starting_points(workspace: Workspace) -> list[StartingPoint]:
    """The workspace's templates by name, then ours; one of ours gives way to an own one of the same name."""
    own = list(TermsTemplate.objects.filter(workspace=workspace))
    taken = {each.name for each in own}
    return [
        *(as_starting_point(each) for each in own),
        *(
            StartingPoint(each.name, each.about, in_currency(each.terms, workspace.currency))
            for each in SHIPPED
            if each.name not in taken
        ),
    ]


def as_starting_point(template: TermsTemplate) -> StartingPoint:
    return StartingPoint(template.name, "", template.content, template)


def starting_terms(workspace: Workspace, name: str = "") -> Terms:
    """The terms a new agreement starts with: those of the template called `name`, else the workspace's defaults.

    Without a default template these are Kindling's usual values. Raises NotFoundError for an unknown name.
    """
    if name:
        for each in starting_points(workspace):
            if each.name == name:
                return each.terms
        raise NotFoundError(
            f"There is no agreement template “{name}”.",
            next_step="Use one of those under Agreements, New agreement, Templates.",
        )
    default = TermsTemplate.objects.filter(workspace=workspace, is_default=True).first()
    return default.content if default else Terms(currency=workspace.currency)


def find_template(workspace: Workspace, pk: int) -> TermsTemplate:
    found = TermsTemplate.objects.filter(workspace=workspace, pk=pk).first()
    if found is None:
        raise NotFoundError(
            "This template was not found.", next_step="Open the templates of agreements to see all."
        )
    return found


def for_any_deal(terms: Terms) -> Terms:
    """Terms without what belongs to one deal: its posts and its dates."""
    return replace(terms, **{name: getattr(_BLANK, name) for name in OF_ONE_DEAL})


@transaction.atomic
def save_template(
    actor: Actor,
    *,
    name: str,
    terms: Terms,
    is_default: bool = False,
    template: TermsTemplate | None = None,
    at: datetime,
) -> TermsTemplate:
    """Keep terms under a name, without the posts and dates of one deal.

    raises : InvalidInputError for no name or terms that cannot stand, ConflictError for a name that is taken
    """
    actor.require(Action.MANAGE_AGREEMENTS)
    _lock(actor.workspace)
    mine = TermsTemplate.objects.filter(workspace=actor.workspace)
    name = template_name(name)
    others = mine.exclude(pk=template.pk) if template else mine
    if others.filter(name=name).exists():
        raise ConflictError(
            f"There is already a template “{name}”.",
            next_step="Choose another name, or change that template.",
            field="name",
        )
    if template is None and mine.count() >= MOST_TEMPLATES:
        raise ConflictError(
            f"There are {MOST_TEMPLATES} templates.", next_step="Delete one that is not used."
        )
    kept = for_any_deal(terms)
    _check(kept)
    if is_default:
        others.filter(is_default=True).update(is_default=False)
    told = {
        "name": name, "terms": texts.to_json(kept), "is_default": is_default, "changed_at": at,
        "changed_by": actor.user,
    }  # fmt: skip
    if template is None:
        template = TermsTemplate.objects.create(workspace=actor.workspace, **told)
    else:
        mine.filter(pk=template.pk).update(**told)  # one person's: who saves last wins
        template.refresh_from_db()
    facts = {"is_default": is_default, "terms_hash": texts.terms_hash(kept)}
    record(actor, "saved agreement template", name, at=at, after=facts)
    return template


def _lock(workspace: Workspace) -> None:
    """Hold the workspace, so that two people who choose a name or a default at once leave one."""
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)


def _check(terms: Terms) -> None:
    """Raise InvalidInputError for terms that could stand in no deal: dates and fees are still to come."""
    is_by_date = terms.start_trigger is StartTrigger.DATE
    filled = replace(
        terms,
        term_days=1 if terms.term_days is None else terms.term_days,
        start_on=date(2000, 1, 1) if is_by_date else None,
        content_fee_minor=terms.content_fee_minor or int(terms.code_after_payment),
    )
    try:
        texts.check(filled)
    except TermsError as error:
        raise InvalidInputError(
            next(iter(error.problems.values())), next_step="Correct the terms.", **error.problems
        ) from None


@transaction.atomic
def set_default(
    actor: Actor, template: TermsTemplate, *, is_default: bool, at: datetime
) -> TermsTemplate:
    """Let new agreements start from this template, or from Kindling's usual values again."""
    actor.require(Action.MANAGE_AGREEMENTS)
    _lock(actor.workspace)
    mine = TermsTemplate.objects.filter(workspace=actor.workspace)
    mine.filter(is_default=True).exclude(pk=template.pk).update(is_default=False)
    mine.filter(pk=template.pk).update(is_default=is_default)
    template.is_default = is_default
    facts = {"is_default": is_default}
    record(actor, "set default agreement template", template.name, at=at, after=facts)
    return template


@transaction.atomic
def delete_template(actor: Actor, template: TermsTemplate, *, at: datetime) -> None:
    """Remove a template. Agreements that started from it keep their terms."""
    actor.require(Action.MANAGE_AGREEMENTS)
    TermsTemplate.objects.filter(workspace=actor.workspace, pk=template.pk).delete()
    record(actor, "deleted agreement template", template.name, at=at)


# A term and the one that stands in its place: at most one of the two is agreed.
_INSTEAD = {"term_days": "end_on", "hold_days": "hold_until"}
_INSTEAD |= {instead: name for name, instead in _INSTEAD.items()}


def with_terms(start: Terms, given: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON of `start` with given terms in place of its own, to be read by `terms.from_json`.

    Where a last day is given, the days that `start` holds fall away, and the other way round.
    """
    replaced = {
        instead: None
        for name, instead in _INSTEAD.items()
        if given.get(name) is not None and instead not in given
    }
    return {**texts.to_json(start), **replaced, **given}
