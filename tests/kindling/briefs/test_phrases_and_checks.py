"""Phrases in texts, captions compared, and the checks of a draft."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from studio import CONTENT

from kindling.briefs.drafts.checks import DraftCheck, DraftFacts, check_draft
from kindling.briefs.phrases import caption_drift, find_phrases, fold, spoken_text
from kindling.briefs.rules import Content, guard_rails

WORDS = st.lists(st.text("abcdeé#!", min_size=1, max_size=6), max_size=8)
GOOD = DraftFacts(
    caption="My winter skin with Sample serum #ad",
    transcript="I use Sample serum.",
    disclosure="paid_partnership",
    music="original",
    duration_seconds=20.0,
    width=1080,
    height=1920,
)


class TestAPhrase:
    @pytest.mark.parametrize(
        ("text", "phrase", "found"),
        [
            ("It CURES acne fast", "cures acne", "CURES acne"),
            ("it cured\nacne!", "cure acne", "cured\nacne"),
            ("it cures all my acne", "cures acne", "cures all my acne"),
            ("a cure-acne serum", "cure acne", "cure-acne"),
            ("Clinically PROVEN", "clinically proven", "Clinically PROVEN"),
            ("c\u200bures acne", "cures acne", "c\u200bures acne"),
            ("ｃｕｒｅｓ acne", "cures acne", "ｃｕｒｅｓ acne"),  # full-width letters
            ("the café's best", "cafe", "café's"),
            ("We are #1 in skin", "#1", "#1"),
        ],
    )
    def test_is_found_whatever_case_accents_and_endings(
        self, text: str, phrase: str, found: str
    ) -> None:
        (hit,) = find_phrases(text, [phrase])
        assert (hit.phrase, hit.found, hit.start) == (phrase, found, text.index(found))

    @pytest.mark.parametrize(
        ("text", "phrase"),
        [("a secure box", "cure"), ("it cures old acne", "cures acne"), ("1 day", "#1"), ("", "x")],
    )
    def test_is_not_found_inside_other_words(self, text: str, phrase: str) -> None:
        assert find_phrases(text, [phrase]) == []

    def test_is_found_in_spanish_with_and_without_accents(self) -> None:
        for text in ("la curación", "la curacion", "LAS CURACIONES"):
            assert find_phrases(text, ["curación"], language="es"), text

    def test_is_found_in_scripts_without_spaces(self) -> None:
        assert (
            find_phrases("この美容液はニキビを治す", ["ニキビを治す"], language="other")[0].start
            == 6
        )

    @given(st.text(max_size=60), st.text("abc ", min_size=1, max_size=10))
    def test_is_where_it_says(self, text: str, phrase: str) -> None:
        for hit in find_phrases(text, [phrase]):
            assert text[hit.start : hit.start + len(hit.found)] == hit.found

    @given(WORDS, WORDS, st.text("abcde", min_size=2, max_size=6))
    def test_is_found_wherever_it_stands_alone(
        self, before: list[str], after: list[str], phrase: str
    ) -> None:
        text = " ".join([*before, phrase.upper(), *after])
        assert any(fold(hit.found) == phrase for hit in find_phrases(text, [phrase]))


class TestATranscript:
    def test_loses_the_marks_of_subtitles(self) -> None:
        srt = (
            "1\r\n00:00:01,000 --> 00:00:02,500\r\nHello <i>there</i>\r\n\r\n"
            "2\r\n00:00:03,000 --> 00:00:04,000\r\nSecond line"
        )
        assert spoken_text(srt) == "Hello there\nSecond line"
        vtt = "WEBVTT\n\nNOTE ours\n\nintro\n00:01.000 --> 00:02.000 align:start\n<v Ana>Hi"
        assert spoken_text(vtt) == "Hi"
        assert spoken_text("  plain words ") == "plain words"


class TestACaption:
    @given(WORDS)
    def test_has_not_drifted_from_itself_however_it_is_spaced(self, words: list[str]) -> None:
        assert caption_drift(" ".join(words), "\n\u200b " + "  ".join(words) + " ") is None

    @given(WORDS, WORDS)
    def test_drifts_both_ways_or_not_at_all_and_tells_every_word(
        self, left: list[str], right: list[str]
    ) -> None:
        there, back = (
            caption_drift(" ".join(left), " ".join(right)),
            caption_drift(" ".join(right), " ".join(left)),
        )
        assert (there is None) == (back is None) == (left == right)
        if there is not None:
            was = " ".join(piece.text for piece in there.pieces if piece.kind != "new")
            is_now = " ".join(piece.text for piece in there.pieces if piece.kind != "gone")
            assert (was, is_now) == (" ".join(left), " ".join(right))

    def test_says_what_changed(self) -> None:
        drift = caption_drift("New serum #ad is here", "New serum is here now")
        assert drift is not None
        assert drift.sentence == "Removed: “#ad”; added: “now”."

    def test_reads_the_same_in_either_form_of_an_accent(self) -> None:
        assert caption_drift("café", "cafe\u0301") is None


def named(name: str, content: Content = CONTENT, **more: object) -> DraftCheck:
    found = check_draft(content, replace(GOOD, **more))  # type: ignore[arg-type]
    (check,) = [each for each in found if each.name == name]
    return check


class TestTheChecks:
    def test_find_nothing_wrong_with_a_good_draft(self) -> None:
        assert {each.outcome for each in check_draft(CONTENT, GOOD)} == {"pass"}

    @pytest.mark.parametrize(
        ("name", "more", "outcome", "words"),
        [
            ("Forbidden claims", {"caption": "It cured acne #ad"}, "fail", "“cured acne” (“cures acne”) in the"),
            ("Forbidden claims", {"remark": "It cures acne"}, "fail", "in the remark"),
            ("Forbidden claims", {"transcript": ""}, "warn", "listen"),
            ("Claims not on the list", {"caption": "Clinically proven glow #ad"}, "warn", "proven glow"),
            ("Claims not on the list", {"transcript": "Feels softer after a week. In 7 days!"}, "warn", "In 7 days!"),
            ("Must say", {"caption": "x", "transcript": "y"}, "warn", "“Sample serum”"),
            ("Disclosure", {"disclosure": "none"}, "fail", "Required: paid partnership. Planned: none"),
            ("Ad label", {"caption": "An #adventure"}, "warn", "Neither"),
            ("Ad label", {"caption": "x", "transcript": "This is a paid partnership with us."}, "pass", "said"),
            ("Caption", {"caption": "  "}, "fail", "no caption"),
            ("Caption", {"caption": "a" * 2201}, "fail", "2,201"),
            ("No link in the caption", {"caption": "see shop.com/x #ad"}, "fail", "shop.com/x"),
            ("Music", {"music": "other"}, "fail", "not cleared"),
            ("Music", {"music": "licensed", "music_reference": "Deal 7"}, "fail", "allows commercial library"),
            ("AI-generated parts", {"is_ai": True}, "fail", "not which parts"),
            ("AI-generated parts", {"is_ai": True, "ai_what": "the voice"}, "pass", "the voice"),
            ("Notes", {"open_notes": 2}, "warn", "2 earlier notes are"),
            ("Length and size", {"duration_seconds": 601.0}, "warn", "601 seconds"),
            ("Length and size", {"width": 1920, "height": 1080}, "warn", "not 9:16"),
            ("Length and size", {"width": None, "duration_seconds": None}, "warn", "Not known from the file"),
        ],
    )  # fmt: skip
    def test_name_what_they_saw(
        self, name: str, more: dict[str, object], outcome: str, words: str
    ) -> None:
        check = named(name, **more)
        assert check.outcome == outcome
        assert words in check.evidence

    def test_take_an_allowed_claim_for_allowed(self) -> None:
        check = named("Claims not on the list", caption="It always feels softer after a week #ad")
        assert check.outcome == "pass"

    def test_want_the_licence_named(self) -> None:
        licensed = replace(CONTENT, music="licensed")
        assert named("Music", licensed, music="licensed").outcome == "fail"
        assert (
            named("Music", licensed, music="licensed", music_reference="Deal 7").outcome == "pass"
        )

    def test_hold_a_gift_for_paid_and_forbid_ai_where_the_brief_does(self) -> None:
        assert named("Disclosure", replace(CONTENT, disclosure="gifted")).outcome == "pass"
        assert named("Disclosure", replace(CONTENT, disclosure="own_brand")).outcome == "fail"
        forbids = replace(CONTENT, ai_rule="none")
        assert named("AI-generated parts", forbids, is_ai=True, ai_what="voice").outcome == "fail"

    @given(st.text(max_size=80), st.text(max_size=80))
    def test_always_come_to_an_outcome_with_evidence(self, caption: str, transcript: str) -> None:
        for check in check_draft(CONTENT, replace(GOOD, caption=caption, transcript=transcript)):
            assert check.outcome in {"pass", "warn", "fail"}
            assert check.evidence


class TestTheGuardRails:
    def test_are_quiet_about_a_whole_brief(self) -> None:
        assert [rail for rail in guard_rails(CONTENT) if rail.is_block] == []

    @pytest.mark.parametrize(
        "part",
        ["title", "product_truth", "audience_problem", "proof_points", "disclosure", "music"],
    )
    def test_miss_what_is_needed(self, part: str) -> None:
        empty = () if part == "proof_points" else ""
        rails = guard_rails(replace(CONTENT, **{part: empty}))
        assert [(rail.kind, rail.field) for rail in rails if rail.is_block] == [("missing", part)]

    @pytest.mark.parametrize("part", ["must_say", "must_show", "proof_points", "allowed_claims"])
    def test_see_a_forbidden_claim_that_is_asked_for(self, part: str) -> None:
        rails = guard_rails(replace(CONTENT, **{part: ("How it cured my acne, it cures acne",)}))
        assert [rail.field for rail in rails if rail.kind == "contradiction"] == [part]

    def test_warn_of_a_script(self) -> None:
        (rail,) = [
            rail
            for rail in guard_rails(replace(CONTENT, must_say=("word " * 41,)))
            if rail.field == "must_say"
        ]
        assert not rail.is_block
        assert "41 words" in rail.message

    def test_see_a_post_that_is_due_before_its_draft(self) -> None:
        rails = guard_rails(replace(CONTENT, draft_days=9, post_days=8))
        assert [rail.field for rail in rails if rail.is_block] == ["post_days"]
