"""TikTok's minimum budgets by currency. Source: reference tiktok-api §17."""

import pytest

from kindling.kit.money import from_minor
from kindling.launches.planning import minimums


class TestTheMinimum:
    @pytest.mark.parametrize(
        ("currency", "adgroup", "campaign"),
        [
            ("USD", "20.00", "50.00"),
            ("EUR", "20.00", "50.00"),
            ("PLN", "80.00", "200.00"),
            ("MXN", "200.00", "500.00"),
            ("PHP", "1000.00", "2500.00"),
            ("JPY", "2000", "5000"),
            ("INR", "2000.00", "5000.00"),
            ("KRW", "20000", "50000"),
            ("IDR", "200000.00", "500000.00"),
            ("VND", "200000", "500000"),
        ],
    )
    def test_is_the_base_times_the_currencys_factor(
        self, currency: str, adgroup: str, campaign: str
    ) -> None:
        least, most = minimums.adgroup_minor(currency), minimums.campaign_minor(currency)
        assert least is not None
        assert most is not None
        assert str(from_minor(least, currency)) == adgroup
        assert str(from_minor(most, currency)) == campaign

    @pytest.mark.parametrize("currency", ["KWD", "ZZZ", "", "usd"])
    def test_of_a_currency_beyond_the_table_is_not_known(self, currency: str) -> None:
        assert minimums.adgroup_minor(currency) is None
        assert minimums.campaign_minor(currency) is None
        assert minimums.factor(currency) is None

    def test_names_each_currency_once(self) -> None:
        named = " ".join(minimums._CURRENCIES_BY_FACTOR.values()).split()
        assert len(named) == len(set(named)) == len(minimums.FACTORS)
