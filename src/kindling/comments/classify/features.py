"""Masked texts as rows of numbers: hashed pieces of words, hashed words, and concepts."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from kindling.comments.classify.concepts import NAMES, concepts_of
from kindling.comments.classify.text import words

PIECES, WORDS = 1 << 15, 1 << 14  # buckets of pieces and of words
SIZES = (2, 3, 4, 5)  # of pieces, in characters
COLUMNS = PIECES + WORDS + len(NAMES)
SHARES = (1.0, 0.8, 1.2)  # of pieces, words and concepts in the length of a row
FACTOR, SPREAD = np.uint32(0x01000193), np.uint32(0x9E3779B1)
END = 0x0A  # stands between two texts, and in no piece

IntArray = NDArray[np.int64]


def rows_of(texts: Sequence[str]) -> sparse.csr_matrix:
    """Features of masked texts, shape (texts, COLUMNS): counts by their logarithm, each part of length SHARES."""
    pieces = _counted(*_pieces(texts), len(texts), PIECES)
    tokens = _counted(*_words(texts), len(texts), WORDS)
    named = _counted(*_concepts(texts), len(texts), len(NAMES))
    parts = [
        _scaled(part, share) for part, share in zip((pieces, tokens, named), SHARES, strict=True)
    ]
    return sparse.hstack(parts, format="csr", dtype=np.float32)


def _pieces(texts: Sequence[str]) -> tuple[IntArray, IntArray]:
    """Row and bucket of every run of SIZES characters, by a rolling hash over all texts at once."""
    ended = [f" {text} \n" for text in texts]
    joined = "".join(ended)
    signs = np.frombuffer(joined.encode("utf-32-le", "replace"), dtype=np.uint32)
    owner = np.repeat(np.arange(len(texts)), [len(each) for each in ended])
    hashed = np.zeros(len(signs), dtype=np.uint32)
    is_inside = np.ones(len(signs), dtype=bool)
    rows, buckets = [], []
    with np.errstate(over="ignore"):
        for size in range(1, max(SIZES) + 1):
            count = len(signs) - size + 1
            if count <= 0:
                break
            last = signs[size - 1 :]
            hashed = hashed[:count] * FACTOR + last
            is_inside = is_inside[:count] & (last != END)
            if size in SIZES:
                mixed = (hashed ^ np.uint32(size)) * SPREAD
                buckets.append((mixed >> np.uint32(17))[is_inside].astype(np.int64))
                rows.append(owner[:count][is_inside])
    if not rows:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.concatenate(rows), np.concatenate(buckets)


def _words(texts: Sequence[str]) -> tuple[IntArray, IntArray]:
    """Row and bucket of every word and every two words in a row."""
    rows: list[int] = []
    buckets: list[int] = []
    for row, text in enumerate(texts):
        found = words(text)
        pairs = [f"{one} {two}" for one, two in pairwise(found)]
        names = found + pairs
        rows += [row] * len(names)
        buckets += [zlib.crc32(name.encode("utf-8", "replace")) & (WORDS - 1) for name in names]
    return np.array(rows, np.int64), np.array(buckets, np.int64)


def _concepts(texts: Sequence[str]) -> tuple[IntArray, IntArray]:
    found = [concepts_of(text) for text in texts]
    rows = np.repeat(np.arange(len(texts)), [len(each) for each in found])
    return rows, np.array([number for each in found for number in each], np.int64)


def _counted(rows: IntArray, buckets: IntArray, count: int, width: int) -> sparse.csr_matrix:
    cells, counts = np.unique(rows * width + buckets, return_counts=True)
    values = (1 + np.log(counts)).astype(np.float32)
    return sparse.csr_matrix((values, (cells // width, cells % width)), shape=(count, width))


def _scaled(part: sparse.csr_matrix, share: float) -> sparse.csr_matrix:
    length = np.sqrt(np.asarray(part.multiply(part).sum(axis=1)).ravel())
    factor = np.divide(share, length, out=np.zeros_like(length), where=length > 0)
    return sparse.diags_array(factor.astype(np.float32)) @ part
