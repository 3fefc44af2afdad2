"""Two published connectors, unmodified but for their base URL, sync a sandbox twice.

singer-io's tap-tiktok-ads and Airbyte's source-tiktok-marketing, as pip installs them. A full sync;
time passes, an ad group is switched off, another campaign starts; then a sync from the saved state.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from connector_world import Brand, Row, differences, keyed, plain
from connectors import Connector, Sync, write

from tiktok_sandbox.server import SandboxServer

SINGER = Connector(requirement="tap-tiktok-ads==1.2.1", module="tap_tiktok_ads", function="main")
AIRBYTE = Connector(
    requirement="airbyte-source-tiktok-marketing==4.7.0",
    module="source_tiktok_marketing.run",
    function="run",
)
START = "2024-01-01"  # before the demo world's accounts were opened
FIRST_DAY = "2026-02-28"  # before its epoch on every account's clock
METRICS = ["spend", "impressions", "clicks", "conversion", "likes", "reach", "ctr", "cpm"]
ATTRIBUTES = ["campaign_id", "adgroup_id", "ad_name", "billing_event", "call_to_action"]

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the API itself said at the moment of a sync, by stream of the connector."""

    now: str
    today: str
    spent_minor: int
    objects: dict[str, list[Row]]
    days: list[Row]
    viewers: list[Row]


def told_now(brand: Brand) -> Told:
    span = {"first": FIRST_DAY, "last": brand.today}
    return Told(
        now=brand.now,
        today=brand.today,
        spent_minor=brand.spent_minor(),
        objects={
            "advertisers": brand.account_rows(),
            "campaigns": brand.objects("/campaign/get/"),
            "adgroups": brand.objects("/adgroup/get/"),
            "ads": brand.objects("/ad/get/"),
        },
        days=brand.report(metrics=METRICS + ATTRIBUTES, **span),
        viewers=brand.report("gender", "age", metrics=METRICS[:4], **span),
    )


class TwoSyncs(ABC):
    """A full sync and one from its state, each beside what the API said at that moment."""

    def __init__(self, sandbox: SandboxServer, folder: Path, python: Path) -> None:
        self.sandbox, self.folder, self.python = sandbox, folder, python
        self.brand = Brand(sandbox)
        american, european = self.brand.accounts
        self.older = self.brand.launch(american, ads=3)
        self.brand.launch(european, ads=2)
        sandbox.advance(days=3, hours=15)
        self.full, self.full_told = self.sync(None), told_now(self.brand)
        self.truth = sandbox.get("truth/")
        self.brand.switch_off(american, self.older["adgroup_id"])
        self.newer = self.brand.launch(american, ads=1)
        sandbox.advance(days=4)
        self.later, self.later_told = self.sync(self.full.state), told_now(self.brand)

    @abstractmethod
    def sync(self, state: Any) -> Sync:
        """One run of the connector from this state."""


def spent(rows: list[Row]) -> int:
    return round(sum(float(row["spend"]) for row in rows) * 100)


def day_of(row: Row) -> str:
    return str(row["stat_time_day"])[:10]


def assert_same(records: list[Row], told: list[Row], *names: str) -> None:
    """Every record agrees with the API, no row is missing, none is there twice."""
    found, expected = keyed(records, *names), keyed(told, *names)
    assert found.keys() == expected.keys()
    unlike = {key: differences(found[key], expected[key]) for key in found}
    assert not {key: fields for key, fields in unlike.items() if fields}


def assert_as_many_as_are_true(syncs: TwoSyncs, *, ads: str, days: str) -> None:
    """As many rows as ads there are and days on which they were shown, by the sandbox's truth."""
    records, truth = syncs.full.records, syncs.truth
    assert 0 < len(records[ads]) == len(truth["ads"])
    assert 0 < len(records[days]) == len(truth["ad_days"])


