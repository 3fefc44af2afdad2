"""Handles, and when a creator's token is renewed. Pure."""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum

RENEW_AHEAD = timedelta(hours=2)
# TikTok's own rule for handles: letters, digits, full stops, underscores, up to 24 characters.
HANDLE = re.compile(r"[a-z0-9._]{1,24}")
# An @ after a letter or a dot is an e-mail address or part of a link.
MENTION = re.compile(r"(?<![\w.@/])@([A-Za-z0-9._]{2,24})(?![\w.])")
COUNTRY = re.compile(r"[A-Z]{2}")


class AccountMismatch(StrEnum):
    """Why an account that was connected is not taken to be its creator's."""

    SHOWS_NONE = "shows_none"  # of the posts that are known as theirs
    IS_ANOTHER = "is_another"  # than the one connected before, and nothing proves it


def clean_handle(text: str) -> str:
    """A TikTok handle, lower case without @, from a handle or a profile's address. Raises ValueError."""
    handle = re.sub(r"^(https?://)?(www\.|m\.)?tiktok\.com/", "", text.strip().lower())
    handle = handle.lstrip("@").split("/")[0].split("?")[0]
    if not HANDLE.fullmatch(handle):
        raise ValueError(f"{text!r} is not a TikTok handle; write it like @name")
    return handle


def mentions(caption: str) -> set[str]:
    """Handles that a caption names with an @, lower case."""
    found = (each.rstrip(".").lower() for each in MENTION.findall(caption))
    return {each for each in found if HANDLE.fullmatch(each)}


def handle_of_id(identity: str) -> str:
    """What stands for a handle that is not known: the id's letters and digits, as long as a handle may be."""
    return re.sub(r"[^a-z0-9.]", "", identity.lower())[:24]


def stands_for_id(handle: str) -> bool:
    """Whether a handle is one of our own, made of an id because TikTok told none."""
    return handle.startswith(("id.", "post."))


def item_id_from(text: str) -> str:
    """The post's id from an id or a post's address. Raises ValueError."""
    found = re.fullmatch(r"(?:.*/(?:video|photo)/)?(\d{15,20})(?:[/?#].*)?", text.strip())
    if found is None:
        raise ValueError(f"{text!r} is not a TikTok post; paste its address or its 19-digit id")
    return found[1]


# --- Small things ------------------------------------------------------------------------------------------------

_COUNTRIES = {
    "usa": "US", "united states": "US", "estados unidos": "US", "uk": "GB", "united kingdom": "GB",
    "great britain": "GB", "england": "GB", "germany": "DE", "deutschland": "DE", "alemania": "DE", "spain": "ES",
    "españa": "ES", "spanien": "ES", "mexico": "MX", "méxico": "MX", "france": "FR", "francia": "FR", "italy": "IT",
    "italia": "IT", "austria": "AT", "österreich": "AT", "switzerland": "CH", "schweiz": "CH", "canada": "CA",
    "australia": "AU", "brazil": "BR", "brasil": "BR", "argentina": "AR", "colombia": "CO", "chile": "CL",
    "poland": "PL", "netherlands": "NL", "portugal": "PT", "ireland": "IE", "japan": "JP",
}  # fmt: skip


def read_country(text: str) -> str:
    """An ISO country code. Raises ValueError."""
    code = _COUNTRIES.get(text.strip().lower(), text.strip().upper())
    if not COUNTRY.fullmatch(code):
        raise ValueError(f"{text!r} is not a country; write its two letters, like US")
    return code


def read_tags(text: str) -> list[str]:
    """Tags, lower case, in the order written; separated by comma, semicolon, bar or line."""
    words = [" ".join(each.split()).lower().lstrip("# ") for each in re.split(r"[,;|\n]", text)]
    return list(dict.fromkeys(each[:40].rstrip() for each in words if each))
