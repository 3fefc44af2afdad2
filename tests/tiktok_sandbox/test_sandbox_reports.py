"""Reports: dimensions, filters, totals, audiences, asynchronous tasks. Source: §11."""

from __future__ import annotations

import csv
import io
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sandbox_team import Team
from sandbox_uploads import push, push_creative, upload_image, upload_video

from ads_manager import PREFIX
from tiktok_sandbox.server import SandboxServer

SPAN = {"start_date": "2026-03-01", "end_date": "2026-03-30"}
# Days whose audiences are known too, which takes eleven hours.
SETTLED = {"end_date": "2026-03-04"}
AUDIENCES = ["gender", "age", "platform", "country_code"]
AUDIENCES += ["province_id", "language", "placement", "interest_category"]
IDS = {
    "AUCTION_AD": "ad_id",
    "AUCTION_ADGROUP": "adgroup_id",
    "AUCTION_CAMPAIGN": "campaign_id",
    "AUCTION_ADVERTISER": "advertiser_id",
}


@pytest.fixture(scope="module")
def busy() -> Iterator[Team]:
    """Two campaigns of two ad groups, Spark and push ads, five days of delivery."""
    with SandboxServer(seed=7) as sandbox:
        team = Team(sandbox)
        video_id, image_id = upload_video(team)["video_id"], upload_image(team)
        for number in range(2):
            campaign_id = team.campaign(f"Campaign {number}")
            for _ in range(2):
                item_id = team.plain_post()["item_id"]
                identity_id = team.bind(item_id)
                adgroup_id = team.adgroup(campaign_id, adgroup_name=f"Group {item_id}")
                team.ad(adgroup_id, item_id, identity_id)
                push(team, adgroup_id, push_creative(team, video_id, image_id))
        sandbox.advance(days=5)
        yield team


def rows_of(team: Team, level: str, *dimensions: str, **given: object) -> list[dict[str, Any]]:
    fields: dict[str, object] = {
        "report_type": "BASIC",
        "data_level": level,
        "dimensions": [IDS[level], *dimensions],
        "metrics": ["spend", "impressions", "clicks", "conversion"],
        "page_size": 1000,
        **SPAN,
    }
    rows: list[dict[str, Any]] = team.get("/report/integrated/get/", **fields | given)["list"]
    return rows


def cents(text: str) -> int:
    return round(float(text) * 100)


def sums(rows: list[dict[str, Any]]) -> tuple[int, int, int, int]:
    metrics = [row["metrics"] for row in rows]
    counts = (
        sum(int(m[name]) for m in metrics) for name in ("impressions", "clicks", "conversion")
    )
    return (sum(cents(m["spend"]) for m in metrics), *counts)  # type: ignore[return-value]  # four


class TestSpans:
    """What a probe of the live service found: closed days (tiktok-api.md §17)."""

    @pytest.mark.parametrize(
        ("by", "start", "end", "text"),
        [
            ("stat_time_day", "2026-03-01", "2026-03-30", None),
            (
                "stat_time_day",
                "2026-03-01",
                "2026-03-31",
                "max time span is 30 days when use stat_time_day",
            ),
            (None, "2025-03-02", "2026-03-02", None),
            (None, "2025-03-01", "2026-03-02", "max time span is 365 days"),
            ("stat_time_hour", "2026-03-01", "2026-03-01", None),
            (
                "stat_time_hour",
                "2026-03-01",
                "2026-03-02",
                "max time span is 1 day when use stat_time_hour",
            ),
        ],
    )
    def test_end_at_the_day_the_live_service_ends_them(
        self, team: Team, by: str | None, start: str, end: str, text: str | None
    ) -> None:
        asked = {
            "report_type": "BASIC",
            "data_level": "AUCTION_AD",
            "dimensions": ["ad_id", by] if by else ["ad_id"],
            "start_date": start,
            "end_date": end,
        }
        if text is None:
            assert team.get("/report/integrated/get/", **asked)["list"] == []
        else:
            assert team.refused("GET", "/report/integrated/get/", **asked) == (40002, text)