class SingerSyncs(TwoSyncs):
    def sync(self, state: Any) -> Sync:
        config = {
            "start_date": f"{START}T00:00:00Z",
            "end_date": self.brand.now.replace(" ", "T") + "Z",
            "access_token": self.brand.token,
            "accounts": ",".join(self.brand.accounts),
            "page_size": 4,  # small, so that pages are turned
        }
        given = ["--config", write(self.folder, "config.json", config)]
        catalog = SINGER.run(self.python, self.sandbox.url, *given, "--discover")[0]
        for stream in catalog["streams"]:
            for entry in stream["metadata"]:
                entry["metadata"]["selected"] = True
        given += ["--catalog", write(self.folder, "catalog.json", catalog)]
        if state is not None:
            given += ["--state", write(self.folder, "state.json", state)]
        messages = SINGER.run(self.python, self.sandbox.url, *given)
        done = Sync(state=[m["value"] for m in messages if m["type"] == "STATE"][-1])
        for message in messages:
            if message["type"] == "RECORD":
                done.records[message["stream"]].append(message["record"])
        return done


class AirbyteSyncs(TwoSyncs):
    STREAMS = (
        "advertisers",
        "campaigns",
        "ad_groups",
        "ads",
        "spark_ads",
        "ads_reports_daily",
        "ads_audience_reports_daily",
    )
    LOOKBACK_DAYS = 3

    def sync(self, state: Any) -> Sync:
        config = {
            "start_date": START,
            "end_date": self.brand.today,
            "attribution_window": self.LOOKBACK_DAYS,
            "credentials": {
                "auth_type": "oauth2.0",
                "app_id": self.brand.app["app_id"],
                "secret": self.brand.app["secret"],
                "access_token": self.brand.token,
            },
        }
        given = ["--config", write(self.folder, "config.json", config)]
        given += ["--catalog", write(self.folder, "catalog.json", self.catalog(given))]
        if state is not None:
            given += ["--state", write(self.folder, "state.json", state)]
        messages = AIRBYTE.run(self.python, self.sandbox.url, "read", *given)
        states = {
            m["state"]["stream"]["stream_descriptor"]["name"]: m["state"]
            for m in messages
            if m["type"] == "STATE"
        }
        done = Sync(state=list(states.values()))
        for message in messages:
            if message["type"] == "RECORD":
                row = message["record"]["data"]
                flat = row | row.get("metrics", {}) | row.get("dimensions", {})
                done.records[message["record"]["stream"]].append(flat)
        return done

    def catalog(self, given: list[str]) -> Row:
        """What its user picks: every stream incremental that can be."""
        messages = AIRBYTE.run(self.python, self.sandbox.url, "discover", *given)
        streams = next(m["catalog"]["streams"] for m in messages if m["type"] == "CATALOG")
        return {
            "streams": [
                {
                    "stream": stream,
                    "sync_mode": stream["supported_sync_modes"][-1],
                    "destination_sync_mode": "append",
                }
                for stream in streams
                if stream["name"] in self.STREAMS
            ]
        }


def sandbox_for(tier: str = "off") -> SandboxServer:
    return SandboxServer(seed=7, tier=tier)


@pytest.fixture(scope="module")
def connectors_folder(request: pytest.FixtureRequest) -> Path:
    cache = request.config.cache
    assert cache is not None, "pytest's cache keeps the connectors' environments"
    return cache.mkdir("connectors")


@pytest.fixture(scope="module")
def singer(connectors_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoSyncs]:
    with sandbox_for() as sandbox:
        folder = tmp_path_factory.mktemp("singer")
        yield SingerSyncs(sandbox, folder, SINGER.install(connectors_folder))


@pytest.fixture(scope="module")
def airbyte(
    connectors_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TwoSyncs]:
    with sandbox_for() as sandbox:
        folder = tmp_path_factory.mktemp("airbyte")
        yield AirbyteSyncs(sandbox, folder, AIRBYTE.install(connectors_folder))


