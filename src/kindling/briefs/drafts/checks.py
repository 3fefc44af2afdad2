"""What a draft can be checked for without watching it. Pure; every verdict carries its evidence.

A check that fails does not decide: a person does, and says why when they approve against it.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from kindling.briefs.phrases import Hit, find_phrases, fold, sentences
from kindling.briefs.rules import AiRule, Content, Disclosure, MusicRule


class Planned(StrEnum):
    """TikTok's two disclosure switches, as the creator means to set them."""

    NONE = "none"
    PAID_PARTNERSHIP = "paid_partnership"
    OWN_BRAND = "own_brand"


class Music(StrEnum):
    NONE = "none"
    ORIGINAL = "original"
    COMMERCIAL_LIBRARY = "commercial_library"
    LICENSED = "licensed"
    OTHER = "other"


class CheckOutcome(StrEnum):
    PASS = "pass"  # noqa: S105 (an outcome, no password)
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class DraftCheck:
    """One check: what it is called, how it came out, and what was seen."""

    name: str
    outcome: CheckOutcome
    evidence: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class DraftWords:
    """What is said of a draft by who hands it in."""

    caption: str = ""
    transcript: str = ""
    remark: str = ""
    music: str = Music.NONE
    music_reference: str = ""
    is_ai: bool = False
    ai_what: str = ""
    disclosure: str = Planned.NONE


@dataclass(frozen=True, slots=True)
class DraftFacts(DraftWords):
    """What a draft says of itself. duration_seconds, width, height : None where the file does not tell"""

    is_video: bool = True
    duration_seconds: float | None = None
    width: int | None = None
    height: int | None = None
    open_notes: int = 0
    texts: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        told = {"caption": self.caption, "transcript": self.transcript, "remark": self.remark}
        self.texts.update({name: text for name, text in told.items() if text})


def check_draft(content: Content, draft: DraftFacts) -> list[DraftCheck]:
    """Every check of a draft against its brief, in the order a reviewer wants them."""
    found = [
        _forbidden(content, draft),
        _unlisted(content, draft),
        _must_say(content, draft),
        _disclosure(content, draft),
        _label(draft),
        _caption_length(draft),
        _caption_link(draft),
        _music(content, draft),
        _ai(content, draft),
        _open_notes(draft),
    ]
    return [*found, _shape(draft)] if draft.is_video else found


# --- Claims -----------------------------------------------------------------------------------------------------


def _forbidden(content: Content, draft: DraftFacts) -> DraftCheck:
    name = "Forbidden claims"
    if not content.forbidden_claims:
        return DraftCheck(name, CheckOutcome.PASS, "The brief has no forbidden claims.")
    found = []
    for where, text in draft.texts.items():
        hits = find_phrases(text, content.forbidden_claims, language=content.language)
        found += [_place(hit, where) for hit in hits]
    if found:
        return DraftCheck(name, CheckOutcome.FAIL, "; ".join(found) + ".")
    if not draft.transcript:
        return DraftCheck(
            name,
            CheckOutcome.WARN,
            "None in the caption. There is no transcript: listen to the video.",
        )
    return DraftCheck(name, CheckOutcome.PASS, "None in caption, transcript and note.")


def _place(hit: Hit, where: str) -> str:
    meaning = "" if fold(hit.found) == fold(hit.phrase) else f" (“{hit.phrase}”)"
    return f"“{hit.found}”{meaning} in the {where} at character {hit.start + 1}"


# Words that usually make a sentence a claim somebody must be able to prove [assumed]; by language.
CLAIM_WORDS = {
    "en": (
        "best", "number one", "#1", "proven", "clinically", "guaranteed", "cure", "treat", "heal",
        "doctor", "dermatologist", "scientifically", "study", "approved", "certified", "organic",
        "natural", "chemical-free", "safe", "always", "never", "permanent", "instantly", "cheapest",
        "free", "eliminate", "prevent", "miracle",
    ),
    "es": (
        "mejor", "número uno", "#1", "probado", "clínicamente", "garantizado", "cura", "trata",
        "sana", "médico", "dermatólogo", "científicamente", "estudio", "aprobado", "certificado",
        "orgánico", "natural", "seguro", "siempre", "nunca", "permanente", "al instante", "gratis",
        "elimina", "previene", "milagro", "el más barato",
    ),
}  # fmt: skip
_MEASURE = re.compile(
    r"\d\s*(?:%|percent|por ciento|x\b|times\b|veces\b|days?\b|weeks?\b|días?\b|semanas?\b)", re.I
)


