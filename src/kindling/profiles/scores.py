"""Compute creators' scores: gather from posts, books and briefs what `profiles.rules` turns into numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from functools import cache

import numpy as np
from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject

from kindling.briefs.models import Brief
from kindling.briefs.rules import BriefState
from kindling.creators.models import Creator, CreatorScore
from kindling.facts import queries as facts
from kindling.money import service as money
from kindling.posts.models import Post, PostSnapshot
from kindling.products import service as products
from kindling.profiles import rules as scoring
from kindling.profiles.rules import BestFit, BriefWish, Counts, Earnings, Rate
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import Workspace

AT_ONCE = 1_000
MOST_BRIEFS = 200


def compute_scores(workspace: Workspace, now: datetime) -> int:
    """Write the score of every creator of the workspace anew; how many there are."""
    organic = _Organic(workspace)
    ledger = _Ledger(workspace, now)
    fits = _Fits(workspace)
    rows = [
        CreatorScore(
            creator_id=pk,
            watchable=organic.watchable(pk),
            converting=ledger.converting(pk),
            fit=fitting.share if (fitting := fits.of(pk, language or "en")) else None,
            parts=scoring.parts(
                organic.counts(pk),
                organic.engagement.get(pk),
                organic.completion.get(pk),
                ledger.books(pk, handle),
                ledger.rates.get(pk),
                fitting,
            ),
            computed_at=now,
        )
        for pk, handle, language in Creator.objects.filter(workspace=workspace)
        .order_by("pk")
        .values_list("pk", "handle", "language")
    ]
    for start in range(0, len(rows), AT_ONCE):
        _keep(rows[start : start + AT_ONCE])
    return len(rows)


@transaction.atomic
def _keep(rows: list[CreatorScore]) -> None:
    # A creator may have been merged away since it was read.
    here = set(
        Creator.objects.filter(pk__in=[row.creator_id for row in rows]).values_list("pk", flat=True)
    )
    CreatorScore.objects.bulk_create(
        [row for row in rows if row.creator_id in here],
        update_conflicts=True,
        unique_fields=["creator"],
        update_fields=["watchable", "converting", "fit", "parts", "computed_at"],
    )


class _Organic:
    """Posts as they did before their first ad, by creator."""

    def __init__(self, workspace: Workspace) -> None:
        read = list(_snapshots(workspace))
        owners = np.array([owner for owner, *_ in read], dtype=np.int64)
        views = np.array([seen for _, seen, *_ in read], dtype=np.int64)
        engaged = np.array([count for _, _, count, _ in read], dtype=np.int64)
        self.engagement = scoring.rates_of_posts(owners, np.minimum(engaged, views), views)
        told = [(owner, seen, rate) for owner, seen, _, rate in read if rate is not None]
        seen = np.array([views for _, views, _ in told], dtype=np.int64)
        share = np.clip(np.array([rate for *_, rate in told], dtype=np.float64), 0, 1)
        self.completion = scoring.rates_of_posts(
            np.array([owner for owner, *_ in told], dtype=np.int64),
            np.round(seen * share).astype(np.int64),
            seen,
        )
        self._posts: dict[int, int] = defaultdict(int)
        self._views: dict[int, int] = defaultdict(int)
        for owner, count, *_ in read:
            self._posts[owner] += 1
            self._views[owner] += count

    def counts(self, pk: int) -> Counts:
        return Counts(self._posts.get(pk, 0), self._views.get(pk, 0))

    def watchable(self, pk: int) -> float | None:
        return scoring.watchable([self.engagement.get(pk), self.completion.get(pk)])


def _snapshots(workspace: Workspace) -> Iterator[tuple[int, int, int, float | None]]:
    """creator pk, views, engagements, completion of every post with views: the last reading before its first ad."""
    newest = (
        PostSnapshot.objects.filter(post=OuterRef("pk"), before_first_boost=True)
        .order_by("-taken_at")
        .values(
            read=JSONObject(
                views="views",
                likes="likes",
                comments="comments",
                shares="shares",
                completion="completion_rate",
            )
        )[:1]
    )
    rows = Post.objects.filter(workspace=workspace).order_by("pk")
    for owner, read in rows.values_list("creator_id", Subquery(newest)).iterator():
        if read and read["views"] > 0:
            engaged = read["likes"] + read["comments"] + read["shares"]
            yield owner, read["views"], engaged, read["completion"]


class _Ledger:
    """Orders, cost and profit of each creator's posts from the books, and clicks on their ads."""

    def __init__(self, workspace: Workspace, now: datetime) -> None:
        table = money.profit(workspace, by="creator", now=now)
        self._rows = {row.key: row.books for row in table.rows}
        self._currency = workspace.currency
        self._has_all_spend = not table.left_out
        self._clicks = _clicks(workspace)
        handles = dict(
            Creator.objects.filter(workspace=workspace, pk__in=self._clicks).values_list(
                "pk", "handle"
            )
        )
        owners = sorted(handles)
        self.rates: dict[int, Rate] = scoring.conversion_rates(
            np.array(owners, dtype=np.int64),
            np.array([self._spark_orders(handles[pk]) for pk in owners], dtype=np.int64),
            np.array([self._clicks[pk] for pk in owners], dtype=np.int64),
        )

    def _spark_orders(self, handle: str) -> int:
        found = self._rows.get(handle)
        return found.spark_orders if found else 0

    def converting(self, pk: int) -> float | None:
        rate = self.rates.get(pk)
        return rate.value if rate else None

    def books(self, pk: int, handle: str) -> Earnings:
        found, clicks = self._rows.get(handle), self._clicks.get(pk, 0)
        # Spend in another currency is in no row: what it cost is not known then.
        counted = found if self._has_all_spend else None
        return Earnings(
            orders=found.orders if found else 0,
            spark_orders=found.spark_orders if found else 0,
            clicks=clicks,
            cost_per_order_minor=counted.cpa_minor if counted else None,
            profit_minor=counted.profit if counted else None,
            currency=self._currency,
        )


