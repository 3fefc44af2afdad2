"""Who sees the ads of an ad group, and when: what a person writes, and TikTok's fields. Pure.

Source: reference tiktok-api §8.2. A field that is left out limits nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

AGES = {
    "13-17": "AGE_13_17", "18-24": "AGE_18_24", "25-34": "AGE_25_34", "35-44": "AGE_35_44",
    "45-54": "AGE_45_54", "55+": "AGE_55_100",
}  # fmt: skip
GENDERS = {"all": "GENDER_UNLIMITED", "female": "GENDER_FEMALE", "male": "GENDER_MALE"}
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,4})?")
NUMBER = re.compile(r"\d{1,32}")
LISTS = {
    "interest_category_ids": "Interests",
    "audience_ids": "Audiences",
    "excluded_audience_ids": "Without audiences",
}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HALF_HOURS = 48
SPAN = re.compile(
    r"(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))?\s+(?P<start>\d{1,2}:[03]0)-(?P<end>\d{1,2}:[03]0)"
)


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom an ad group is shown to.

    ages : keys of AGES; gender : a key of GENDERS; languages : codes such as "en"
    interests : TikTok's interest category ids; audiences, excluded_audiences : ids of custom audiences
    dayparting : 336 times 0 or 1, the half hours of Monday to Sunday in the ad account's zone; "" for always
    """

    ages: tuple[str, ...] = ()
    gender: str = "all"
    languages: tuple[str, ...] = ()
    interests: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    excluded_audiences: tuple[str, ...] = ()
    dayparting: str = ""

    def problem(self) -> tuple[str, str, str] | None:
        """What TikTok would refuse: the field, what is wrong, what fits; None when nothing is."""
        for age in self.ages:
            if age not in AGES:
                return "ages", f"{age!r} is not an age group.", f"Use {', '.join(AGES)}."
        if self.gender not in GENDERS:
            return "gender", f"{self.gender!r} is not a choice.", f"Use {', '.join(GENDERS)}."
        for language in self.languages:
            if not LANGUAGE.fullmatch(language):
                return "languages", f"{language!r} is not a language code.", "Use codes such as en."
        for name in ("interests", "audiences", "excluded_audiences"):
            for each in getattr(self, name):
                if not NUMBER.fullmatch(each):
                    return name, f"{each!r} is not an id.", "Use TikTok's ids, which are numbers."
        return None

    def to_wire(self) -> dict[str, Any]:
        """The fields of an ad group that are not as TikTok sets them by itself."""
        told: dict[str, Any] = {
            "age_groups": [AGES[each] for each in self.ages],
            "gender": GENDERS[self.gender] if self.gender != "all" else None,
            "languages": list(self.languages),
            "interest_category_ids": list(self.interests),
            "audience_ids": list(self.audiences),
            "excluded_audience_ids": list(self.excluded_audiences),
            "dayparting": self.dayparting or None,
        }
        return {name: value for name, value in told.items() if value}


EVERYBODY = Audience()


def dayparting(text: str) -> str:
    """The 336 half hours of a week, Monday first, as `Audience.dayparting` holds them.

    text : "mon-fri 08:00-20:00; sat 10:00-14:00", times on the half hour, 24:00 is the end of the day; "" for always;
        or the 336 characters themselves
    raises : ValueError saying what is wrong
    """
    text = text.strip().lower()
    if not text:
        return ""
    if re.fullmatch(r"[01]{336}", text):
        if "1" not in text:
            raise ValueError("no hour is left in which ads run")
        return text
    week = [["0"] * HALF_HOURS for _ in DAYS]
    for part in re.split(r"[;,]", text):
        found = SPAN.fullmatch(part.strip())
        if found is None:
            raise ValueError(f"{part.strip()!r} is not like “mon-fri 08:00-20:00”")
        first, last = found["first"], found["last"] or found["first"]
        for name in (first, last):
            if name not in DAYS:
                raise ValueError(f"{name!r} is not a day: use {', '.join(DAYS)}")
        start, end = _half_hour(found["start"]), _half_hour(found["end"])
        if not start < end:
            raise ValueError(f"{part.strip()!r} ends before it starts: write it as two days")
        days = (DAYS.index(last) - DAYS.index(first)) % len(DAYS)
        for ahead in range(days + 1):
            day = week[(DAYS.index(first) + ahead) % len(DAYS)]
            day[start:end] = ["1"] * (end - start)
    return "".join("".join(day) for day in week)


def dayparting_words(wire: str) -> str:
    """The half hours as `dayparting` reads them; "" for always."""
    if not wire or "0" not in wire:
        return ""
    spans = []
    for number, name in enumerate(DAYS):
        day = wire[number * HALF_HOURS : (number + 1) * HALF_HOURS]
        spans += [
            f"{name} {_clock(found.start())}-{_clock(found.end())}"
            for found in re.finditer("1+", day)
        ]
    return "; ".join(spans)


def audience_words(payload: Mapping[str, Any]) -> list[str]:
    """What an ad group's fields say of whom it is shown to, in short sentences; [] for everybody."""
    ages = {wire: text for text, wire in AGES.items()}
    genders = {wire: text for text, wire in GENDERS.items()}
    told = []
    if found := payload.get("age_groups"):
        told.append("Ages " + ", ".join(ages.get(each, each) for each in found))
    if (gender := payload.get("gender", "GENDER_UNLIMITED")) != "GENDER_UNLIMITED":
        told.append(genders.get(gender, gender).capitalize())
    if found := payload.get("languages"):
        told.append("Language " + ", ".join(found))
    for name, words in LISTS.items():
        if found := payload.get(name):
            told.append(f"{words} {', '.join(found)}")
    if hours := dayparting_words(payload.get("dayparting", "")):
        told.append(f"Runs {hours}")
    return told


def _half_hour(text: str) -> int:
    hours, minutes = map(int, text.split(":"))
    if (hours, minutes) > (24, 0):
        raise ValueError(f"{text} is no time of day")
    return hours * 2 + minutes // 30


def _clock(half_hours: int) -> str:
    return f"{half_hours // 2:02d}:{half_hours % 2 * 30:02d}"
