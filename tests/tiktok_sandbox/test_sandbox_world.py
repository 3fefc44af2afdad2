"""The world: conservation, reports against truth, books, determinism, save and load."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import subprocess
import sys
import urllib.request
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sandbox_team import Team

from tiktok_sandbox.server import SandboxError, SandboxServer
from tiktok_sandbox.world.randomness.columns import poisson, thinned, uniforms
from tiktok_sandbox.world.state.behaviour import Behaviour

pytestmark = pytest.mark.slow

COUNTS = ("impressions", "clicks", "conversion", "likes")


@pytest.fixture(scope="module")
def busy() -> Any:
    """A world after ten days with five sparked posts; tests only read it."""
    with SandboxServer(seed=11) as sandbox:
        team = Team(sandbox)
        made = [team.launch(0, budget=60 + 20 * number) for number in range(5)]
        sandbox.advance(days=10)
        yield team, made, sandbox.get("truth/")


def cents(text: str) -> int:
    return int(Decimal(text) * 100)


class TestConservation:
    def test_never_spends_more_than_the_days_budget(self, busy: Any) -> None:
        team, made, _ = busy
        budgets = {m["adgroup_id"]: (60 + 20 * number) * 100 for number, m in enumerate(made)}
        rows = team.report("AUCTION_ADGROUP")
        assert len(rows) >= 45
        for row in rows:
            assert cents(row["metrics"]["spend"]) <= budgets[row["dimensions"]["adgroup_id"]]

    def test_spends_most_of_the_budget_on_a_full_day(self, busy: Any) -> None:
        team, _, _ = busy
        day = [r for r in team.report() if r["dimensions"]["stat_time_day"][:10] == "2026-03-05"]
        spent = sum(cents(row["metrics"]["spend"]) for row in day)
        assert 0.97 * 50_000 <= spent <= 50_000

    @pytest.mark.parametrize("level", ["AUCTION_ADGROUP", "AUCTION_CAMPAIGN", "AUCTION_ADVERTISER"])
    @pytest.mark.parametrize("by", ["stat_time_day", None])
    def test_sums_to_the_same_at_every_level(self, busy: Any, level: str, by: str | None) -> None:
        team, _, _ = busy
        assert _sums(team.report(level, by=by)) == _sums(team.report())

    def test_agrees_with_the_truth_per_ad_and_day(self, busy: Any) -> None:
        team, _, truth = busy
        reported = {
            (r["dimensions"]["ad_id"], r["dimensions"]["stat_time_day"][:10]): r["metrics"]
            for r in team.report()
        }
        true = {(r["ad_id"], r["day"]): r for r in truth["ad_days"]}
        assert reported.keys() == true.keys()
        for key, metrics in reported.items():
            assert cents(metrics["spend"]) == true[key]["spend_minor"]
            assert int(metrics["conversion"]) == true[key]["conversions"]
            assert int(metrics["impressions"]) == true[key]["impressions"]

    def test_adds_hours_up_to_the_day(self, busy: Any) -> None:
        team, _, _ = busy
        span = {"start_date": "2026-03-06", "end_date": "2026-03-06"}
        assert _sums(team.report(by="stat_time_hour", **span)) == _sums(team.report(**span))

    def test_prints_totals_beside_the_rows(self, busy: Any) -> None:
        team, _, _ = busy
        fields = {
            "report_type": "BASIC",
            "data_level": "AUCTION_AD",
            "dimensions": ["ad_id"],
            "metrics": ["spend", "impressions", "reach", "ad_name", "ctr", "live_views"],
            "query_lifetime": True,
            "enable_total_metrics": True,
            "page_size": 2,
        }
        data = team.get("/report/integrated/get/", **fields)
        assert len(data["list"]) == 2
        assert data["page_info"] == {
            "page": 1,
            "page_size": 2,
            "total_number": 5,
            "total_page": 3,
        }
        assert data["total_metrics"]["reach"] == "-"
        assert data["total_metrics"]["ad_name"] == "-"
        assert cents(data["total_metrics"]["spend"]) == _sums(team.report())["spend"]
        assert all(isinstance(v, str) for row in data["list"] for v in row["metrics"].values())
        assert {row["metrics"]["live_views"] for row in data["list"]} == {"0"}

    def test_credits_paid_engagement_to_the_post(self, busy: Any) -> None:
        _, _, truth = busy
        paid: dict[str, int] = defaultdict(int)
        for row in truth["ad_days"]:
            paid[row["item_id"]] += row["likes"]
        assert sum(paid.values()) > 0
        for post in truth["posts"]:
            assert post["paid"]["likes"] == paid.get(post["item_id"], 0)
            for name, count in post["total"].items():
                assert count == post["organic"][name] + post["paid"][name]

    def test_restates_earlier_days_as_orders_come_in_late(self) -> None:
        with SandboxServer(seed=11) as sandbox:
            team = Team(sandbox)
            for number in range(3):
                team.launch(0, budget=500 + number)
            sandbox.advance(days=3)
            first = {"start_date": "2026-03-02", "end_date": "2026-03-03"}
            early = _sums(team.report(**first))
            sandbox.advance(days=6)
            late = _sums(team.report(**first))
        assert late["conversion"] > early["conversion"]
        assert late["spend"] == early["spend"]


def _sums(rows: list[dict[str, Any]]) -> dict[str, int]:
    sums = dict.fromkeys(("spend", *COUNTS), 0)
    for row in rows:
        sums["spend"] += cents(row["metrics"]["spend"])
        for name in COUNTS:
            sums[name] += int(row["metrics"][name])
    return sums


ACTS = ("hide", "show", "revoke", "extend", "ad", "adgroup", "campaign", "delete", "wait")
RUNNING = ("AD_STATUS_DELIVERY_OK", "AD_STATUS_AUDIT", "AD_STATUS_BUDGET_EXCEED")
LENIENT = Behaviour(revoke_while_in_use="stops_ads")


class TestPermissionToDeliver:
    @pytest.mark.slow
    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(acts=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(1, 30)), max_size=8))
    def test_is_needed_for_every_hour(self, acts: list[tuple[str, int]]) -> None:
        """Whatever people do in whatever order, an ad that may not run is not shown."""
        with SandboxServer(seed=11, behaviour=LENIENT) as sandbox:
            team = Team(sandbox)
            made = team.launch(0, days=7)
            for act, hours in acts:
                act_on(team, made, act)
                stopped = team.ad_status(made["ad_id"]) not in RUNNING
                before = team.impressions()
                sandbox.advance(hours=hours)
                if stopped:
                    assert team.impressions() == before
            truth = sandbox.get("truth/")
        ends = truth["authorizations"][0]["auth_end"][:10]
        for row in truth["ad_days"]:
            assert row["spend_minor"] <= 10_000
            if "extend" not in [act for act, _ in acts]:
                assert row["day"] <= ends


def act_on(team: Team, made: dict[str, str], act: str) -> None:
    """One thing somebody does; what the world refuses changes nothing."""
    if act in ("ad", "adgroup", "campaign"):
        rows = team.get(f"/{act}/get/")["list"]
        operation = "DISABLE" if rows[0]["operation_status"] == "ENABLE" else "ENABLE"
        team.switch(act, made[f"{act}_id"], operation)
    elif act != "wait":
        with contextlib.suppress(SandboxError):
            team.sandbox.phone(f"posts/{made['item_id']}/{act}/", {"days": 7})


class TestReportRules:
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("dimensions", ["adgroup_id"]),
            ("dimensions", ["ad_id", "stat_time_day", "stat_time_hour"]),
            ("metrics", ["fame"]),
            ("report_type", "AUDIENCE"),
            ("end_date", "2026-04-01"),
            ("end_date", "2026-02-01"),
            ("start_date", None),
            ("page_size", 1001),
            ("filtering", [{"field_name": "ad_ids", "filter_type": "IN", "filter_value": ["1"]}]),
        ],
    )
    def test_refuse_what_the_documentation_refuses(
        self, busy: Any, field: str, value: object
    ) -> None:
        team, _, _ = busy
        fields: dict[str, object] = {
            "report_type": "BASIC",
            "data_level": "AUCTION_AD",
            "dimensions": ["ad_id", "stat_time_day"],
            "start_date": "2026-03-01",
            "end_date": "2026-03-30",
        }
        sent = {k: v for k, v in (fields | {field: value}).items() if v is not None}
        assert team.refused("GET", "/report/integrated/get/", **sent)[0] == 40002

    def test_filter_by_ids_inside_a_string(self, busy: Any) -> None:
        team, made, _ = busy
        ids = json.dumps([made[0]["ad_id"]])
        item = {"field_name": "ad_ids", "filter_type": "IN", "filter_value": ids}
        rows = team.report(filtering=[item])
        assert {row["dimensions"]["ad_id"] for row in rows} == {made[0]["ad_id"]}

    def test_leave_quiet_days_out_unless_told_otherwise(self, team: Team) -> None:
        made = team.launch()
        team.switch("ad", made["ad_id"], "DISABLE")
        team.sandbox.advance(days=2)
        assert team.report() == []
        team.sandbox.post("behaviour/", {"zero_rows": "present"})
        assert [row["metrics"]["impressions"] for row in team.report()] == ["0", "0", "0"]

    def test_leave_deleted_ads_out_unless_asked_for(self, team: Team) -> None:
        made = team.launch()
        team.sandbox.advance(days=1)
        team.switch("ad", made["ad_id"], "DELETE")
        assert team.report() == []
        item = {"field_name": "ad_status", "filter_type": "IN", "filter_value": '["STATUS_ALL"]'}
        assert team.report(filtering=[item]) != []

    def test_put_hours_into_days_of_the_accounts_zone(self, team: Team) -> None:
        team.launch()
        team.sandbox.advance(hours=4)
        # Four in the morning UTC on 2 March is still 1 March in New York.
        days = {row["dimensions"]["stat_time_day"] for row in team.report()}
        assert days == {"2026-03-01 00:00:00"}


class TestBooks:
    def test_reconcile_with_orders_fees_and_spend_to_the_cent(self, busy: Any) -> None:
        team, _, truth = busy
        orders, books = truth["orders"], truth["books"]
        spend = sum(row["spend_minor"] for row in truth["ad_days"])
        for rows in books.values():
            for name in (
                "net_revenue_minor",
                "cogs_minor",
                "fulfilment_minor",
                "platform_fee_minor",
                "payment_fee_minor",
                "commission_minor",
            ):
                assert sum(r[name] for r in rows) == sum(o[name] for o in orders)
            assert sum(r["orders"] for r in rows) == len(orders)
            assert sum(r["units"] for r in rows) == sum(o["quantity"] for o in orders)
            assert sum(r["ad_spend_minor"] for r in rows) == spend
            for row in rows:
                costs = sum(v for k, v in row.items() if k in _COSTS)
                assert row["profit_minor"] == row["net_revenue_minor"] - costs
        deals = csv.DictReader(io.StringIO(team.sandbox.text("shop/deals.csv")))
        fees = sum(cents(deal["content_fee"]) for deal in deals)
        assert sum(r["creator_fee_minor"] for r in books["by_post"]) == fees

    def test_follow_from_the_shops_files_alone(self, busy: Any) -> None:
        team, _, truth = busy
        products = _table(team, "shop/products.csv", "sku")
        deals = _table(team, "shop/deals.csv", "item_id")
        sold = _table(team, "shop/orders.csv", "order_id")
        assert len(sold) == len(truth["orders"]) > 20
        for order in truth["orders"]:
            row, product = sold[order["order_id"]], products[order["sku"]]
            net = cents(row["gross"]) - cents(row["discount"]) - cents(row["refund"])
            assert order["net_revenue_minor"] == net
            fee = Decimal(net) * Decimal(product["payment_fee_percent"]) / 100
            assert order["payment_fee_minor"] == int(fee.quantize(Decimal(1), "ROUND_HALF_UP"))
            rate = deals[order["item_id"]]["commission_percent"] if order["item_id"] in deals else 0
            due = (Decimal(net) * Decimal(rate) / 100).quantize(Decimal(1), "ROUND_HALF_UP")
            assert order["commission_minor"] == int(due)

    def test_fill_the_macros_of_an_ads_landing_page(self, busy: Any) -> None:
        team, _, truth = busy
        sold = _table(team, "shop/orders.csv", "order_id")
        sparked = [order for order in truth["orders"] if order["source"] == "spark"]
        assert sparked
        for order in sparked:
            url = sold[order["order_id"]]["landing_url"]
            assert url.endswith(f"cid={order['ad_id']}")
            assert "__" not in url

    def test_show_an_order_again_when_it_is_refunded(self) -> None:
        with SandboxServer(seed=11) as sandbox:
            team = Team(sandbox)
            for _ in range(3):
                team.launch(0, budget=400)
            sandbox.advance(days=4)
            first = _table(team, "shop/orders.csv", "order_id")
            since = sandbox.get("clock/")["now"]
            sandbox.advance(days=12)
            text = sandbox.text(f"shop/orders.csv?since={since}")
        again = {row["order_id"]: row for row in csv.DictReader(io.StringIO(text))}
        returned = [key for key in first if key in again]
        assert returned
        for key in returned:
            assert cents(first[key]["refund"]) == 0
            assert cents(again[key]["refund"]) > 0


_COSTS = (
    "cogs_minor",
    "fulfilment_minor",
    "platform_fee_minor",
    "payment_fee_minor",
    "commission_minor",
    "creator_fee_minor",
    "ad_spend_minor",
)


def _table(team: Team, path: str, key: str) -> dict[str, dict[str, str]]:
    return {row[key]: row for row in csv.DictReader(io.StringIO(team.sandbox.text(path)))}


def play(sandbox: SandboxServer, *, days: int) -> None:
    team = Team(sandbox)
    team.launch(0)
    team.launch(0)
    sandbox.advance(days=days)


PROGRAM = """
import json, sys
sys.path[:0] = sys.argv[1:]
from test_sandbox_world import play
from tiktok_sandbox.server import SandboxServer
with SandboxServer(seed=3) as sandbox:
    play(sandbox, days=4)
    print(json.dumps(sandbox.get("truth/"), sort_keys=True))