def _unlisted(content: Content, draft: DraftFacts) -> DraftCheck:
    """Sentences that read like a claim and hold none of the allowed ones: for a person to judge."""
    name = "Claims not on the list"
    language = content.language
    markers = CLAIM_WORDS.get(language, CLAIM_WORDS["en"])
    seen = []
    for where in ("caption", "transcript"):
        for sentence in sentences(draft.texts.get(where, "")):
            is_claim = _MEASURE.search(sentence) or find_phrases(
                sentence, markers, language=language
            )
            if is_claim and not find_phrases(sentence, content.allowed_claims, language=language):
                seen.append(f"“{sentence[:120]}” in the {where}")
    if seen:
        return DraftCheck(
            name, CheckOutcome.WARN, "Reads like a claim: " + "; ".join(seen[:5]) + "."
        )
    return DraftCheck(
        name, CheckOutcome.PASS, "No sentence reads like a claim outside the allowed list."
    )


def _must_say(content: Content, draft: DraftFacts) -> DraftCheck:
    name = "Must say"
    if not content.must_say:
        return DraftCheck(name, CheckOutcome.PASS, "The brief has no required words.")
    everything = "\n".join(draft.texts.values())
    missing = [
        line
        for line in content.must_say
        if not find_phrases(everything, [line], language=content.language)
    ]
    if not missing:
        return DraftCheck(name, CheckOutcome.PASS, "All found in caption or transcript.")
    listed = "; ".join(f"“{line}”" for line in missing)
    return DraftCheck(
        name,
        CheckOutcome.WARN,
        f"Not found word for word: {listed}. Listen to the video, then confirm.",
    )


# --- Disclosure, caption ------------------------------------------------------------------------------------------


def _disclosure(content: Content, draft: DraftFacts) -> DraftCheck:
    """R45: paid, gifted and own-brand posts carry TikTok's disclosure; a gift counts as paid."""
    name = "Disclosure"
    if not content.disclosure:
        return DraftCheck(
            name, CheckOutcome.WARN, "The brief does not state which disclosure is required."
        )
    is_own = content.disclosure == Disclosure.OWN_BRAND
    wanted = Planned.OWN_BRAND if is_own else Planned.PAID_PARTNERSHIP
    if draft.disclosure == wanted:
        return DraftCheck(name, CheckOutcome.PASS, f"Planned: {wanted.replace('_', ' ')}.")
    planned = draft.disclosure.replace("_", " ")
    return DraftCheck(
        name, CheckOutcome.FAIL, f"Required: {wanted.replace('_', ' ')}. Planned: {planned}."
    )


LABELS = frozenset(
    {"#ad", "#sponsored", "#paidpartnership", "#publicidad", "#anuncio", "#werbung", "#anzeige"}
)
SPOKEN = (
    "ad", "sponsored", "paid partnership", "partnered with", "gifted", "publicidad", "patrocinado",
    "colaboración pagada", "werbung", "anzeige",
)  # fmt: skip


def _label(draft: DraftFacts) -> DraftCheck:
    """R49: #ad in the caption, or disclosed in spoken words."""
    name = "Ad label"
    tags = {fold(tag) for tag in re.findall(r"#\w+", draft.caption)} & LABELS
    if tags:
        return DraftCheck(name, CheckOutcome.PASS, f"{', '.join(sorted(tags))} in the caption.")
    spoken = find_phrases(draft.transcript, SPOKEN, language="")
    if spoken:
        return DraftCheck(
            name, CheckOutcome.PASS, f"“{spoken[0].found}” is said in the transcript."
        )
    return DraftCheck(
        name, CheckOutcome.WARN, "Neither #ad in the caption nor said in the transcript."
    )


# TikTok's Content Posting API takes captions of up to 2,200 characters; the app allows more in some places.
MOST_CAPTION = 2_200


def _caption_length(draft: DraftFacts) -> DraftCheck:
    name, length = "Caption", len(draft.caption.strip())
    if length == 0:
        return DraftCheck(
            name, CheckOutcome.FAIL, "There is no caption yet; it is locked when approved."
        )
    if length > MOST_CAPTION:
        return DraftCheck(
            name, CheckOutcome.FAIL, f"{length:,} characters; TikTok allows {MOST_CAPTION:,}."
        )
    return DraftCheck(name, CheckOutcome.PASS, f"{length:,} of {MOST_CAPTION:,} characters.")


_URL = re.compile(
    r"(?:https?://|www\.)\S+|\b[\w-]+\.(?:com|net|org|shop|store|link|io|co|es|de|me|ly|app)\b(?:/\S*)?",
    re.IGNORECASE,
)


