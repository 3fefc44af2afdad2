"""The first days of ads: is this post likely to pay, by all that is known of it so far?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from kindling.delivery import rules
from kindling.delivery.models import Ad
from kindling.delivery.rules import WatchVerdict
from kindling.kit.money import Money
from kindling.kit.time import day_in
from kindling.posts.evidence import chances
from kindling.posts.models import Post
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import Workspace

WATCHED = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Watched:
    """A post whose ads began a few days ago. before, chance : of paying, before its ads and now; None: not known

    orders : known so far; needed : orders that pay for the spend, of which only those that can be known by now count
    """

    post: Post
    ads: int
    began: date
    spent: Money
    orders: int
    needed: float
    before: float | None
    chance: float | None
    verdict: WatchVerdict
    reason: str

    def to_json(self) -> dict[str, Any]:
        return {
            "item_id": self.post.item_id,
            "handle": self.post.creator.handle,
            "ads": self.ads,
            "began": self.began.isoformat(),
            "spent": self.spent.to_json(),
            "orders": self.orders,
            "orders_needed": round(self.needed, 2),
            "chance_before": self.before,
            "chance": self.chance,
            "verdict": str(self.verdict),
            "reason": self.reason,
        }


def watch(workspace: Workspace, *, now: datetime) -> list[Watched]:
    """Posts with running ads that began in the last days, those that need a decision first. Nothing is stopped."""
    running: dict[str, int] = {}
    rows = Ad.objects.filter(
        ad_account__in=workspaces.ad_accounts(workspace), is_gone=False,
        secondary_status__in=rules.DELIVERING,
    )  # fmt: skip
    for item_id in rows.values_list("item_id", flat=True):
        running[item_id] = running.get(item_id, 0) + 1
    if not running:
        return []
    library = chances.open_library(workspace, now=now)
    since = day_in(now, workspace.timezone) - WATCHED
    young = [
        place
        for place, day in library.run.began.items()
        if day >= since and library.posts[place].item_id in running
    ]
    if not young:
        return []
    later, before = chances.weigh_running(library), chances.weigh_before(library)
    known = {int(place): at for at, place in enumerate(library.run.ads.posts)}
    found = []
    for place in young:
        post, at = library.posts[place], known.get(place)
        orders = int(library.run.ads.orders[at]) if at is not None else 0
        needed = float(library.run.ads.paying_orders[at]) if at is not None else 0.0
        chance = None if at is None else float(later.chances.chance[place])
        verdict, reason = rules.watch_verdict(chance, orders=orders, needed=needed)
        spent = Money(library.run.spent[place], workspace.currency)
        found.append(
            Watched(
                post, running[post.item_id], library.run.began[place], spent, orders, needed,
                chances.evidence_of(before, place).chance, chance, verdict, reason,
            )
        )  # fmt: skip
    return sorted(
        found, key=lambda each: (each.verdict is not WatchVerdict.STOP, each.chance or 0.0)
    )
