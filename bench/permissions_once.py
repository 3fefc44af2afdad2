"""One process: a workspace with many permissions in a folder of its own; what a day's sweep and the pages cost.

Prints one JSON object. python -m bench.permissions_once ROWS PAGES [FOLDER]

FOLDER : where the workspace is built once and kept, to measure again after a change; else it goes with the process
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROWS, PAGES = int(sys.argv[1]), int(sys.argv[2])
SCRATCH = tempfile.TemporaryDirectory(prefix="kindling-bench-")
FOLDER = Path(sys.argv[3] if len(sys.argv) > 3 else SCRATCH.name)
KEPT = FOLDER / "kept.json"  # what the sweep cost, beside the workspace it was measured on
os.environ |= {
    "KINDLING_DATA_DIR": str(FOLDER),
    "DJANGO_SETTINGS_MODULE": "kindling.settings",
    "KINDLING_CLOCK": "system",
    "KINDLING_HOSTS": "testserver",
}

import django  # noqa: E402 (settings read the folder above)

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.template import engines  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import path, reverse  # noqa: E402

from kindling import urls  # noqa: E402
from kindling.agreements.models import UsageRight  # noqa: E402
from kindling.authorizations import service  # noqa: E402
from kindling.authorizations.lifecycle import daily  # noqa: E402
from kindling.authorizations.models import Authorization, Binding  # noqa: E402
from kindling.creators.models import Creator  # noqa: E402
from kindling.delivery.models import Ad, AdGroup, Campaign  # noqa: E402
from kindling.facts import booking  # noqa: E402
from kindling.jobs.tasks import sample_tables  # noqa: E402
from kindling.launches.checks import service as inventory  # noqa: E402
from kindling.launches.models import InventoryRun, MusicAnswer  # noqa: E402
from kindling.launches.planning import readiness  # noqa: E402
from kindling.lists.spec import ListSpec, Scope, all_lists  # noqa: E402
from kindling.posts.models import Post  # noqa: E402
from kindling.products.models import Product  # noqa: E402
from kindling.workspaces import service as workspaces  # noqa: E402
from kindling.workspaces.models import AdAccount, Connection, User, Workspace  # noqa: E402

NOW = datetime.now(UTC)
SKUS = 20
ADS = min(1_000, ROWS // 10)
READY = min(1_000, ROWS // 100)  # posts whose music is cleared
MOST_SECONDS_A_PAGE = 6.0  # of CPU; a slow page is asked for less often
AS_A_BROWSER = {"Accept-Encoding": "gzip, deflate, br"}
CHOICE_SECONDS = 0.5  # the same of one order or filter of a list, which are many
MOST_CHOICES = 12  # of one filter
CREATORS = max(1, ROWS // 10)
STATES = ("bound", "in_use", "in_use", "expiring", "expired", "revoked", "requested")


def bare(request: HttpRequest) -> HttpResponse:
    """What the framework itself costs: the same middleware, a session, one line of text."""
    return HttpResponse(str(request.user))


PLAIN = engines["django"].from_string(
    "<table>{% for row in rows %}<tr><td>{{ row.post.creator.handle }}</td><td>{{ row.post.item_id }}</td>"
    "<td>{{ row.kind }}</td><td>{{ row.state }}</td><td>{{ row.paid_until }}</td><td>{{ row.bound_by }}</td>"
    "<td>{{ row.ends_at }}</td><td>{{ row.risk_minor }}</td></tr>{% endfor %}</table>"
)


def bare_list(request: HttpRequest) -> HttpResponse:
    """The least a list of the same rows costs in the framework: one query of 50, one plain table."""
    rows = Authorization.objects.filter(workspace_id=1)
    shown = rows.select_related("post__creator").order_by("paid_until", "pk")[:50]
    return HttpResponse(PLAIN.render({"rows": shown}, request))


def main() -> None:
    call_command("migrate", verbosity=0, interactive=False)
    urls.urlpatterns.insert(0, path("bare/", bare))
    urls.urlpatterns.insert(0, path("bare-list/", bare_list))
    if not KEPT.exists():
        KEPT.write_text(json.dumps(swept(build())))
    told: dict[str, Any] = json.loads(KEPT.read_text())
    account = AdAccount.objects.get()
    if not InventoryRun.objects.exists():  # as the worker does every quarter of an hour
        told["inventory_s"] = timed(lambda: list_posts(account))
    pages = Client(headers=AS_A_BROWSER)
    pages.force_login(User.objects.get())
    owner = workspaces.actor_for(User.objects.get(), account.workspace.slug)
    token = workspaces.issue_token(owner, name="bench", at=NOW)
    api = Client(headers=AS_A_BROWSER | {"Authorization": f"Bearer {token}"})
    told |= {"rows": ROWS, "ads": ADS, "pages": {}, "api": {}, "choices": {}}
    scope = Scope(owner, NOW)
    for name, url in PAGE_URLS.items():
        told["pages"][name] = measured(pages, url.replace("~", f"/w/{account.workspace.slug}"))
        show(name, told["pages"][name])
    # Lists of one thing's rows, as the codes of a batch, have no page without that thing: the bench makes none.
    lists = [each for each in all_lists() if not each.page_of]
    for spec in lists:
        told["pages"][f"list of {spec.name}"] = measured(pages, page_of(spec, scope))
        show(f"list of {spec.name}", told["pages"][f"list of {spec.name}"])
        told["choices"][spec.name] = worst_choice(pages, spec, scope)
        show(f"slowest choice of {spec.name}", told["choices"][spec.name])
    urls_of_lists = {f"list of {each.name}": f"/lists/{each.name}" for each in lists}
    for name, url in (API_URLS | urls_of_lists).items():
        told["api"][name] = measured(api, f"/api/v1{url}")
        show(f"API: {name}", told["api"][name])
    json.dump(told, sys.stdout)


def show(name: str, measure: dict[str, Any]) -> None:
    words = {
        key: round(each, 4) if isinstance(each, float) else each for key, each in measure.items()
    }
    print(f"{name:44}", words, file=sys.stderr)


def page_of(spec: ListSpec, scope: Scope, **choices: str) -> str:
    """The address of a list's page, narrowed or ordered."""
    query = f"?{urlencode(choices)}" if choices else ""
    return reverse(spec.page, args=[scope.workspace.slug]) + query


