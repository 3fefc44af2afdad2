"""The correlations of a family as the matrix posts are drawn with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tiktok_sandbox.world.families.family import Correlations

DRAWN = ("hook", "hold", "engage", "persuade", "click")
# Eigenvalues of a matrix that is just possible come out a little under 0.
ROUNDING = 1e-9


def matrix_of(given: Correlations) -> NDArray[np.float64]:
    """Correlation matrix of DRAWN as the family gives it, possible or not."""
    matrix = np.eye(len(DRAWN))
    pairs = {
        (0, 1): given.hook_hold,
        (0, 2): given.hook_engage,
        (1, 2): given.hold_engage,
        (0, 3): given.persuade_others,
        (1, 3): given.persuade_others,
        (2, 3): given.persuade_others,
        (3, 4): given.click_persuade,
    }
    for (row, column), value in pairs.items():
        matrix[row, column] = matrix[column, row] = value
    return matrix


def contradict(given: Correlations) -> bool:
    """Could no five quantities have these correlations at once?"""
    return bool(np.linalg.eigvalsh(matrix_of(given)).min() < -ROUNDING)
