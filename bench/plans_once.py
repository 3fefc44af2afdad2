"""One process: a plan of many ads on a sandbox that keeps TikTok's rate limits; its page, and how fast it is applied.

Prints one JSON object. python -m bench.plans_once ADS APPLIED

ADS : of the plan whose page is measured; APPLIED : of the plan that is applied, with replies lost on the way
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from typing import Any

ADS, APPLIED = int(sys.argv[1]), int(sys.argv[2])
SCRATCH = tempfile.TemporaryDirectory(prefix="kindling-bench-")
os.environ |= {
    "KINDLING_DATA_DIR": SCRATCH.name,
    "DJANGO_SETTINGS_MODULE": "kindling.settings",
    "KINDLING_CLOCK": "system",
    "KINDLING_HOSTS": "testserver",
    "KINDLING_SETTLE_SECONDS": "0.2",
}

import django  # noqa: E402 (settings read the folder above)

django.setup()

from django.core.management import call_command  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import path  # noqa: E402

from kindling import urls  # noqa: E402
from kindling.launches import service  # noqa: E402
from kindling.launches.models import Plan, PlannedObject  # noqa: E402
from kindling.launches.planning import building  # noqa: E402
from kindling.launches.rules import Part, Spec, Upload, UploadToLaunch  # noqa: E402
from kindling.launches.sending import apply as applying  # noqa: E402
from kindling.workspaces import service as workspaces  # noqa: E402
from kindling.workspaces.models import AdAccount, Connection, User  # noqa: E402
from kindling.workspaces.service import Actor  # noqa: E402
from tiktok_sandbox.server import SandboxServer  # noqa: E402
from tiktok_sandbox.world.ads import materials  # noqa: E402

PAGES = 30
LOST = 5  # replies to /ad/create/ that are lost


def bare(request: HttpRequest) -> HttpResponse:
    """What the framework itself costs: the same middleware, a session, one line of text."""
    return HttpResponse(str(request.user))


def main() -> None:
    """Build both plans, look at one, apply the other, print."""
    call_command("migrate", verbosity=0)
    urls.urlpatterns.append(path("bare/", bare))
    now = datetime.now(UTC)
    with SandboxServer(
        seed=7, clock="real", epoch=now.replace(minute=0, second=0, microsecond=0).isoformat()
    ) as sandbox:
        actor, account = _workspace(sandbox, now)
        page = _page(_plan(actor, account, sandbox, ADS, "0123abcd", now), actor)
        plan = _plan(actor, account, sandbox, APPLIED, "0123abce", now)
        sandbox.post("tier/", {"tier": "basic"})
        sandbox.post("faults/", {"kind": "drop_reply", "path": "/ad/create/", "times": LOST})
        seconds, made = _apply(plan)
        held = _held(sandbox, account)
    print(json.dumps({"page": page, "seconds": seconds, "made": made, "held": held}))


def _workspace(sandbox: SandboxServer, now: datetime) -> tuple[Actor, AdAccount]:
    owner = User.objects.create_user("owner@shop.example", name="Sample owner")
    workspace = workspaces.create_workspace(
        slug="sample", name="Sample", owner=owner, currency="USD", timezone="UTC", at=now
    )
    app = sandbox.get("world/")["app"]
    connection = Connection.objects.create(
        workspace=workspace, name="Sandbox", base_url=sandbox.url, app_id=app["app_id"],
        app_secret=app["secret"], access_token=sandbox.post("grants/ads/")["access_token"],
        state=Connection.State.HEALTHY,
    )  # fmt: skip
    advertiser = next(
        each for each in sandbox.get("world/")["advertisers"] if each["currency"] == "USD"
    )
    account = AdAccount.objects.create(
        workspace=workspace, connection=connection, advertiser_id=advertiser["advertiser_id"],
        name="Sample", currency="USD", timezone="UTC",
    )  # fmt: skip
    return workspaces.actor_for(owner, "sample"), account


def _plan(
    actor: Actor, account: AdAccount, sandbox: SandboxServer, ads: int, token: str, now: datetime
) -> Plan:
    """A plan with an ad group for each of many uploads, which one file of the library stands for."""
    brand = next(each for each in sandbox.world.state.creators.values() if each.is_brand)
    files: dict[str, Any] = {"advertiser_id": account.advertiser_id}
    cover = materials.add_image(
        sandbox.world, file_name=f"{token}.png", signature=token, size=9, **files
    )
    uploads = [
        UploadToLaunch(
            Upload(video.video_id, "brand", "Sample words"), cover.image_id, 12.0,
            brand.identity_id, "TT_USER", "", "",
        )
        for n in range(ads)
        for video in [
            materials.add_video(
                sandbox.world, file_name=f"{token}-{n}.mp4", signature=f"{token}{n}", **files
            )
        ]
    ]  # fmt: skip
    spec = Spec(
        name=f"{ads} ads", objective="reach", item_ids=(), daily_budget_minor=2_000,
        starts_at=now.replace(microsecond=0), days=14, locations=("6252001",), countries=("US",),
        brand="sample", market="us", uploads=tuple(each.wish for each in uploads),
    )  # fmt: skip
    content = building.build(
        [Part(spec, (), tuple(uploads))], advertiser_id=account.advertiser_id, currency="USD",
        token=token,
    ).to_json()  # fmt: skip
    return service.store(actor, account, content, at=now)


def _page(plan: Plan, actor: Actor) -> dict[str, float]:
    client = Client()
    assert actor.user is not None
    client.force_login(actor.user)
    url = f"/w/{actor.workspace.slug}/plans/{plan.pk}/"
    told: dict[str, list[float]] = {url: [], "/bare/": []}
    for _ in range(PAGES):
        for address, seconds in told.items():
            before = time.process_time()
            answer = client.get(address)
            seconds.append(time.process_time() - before)
            assert answer.status_code == 200, (address, answer.status_code)
    p95 = {address: statistics.quantiles(each[1:], n=20)[-1] for address, each in told.items()}
    return {"p95_ms": 1000 * p95[url], "bare_p95_ms": 1000 * p95["/bare/"]}


def _apply(plan: Plan) -> tuple[float, int]:
    """Apply until every object is made; the seconds from the first to the last ad, and how many ads there are."""
    Plan.objects.filter(pk=plan.pk).update(state=Plan.State.APPLYING)
    applying.run(plan.pk)
    ads = PlannedObject.objects.filter(plan=plan, kind=PlannedObject.Kind.AD).exclude(
        external_id=""
    )
    sent = sorted(each for each in ads.values_list("sent_at", flat=True) if each is not None)
    return (sent[-1] - sent[0]).total_seconds(), len(sent)


def _held(sandbox: SandboxServer, account: AdAccount) -> int:
    """How many ads the sandbox itself has."""
    return sum(
        each.advertiser_id == account.advertiser_id and not each.is_deleted
        for each in sandbox.world.state.ads.values()
    )


if __name__ == "__main__":
    main()
