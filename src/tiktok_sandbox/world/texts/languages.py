"""Who speaks what: shares of languages among commenters, and the language of a country."""

from __future__ import annotations

from tiktok_sandbox.world.randomness.single import Draws

ENGLISH, MIXED = "en", "mixed"
# Among viewers who do not share their creator's language; ours, no source.
AUDIENCE = {
    "en": 0.52,
    "es": 0.13,
    "pt": 0.08,
    "de": 0.07,
    "fr": 0.06,
    "id": 0.05,
    "it": 0.04,
    "ja": 0.025,
    "ar": 0.025,
}
# Creators who do not post in English.
CREATORS = {
    "es": 0.28,
    "de": 0.20,
    "pt": 0.14,
    "fr": 0.14,
    "it": 0.08,
    "id": 0.08,
    "ja": 0.04,
    "ar": 0.04,
}
COUNTRIES = {
    **dict.fromkeys(("AR", "CL", "CO", "ES", "MX", "PE"), "es"),
    **dict.fromkeys(("AT", "CH", "DE"), "de"),
    **dict.fromkeys(("BR", "PT"), "pt"),
    **dict.fromkeys(("BE", "FR", "LU"), "fr"),
    **dict.fromkeys(("AE", "EG", "KW", "QA", "SA"), "ar"),
    "ID": "id",
    "IT": "it",
    "JP": "ja",
}


def creator_language(seed: int, handle: str, *, is_brand: bool, foreign: float) -> str:
    """What a creator posts in. foreign : share of creators who do not post in English

    The brand posts in English.
    """
    draws = Draws(seed, "creator.language", handle)
    if is_brand or not draws.chance(foreign):
        return ENGLISH
    return draws.weighted(CREATORS)


def country_language(country: str) -> str:
    """The language most viewers of an ad account's country speak."""
    return COUNTRIES.get(country, ENGLISH)


def other_language(draws: Draws, first: str) -> str:
    """The second language of somebody who mixes: mostly English, for English ones another."""
    if first != ENGLISH:
        return ENGLISH
    return draws.weighted({name: CREATORS[name] for name in CREATORS if name not in ("ja", "ar")})