def worst_choice(client: Client, spec: ListSpec, scope: Scope) -> dict[str, Any]:
    """The slowest of all orders and filters that a list offers, each chosen alone; and its 20th page."""
    urls = [page_of(spec, scope, page="20")]
    for column in spec.columns:
        if column.sort:
            urls += [page_of(spec, scope, sort=sort) for sort in (column.name, f"-{column.name}")]
    for each in spec.filters:
        values = [value for value, _ in each.choices(scope)][:MOST_CHOICES]
        urls += [page_of(spec, scope, **{each.name: value}) for value in values]
    found = [measured(client, url, most_seconds=CHOICE_SECONDS) | {"url": url} for url in urls]
    return max(found, key=lambda each: float(each["times_bare"])) | {"choices": len(urls)}


# ~ is the workspace
PAGE_URLS = {
    "a bare view": "/bare/",
    "a bare list": "/bare-list/",
    "permissions": "~/authorizations/",
    "permissions ending, page 40": "~/authorizations/?state=ending&page=40",
    "permissions of one creator": "~/authorizations/?q=creator.000077",
    "spend at risk": "~/authorizations/risk/",
    "waiting on creators": "~/authorizations/waiting/",
    "creators": "~/creators/",
    "one creator": "~/creators/@creator.000077/",
    "posts": "~/posts/",
    "posts found": "~/posts/?q=creator.000077",
    "one post": "~/posts/7000000000000000070/",
    "today": "~/",
    "find (Ctrl-K)": "~/find/?q=creator.0000",
    "gallery of posts": "~/posts/?as=gallery",
    "live": "~/live/",
    "live, found": "~/live/?q=creator.000010",
    "profit by product": "~/profit/",
    "profit by post": "~/profit/?by=post",
    "inventory": "~/inventory/",
    "inventory, found": "~/inventory/?q=creator.000077",
}
API_URLS = {
    "posts": "/posts",
    "creators": "/creators/",
    "agreements": "/agreements",
    "payments": "/agreements/payments",
    "deliverables": "/briefs/deliverables",
    "live ads": "/ads",
    "all ads": "/ads?live=false",
    "stopped ads": "/ads/stopped",
    "inventory": "/plans/inventory",
    "profit by product": "/profit",
    "profit by post": "/profit?by=post",
    "alerts": "/alerts",
    "the five questions": "/five",
}


def swept(account: AdAccount) -> dict[str, float]:
    """What the sweeps of a day cost, in seconds; lists show what they wrote."""
    sample_tables()  # as the worker does every hour
    told = {
        "sweep_s": timed(lambda: daily.sweep(account.workspace, now=NOW)),
        "sweep_again_s": timed(
            lambda: daily.sweep(account.workspace, now=NOW + timedelta(hours=6))
        ),
        "next_day_s": timed(lambda: daily.sweep(account.workspace, now=NOW + timedelta(days=1))),
        "risk_s": timed(lambda: service.risk_by_day(account.workspace, now=NOW, days=30)),
    }
    sample_tables()
    print(told, file=sys.stderr)
    return told