def _clicks(workspace: Workspace) -> dict[int, int]:
    """Clicks on ads of each creator's posts, by creator pk; creators without any are not in it."""
    accounts = [account.lake_key for account in workspaces.ad_accounts(workspace)]
    by_post: dict[str, int] = defaultdict(int)
    if accounts:
        for row in facts.spend_totals(accounts, counters=("clicks",)):
            if row["item_id"] and row["clicks"]:
                by_post[row["item_id"]] += row["clicks"]
    found: dict[int, int] = defaultdict(int)
    if by_post:
        posts = Post.objects.filter(workspace=workspace).values_list("item_id", "creator_id")
        for item_id, creator in posts.iterator():
            if item_id in by_post:
                found[creator] += by_post[item_id]
    return dict(found)


class _Fits:
    """The newest ready briefs, and what each creator has to offer them."""

    def __init__(self, workspace: Workspace) -> None:
        titles = {sku: product.title for sku, product in products.products(workspace).items()}
        ready = Brief.objects.filter(workspace=workspace, state=BriefState.READY.value)
        briefs = [
            BriefWish(
                pk=brief.pk,
                title=str(brief),
                skus=frozenset(brief.skus),
                words=scoring.words_of(
                    brief.title,
                    brief.product_truth,
                    brief.audience_problem,
                    *(titles.get(sku, "") for sku in brief.skus),
                ),
                language=brief.language,
            )
            for brief in ready[:MOST_BRIEFS]
        ]
        self._skus: dict[int, set[str]] = defaultdict(set)
        made = Post.objects.filter(workspace=workspace).exclude(sku="")
        for pk, sku in made.order_by().values_list("creator_id", "sku").distinct():
            self._skus[pk].add(sku)
        self._tags: dict[int, set[str]] = defaultdict(set)
        tagged = Creator.tags.through.objects.filter(tag__workspace=workspace)
        for pk, name in tagged.values_list("creator_id", "tag__name"):
            self._tags[pk].add(name)

        @cache  # creators with the same tags, products and language fit alike
        def found(skus: frozenset[str], tags: frozenset[str], language: str) -> BestFit | None:
            return scoring.fit(briefs, skus=skus, tags=tags, language=language)

        self._found = found

    def of(self, pk: int, language: str) -> BestFit | None:
        return self._found(
            frozenset(self._skus.get(pk, ())), frozenset(self._tags.get(pk, ())), language
        )
