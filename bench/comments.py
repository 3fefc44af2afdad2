"""How well the offline classifier sorts comments it never saw, how honest its confidence is, and how fast it is."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from bench.row import Case, Result
from kindling.comments.classify import model
from kindling.comments.classify.labels import CATEGORIES, LANGUAGES
from kindling.comments.classify.scoring import calibration_error, macro_f1
from kindling.comments.classify.text import masked
from tiktok_sandbox.world.comments.threads import comment_truth
from tiktok_sandbox.world.drawing.build import build_world
from tiktok_sandbox.world.families.files import read_family
from tiktok_sandbox.world.passing.hours import advance_to

LABELLED = Path(__file__).resolve().parents[1] / "scripts" / "data" / "comments.tsv"
LEAST_A_SECOND, MOST_ERROR = 2000, 0.05
WORLDS, DAYS = (11, 12, 13), 12
# The sandbox's own categories, and which of ours say the same.
SAME = {
    "purchase_question": {"buying_question", "price_shipping", "where_to_buy"},
    "purchase_proof": {"own_experience_positive"},
    "praise": {"praise_trust", "creator_directed"},
    "tag_friend": {"tag_friend"},
    "product_question": {"product_question", "safety_claim_concern"},
    "complaint": {"own_experience_negative", "order_support"},
    "scepticism": {"skepticism", "ad_disclosure_complaint", "dupe_mention", "competitor_mention"},
    "spam": {"spam_scam"},
    "hate": {"abuse_hate"},
    "off_topic": {"off_topic", "meme_ambiguous"},
}
OF_OURS = {ours: theirs for theirs, names in SAME.items() for ours in names}


def _labelled(split: str) -> tuple[list[str], list[str]]:
    rows = [line.split("\t") for line in LABELLED.read_text().splitlines()[1:]]
    chosen = [(text, label) for _, label, kind, text in rows if kind == split]
    texts = [text.replace("{p}", "Velda Mug").replace("{c}", "okanda") for text, _ in chosen]
    return texts, [label for _, label in chosen]


def _sandbox() -> list[tuple[str, str, str]]:
    """Text, category and language of comments in a few worlds, as their truth has them."""
    found: list[tuple[str, str, str]] = []
    for seed in WORLDS:
        world = build_world(family=read_family("demo"), seed=seed)
        advance_to(world, world.now + timedelta(days=DAYS))
        for item_id in world.state.posts:
            truth: Any = comment_truth(world, item_id)["comments"]
            rows = ((each["text"], each["category"], each["language"]) for each in truth)
            found += [row for row in rows if row[1] in SAME]
    return found


def run(pairs: int) -> Result:
    """The row; `pairs` runs are timed."""
    texts, labels = _labelled("test")
    wanted = np.array([CATEGORIES.index(label) for label in labels])
    trained = model.load()
    logits, _ = model.scores([masked(each) for each in texts], trained)
    shares = model.softmax(logits / trained.temperature)
    ours, error = macro_f1(wanted, shares.argmax(axis=1)), calibration_error(shares, wanted)
    plain = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(C=30, max_iter=500)
    )
    plain.fit(*_labelled("train"))
    said = plain.predict_proba(texts)[:, [list(plain.classes_).index(each) for each in CATEGORIES]]
    theirs, their_error = macro_f1(wanted, said.argmax(axis=1)), calibration_error(said, wanted)
    speeds = []
    for _ in range(pairs):
        started = time.thread_time()
        model.judge(texts * 5)
        speeds.append(5 * len(texts) / (time.thread_time() - started))
    speed = statistics.median(speeds)
    return Result(
        name="comments",
        against="word pairs and logistic regression on the same 1,086 comments; targets",
        cases=[
            Case("macro-F1, 20 categories, 600 held out", f"{ours:.3f}", f"{theirs:.3f}", ours / theirs, 1.0),
            Case(
                "expected calibration error, the same (theirs over ours)", f"{error:.3f}",
                f"{their_error:.3f}; at most {MOST_ERROR}", MOST_ERROR / error, 1.0,
            ),
            Case("comments a second on one core", f"{speed:,.0f}", f"{LEAST_A_SECOND:,}", speed / LEAST_A_SECOND, 1.0),
        ],
        notes=_on_the_sandbox(),
    )  # fmt: skip


def _on_the_sandbox() -> list[str]:
    rows = _sandbox()
    known = [row for row in rows if row[2] in LANGUAGES]
    found = model.judge([text for text, _, _ in known])
    right = [
        OF_OURS.get(each.label, "") == category
        for each, (_, category, _) in zip(found, known, strict=True)
    ]
    sure = [ok for ok, each in zip(right, found, strict=True) if each.confidence >= 0.7]
    stated = float(np.mean([each.confidence for each in found]))
    names = sorted(SAME)
    category_wanted = np.array([names.index(category) for _, category, _ in known])
    category_found = np.array(
        [names.index(OF_OURS[e.label]) if e.label in OF_OURS else -1 for e in found]
    )
    by_language = Counter(language for _, _, language in known)
    told = ", ".join(
        f"{language} {np.mean([ok for ok, row in zip(right, known, strict=True) if row[2] == language]):.2f}"
        for language in sorted(by_language)
    )
    return [
        f"Comments of {len(WORLDS)} sandbox worlds in the six languages ({len(known):,} of {len(rows):,}; texts of "
        f"grammars that no training looked at; its ten categories): right {np.mean(right):.2f}, macro-F1 "
        f"{macro_f1(category_wanted, category_found):.2f}; of confidence ≥ 0.7 ({len(sure) / len(known):.0%}) "
        f"{np.mean(sure):.2f}. Mean confidence {stated:.2f}. By language: {told}.",
    ]