class TestConservation:
    @pytest.mark.parametrize("level", IDS)
    @pytest.mark.parametrize("dimensions", [(), ("stat_time_day",), ("country_code",)])
    def test_sums_to_the_same_totals_at_every_level(
        self, busy: Team, level: str, dimensions: tuple[str, ...]
    ) -> None:
        whole = sums(rows_of(busy, "AUCTION_ADVERTISER"))
        assert sums(rows_of(busy, level, *dimensions)) == whole
        assert whole[1] > 0

    @pytest.mark.parametrize("dimension", AUDIENCES)
    def test_splits_audiences_without_a_rest(self, busy: Team, dimension: str) -> None:
        rows = rows_of(busy, "AUCTION_AD", dimension, report_type="AUDIENCE", **SETTLED)
        known = rows_of(busy, "AUCTION_AD", "country_code", report_type="AUDIENCE", **SETTLED)
        assert sums(rows) == sums(known)
        # Orders of the last eleven hours count for earlier days, so conversions differ.
        assert sums(rows)[:3] == sums(rows_of(busy, "AUCTION_AD", **SETTLED))[:3]
        assert sums(rows)[1] > 0
        assert all(row["dimensions"][dimension] for row in rows)

    def test_splits_the_same_in_either_order_and_alone(self, busy: Team) -> None:
        given = {"report_type": "AUDIENCE"}
        found = []
        for order in (("gender", "age"), ("age", "gender")):
            rows = rows_of(busy, "AUCTION_AD", *order, **given)
            found.append({tuple(sorted(r["dimensions"].values())): r["metrics"] for r in rows})
        assert found[0] == found[1]
        women = [r for r in rows if r["dimensions"]["gender"] == "FEMALE"]
        alone = rows_of(busy, "AUCTION_AD", "gender", **given)
        assert sums(women) == sums([r for r in alone if r["dimensions"]["gender"] == "FEMALE"])

    def test_splits_by_gender_and_age_together(self, busy: Team) -> None:
        given = {"report_type": "AUDIENCE", **SETTLED}
        rows = rows_of(busy, "AUCTION_AD", "gender", "age", **given)
        assert sums(rows)[:3] == sums(rows_of(busy, "AUCTION_AD", **SETTLED))[:3]
        pairs = {(row["dimensions"]["gender"], row["dimensions"]["age"]) for row in rows}
        assert len(pairs) > max(len({pair[0] for pair in pairs}), len({pair[1] for pair in pairs}))

    def test_needs_no_id_for_audiences(self, busy: Team) -> None:
        asked: dict[str, object] = {"report_type": "AUDIENCE", "data_level": "AUCTION_AD"}
        asked |= {"metrics": ["spend", "impressions", "clicks", "likes", "ad_name"]}
        span = {"start_date": "2026-03-01", **SETTLED}
        rows = busy.get(
            "/report/integrated/get/", dimensions=["gender"], page_size=1000, **asked, **span
        )["list"]
        assert all(set(row["dimensions"]) == {"gender"} for row in rows)
        assert {row["metrics"]["ad_name"] for row in rows} == {"-"}
        shown = sum(int(row["metrics"]["impressions"]) for row in rows)
        alone = rows_of(busy, "AUCTION_AD", "gender", report_type="AUDIENCE", **SETTLED)
        assert shown == sum(int(row["metrics"]["impressions"]) for row in alone)

    def test_knows_audiences_eleven_hours_later_than_the_rest(self, team: Team) -> None:
        team.launch(0)
        team.sandbox.advance(days=2)
        late = {"report_type": "AUDIENCE"}

        def shown(**given: object) -> int:
            names = ("gender",) if given else ()
            rows = rows_of(team, "AUCTION_AD", *names, **given)
            return sum(int(row["metrics"]["impressions"]) for row in rows)

        before = shown(**late)
        known = shown()
        assert before < known
        team.sandbox.advance(hours=11)
        assert shown(**late) == known

    def test_of_the_shop_has_its_own_default_metrics(self, busy: Team) -> None:
        asked = {"report_type": "TT_SHOP", "data_level": "AUCTION_AD", "dimensions": ["ad_id"]}
        rows = busy.get("/report/integrated/get/", **asked, **SPAN)["list"]
        assert all(set(row["metrics"]) == {"spend", "billed_cost"} for row in rows)
        assert rows

    def test_sums_hours_to_the_day(self, busy: Team) -> None:
        day = {"start_date": "2026-03-04", "end_date": "2026-03-04"}
        hours = rows_of(busy, "AUCTION_AD", "stat_time_hour", **day)
        assert sums(hours) == sums(rows_of(busy, "AUCTION_AD", "stat_time_day", **day))

    def test_prints_the_total_of_all_rows(self, busy: Team) -> None:
        data = busy.get(
            "/report/integrated/get/",
            report_type="BASIC",
            data_level="AUCTION_AD",
            dimensions=["ad_id", "stat_time_day"],
            metrics=["spend", "impressions", "reach", "ad_name"],
            enable_total_metrics=True,
            page_size=1,
            **SPAN,
        )
        whole = sums(rows_of(busy, "AUCTION_AD"))
        assert cents(data["total_metrics"]["spend"]) == whole[0]
        assert data["total_metrics"]["reach"] == data["total_metrics"]["ad_name"] == "-"

    def test_keeps_everything_when_days_are_utc(self, busy: Team) -> None:
        many = {"advertiser_ids": [busy.advertiser_id], "advertiser_id": None}
        local = rows_of(busy, "AUCTION_AD", "stat_time_day", **many)
        utc = rows_of(
            busy, "AUCTION_AD", "stat_time_day", multi_adv_report_in_utc_time=True, **many
        )
        assert sums(local) == sums(utc)
        assert local != utc
        assert utc[0]["metrics"]["timezone"] == "America/New_York"

    def test_answers_lifetime_like_the_sum_of_days(self, busy: Team) -> None:
        lifetime = rows_of(busy, "AUCTION_AD", query_lifetime=True)
        assert sums(lifetime) == sums(rows_of(busy, "AUCTION_AD"))


