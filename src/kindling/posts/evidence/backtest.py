"""How good the chances would have been: posts whose ads have run, each judged as if they had not."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np

from kindling.posts.evidence import chances
from kindling.workspaces.models import Workspace
from spark_measure import evidence as measure
from spark_measure import scores, wilson_interval
from spark_measure.rates import FloatArray

FEWEST = 12  # posts that make a figure worth printing; ours
ENOUGH_ORDERS = (
    2.0  # that would have paid for the spend: with less, nobody knows whether a post pays; ours
)
FOLDS = 6
PARTS = (0.15, 0.3)
EDGES = np.array([0.0, 0.1, 0.2, 0.35, 0.5, 1.0])


@dataclass(frozen=True, slots=True)
class Score:
    """One way to order posts. rank : chance that a post that paid stands before one that did not; None: not known

    precision : of the first 15 and 30 %, the share that paid
    """

    name: str
    rank: float | None
    precision: dict[float, float]


@dataclass(frozen=True, slots=True)
class Bar:
    """Posts that were given about the same chance: what was said, what came of it with a 95 % interval."""

    said: float
    came: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class BackTest:
    """The result. posts : with enough ads behind them; paid : of these; missing : how many more are needed, or 0

    skill : Brier skill: 1 is perfect, 0 as good as saying the base rate each time; None: not known
    """

    posts: int
    paid: int
    missing: int
    skill: float | None
    scores: list[Score]
    bars: list[Bar]
    at: datetime

    def to_json(self) -> dict[str, Any]:
        found = asdict(self)
        found["at"] = self.at.isoformat()
        for score in found["scores"]:
            score["precision"] = {str(part): value for part, value in score["precision"].items()}
        return found


def run(workspace: Workspace, *, now: datetime) -> BackTest:
    """Judge each post by its evidence before its first ad and by the ads of the others, then see what it brought.

    The posts are dealt into `FOLDS` parts, and each part is judged by what the others teach.
    """
    library = chances.open_library(workspace, now=now)
    counts, ads = library.counts, library.run.ads
    seen = counts.views[ads.posts] > 0
    tried = np.flatnonzero(seen & (ads.paying_orders >= ENOUGH_ORDERS))
    posts = ads.posts[tried]
    paid = ads.orders[tried] > ads.paying_orders[tried]
    missing = max(0, FEWEST - len(tried))
    if missing:
        return BackTest(len(tried), int(paid.sum()), missing, None, [], [], now)
    said = np.zeros(len(tried))
    for fold in range(FOLDS):
        here = np.arange(len(tried)) % FOLDS == fold
        others = ~np.isin(ads.posts, posts[here])
        taught = measure.Ads(
            posts=ads.posts[others],
            orders=ads.orders[others],
            paying_orders=ads.paying_orders[others],
        )
        _, found = measure.forecast(counts, library.found, taught)
        said[here] = found.chance[posts[here]]
    views = np.maximum(counts.views[posts], 1)
    engaged = np.maximum(counts.likes + counts.comments + counts.shares, 0)[posts] / views
    ways: dict[str, FloatArray] = {
        "Kindling's chance": said,
        "Likes": counts.likes[posts].astype(np.float64),
        "Views": counts.views[posts].astype(np.float64),
        "Engagement rate": engaged,
    }
    return BackTest(
        len(tried),
        int(paid.sum()),
        0,
        _known(scores.brier_skill(said, paid)),
        [
            Score(
                name,
                _known(scores.rank_score(values, paid)),
                {part: scores.precision_at(values, paid, part=part) for part in PARTS},
            )
            for name, values in ways.items()
        ],
        [_bar(each) for each in scores.calibration(said, paid, edges=EDGES)],
        now,
    )


def _bar(found: scores.Bin) -> Bar:
    came = np.array([round(found.came * found.count)], dtype=np.int64)
    ((low, high),) = wilson_interval(came, np.array([found.count], dtype=np.int64))
    return Bar(found.said, found.came, float(low), float(high), found.count)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
