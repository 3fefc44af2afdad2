"""What is taken for a video code in free text, what is not, and what of the rest may be shown."""

from __future__ import annotations

import pytest

from kindling.authorizations.codes.rules import (
    HIDDEN,
    codes_in,
    codes_of_cell,
    has_words,
    is_remark,
    without_secrets,
)

MARKED = "#" + "SampleCodeOfAna0" * 3 + "A="
OTHER = "#" + "SampleCodeOfBen0" * 3 + "B="
BARE = "SampleCodeOfCleo0" * 2  # 34 letters, without #
SHORT = "#abcdefghijklmno1"  # 16 behind the #


class TestACodeWithItsSign:
    def test_is_found_and_hidden_where_it_stood(self) -> None:
        found = codes_in(f"Hi {MARKED}, and {OTHER}!")
        assert found.codes == (MARKED, OTHER)
        assert found.rest == f"Hi {HIDDEN}, and {HIDDEN}!"

    @pytest.mark.parametrize(
        ("text", "is_one"),
        [
            (SHORT, True),
            (SHORT[:-1], False),  # fifteen
            ("#abcdefghijklmnop", False),  # a hashtag: letters only
            ("#abcdefghijklmno+", True),
            ("#abcdefghijklmno/", True),
            ("#abcdefghijklmnop=", True),
            ("#0bcdefghijklmnop", True),
            (f"x{SHORT}", False),  # the part of an address behind a #
            (f"/{SHORT}", False),
            (f"&{SHORT}", False),
            (f"#{SHORT}", False),
            (f"*{SHORT}*", True),
            (f"({SHORT})", True),
        ],
    )
    def test_is_told_from_hashtags_and_addresses(self, text: str, is_one: bool) -> None:
        assert bool(codes_in(text).codes) is is_one

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            (f"_{SHORT}_", SHORT),  # slanted in a chat
            (f"{SHORT}_", f"{SHORT}_"),  # no sign before it: part of the code
            (f"_{SHORT}", SHORT),
        ],
    )
    def test_loses_only_the_signs_of_a_chat(self, text: str, code: str) -> None:
        assert codes_in(text).codes == (code,)


class TestACodeWithoutItsSign:
    @pytest.mark.parametrize(
        ("text", "is_one"),
        [
            (BARE, True),
            ("Aa1" * 10, True),  # thirty
            (("Aa1" * 10)[:-1], False),
            ("aa1" * 12, False),  # no capital
            ("AA1" * 12, False),  # no small letter
            ("Aaa" * 12, False),  # no digit
            (f"code:{BARE}", True),
            (f"“{BARE}”", True),
            (f"x@{BARE}", False),
            (f"{BARE}x@y", False),
            (f"{BARE}.", True),
        ],
    )
    def test_is_only_what_nothing_else_looks_like(self, text: str, is_one: bool) -> None:
        assert bool(codes_in(text).codes) is is_one

    def test_is_not_found_again_inside_one_with_its_sign(self) -> None:
        assert codes_in(MARKED).codes == (MARKED,)
        assert codes_in(f"{BARE} {MARKED}").codes == (BARE, MARKED)
        assert codes_in(f"{MARKED} {BARE}").codes == (MARKED, BARE)
        assert codes_in(f"{MARKED} {BARE}").rest == f"{HIDDEN} {HIDDEN}"


class TestALineWithoutACode:
    @pytest.mark.parametrize(
        ("line", "is_one"),
        [
            ("Thanks, see you!", True),
            ("  \u200bok  ", True),
            ("12345", True),
            ("1" * 15, True),
            ("1" * 16, False),
            ("1" * 17, False),
            (f" {'1' * 15} ", True),
            ("https://vm.tiktok.com/ZM", True),
            ("1234567890@12345678", True),
            ("12345678901234567#", True),
            ("1234567890123456ü", True),
            ("#1Ea2bc", False),
            ("%231Ea2bc", False),
            ("#glowup2026", True),
            ("#GLOW", True),
        ],
    )
    def test_is_words_or_a_code_that_was_mistyped(self, line: str, is_one: bool) -> None:
        assert is_remark(line) is is_one

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("Hi", True),
            ("Hi!", True),
            ("a b c", False),
            ("x1 y2", False),
            ("", False),
            ("so, 12", True),
        ],
    )
    def test_has_words_of_two_letters_or_more(self, text: str, found: bool) -> None:
        assert has_words(text) is found


class TestACell:
    @pytest.mark.parametrize(
        ("cell", "codes"),
        [
            (f"  {MARKED} ", (MARKED,)),
            (f"{MARKED} {OTHER}", (MARKED, OTHER)),
            (f"{MARKED} {MARKED}", (MARKED,)),
            (f"{MARKED} mail", (MARKED,)),
            (f"{MARKED} 30", (MARKED,)),
            (f"{SHORT} days", (SHORT,)),
            (f"{MARKED} x+y9", (MARKED,)),  # whole: codes with = end there
            (f"{BARE} days", (BARE,)),
            (f"{SHORT} 30", (SHORT,)),
            (SHORT, (SHORT,)),
            (f"{SHORT} x+y9", (f"{SHORT}x+y9",)),  # a blank broke it in two
            (f"{SHORT}, days 9a", (SHORT,)),
            (BARE, (BARE,)),
        ],
    )
    def test_gives_its_codes(self, cell: str, codes: tuple[str, ...]) -> None:
        assert codes_of_cell(cell) == codes

    @pytest.mark.parametrize(
        ("cell", "words"),
        [
            (f"{MARKED} #short", "not all of them can be read"),
            (f"{BARE} {BARE[::-1]}", "cannot be told apart"),
            (f"{BARE},{BARE[::-1]}", "cannot be told apart"),
            (f"{BARE};{BARE[::-1]}", "cannot be told apart"),
            (f"{BARE}|{BARE[::-1]}", "cannot be told apart"),
        ],
    )
    def test_that_holds_several_is_refused_in_words(self, cell: str, words: str) -> None:
        with pytest.raises(ValueError, match=words):
            codes_of_cell(cell)

    def test_with_no_whole_code_is_refused_as_such(self) -> None:
        with pytest.raises(ValueError, match="video code"):
            codes_of_cell("#short")

    def test_is_not_shown_by_what_was_found(self) -> None:
        assert MARKED not in repr(codes_in(MARKED))

    def test_with_words_beside_one_code_is_read(self) -> None:
        assert codes_of_cell(f"{MARKED} sendbymailtomorrowplease") == (MARKED,)


class TestWhatMayBeShown:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            (f" Hi {MARKED} there ", f"Hi {HIDDEN} there"),
            ("#1Ea2", HIDDEN),
            ("%1Ea2", HIDDEN),
            ("#1Ea", "#1Ea"),
            ("#ok!", "#ok!"),
            ("x#1Ea", "x#1Ea"),
            ("abcdefg1", HIDDEN),
            ("ABCDEFG1", HIDDEN),
            ("+1234567", HIDDEN),
            ("1234567=", HIDDEN),
            ("abcdef1", "abcdef1"),  # seven
            ("abcdefgh", "abcdefgh"),
            ("12345678", "12345678"),
            ("a\n\nb", "a\n\nb"),
            ("one  abcdefg1\ttwo", f"one  {HIDDEN}\ttwo"),
        ],
    )
    def test_is_what_could_be_no_part_of_a_code(self, text: str, shown: str) -> None:
        assert without_secrets(text) == shown
