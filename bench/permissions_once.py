"""One process: a workspace with many permissions in a folder of its own; what a day's sweep and the pages cost.

Prints one JSON object. python -m bench.permissions_once ROWS PAGES
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

ROWS, PAGES = int(sys.argv[1]), int(sys.argv[2])
FOLDER = tempfile.TemporaryDirectory(prefix="kindling-bench-")
os.environ |= {
    "KINDLING_DATA_DIR": FOLDER.name,
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
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import path  # noqa: E402

from kindling import urls  # noqa: E402
from kindling.agreements.models import UsageRight  # noqa: E402
from kindling.authorizations import service  # noqa: E402
from kindling.authorizations.lifecycle import daily  # noqa: E402
from kindling.authorizations.models import Authorization  # noqa: E402
from kindling.creators.models import Creator  # noqa: E402
from kindling.facts import lake  # noqa: E402
from kindling.jobs.tasks import sample_tables  # noqa: E402
from kindling.posts.models import Post  # noqa: E402
from kindling.workspaces import service as workspaces  # noqa: E402
from kindling.workspaces.models import AdAccount, Connection, User  # noqa: E402

NOW = datetime.now(UTC)
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
    account = build()
    sample_tables()  # as the worker does every hour
    swept = timed(lambda: daily.sweep(account.workspace, now=NOW))
    again = timed(lambda: daily.sweep(account.workspace, now=NOW + timedelta(hours=6)))
    tomorrow = timed(lambda: daily.sweep(account.workspace, now=NOW + timedelta(days=1)))
    print(swept, again, tomorrow, file=sys.stderr)
    risk = timed(lambda: service.risk_by_day(account.workspace, now=NOW, days=30))
    sample_tables()
    client = Client()
    client.force_login(User.objects.get())
    root = f"/w/{account.workspace.slug}/"
    pages = {
        "a bare view": "/bare/",
        "a bare list": "/bare-list/",
        "permissions": f"{root}authorizations/",
        "permissions ending, page 40": f"{root}authorizations/?state=ending&page=40",
        "permissions of one creator": f"{root}authorizations/?q=creator.000077",
        "spend at risk": f"{root}authorizations/risk/",
        "waiting on creators": f"{root}authorizations/waiting/",
        "creators": f"{root}creators/",
        "posts": f"{root}posts/",
        "today": root,
    }
    told = {}
    for name, url in pages.items():
        told[name] = page(client, url)
        print(name, told[name], file=sys.stderr)
    json.dump(
        {"rows": ROWS, "sweep_s": swept, "sweep_again_s": again, "next_day_s": tomorrow,
         "risk_s": risk, "pages": told},
        sys.stdout,
    )  # fmt: skip


def timed(work: Any) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def page(client: Client, url: str) -> dict[str, float]:
    """p50 and p95 in seconds over some requests, and how many queries one makes."""
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(url)
    assert answer.status_code == 200, (url, answer.status_code)
    times = sorted(timed(lambda: client.get(url)) for _ in range(PAGES))
    return {
        "p50": statistics.median(times),
        "p95": times[max(0, round(0.95 * len(times)) - 1)],
        "queries": len(queries),
    }


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
    day = date.today()  # noqa: DTZ011 - the account's zone is UTC, as is this machine's day here
    spending = [item for _, _, item in posts[:: max(1, ROWS // 10_000)]]
    rows: list[dict[str, Any]] = []
    for back in (1, 2, 3):
        rows += [fact(account, item, day - timedelta(days=back)) for item in spending]
    lake.replace_ad_days(account.lake_key, day - timedelta(days=3), day - timedelta(days=1), rows)
    return account


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