class TestFilters:
    def _filter(self, name: str, kind: str, value: str) -> dict[str, str]:
        return {"field_name": name, "filter_type": kind, "filter_value": value}

    def _found(self, team: Team, *filters: dict[str, str]) -> list[dict[str, Any]]:
        return rows_of(team, "AUCTION_AD", filtering=list(filters))

    def test_take_names_numbers_and_ids(self, busy: Team) -> None:
        everything = rows_of(busy, "AUCTION_AD")
        matched = self._found(busy, self._filter("campaign_name", "MATCH", "campaign 1"))
        assert 0 < len(matched) < len(everything)
        least = sorted(int(row["metrics"]["impressions"]) for row in everything)[1]
        many = self._found(busy, self._filter("impressions", "GREATER_EQUAL", str(least)))
        assert len(many) == len(everything) - 1
        between = self._found(busy, self._filter("spend", "BETWEEN", "[0, 0.01]"))
        assert between == []
        one = everything[0]["dimensions"]["ad_id"]
        assert len(self._found(busy, self._filter("ad_ids", "IN", f'["{one}"]'))) == 1
        made = self._filter("create_time", "LOWER_THAN", "2026-03-02 00:00:00")
        assert self._found(busy, made) == []

    @pytest.mark.parametrize(
        ("name", "kind", "value"),
        [("ad_ids", "MATCH", "1"), ("colour", "IN", "[]"), ("spend", "BETWEEN", "[1]")],
    )
    def test_refuse_what_cannot_be_compared(
        self, busy: Team, name: str, kind: str, value: str
    ) -> None:
        fields = {"data_level": "AUCTION_AD", "dimensions": ["ad_id"], "report_type": "BASIC"}
        refusal = busy.refused(
            "GET",
            "/report/integrated/get/",
            filtering=[self._filter(name, kind, value)],
            **fields,
            **SPAN,
        )
        assert refusal[0] == 40002


