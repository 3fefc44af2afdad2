"""What a workspace's corrected labels teach the classifier: weights of its own, used only where they are better."""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from kindling.comments import rules
from kindling.comments.classify import model
from kindling.comments.classify.labels import CATEGORIES, Category
from kindling.comments.classify.model import Judgement
from kindling.comments.classify.model import Tuning as Weights
from kindling.comments.classify.text import masked, product_pattern
from kindling.comments.models import Comment, Tuning
from kindling.jobs import outbox
from kindling.jobs.registry import JobRequest
from kindling.products.models import Product
from kindling.workspaces.models import Workspace

log = logging.getLogger(__name__)
LEARN_TASK = "comments.learn"
LEAST_CORRECTIONS = 20
MOST_CORRECTIONS = 2000  # the newest
FOLDS, ROUNDS, STEP, PENALTY = 5, 60, 20.0, 0.001
KNOWN = 3.0  # how much less a column moves that the delivered model knows
ROWS_AT_ONCE = 500


def judge(workspace: Workspace, texts: Sequence[str]) -> list[Judgement]:
    """Judge comments with what this workspace has taught; names of its products decide nothing."""
    if not texts:
        return []
    return model.judge(texts, products=_names(workspace), tuning=_used(workspace))


def _names(workspace: Workspace) -> list[str]:
    rows = Product.objects.filter(workspace=workspace).values_list("sku", "title")
    return [name for row in rows for name in row if name]


def _used(workspace: Workspace) -> Weights | None:
    row = Tuning.objects.filter(workspace=workspace, is_used=True).first()
    return _unpacked(bytes(row.weights)) if row is not None else None


def ask(workspace: Workspace, *, at: datetime) -> None:
    """Learn from the corrections in the background, at most once in ten minutes."""
    key = f"learn-comments-{workspace.pk}-{int(at.timestamp() // 600)}"
    outbox.ask(
        JobRequest(
            LEARN_TASK, key, {"workspace": workspace.pk}, lane=f"learn-comments-{workspace.pk}"
        )
    )


def learn(workspace: Workspace, *, at: datetime) -> Tuning | None:
    """Train on the labels that people set. Returns what was learned; None while there are too few.

    The weights are used where corrections that they were not trained on become likelier by them than by the model as
    delivered; then comments that nobody labelled are judged anew.
    """
    rows = Comment.objects.filter(workspace=workspace, is_ours=False).exclude(label_by_person="")
    told = list(rows.order_by("-pk").values_list("text", "label_by_person")[:MOST_CORRECTIONS])
    if len(told) < LEAST_CORRECTIONS:
        return None
    pattern = product_pattern(_names(workspace))
    texts = [masked(text, pattern) for text, _ in told]
    wanted = np.array([CATEGORIES.index(Category(label)) for _, label in told])
    before, after = _losses(texts, wanted)
    weights = _trained(texts, wanted)
    with transaction.atomic():
        Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
        learned, _ = Tuning.objects.update_or_create(
            workspace=workspace,
            defaults={
                "weights": _packed(weights),
                "corrections": len(told),
                "loss_before": before,
                "loss_after": after,
                "is_used": after < before,
                "trained_at": at,
            },
        )
    _judge_anew(workspace)
    return learned


def _losses(texts: list[str], wanted: NDArray[Any]) -> tuple[float, float]:
    """Mean log loss over the corrections: of the model as delivered, and tuned on the other folds."""
    delivered = model.load()
    logits, _ = model.scores(texts, delivered)
    before = _loss(model.softmax(logits / delivered.temperature), wanted)
    found = np.zeros((len(texts), len(CATEGORIES)), dtype=np.float32)
    folds = np.arange(len(texts)) % FOLDS
    for fold in range(FOLDS):
        kept, left = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        tuned = _trained([texts[row] for row in kept], wanted[kept])
        scored, _ = model.scores([texts[row] for row in left], delivered, tuned)
        found[left] = model.softmax(scored / tuned.temperature)
    return before, _loss(found, wanted)


def _loss(shares: NDArray[Any], wanted: NDArray[Any]) -> float:
    return -float(np.log(shares[np.arange(len(wanted)), wanted] + 1e-9).mean())


def _trained(texts: list[str], wanted: NDArray[Any]) -> Weights:
    """Weights on top of the delivered ones, by gradient steps that a penalty keeps small.

    A column that the delivered model knows much of moves little: a few corrections of one kind must not turn every
    other comment into it. For the same reason no label becomes likelier as such.
    """
    from kindling.comments.classify.features import rows_of

    delivered = model.load()
    rows = rows_of(texts)
    columns = np.unique(rows.indices).astype(np.int64)
    known = np.linalg.norm(delivered.weights[columns, : len(CATEGORIES)], axis=1)
    freedom = (1 / (1 + KNOWN * known)).astype(np.float32)
    seen = rows[:, columns].multiply(freedom).tocsr()
    base, _ = model.scores(texts, delivered)
    base = base / delivered.temperature
    target = np.eye(len(CATEGORIES), dtype=np.float32)[wanted]
    weights = np.zeros((len(columns), len(CATEGORIES)), dtype=np.float32)
    for _ in range(ROUNDS):
        error = model.softmax(base + seen @ weights) - target
        weights -= STEP * (seen.T @ error / len(texts) + PENALTY * weights)
    # Scores are divided by the temperature again when a comment is judged.
    scale = np.float32(delivered.temperature)
    bias = np.zeros(len(CATEGORIES), dtype=np.float32)
    return Weights(columns, weights * freedom[:, None] * scale, bias, delivered.temperature)


def _judge_anew(workspace: Workspace) -> None:
    """Judge comments again that nobody labelled; what was answered or hidden stays so."""
    rows = Comment.objects.filter(workspace=workspace, is_ours=False, label_by_person="")
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    for first in range(0, len(keys), ROWS_AT_ONCE):
        chosen = rows.filter(pk__in=keys[first : first + ROWS_AT_ONCE])
        some = list(chosen.only("pk", "text", "written_at", "is_hidden"))
        judged = judge(workspace, [row.text for row in some])
        for row, found in zip(some, judged, strict=True):
            category = rules.category_of(found.label, found.confidence, "")
            waits = not row.is_hidden and rules.wants_answer(category, asks="?" in row.text)
            due = rules.due_at(category, row.written_at, hours=workspace.comment_hours)
            rows.filter(pk=row.pk).update(
                label=found.label,
                confidence=found.confidence,
                language=found.language,
                category=category,
                due_at=due if waits else None,
            )


def _packed(weights: Weights) -> bytes:
    out = io.BytesIO()
    np.savez_compressed(
        out,
        columns=weights.columns.astype(np.int32),
        weights=weights.weights.astype(np.float16),
        bias=weights.bias.astype(np.float32),
        temperature=np.float32(weights.temperature),
    )
    return out.getvalue()


def _unpacked(data: bytes) -> Weights:
    with np.load(io.BytesIO(data)) as held:
        return Weights(
            held["columns"].astype(np.int64),
            held["weights"].astype(np.float32),
            held["bias"].astype(np.float32),
            float(held["temperature"]),
        )
