"""Location ids of countries with rules of their own. Ids of countries are those of GeoNames.

Source: tiktok-api.md §17: AGE_13_17 is refused in certain scenarios for the US, Latin America, the
EEA, the UK, Switzerland and Canada. Regions and cities within a country are not in the table.
"""

from __future__ import annotations

UNITED_STATES = "6252001"
_OTHERS: dict[str, str] = {
    "North America and Switzerland, UK": "6251999 2658434 2635167",
    # AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT
    "EU, first half": "2782113 2802361 732800 3202326 146669 3077311 2623032 453733 660013 3017382"
    " 2921044 390903 719819 2963597 3175395",
    # LV LT LU MT NL PL PT RO SK SI ES SE
    "EU, second half": "458258 597427 2960313 2562770 2750405 798544 2264397 798549 3057568 3190538"
    " 2510769 2661886",
    "Iceland, Liechtenstein, Norway": "2629691 3042058 3144096",
    # MX BR AR CL CO PE EC UY PY BO VE CR PA GT HN SV NI DO
    "Latin America": "3996063 3469034 3865483 3895114 3686110 3932488 3658394 3439705 3437598"
    " 3923057 3625428 3624060 3703430 3595528 3608932 3585968 3617476 3508796",
}
WITHOUT_TEENAGERS: frozenset[str] = frozenset(
    number for numbers in _OTHERS.values() for number in numbers.split()
)