def list_posts(account: AdAccount) -> None:
    """Check every post and store the order of Inventory; TikTok is not asked about any music."""
    found = inventory.inventory(account.workspace, account, now=NOW)
    readiness.store_order(account, found, now=NOW)


def timed(work: Callable[[], Any], clock: Callable[[], float] = time.perf_counter) -> float:
    start = clock()
    work()
    return clock() - start


class Counted:
    """How many queries pass through a database connection. Django's own log of them is emptied by each request."""

    def __init__(self) -> None:
        self.queries = 0

    def __call__(self, execute: Any, *args: Any) -> Any:
        self.queries += 1
        return execute(*args)


def measured(
    client: Client, url: str, *, most_seconds: float = MOST_SECONDS_A_PAGE
) -> dict[str, float]:
    """p50 and p95 of some requests in seconds of CPU and by the clock, how many queries one makes, its answer's size.

    The first request is not counted among the times: it fills what is kept between two syncs. A bare list is asked
    for in turn with the page, so that a machine that is busy with other things slows both.
    """
    counted = Counted()
    with connection.execute_wrapper(counted):
        first = timed(lambda: answers.append(client.get(url)), time.process_time)
    answer = answers.pop()
    assert answer.status_code == 200, (url, answer.status_code)
    enough = max(3, min(PAGES, int(most_seconds / max(first, 0.001))))
    times, by_clock, bare_times = [], [], []
    for _ in range(enough):
        bare_times.append(timed(lambda: client.get("/bare-list/"), time.process_time))
        start = time.perf_counter()
        times.append(timed(lambda: client.get(url), time.process_time))
        by_clock.append(time.perf_counter() - start)
    return {
        "times_bare": round(statistics.median(times) / statistics.median(bare_times), 1),
        "first": first,
        "p50": statistics.median(times),
        "p95": late(times),
        "p95_bare": round(late(times) / late(bare_times), 1),
        "wall_p50": statistics.median(by_clock),
        "wall_p95": late(by_clock),
        "queries": counted.queries,
        "kilobytes": round(len(answer.content) / 1000, 1),
    }


def late(times: list[float]) -> float:
    """The 95th of a hundred."""
    return sorted(times)[max(0, round(0.95 * len(times)) - 1)]


answers: list[Any] = []