class TestSingerTap:
    @pytest.mark.parametrize(
        ("stream", "key"),
        [
            ("advertisers", "advertiser_id"),
            ("campaigns", "campaign_id"),
            ("adgroups", "adgroup_id"),
            ("ads", "ad_id"),
        ],
    )
    def test_copies_every_object(self, singer: TwoSyncs, stream: str, key: str) -> None:
        told = [
            # The tap turns seconds since 1970 into a moment.
            row | ({"create_time": None} if stream == "advertisers" else {})
            for row in singer.full_told.objects[stream]
        ]
        records = [
            row | ({"create_time": None} if stream == "advertisers" else {})
            for row in singer.full.records[stream]
        ]
        assert_same(records, told, key)

    def test_has_as_many_rows_as_are_true(self, singer: TwoSyncs) -> None:
        assert_as_many_as_are_true(singer, ads="ads", days="ad_insights")

    def test_copies_every_day_of_every_ad(self, singer: TwoSyncs) -> None:
        records = singer.full.records["ad_insights"]
        assert_same(records, singer.full_told.days, "ad_id", "stat_time_day")
        assert 0 < spent(records) <= singer.full_told.spent_minor

    def test_copies_viewers_by_age_and_gender(self, singer: TwoSyncs) -> None:
        records = singer.full.records["ad_insights_by_age_and_gender"]
        key = ("ad_id", "stat_time_day", "gender", "age")
        assert_same(records, singer.full_told.viewers, *key)
        # What is known of viewers comes eleven hours later.
        assert 0 < spent(records) <= spent(singer.full.records["ad_insights"])

    @pytest.mark.parametrize("stream", ["ad_insights_by_country", "ad_insights_by_platform"])
    def test_splits_the_same_spend(self, singer: TwoSyncs, stream: str) -> None:
        viewers = singer.full.records["ad_insights_by_age_and_gender"]
        assert spent(singer.full.records[stream]) == spent(viewers)

    def test_copies_provinces(self, singer: TwoSyncs) -> None:
        assert singer.full.records["campaign_insights_by_province"]

    @pytest.mark.parametrize(
        ("stream", "key"), [("campaigns", "campaign_id"), ("adgroups", "adgroup_id")]
    )
    def test_goes_on_with_objects_changed_since(
        self, singer: TwoSyncs, stream: str, key: str
    ) -> None:
        marks = singer.full.state["bookmarks"][stream]
        expected = [
            row
            for row in singer.later_told.objects[stream]
            if plain(row["modify_time"]) >= plain(marks[row["advertiser_id"]])
        ]
        assert_same(singer.later.records[stream], expected, key)
        found = keyed(singer.later.records[stream], key).keys()
        assert keyed([singer.newer], key).keys() <= found

    def test_sees_the_ad_group_that_was_switched_off(self, singer: TwoSyncs) -> None:
        rows = singer.later.records["adgroups"]
        status = {row["adgroup_id"]: row["operation_status"] for row in rows}
        assert status[singer.older["adgroup_id"]] == "DISABLE"
        assert status[singer.newer["adgroup_id"]] == "ENABLE"

    def test_goes_on_with_days_from_its_bookmark(self, singer: TwoSyncs) -> None:
        marks = singer.full.state["bookmarks"]["ad_insights"]
        expected = [
            row for row in singer.later_told.days if day_of(row) >= marks[row["advertiser_id"]][:10]
        ]
        assert_same(singer.later.records["ad_insights"], expected, "ad_id", "stat_time_day")

    def test_loses_no_day_between_its_syncs(self, singer: TwoSyncs) -> None:
        key = ("ad_id", "stat_time_day")
        merged = keyed(singer.full.records["ad_insights"], *key)
        merged |= keyed(singer.later.records["ad_insights"], *key)
        assert merged.keys() == keyed(singer.later_told.days, *key).keys()

    def test_moves_its_bookmarks_on(self, singer: TwoSyncs) -> None:
        before, after = singer.full.state["bookmarks"], singer.later.state["bookmarks"]
        american, european = singer.brand.accounts
        assert before["campaigns"][american] < after["campaigns"][american]
        assert before["adgroups"][american] < after["adgroups"][american]
        for account in (american, european):
            assert before["ad_insights"][account] < after["ad_insights"][account]


