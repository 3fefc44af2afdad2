#!/usr/bin/env python
"""Train the classifier of comments: scripts/data/comments.tsv in, src/kindling/comments/classify/weights.npz out.

    .venv/bin/python scripts/train_comments.py [--dry-run]

The rows marked `test` are never looked at here except to print how the model does on them. The strength of the
penalty and the temperature come from five folds of the rows marked `train`, in which a sentence and its translations
stay together.
Deterministic: the same file gives the same weights.
"""

from __future__ import annotations

import argparse
import random
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression

from kindling.comments.classify.features import rows_of
from kindling.comments.classify.labels import CATEGORIES, LANGUAGES
from kindling.comments.classify.model import FILE
from kindling.comments.classify.scoring import calibration_error, macro_f1
from kindling.comments.classify.text import PRODUCT, masked

DATA = Path(__file__).parent / "data" / "comments.tsv"
FOLDS = 5
STRENGTHS = (3.0, 10.0, 30.0, 100.0)
SMALL = 0.004  # weights below it are left out of the file
# What `{p}` and `{c}` stand for while training: a masked product, or a name nobody knows; all are invented.
THINGS = (PRODUCT, PRODUCT, "glimro", "the velda", "nuvik", "tarsel", "kombia", "it")
RIVALS = ("rovento", "melkra", "brand sural", "okanda", "philo", "denzia", "the tavik one", "ulmex")


@dataclass(frozen=True, slots=True)
class Row:
    language: str
    label: str
    is_test: bool
    text: str
    place: int  # of its sentence among those of its language and label: translations share it


def read(path: Path = DATA) -> list[Row]:
    """The labelled comments."""
    rows, counts = [], {}
    for line in path.read_text().splitlines()[1:]:
        language, label, split, text = line.split("\t")
        place = counts[language, label] = counts.get((language, label), -1) + 1
        rows.append(Row(language, label, split == "test", text, place))
    return rows


def filled(text: str, number: int) -> str:
    """The text with names in the places of its product and its competitor."""
    return text.replace("{p}", THINGS[number % len(THINGS)]).replace(
        "{c}", RIVALS[number % len(RIVALS)]
    )


def variants(row: Row, number: int) -> list[str]:
    """How a person may also have typed it: with other names, without marks, with a slip, with an emoji behind."""
    dice = random.Random(number)  # noqa: S311 - variety, not a secret
    first = masked(filled(row.text, number))
    bare = " ".join("".join(each for each in first if each.isalnum() or each == " ").split())
    slip = dice.randrange(max(1, len(first) - 1))
    found = [first, masked(filled(row.text, number + 3)), bare, first[:slip] + first[slip + 1 :]]
    return [each for each in found if each]


def fit(rows: list[Row], strength: float) -> tuple[np.ndarray, np.ndarray]:
    """Weights and bias of the categories, then of the languages."""
    texts, labels, tongues = [], [], []
    for number, row in enumerate(rows):
        for text in variants(row, number):
            texts.append(text)
            labels.append(CATEGORIES.index(row.label))
            tongues.append(LANGUAGES.index(row.language))
    features = rows_of(texts)
    fitted = [
        LogisticRegression(C=c, max_iter=400, tol=1e-3).fit(features, wanted)
        for wanted, c in ((labels, strength), (tongues, 30.0))
    ]
    weights = np.hstack([each.coef_.T for each in fitted])
    return weights, np.concatenate([each.intercept_ for each in fitted])


def logits(rows: list[Row], weights: np.ndarray, bias: np.ndarray) -> np.ndarray:
    features = rows_of([masked(filled(row.text, 0)) for row in rows])
    return features @ weights[:, : len(CATEGORIES)] + bias[: len(CATEGORIES)]


def shares(scores: np.ndarray, temperature: float) -> np.ndarray:
    raised = np.exp((scores - scores.max(axis=1, keepdims=True)) / temperature)
    return raised / raised.sum(axis=1, keepdims=True)


def best_temperature(scores: np.ndarray, wanted: np.ndarray) -> float:
    """The temperature under which the wanted labels are likeliest."""

    def loss(log_temperature: float) -> float:
        found = shares(scores, float(np.exp(log_temperature)))
        return -float(np.log(found[np.arange(len(wanted)), wanted] + 1e-12).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-3, 2), method="bounded").x))


def wanted_of(rows: list[Row]) -> np.ndarray:
    return np.array([CATEGORIES.index(row.label) for row in rows])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="print the figures, write nothing")
    asked = parser.parse_args()
    rows = read()
    train, test = [r for r in rows if not r.is_test], [r for r in rows if r.is_test]
    wanted = wanted_of(train)
    tried = {}
    for strength in STRENGTHS:
        scores = np.zeros((len(train), len(CATEGORIES)))
        for fold in range(FOLDS):
            is_out = np.array([row.place % FOLDS == fold for row in train])
            kept = [row for row, out in zip(train, is_out, strict=True) if not out]
            left = [row for row, out in zip(train, is_out, strict=True) if out]
            scores[is_out] = logits(left, *fit(kept, strength))
        temperature = best_temperature(scores, wanted)
        tried[strength] = (macro_f1(wanted, scores.argmax(axis=1)), temperature)
        print(
            f"penalty {strength:g}: macro-F1 {tried[strength][0]:.3f} in folds, T {temperature:.2f}"
        )
    strength = max(tried, key=lambda each: tried[each][0])
    temperature = tried[strength][1]
    weights, bias = fit(train, strength)
    weights[np.abs(weights) < SMALL] = 0
    weights = weights.astype(np.float16)
    found = shares(logits(test, weights.astype(np.float32), bias), temperature)
    wanted = wanted_of(test)
    print(f"chosen: penalty {strength:g}, temperature {temperature:.3f}")
    print(
        f"held out, {len(test)} comments: macro-F1 {macro_f1(wanted, found.argmax(axis=1)):.3f}, "
        f"accuracy {(found.argmax(axis=1) == wanted).mean():.3f}, "
        f"ECE {calibration_error(found, wanted):.3f}"
    )
    if not asked.dry_run:
        np.savez_compressed(
            FILE, weights=weights, bias=bias.astype(np.float32), temperature=np.float32(temperature)
        )
        print(f"{FILE.name}: {FILE.stat().st_size / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