"""


class TestDeterminism:
    def test_gives_the_same_world_in_two_processes(self) -> None:
        here = Path(__file__).parent
        command = [sys.executable, "-c", PROGRAM, str(here), str(here.parent)]
        running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
        outputs = [process.communicate(timeout=60)[0] for process in running]
        assert outputs[0] == outputs[1]
        assert json.loads(outputs[0])["orders"]

    def test_gives_another_world_for_another_seed(self, sandbox: SandboxServer) -> None:
        sandbox.post("reset/", {"seed": 8})
        other = sandbox.get("world/")
        sandbox.post("reset/", {"seed": 7})
        assert sandbox.get("world/")["app"]["app_id"] != other["app"]["app_id"]

    def test_does_not_depend_on_the_size_of_the_steps(self) -> None:
        truths = []
        for steps in ([96], [1] * 24 + [72]):
            with SandboxServer(seed=5) as sandbox:
                team = Team(sandbox)
                team.launch(0)
                for hours in steps:
                    sandbox.advance(hours=hours)
                truths.append(sandbox.get("truth/"))
        assert truths[0] == truths[1]

    def test_continues_after_save_and_load_as_if_never_interrupted(self) -> None:
        with SandboxServer(seed=5) as first, SandboxServer(seed=9) as second:
            play(first, days=3)
            with urllib.request.urlopen(first.url + "/sandbox/v1/save/") as reply:  # noqa: S310 - our own http server
                file = reply.read()
            address = second.url + "/sandbox/v1/load/"
            with urllib.request.urlopen(address, data=file) as reply:  # noqa: S310 - our own http server
                assert json.loads(reply.read())["now"] == "2026-03-05T00:00:00Z"
            for running in (first, second):
                running.advance(days=5)
            assert first.get("truth/") == second.get("truth/")
            assert first.text("shop/orders.csv") == second.text("shop/orders.csv")

    def test_refuses_a_file_that_is_no_world(self, sandbox: SandboxServer) -> None:
        with pytest.raises(SandboxError, match="not a world file"):
            sandbox._send("POST", "/sandbox/v1/load/", b"junk")

    def test_lets_an_added_ad_make_the_others_a_little_dearer_and_nothing_else(self) -> None:
        """Ads of one account bid against each other: the same money, some views less."""
        found = []
        for extra in (False, True):
            with SandboxServer(seed=5) as sandbox:
                team = Team(sandbox)
                made = team.launch(0)
                if extra:
                    team.launch(0)
                sandbox.advance(days=3)
                rows = [r for r in team.report() if r["dimensions"]["ad_id"] == made["ad_id"]]
                found.append(_sums(rows))
        alone, beside = found
        assert 0.85 * alone["impressions"] < beside["impressions"] < alone["impressions"]
        assert beside["spend"] == pytest.approx(alone["spend"], rel=0.01)


class TestSecrets:
    def test_never_show_in_truth_or_logs(
        self, busy: Any, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        team, _, truth = busy
        state = team.sandbox.world.state
        team.call("GET", "/ad/get/", token="unknown")
        secrets = [code.auth_code for code in state.codes] + [state.app.secret, team.token]
        written = "".join(capfd.readouterr()) + caplog.text
        for text in (json.dumps(truth), written, repr(state.codes), repr(state.ads_grants)):
            assert not any(secret in text for secret in secrets)


class TestClock:
    def test_runs_at_the_speed_it_is_told(self, sandbox: SandboxServer) -> None:
        real = [1000.0]
        sandbox.world.real = lambda: real[0]
        sandbox.post("clock/", {"mode": "x3600"})
        real[0] += 48
        assert sandbox.get("clock/")["now"] == "2026-03-04T00:00:00Z"
        assert sandbox.world.state.ticks_done == 48

    @pytest.mark.parametrize("body", [{"hours": -1}, {"to": "2026-01-01T00:00:00Z"}, {}])
    def test_never_goes_back(self, sandbox: SandboxServer, body: dict[str, object]) -> None:
        with pytest.raises(SandboxError):
            sandbox.post("clock/advance/", body)


class TestDraws:
    @settings(max_examples=60, deadline=None)
    @given(n=st.integers(0, 10**6), p=st.floats(0, 1), u=st.floats(1e-9, 1 - 1e-9))
    def test_thin_never_makes_more_than_there_were(self, n: int, p: float, u: float) -> None:
        kept = thinned(np.array([n]), np.array([p]), np.array([u]))[0]
        assert 0 <= kept <= n

    @pytest.mark.parametrize("mean", [0.0, 0.05, 2.0, 11.9, 12.1, 5000.0])
    def test_have_the_mean_and_spread_of_a_poisson_count(self, mean: float) -> None:
        size = 40_000
        drawn = poisson(np.full(size, mean), uniforms(1, "test", 0, size))
        error = 5 * (mean / size) ** 0.5
        assert abs(drawn.mean() - mean) <= error + 1e-12
        assert abs(drawn.var() - mean) <= 0.05 * mean + 0.1

    def test_belong_to_the_entity_whatever_their_number(self) -> None:
        assert (uniforms(1, "x", 5, 10) == uniforms(1, "x", 5, 1000)[:10]).all()


class TestEconomics:
    @pytest.mark.slow
    def test_makes_some_sparked_posts_earn_and_others_clearly_lose(self) -> None:
        profits = []
        for seed in range(1, 7):
            with SandboxServer(seed=seed) as sandbox:
                team = Team(sandbox)
                sandbox.advance(days=4)
                for number in range(12):
                    _try_launch(team, number)
                sandbox.advance(days=14)
                profits += _spark_profits(sandbox.get("truth/"))
        share = sum(profit > 0 for profit in profits) / len(profits)
        assert 0.15 <= share <= 0.45
        assert sum(profit < -20_000 for profit in profits) >= len(profits) * 0.2


def _try_launch(team: Team, number: int) -> None:
    """Spark one more post at 50 a day; stories and duets are refused and left."""
    posts = team.posts(status="HESITATE_RECOMMEND", item_type="VIDEO")
    if number >= len(posts):
        return
    item_id = posts[number]["item_id"]
    code = team.code_for(item_id)
    if team.call("POST", "/tt_video/authorize/", auth_code=code)["code"] != 0:
        return
    identity_id = team.get("/tt_video/info/", auth_code=code)["user_info"]["identity_id"]
    adgroup_id = team.adgroup(team.campaign(item_id), budget=50)
    team.ad(adgroup_id, item_id, identity_id)


def _spark_profits(truth: dict[str, Any]) -> list[int]:
    """Margin of spark orders less ad spend, per sparked post; content fees are sunk."""
    margin: dict[str, int] = defaultdict(int)
    for row in truth["ad_days"]:
        margin[row["item_id"]] -= row["spend_minor"]
    for order in truth["orders"]:
        if order["source"] == "spark":
            costs = sum(v for k, v in order.items() if k in _COSTS)
            margin[order["item_id"]] += order["net_revenue_minor"] - costs
    return list(margin.values())