def build() -> AdAccount:
    owner = User.objects.create_user("owner@shop.example")
    workspace = workspaces.create_workspace(
        slug="bench", name="Bench", owner=owner, currency="USD", timezone="UTC", at=NOW
    )
    link = Connection.objects.create(
        workspace=workspace, name="Bench", app_id="1", app_secret="x", access_token="x"
    )
    account = AdAccount.objects.create(
        workspace=workspace, connection=link, advertiser_id="1", name="Bench", currency="USD",
        timezone="UTC",
    )  # fmt: skip
    Creator.objects.bulk_create(
        [
            Creator(workspace=workspace, handle=f"creator.{n:06d}", source="bench", created_at=NOW)
            for n in range(CREATORS)
        ],
        batch_size=5000,
    )
    creators = list(Creator.objects.order_by("pk").values_list("pk", flat=True))
    Post.objects.bulk_create(
        [
            Post(
                workspace=workspace, creator_id=creators[n % CREATORS], item_id=f"7{n:018d}",
                status="HESITATE_RECOMMEND", posted_at=NOW - timedelta(minutes=n), source="bench",
                first_seen_at=NOW, seen_at=NOW, caption=f"Sample caption {n}",
            )
            for n in range(ROWS)
        ],
        batch_size=5000,
    )  # fmt: skip
    posts = list(Post.objects.order_by("pk").values_list("pk", "creator_id", "item_id"))
    UsageRight.objects.bulk_create(
        [
            UsageRight(
                workspace=workspace, creator_id=creator, item_id=item, paid_allowed=True,
                starts_at=NOW - timedelta(days=30), ends_at=NOW + timedelta(days=n % 180),
                hold_until=NOW + timedelta(days=200), currency="USD", source="bench",
                recorded_at=NOW,
            )
            for n, (_, creator, item) in enumerate(posts)
        ],
        batch_size=5000,
    )  # fmt: skip
    Authorization.objects.bulk_create(
        [
            Authorization(
                workspace=workspace, post_id=pk, kind="code", state=STATES[n % len(STATES)],
                state_since=NOW, created_at=NOW, read_at=NOW, next_read_at=NOW + timedelta(hours=6),
                starts_at=NOW - timedelta(days=20), asked_at=NOW,
                ends_at=NOW + timedelta(days=n % 365, hours=n % 24),
            )
            for n, (pk, _, _) in enumerate(posts)
        ],
        batch_size=5000,
    )  # fmt: skip
    bind(account)
    sell(workspace)
    day = date.today()  # noqa: DTZ011 - the account's zone is UTC, as is this machine's day here
    spending = [item for _, _, item in posts[:: max(1, ROWS // 10_000)]]
    rows: list[dict[str, Any]] = []
    for back in (1, 2, 3):
        rows += [fact(account, item, day - timedelta(days=back)) for item in spending]
    booking.book_ad_days(
        account.lake_key, day - timedelta(days=3), day - timedelta(days=1), rows, at=NOW
    )
    advertise(account, spending[:ADS])
    return account


def bind(account: AdAccount) -> None:
    """Every permission in the ad account, as codes that were pasted into it."""
    rows = Authorization.objects.exclude(state="requested").values_list("pk", flat=True)
    Binding.objects.bulk_create(
        [
            Binding(
                authorization_id=pk, ad_account=account, identity_id=f"id-{pk}",
                identity_type="AUTH_CODE", bound_at=NOW, read_at=NOW,
            )
            for pk in rows
        ],
        batch_size=5000,
    )  # fmt: skip


def sell(workspace: Workspace) -> None:
    """Some products, the posts that show them, and the music of the posts that nothing else keeps from a launch."""
    for number in range(SKUS):
        Product.objects.create(
            workspace=workspace, sku=f"SKU-{number}", title=f"Product {number}", currency="USD",
            price_minor=3_000, unit_cost_minor=900, landing_url="https://shop.example/p",
        )  # fmt: skip
    for number in range(SKUS):
        Post.objects.filter(pk__in=range(number + 1, ROWS + 1, 2 * SKUS)).update(
            sku=f"SKU-{number}", lane="spark_ready", lane_reason="Far above the median."
        )
    account = workspace.ad_accounts.get()
    # Those whose permission and right last longest.
    lasting = UsageRight.objects.filter(ends_at__gt=NOW + timedelta(days=90)).values("item_id")
    usable = Authorization.objects.filter(
        state__in=["bound", "in_use"], ends_at__gt=NOW + timedelta(days=90),
        post__lane="spark_ready", post__item_id__in=lasting,
    )  # fmt: skip
    MusicAnswer.objects.bulk_create(
        MusicAnswer(
            ad_account=account, item_id=item_id, countries="US", status="WITHOUT_SONG_ID",
            asked_at=datetime.now(UTC) + timedelta(days=1),
        )
        for item_id in usable.order_by("pk").values_list("post__item_id", flat=True)[:READY]
    )  # fmt: skip


def advertise(account: AdAccount, items: list[str]) -> None:
    """One ad that delivers for each of these posts, ten to a campaign, and their bindings in use."""
    posts = dict(Post.objects.filter(item_id__in=items).values_list("item_id", "pk"))
    for at in range(0, len(items), 10):
        campaign = Campaign.objects.create(
            ad_account=account, campaign_id=f"c{at}", name=f"Campaign {at}", objective="TRAFFIC",
            operation_status="ENABLE", seen_at=NOW,
        )  # fmt: skip
        for item in items[at : at + 10]:
            group = AdGroup.objects.create(
                ad_account=account, adgroup_id=f"g{item}", campaign=campaign, name=f"Group {item}",
                operation_status="ENABLE", budget_minor=5_000, seen_at=NOW,
            )  # fmt: skip
            Ad.objects.create(
                ad_account=account, ad_id=f"9{item}", adgroup=group, name=f"Ad {item}",
                item_id=item, post_id=posts[item], identity_type="AUTH_CODE",
                operation_status="ENABLE", secondary_status="AD_STATUS_DELIVERY_OK", seen_at=NOW,
            )  # fmt: skip
    Binding.objects.filter(authorization__post__in=posts.values()).update(has_ads=True)


def fact(account: AdAccount, item: str, day: date) -> dict[str, Any]:
    from kindling.facts.schema import AD_DAYS, COUNTERS

    told: dict[str, Any] = dict.fromkeys(AD_DAYS.names)
    told |= dict.fromkeys(COUNTERS, 1)
    told |= {
        "account": account.lake_key, "day": day, "ad_id": f"9{item}", "item_id": item,
        "spend_minor": 1_000, "currency": "USD",
    }  # fmt: skip
    return told


if __name__ == "__main__":
    main()  # its folder goes with the process