class TestPostDimension:
    def test_answers_a_day_late_and_joins_ads_of_one_post(self, busy: Team) -> None:
        rows = rows_of(busy, "AUCTION_ADVERTISER", "post_id")
        posts = busy.sandbox.world.state.posts
        assert {row["dimensions"]["post_id"] for row in rows} <= set(posts)
        assert 0 < sums(rows)[1] < sums(rows_of(busy, "AUCTION_ADVERTISER"))[1]

    @pytest.mark.parametrize("metric", ["likes", "comments", "reach", "complete_payment"])
    def test_refuses_other_metrics(self, busy: Team, metric: str) -> None:
        code, message = busy.refused(
            "GET",
            "/report/integrated/get/",
            report_type="BASIC",
            data_level="AUCTION_AD",
            dimensions=["ad_id", "post_id"],
            metrics=["spend", metric],
            **SPAN,
        )
        assert code == 40002
        assert metric in message

    def test_tells_spark_from_push(self, busy: Team) -> None:
        rows = rows_of(busy, "AUCTION_ADVERTISER", "ad_type")
        assert {row["dimensions"]["ad_type"] for row in rows} == {
            "SPARK_ADS_PULL",
            "SPARK_ADS_PUSH",
        }


class TestThrottling:
    def test_is_told_by_a_header_over_the_ids_a_query_takes(
        self, busy: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        query = f"advertiser_id={busy.advertiser_id}&report_type=BASIC&data_level=AUCTION_AD"
        query += '&dimensions=["ad_id"]&start_date=2026-03-01&end_date=2026-03-30'
        address = f"{busy.sandbox.url}{PREFIX}/report/integrated/get/?{query}"

        def headers() -> set[str]:
            answer = httpx.get(address, headers={"Access-Token": busy.token}, trust_env=False)
            assert answer.json()["code"] == 0
            return {name.lower() for name in answer.headers}

        assert "x-tt-ads-throttle" not in headers()
        monkeypatch.setattr("tiktok_sandbox.wire.reports.integrated.MOST_IDS", 0)
        assert "x-tt-ads-throttle" in headers()


class TestSelectors:
    @pytest.mark.parametrize(
        "given",
        [
            {"report_type": "AUDIENCE"},
            {"report_type": "AUDIENCE", "dimensions": ["ad_id", "gender", "platform"]},
            {
                "report_type": "AUDIENCE",
                "dimensions": ["ad_id", "gender"],
                "query_mode": "CHUNK",
            },
            {"report_type": "TT_SHOP", "dimensions": ["ad_id", "gender"]},
            {"metrics": ["video_views"]},
            {"dimensions": ["ad_id", "gender"]},
            {"dimensions": ["adgroup_id"]},
            {"dimensions": ["ad_id", "stat_time_day"], "query_lifetime": True},
            {"dimensions": ["ad_id", "stat_time_hour"]},
            {"order_field": "ad_name", "metrics": ["ad_name"]},
            {"metrics": ["fame"]},
            {"report_type": "BC"},
            {"end_date": "2026-02-01"},
        ],
    )
    def test_that_do_not_fit_are_refused(self, busy: Team, given: dict[str, object]) -> None:
        fields: dict[str, object] = {
            "report_type": "BASIC",
            "data_level": "AUCTION_AD",
            "dimensions": ["ad_id"],
            **SPAN,
        }
        assert busy.refused("GET", "/report/integrated/get/", **fields | given)[0] == 40002

    def test_sort_by_a_metric(self, busy: Team) -> None:
        rows = rows_of(busy, "AUCTION_AD", order_field="clicks", order_type="ASC")
        clicks = [int(row["metrics"]["clicks"]) for row in rows]
        assert clicks == sorted(clicks)


class TestTasks:
    def _ask(self, team: Team, **given: object) -> str:
        made = team.post(
            "/report/task/create/",
            report_type="BASIC",
            data_level="AUCTION_AD",
            dimensions=["ad_id"],
            metrics=["spend", "ad_name"],
            start_date="2025-01-01",
            end_date="2026-12-31",
            **given,
        )
        return str(made["task_id"])

    def _wait(self, team: Team, task_id: str) -> list[str]:
        return [team.get("/report/task/check/", task_id=task_id)["status"] for _ in range(3)]

    @pytest.mark.slow
    def test_are_gone_after_thirty_days(self, team: Team) -> None:
        task_id = self._ask(team)
        team.sandbox.advance(days=29)
        assert team.get("/report/task/check/", task_id=task_id)["status"] == "SUCCESS"
        team.sandbox.advance(days=1)
        assert team.refused("GET", "/report/task/check/", task_id=task_id)[0] == 40007

    def _raw(self, team: Team, task_id: str) -> bytes:
        address = (
            f"{team.sandbox.url}{PREFIX}/report/task/download/"
            f"?advertiser_id={team.advertiser_id}&task_id={task_id}"
        )
        request = urllib.request.Request(address, headers={"Access-Token": team.token})  # noqa: S310 - our own http server
        with urllib.request.urlopen(request, timeout=30) as reply:  # noqa: S310 - our own http server
            content: bytes = reply.read()
            return content

    def test_become_ready_and_answer_plain_text(self, busy: Team) -> None:
        task_id = self._ask(busy)
        refused = busy.refused("GET", "/report/task/download/", task_id=task_id)
        assert refused[0] == 40201
        assert self._wait(busy, task_id) == ["QUEUING", "PROCESSING", "SUCCESS"]
        table = list(csv.reader(io.StringIO(self._raw(busy, task_id).decode())))
        assert table[0] == ["Ad id", "Spend", "Ad name"]
        assert len(table) == 1 + len(rows_of(busy, "AUCTION_AD"))

    @pytest.mark.parametrize("kind", ["CSV_DOWNLOAD", "XLSX_DOWNLOAD"])
    def test_answer_a_file_that_lives_an_hour(self, busy: Team, kind: str) -> None:
        task_id = self._ask(busy, output_format=kind, file_name="sample")
        self._wait(busy, task_id)
        data = busy.get("/report/task/download/", task_id=task_id)
        assert data["file_name"].startswith("sample.")
        with urllib.request.urlopen(data["download_url"], timeout=30) as reply:  # noqa: S310 - our own http server
            content = reply.read()
        if kind == "XLSX_DOWNLOAD":
            sheet = zipfile.ZipFile(io.BytesIO(content)).read("xl/sheet.xml").decode()
            assert "Ad name" in sheet
        else:
            assert content.startswith(b"Ad id,")
        wrong = data["download_url"][:-4] + "0000"
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(wrong, timeout=30)  # noqa: S310 - our own http server
        refusal.value.close()

    def test_can_be_cancelled_until_they_are_done(self, busy: Team) -> None:
        task_id = self._ask(busy)
        busy.post("/report/task/cancel/", task_id=task_id)
        assert busy.get("/report/task/check/", task_id=task_id)["status"] == "CANCELED"
        done = self._ask(busy)
        self._wait(busy, done)
        assert busy.refused("POST", "/report/task/cancel/", task_id=done)[0] == 40002

    def test_take_filters_on_ids_only(self, busy: Team) -> None:
        entry = {"field_name": "campaign_name", "filter_type": "MATCH", "filter_value": "x"}
        refusal = busy.refused(
            "POST",
            "/report/task/create/",
            report_type="BASIC",
            data_level="AUCTION_AD",
            dimensions=["ad_id"],
            filtering=[entry],
            **SPAN,
        )
        assert refusal[0] == 40002
