"""The trained model: a file of weights beside this module, read once, asked by the thousand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kindling.comments.classify.labels import CATEGORIES, LANGUAGES, Category
from kindling.comments.classify.text import is_foreign, masked, product_pattern

FILE = Path(__file__).parent / "weights.npz"
AT_ONCE = 512  # texts whose features are held at a time
LANGUAGE_FROM = 0.5  # below this confidence no language is named

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a comment seems to be about.

    confidence : how often such a judgement is right, 0 to 1 (calibrated on comments the model never saw)
    language : one of LANGUAGES, "" where none is likely
    """

    label: Category
    confidence: float
    language: str


# Of a comment in a script that no training comment is written in, or of nothing at all, the model knows nothing.
UNKNOWN = Judgement(Category.MEME_AMBIGUOUS, 0.0, "")


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """weights : (COLUMNS, categories + languages), bias : one a column, temperature : of the categories"""

    weights: FloatArray
    bias: FloatArray
    temperature: float


@dataclass(frozen=True, slots=True, eq=False)
class Tuning:
    """What a workspace's corrected labels change: more weight for some columns, shape (columns, categories)."""

    columns: NDArray[np.int64]
    weights: FloatArray
    bias: FloatArray
    temperature: float


@cache
def load() -> Model:
    """The model that is delivered with Kindling."""
    with np.load(FILE) as held:
        return Model(
            weights=held["weights"].astype(np.float32),
            bias=held["bias"].astype(np.float32),
            temperature=float(held["temperature"]),
        )


def judge(
    texts: Sequence[str],
    *,
    products: Iterable[str] | re.Pattern[str] | None = (),
    tuning: Tuning | None = None,
) -> list[Judgement]:
    """Judge comments. `products`: names that are masked before anything is looked at."""
    pattern = products if isinstance(products, re.Pattern | None) else product_pattern(products)
    found: list[Judgement] = []
    for first in range(0, len(texts), AT_ONCE):
        some = [masked(text, pattern) for text in texts[first : first + AT_ONCE]]
        found += _judged(some, tuning)
    return found


def _judged(texts: Sequence[str], tuning: Tuning | None) -> list[Judgement]:
    model = load()
    logits, tongues = scores(texts, model, tuning)
    temperature = tuning.temperature if tuning is not None else model.temperature
    labels, spoken = softmax(logits / temperature), softmax(tongues)
    best, language = labels.argmax(axis=1), spoken.argmax(axis=1)
    found = []
    for row, text in enumerate(texts):
        if not text or is_foreign(text):
            found.append(UNKNOWN)
            continue
        is_spoken = any(map(str.isalpha, text)) and spoken[row, language[row]] >= LANGUAGE_FROM
        tongue = LANGUAGES[language[row]] if is_spoken else ""
        found.append(Judgement(CATEGORIES[best[row]], float(labels[row, best[row]]), tongue))
    return found


def scores(
    texts: Sequence[str], model: Model, tuning: Tuning | None = None
) -> tuple[FloatArray, FloatArray]:
    """Unscaled scores of masked texts: (texts, categories) and (texts, languages)."""
    from kindling.comments.classify.features import rows_of  # SciPy takes its time

    rows = rows_of(texts)
    found = rows @ model.weights + model.bias
    logits, tongues = found[:, : len(CATEGORIES)], found[:, len(CATEGORIES) :]
    if tuning is not None and len(tuning.columns):
        logits = logits + rows[:, tuning.columns] @ tuning.weights + tuning.bias
    return logits, tongues


def softmax(logits: FloatArray) -> FloatArray:
    """Shares of each row, which add up to 1."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: FloatArray = raised / raised.sum(axis=1, keepdims=True)
    return shares