def _caption_link(draft: DraftFacts) -> DraftCheck:
    """R49: no URL in the caption."""
    found = _URL.search(draft.caption)
    if found:
        return DraftCheck(
            "No link in the caption", CheckOutcome.FAIL, f"“{found[0]}” is an address."
        )
    return DraftCheck("No link in the caption", CheckOutcome.PASS, "None found.")


# --- Music, AI, shape -----------------------------------------------------------------------------------------------

_MUSIC_FOR: dict[str, frozenset[str]] = {
    MusicRule.COMMERCIAL_LIBRARY: frozenset({Music.NONE, Music.ORIGINAL, Music.COMMERCIAL_LIBRARY}),
    MusicRule.ORIGINAL: frozenset({Music.NONE, Music.ORIGINAL}),
    MusicRule.LICENSED: frozenset(
        {Music.NONE, Music.ORIGINAL, Music.COMMERCIAL_LIBRARY, Music.LICENSED}
    ),
}


def _music(content: Content, draft: DraftFacts) -> DraftCheck:
    """R43: a post used as an ad asserts commercial rights in its music."""
    name, music = "Music", draft.music.replace("_", " ")
    if draft.music == Music.OTHER:
        return DraftCheck(name, CheckOutcome.FAIL, "The track is not cleared for ads.")
    if draft.music not in _MUSIC_FOR.get(content.music, frozenset()):
        rule = content.music.replace("_", " ")
        return DraftCheck(
            name, CheckOutcome.FAIL, f"The brief allows {rule}; the draft has {music}."
        )
    if draft.music == Music.LICENSED and not draft.music_reference:
        return DraftCheck(name, CheckOutcome.FAIL, "Licensed, but no license is named.")
    told = f": {draft.music_reference}" if draft.music_reference else ""
    return DraftCheck(name, CheckOutcome.PASS, f"{music.capitalize()}{told}.")


def _ai(content: Content, draft: DraftFacts) -> DraftCheck:
    name = "AI-generated parts"
    if not draft.is_ai:
        return DraftCheck(name, CheckOutcome.PASS, "The creator declares none.")
    if content.ai_rule == AiRule.NONE:
        return DraftCheck(
            name,
            CheckOutcome.FAIL,
            f"The brief does not allow AI. Declared: {draft.ai_what or '—'}.",
        )
    if not draft.ai_what:
        return DraftCheck(name, CheckOutcome.FAIL, "Declared, but not which parts are generated.")
    return DraftCheck(name, CheckOutcome.PASS, f"Declared: {draft.ai_what}.")


def _open_notes(draft: DraftFacts) -> DraftCheck:
    name = "Notes"
    if draft.open_notes:
        many = "note is" if draft.open_notes == 1 else "notes are"
        return DraftCheck(name, CheckOutcome.WARN, f"{draft.open_notes} earlier {many} still open.")
    return DraftCheck(name, CheckOutcome.PASS, "No earlier note is open.")


LONGEST_SECONDS = 600.0  # R5: up to 10 minutes
LEAST_WIDTH, LEAST_HEIGHT = 540, 960  # R5: 9:16, at least 540 x 960


def _shape(draft: DraftFacts) -> DraftCheck:
    """R5: what an ad takes. Read from the file's own header; not known for links and old containers."""
    name = "Length and size"
    problems = []
    if draft.duration_seconds is not None and draft.duration_seconds > LONGEST_SECONDS:
        problems.append(
            f"{draft.duration_seconds:.0f} seconds; ads allow at most {LONGEST_SECONDS:.0f}"
        )
    if draft.width and draft.height:
        if draft.width < LEAST_WIDTH or draft.height < LEAST_HEIGHT:
            problems.append(
                f"{draft.width} x {draft.height}; ads need at least {LEAST_WIDTH} x {LEAST_HEIGHT}"
            )
        elif abs(draft.width / draft.height - 9 / 16) > 0.01:
            problems.append(f"{draft.width} x {draft.height} is not 9:16")
    if problems:
        return DraftCheck(name, CheckOutcome.WARN, "; ".join(problems).capitalize() + ".")
    if draft.duration_seconds is None or not draft.width:
        return DraftCheck(name, CheckOutcome.WARN, "Not known from the file; check it yourself.")
    shape = f"{draft.duration_seconds:.0f} seconds, {draft.width} x {draft.height}"
    return DraftCheck(name, CheckOutcome.PASS, f"{shape}.")
