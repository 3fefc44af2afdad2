"""Reply templates: those Kindling brings along, each replaceable by a workspace's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from kindling.comments import rules
from kindling.comments.classify.labels import LANGUAGES, Category
from kindling.comments.models import LANGUAGE_NAMES, Comment, ReplyTemplate
from kindling.comments.shipped import REPLIES
from kindling.errors import InvalidInputError, NotFoundError
from kindling.workspaces.models import Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, check_again, record

MOST = 500


@dataclass(frozen=True, slots=True)
class Template:
    """What is written to comments of a category in a language. `is_own`: the workspace changed it."""

    category: str
    language: str
    text: str
    is_own: bool

    @property
    def category_label(self) -> str:
        return rules.LABELS[Category(self.category)]

    @property
    def language_label(self) -> str:
        return dict(LANGUAGE_NAMES)[self.language]


def templates(workspace: Workspace) -> list[Template]:
    """Every template, by category and language."""
    own = {
        (row.category, row.language): row.text
        for row in ReplyTemplate.objects.filter(workspace=workspace)
    }
    return [
        Template(
            str(category),
            language,
            own.get((str(category), language), words[language]),
            (str(category), language) in own,
        )
        for category, words in REPLIES.items()
        for language in LANGUAGES
    ]


def find(workspace: Workspace, category: str, language: str) -> Template:
    """The template of a category and language. Raises NotFoundError."""
    for each in templates(workspace):
        if (each.category, each.language) == (category, language):
            return each
    raise NotFoundError(
        "There is no such reply template.", next_step="Open Reply templates to see all."
    )


def suggested(comment: Comment) -> str:
    """A reply to begin with, in the comment's language, English where it is not known; "" without a template."""
    category, language = comment.category, comment.language or "en"
    if not category or Category(category) not in REPLIES:
        return ""
    template = find(comment.workspace, category, language)
    return rules.filled(template.text, handle=comment.author, brand=comment.workspace.name)


def save(actor: Actor, category: str, language: str, text: str, *, at: datetime) -> Template:
    """Change a template; an empty text brings back the one Kindling came with."""
    actor.require(Action.ANSWER_COMMENTS)
    before, text = find(actor.workspace, category, language), text.strip()
    if len(text) > MOST:
        raise InvalidInputError(
            f"A template has at most {MOST} characters.", next_step="Shorten it.", field="text"
        )
    with transaction.atomic():
        actor = check_again(actor, Action.ANSWER_COMMENTS)
        if text:
            ReplyTemplate.objects.update_or_create(
                workspace=actor.workspace,
                category=category,
                language=language,
                defaults={"text": text, "changed_by": actor.user, "changed_at": at},
            )
        else:
            ReplyTemplate.objects.filter(
                workspace=actor.workspace, category=category, language=language
            ).delete()
        after = find(actor.workspace, category, language)
        if after.text != before.text:
            record(
                actor, "changed reply template", f"{before.category_label}, {before.language_label}", at=at,
                before={"text": before.text}, after={"text": after.text},
            )  # fmt: skip
    return after
