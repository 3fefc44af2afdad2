"""Both commissions in one sentence, before anybody consents."""

from __future__ import annotations

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from kindling.agreements.contract.commission import commission_effect, rate_bp
from kindling.agreements.contract.terms import Medium, Terms

SHOP = (Medium.PAID_FROM_CREATOR, Medium.SHOP_ADS)
POINTS = st.integers(0, 8_000)
MAYBE = st.none() | POINTS


@given(organic=MAYBE, ads=MAYBE)
def test_without_a_rate_for_ads_the_one_of_the_post_holds(
    organic: int | None, ads: int | None
) -> None:
    assert rate_bp(organic, ads, of_ads=False) == organic
    assert rate_bp(organic, ads, of_ads=True) == (organic if ads is None else ads)


@given(organic=MAYBE, ads=MAYBE)
def test_terms_without_shop_ads_say_nothing(organic: int | None, ads: int | None) -> None:
    terms = Terms(
        media=(Medium.PAID_FROM_CREATOR,), commission_organic_bp=organic, commission_ads_bp=ads
    )
    assert commission_effect(terms) is None


@given(organic=MAYBE, ads=MAYBE)
def test_names_every_rate_that_is_agreed_and_no_other(organic: int | None, ads: int | None) -> None:
    terms = Terms(media=SHOP, commission_organic_bp=organic, commission_ads_bp=ads)
    said = commission_effect(terms)
    assert said is not None
    holds = [rate for rate in (organic, rate_bp(organic, ads, of_ads=True)) if rate is not None]
    assert said.count("%") == len(holds)
    assert all(f"{rate / 100:g} %" in said for rate in holds)


@pytest.mark.parametrize(
    ("organic", "ads", "spanish"),
    [
        (None, None, "Aquí no se acuerda ninguna comisión"),
        (None, 800, "Comisión: 8 % de las ventas de anuncios de la tienda"),
        (1_500, 800, "Comisión: 15 % de las ventas a través de la publicación misma, 8 %"),
        (1_500, None, "Comisión: 15 % de las ventas a través de la publicación misma, 15 %"),
    ],
)
def test_is_said_in_spanish_too(organic: int | None, ads: int | None, spanish: str) -> None:
    terms = Terms(media=SHOP, commission_organic_bp=organic, commission_ads_bp=ads)
    with override("es"):
        assert (commission_effect(terms) or "").startswith(spanish)
