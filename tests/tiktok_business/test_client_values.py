"""Ids, numbers, times and secrets, over whatever may come."""

from __future__ import annotations

import math
import pickle
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from urllib.parse import parse_qs

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tiktok_business
from tiktok_business import AdQuota, MalformedAnswerError, MetricKind, Secret, metric_kind
from tiktok_business.protocol.encoding import json_body, query_text, secrets_in, wire_time
from tiktok_business.protocol.fields import Fields, read_decimal, read_id, read_time
from tiktok_business.secret import MASK, scrub

MOMENTS = st.datetimes(
    datetime(1990, 1, 1),  # noqa: DTZ001 - hypothesis wants naive bounds beside a zone
    datetime(2090, 1, 1),  # noqa: DTZ001 - as above
    timezones=st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours))),
)


class TestIds:
    @given(st.integers(1, 10**30))
    def test_numbers_and_texts_give_the_same_text(self, number: int) -> None:
        assert read_id(number) == read_id(str(number)) == str(number)

    @pytest.mark.parametrize("absent", [None, "", " ", "0", 0, "-"])
    def test_absent_ids_are_none(self, absent: object) -> None:
        assert read_id(absent) is None

    @pytest.mark.parametrize(
        "wrong", [True, 1.5, Decimal("1.5"), [], {}, "7" * 129, "73\x00", "7\n3", "7\u200b3"]
    )
    def test_other_values_are_refused(self, wrong: object) -> None:
        with pytest.raises(ValueError, match=r"id|text|too long"):
            read_id(wrong)


class TestTheQuotaOfAnIdentity:
    @pytest.mark.parametrize(
        ("told", "left"),
        [
            ({"total_quota": 10, "used_quota": 4}, 6),
            ({"total_quota": 10, "used_quota": 12}, 0),
            ({"total_quota": 10, "used_quota": 4, "remaining_quota": 5}, 5),
            ({"total_quota": 10}, None),
            ({"ads": 4}, None),
        ],
    )
    def test_is_none_where_the_answer_does_not_say(
        self, told: dict[str, int], left: int | None
    ) -> None:
        assert AdQuota.from_wire(Fields(told, "/x/")).remaining == left


class TestNumbers:
    @given(st.decimals(-(10**17), 10**17, places=4))
    def test_text_is_kept_exactly(self, number: Decimal) -> None:
        assert read_decimal(str(number)) == number

    @pytest.mark.parametrize("text", ["1e18", "-1e999999999", "NaN", "Infinity"])
    def test_what_no_measure_can_be_is_refused_before_it_fills_the_memory(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"larger than any|not a finite"):
            read_decimal(text)
        with pytest.raises(MalformedAnswerError, match="total_number"):
            Fields({"total_number": text}, "/x/").integer("total_number")

    @pytest.mark.parametrize("absent", [None, "", "-"])
    def test_absent_numbers_are_none_and_never_zero(self, absent: object) -> None:
        assert read_decimal(absent) is None

    @given(
        st.text().filter(lambda text: not any(c.isdigit() for c in text) and text not in ("", "-"))
    )
    def test_what_has_no_digit_is_no_number(self, text: str) -> None:
        with pytest.raises(ValueError, match="number"):
            read_decimal(text)


class TestTimes:
    @given(MOMENTS)
    def test_what_we_write_is_what_we_read(self, moment: datetime) -> None:
        read = read_time(wire_time(moment))
        assert read == moment.replace(microsecond=0)
        assert read is not None
        assert read.tzinfo is UTC

    @pytest.mark.parametrize(
        "text",
        [
            "2026-11-20 12:00:00",
            "2026-11-20 12:00:00 UTC",
            "2026-11-20 12:00:00 +0000 UTC",
            "2026-11-20T14:00:00+02:00",
            1795176000,
            "1795176000",
        ],
    )
    def test_every_spelling_tiktok_uses_is_one_instant(self, text: object) -> None:
        assert read_time(text) == datetime(2026, 11, 20, 12, tzinfo=UTC)

    @pytest.mark.parametrize(
        "wrong",
        ["soon", True, [], "2026-13-01 00:00:00", 10**30, "0001-01-01T00:00:00+14:00"],
    )
    def test_other_values_are_refused(self, wrong: object) -> None:
        with pytest.raises(ValueError, match=r"."):
            read_time(wrong)


