"""How well judgements fit what people said: arrays in, figures out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

BINS = 10  # of confidence


def macro_f1(wanted: NDArray[Any], found: NDArray[Any]) -> float:
    """The mean of F1 over the labels that are wanted, each counting the same."""
    figures = []
    for label in np.unique(wanted):
        hits = float(np.sum((found == label) & (wanted == label)))
        claimed, there = float(np.sum(found == label)), float(np.sum(wanted == label))
        figures.append(2 * hits / (claimed + there))
    return float(np.mean(figures))


def calibration_error(shares: NDArray[Any], wanted: NDArray[Any]) -> float:
    """Expected calibration error: |confidence - share that is right|, over BINS bins of equal width by their counts.

    shares : (comments, labels). Source: Guo et al. 2017, "On calibration of modern neural networks", eq. 3.
    """
    confidence, is_right = shares.max(axis=1), shares.argmax(axis=1) == wanted
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    error = 0.0
    for each in np.unique(bins):
        inside = bins == each
        error += float(inside.mean()) * abs(
            float(confidence[inside].mean() - is_right[inside].mean())
        )
    return error
