"""What viewers do with the views of an hour: counts drawn from the rates of those who saw them."""

from __future__ import annotations

import numpy as np

from tiktok_sandbox.world.posts.response import Rates
from tiktok_sandbox.world.randomness.columns import FloatArray, IntArray, Stream

ACTS = (
    ("clicks", "click"),
    ("likes", "like"),
    ("comments", "comment"),
    ("shares", "share"),
    ("favorites", "favorite"),
    ("follows", "follow"),
    ("profile_visits", "profile_visit"),
)
QUARTILE_COUNTS = ("views_p25", "views_p50", "views_p75", "views_p100")


def draw_responses(
    stream: Stream, views: FloatArray | IntArray, found: Rates, *, shown: IntArray
) -> tuple[dict[str, IntArray], FloatArray]:
    """Counts of what viewers did, and purchases per click.

    views : by kind of viewer, shape (rows, segments), only their proportions matter;
    shown : all of them, shape (rows,)
    Counts are drawn from the mean rate of the row's viewers: the sum over kinds of viewers has
    that mean exactly, and a variance that differs by the spread of rates between kinds only.
    """
    mix = views / views.sum(axis=1, keepdims=True)

    def mean(rate: FloatArray) -> FloatArray:
        mixed: FloatArray = np.einsum("rs,rs->r", mix, np.broadcast_to(rate, mix.shape))
        return mixed

    view_2s, click = mean(found.view_2s), mean(found.click)
    acts = {name: mean(getattr(found, rate)) for name, rate in ACTS if rate != "click"}
    counts = stream.thinned(shown, {"views_2s": view_2s, "clicks": click} | acts)
    counts["watch_seconds"] = np.rint(shown * mean(found.watch_seconds)).astype(np.int64)
    counts |= stream.thinned(
        counts["views_2s"], {"views_6s": np.clip(mean(found.view_6s) / view_2s, 0, 1)}
    )
    before, base = counts["views_2s"], view_2s
    for name, rate in zip(QUARTILE_COUNTS, found.quartiles, strict=True):
        share = mean(rate)
        counts |= stream.thinned(before, {name: np.clip(share / base, 0, 1)})
        before, base = counts[name], share
    with np.errstate(divide="ignore", invalid="ignore"):
        purchase = np.nan_to_num(mean(found.click * found.purchase) / click)
    return counts, purchase