class TestAirbyteSource:
    @pytest.mark.parametrize(
        ("stream", "ours", "key"),
        [
            ("advertisers", "advertisers", "advertiser_id"),
            ("campaigns", "campaigns", "campaign_id"),
            ("ad_groups", "adgroups", "adgroup_id"),
            ("ads", "ads", "ad_id"),
        ],
    )
    def test_copies_every_object(self, airbyte: TwoSyncs, stream: str, ours: str, key: str) -> None:
        assert_same(airbyte.full.records[stream], airbyte.full_told.objects[ours], key)

    def test_copies_every_bound_post(self, airbyte: TwoSyncs) -> None:
        found = {row["spark_ads_post_id"] for row in airbyte.full.records["spark_ads"]}
        assert found == {ad["tiktok_item_id"] for ad in airbyte.full_told.objects["ads"]}

    def test_has_as_many_rows_as_are_true(self, airbyte: TwoSyncs) -> None:
        assert_as_many_as_are_true(airbyte, ads="ads", days="ads_reports_daily")

    def test_copies_every_day_of_every_ad(self, airbyte: TwoSyncs) -> None:
        records = airbyte.full.records["ads_reports_daily"]
        assert_same(records, airbyte.full_told.days, "ad_id", "stat_time_day")
        assert 0 < spent(records) <= airbyte.full_told.spent_minor

    def test_copies_viewers_by_age_and_gender(self, airbyte: TwoSyncs) -> None:
        records = airbyte.full.records["ads_audience_reports_daily"]
        key = ("ad_id", "stat_time_day", "gender", "age")
        assert_same(records, airbyte.full_told.viewers, *key)

    def test_goes_on_with_objects_changed_since(self, airbyte: TwoSyncs) -> None:
        rows = airbyte.later.records["ad_groups"]
        status = {str(row["adgroup_id"]): row["operation_status"] for row in rows}
        assert status[airbyte.older["adgroup_id"]] == "DISABLE"
        assert status[airbyte.newer["adgroup_id"]] == "ENABLE"
        told = keyed(airbyte.later_told.objects["adgroups"], "adgroup_id")
        for key, row in keyed(rows, "adgroup_id").items():
            assert differences(row, told[key]) == {}

    def test_goes_on_with_days_from_its_lookback(self, airbyte: TwoSyncs) -> None:
        rows = airbyte.later.records["ads_reports_daily"]
        last = {
            row["advertiser_id"]: day_of(row) for row in sorted(airbyte.full_told.days, key=day_of)
        }
        back = timedelta(days=AirbyteSyncs.LOOKBACK_DAYS)
        start = {key: str(date.fromisoformat(day) - back) for key, day in last.items()}
        expected = [
            row for row in airbyte.later_told.days if day_of(row) >= start[row["advertiser_id"]]
        ]
        assert_same(rows, expected, "ad_id", "stat_time_day")

    def test_loses_no_day_between_its_syncs(self, airbyte: TwoSyncs) -> None:
        key = ("ad_id", "stat_time_day")
        merged = keyed(airbyte.full.records["ads_reports_daily"], *key)
        merged |= keyed(airbyte.later.records["ads_reports_daily"], *key)
        assert merged.keys() == keyed(airbyte.later_told.days, *key).keys()

    def test_moves_its_state_on(self, airbyte: TwoSyncs) -> None:
        for stream in ("campaigns", "ad_groups", "ads_reports_daily"):
            before, after = cursors(airbyte.full, stream), cursors(airbyte.later, stream)
            assert before.keys() == after.keys() == set(airbyte.brand.accounts)
            assert max(before.values()) < max(after.values())


def cursors(sync: Sync, stream: str) -> dict[str, str]:
    """Account → how far the stream's saved state says it has read."""
    states = {each["stream"]["stream_descriptor"]["name"]: each["stream"] for each in sync.state}
    return {
        str(part["partition"]["advertiser_id"]): next(iter(part["cursor"].values()))
        for part in states[stream]["stream_state"]["states"]
    }
