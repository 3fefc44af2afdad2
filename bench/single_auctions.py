"""The usual shape of an ad simulator, for comparison: one Python auction per opportunity.

Bidders draw a value, the highest wins at the second price, the viewer clicks or not. It knows no
budgets, no wear, no feed: a floor for what one opportunity costs when it is an object.
"""

from __future__ import annotations

import json
import random
import sys
import time
from dataclasses import dataclass


@dataclass(slots=True)
class Bidder:
    """Somebody who wants the impression; shares of his own."""

    click_rate: float
    value: float
    won: int = 0
    paid: float = 0.0
    clicks: int = 0


def run(opportunities: int, bidders: list[Bidder], dice: random.Random) -> None:
    """So many second-price auctions."""
    for _ in range(opportunities):
        bids = [
            bidder.click_rate * bidder.value * dice.lognormvariate(0, 0.5) for bidder in bidders
        ]
        best = max(range(len(bids)), key=bids.__getitem__)
        second = max(bid for place, bid in enumerate(bids) if place != best)
        winner = bidders[best]
        winner.won += 1
        winner.paid += second
        winner.clicks += dice.random() < winner.click_rate


def main() -> None:
    """`python -m bench.single_auctions OPPORTUNITIES` prints JSON."""
    dice = random.Random(7)  # noqa: S311 - a simulation, not a secret
    bidders = [Bidder(click_rate=0.01 + 0.002 * n, value=1.0) for n in range(6)]
    count = int(sys.argv[1])
    begun = time.process_time()
    run(count, bidders, dice)
    json.dump({"impressions": count, "cpu_seconds": time.process_time() - begun}, sys.stdout)


if __name__ == "__main__":
    main()