class TestEncoding:
    @given(st.text(st.characters(codec="utf-8")))
    def test_any_text_survives_a_query(self, text: str) -> None:
        query = query_text({"a": text, "b": [text], "none": None})
        read = parse_qs(query, keep_blank_values=True)
        assert read["a"] == [text]
        assert msgspec.json.decode(read["b"][0]) == [text]
        assert "none" not in read

    @given(st.text(st.characters(codec="utf-8")))
    def test_any_secret_survives_a_body(self, text: str) -> None:
        assert msgspec.json.decode(json_body({"code": Secret(text)})) == {"code": text}

    def test_flags_are_lower_case(self) -> None:
        assert query_text({"a": True, "b": False}) == "a=true&b=false"

    @pytest.mark.parametrize(
        "number", [Decimal("NaN"), Decimal("Infinity"), Decimal("1e999999999"), math.nan, -math.inf]
    )
    def test_what_is_no_number_is_refused_before_anything_is_sent(
        self, number: Decimal | float
    ) -> None:
        for sent in ({"budget": number}, {"all": [{"budget": number}]}):
            with pytest.raises(ValueError, match="not a finite number"):
                json_body(sent)
            with pytest.raises(ValueError, match="not a finite number"):
                query_text(sent)

    @pytest.mark.parametrize(
        ("number", "text"), [("1E+2", "100"), ("0.10", "0.10"), ("-5E+1", "-50"), ("0E+3", "0")]
    )
    def test_money_is_written_without_an_exponent(self, number: str, text: str) -> None:
        assert json_body({"budget": Decimal(number)}) == f'{{"budget":{text}}}'.encode()
        assert query_text({"budget": Decimal(number)}) == f"budget={text}"

    def test_secrets_are_known_however_deep_they_lie(self) -> None:
        deep = {"a": [{"code": Secret("one")}, (Secret("two"),)], "b": {"c": Secret("three")}}
        assert {each.reveal() for each in secrets_in(deep)} == {"one", "two", "three"}


class TestSecret:
    @given(st.text(min_size=4).filter(lambda text: text not in f"Secret({MASK})"))
    def test_no_way_of_printing_shows_it(self, text: str) -> None:
        secret = Secret(text)
        assert text not in f"{secret} {secret!r} {[secret]}".replace("Secret", "")
        assert secret.reveal() == text

    def test_it_does_not_pickle(self) -> None:
        with pytest.raises(TypeError, match="does not pickle"):
            pickle.dumps(Secret("x"))

    def test_a_code_we_did_not_send_is_scrubbed_too(self) -> None:
        assert scrub("bad #1Ea2bcde3fUM/x+y/L4m= here") == f"bad {MASK} here"

    @pytest.mark.parametrize(
        "echo", ["tok/en+x=", "tok%2Fen%2Bx%3D", "tok/en%2Bx%3D", "tok\\/en+x="]
    )
    def test_it_is_scrubbed_in_every_way_in_which_it_may_be_repeated(self, echo: str) -> None:
        assert scrub(f"bad {echo} here", [Secret("tok/en+x=")]) == f"bad {MASK} here"

    @pytest.mark.parametrize("code", ["%231Ea2bcde3fUM%2Fx%2By%2FL4m%3D", "%231Ea2bcde3fUM%2fx"])
    def test_a_code_as_a_query_holds_it_is_scrubbed_too(self, code: str) -> None:
        assert scrub(f"bad {code} here") == f"bad {MASK} here"


class TestMetricKinds:
    @pytest.mark.parametrize(
        ("name", "kind"),
        [
            ("spend", MetricKind.MONEY),
            ("cost_per_conversion", MetricKind.MONEY),
            ("total_complete_payment_rate", MetricKind.MONEY),
            ("total_onsite_shopping_value", MetricKind.MONEY),
            ("complete_payment_rate", MetricKind.NUMBER),
            ("impressions", MetricKind.NUMBER),
            ("ad_name", MetricKind.TEXT),
        ],
    )
    def test_the_name_tells(self, name: str, kind: MetricKind) -> None:
        assert metric_kind(name) is kind


class TestPublicSurface:
    def test_everything_public_is_exported_and_named_once(self) -> None:
        exported = tiktok_business.__all__
        assert sorted(set(exported)) == sorted(exported)
        public = {
            name
            for name, value in vars(tiktok_business).items()
            if not name.startswith("_") and not isinstance(value, type(tiktok_business))
        }
        assert public == set(exported)

    def test_the_names_others_build_on_stay(self) -> None:
        promised = {
            "TikTok", "OAuth", "Secret", "Pace", "Retry", "Transport", "AioHttpTransport",
            "TikTokError", "RefusedError", "OutcomeUnknownError", "UnreachableError",
            "SparkCodeError", "SparkCodeProblem", "WhoActs", "IncompleteReportError",
            "CampaignCreate", "AdGroupCreate", "SparkPullCreative", "Switch", "Level",
            "AdvertiserId", "CampaignId", "AdGroupId", "AdId", "IdentityId", "ItemId",
        }  # fmt: skip
        assert promised <= set(tiktok_business.__all__)
