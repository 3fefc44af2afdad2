"""Codes in chats, mails and cells: each is found whole, nothing else is taken for one, and none is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindling.authorizations.codes import intake as intakes
from kindling.authorizations.codes.intake import read_paste
from kindling.authorizations.codes.rules import codes_in, codes_of_cell, without_secrets

CODE_ANA = "#" + "SampleCodeOfAna0" * 3 + "A="
CODE_BEN = "#" + "SampleCodeOfBen0" * 3 + "B="
UNPADDED = "#" + "SampleCodeOfDee0" * 3
CHAT = f"""\u200e[12.03.26, 10:15:01] Ana Sample: Hi! Hier mein Code: {CODE_ANA} 🙏
[12.03.26, 10:16:40] Ana Sample: und der zweite *{CODE_BEN}*, 30 Tage
[12.03.26, 10:17:02] Sample shop: Danke!
Danke
https://vm.tiktok.com/ZMsample1/
#anzeige #werbung #glowup2026
> Am 12.03.2026 schrieb ana@shop.example:
> {UNPADDED}
Liebe Grüße
"""


def found_in(text: str) -> list[tuple[int, int, str]]:
    return [(row.line, row.part, row.code) for row in read_paste(text).rows]


class TestAChat:
    def test_gives_its_codes(self) -> None:
        assert found_in(CHAT) == [(1, 1, CODE_ANA), (2, 1, CODE_BEN), (8, 1, UNPADDED)]

    def test_shows_the_rest_as_ignored_without_a_code(self) -> None:
        ignored = read_paste(CHAT).ignored
        assert [each.line for each in ignored] == [1, 2, 3, 4, 5, 6, 7, 9]
        assert ignored[0].text == "[12.03.26, 10:15:01] Ana Sample: Hi! Hier mein Code: ••• 🙏"
        assert "Sample code" not in str(ignored)
        assert all(code[1:12] not in str(ignored) for code in (CODE_ANA, CODE_BEN, UNPADDED))

    def test_keeps_a_code_that_was_cut_as_a_row_to_refuse(self) -> None:
        rows = intakes.preview_rows(read_paste(f"Hi, here: {CODE_ANA}\n#1Ea2bc").rows)
        assert [(line, outcome) for line, _, outcome, _ in rows] == [(1, "waiting"), (2, "refused")]

    def test_with_two_codes_in_a_line_gives_both(self) -> None:
        assert found_in(f"{CODE_ANA} {CODE_BEN}") == [(1, 1, CODE_ANA), (1, 2, CODE_BEN)]

    def test_that_is_a_list_is_read_line_by_line(self) -> None:
        assert found_in(f"{CODE_ANA}\nnonsense\n1. {CODE_BEN}") == [
            (1, 1, CODE_ANA), (2, 1, "nonsense"), (3, 1, CODE_BEN),
        ]  # fmt: skip

    @given(st.text(max_size=60), st.text(max_size=60))
    def test_shows_no_code_whatever_stands_around_it(self, before: str, after: str) -> None:
        text = f"{before} {CODE_ANA} {after}"
        assert CODE_ANA in codes_in(text).codes
        assert CODE_ANA[1:] not in codes_in(text).rest
        assert CODE_ANA[1:10] not in without_secrets(text).replace(before, "").replace(after, "")
        assert CODE_ANA[1:] not in repr(codes_in(text))

    @pytest.mark.parametrize(
        "text",
        ["#SampleHashtagOfABrandWithoutDigits", "https://www.tiktok.com/@ana#SampleFragment0123456789", "plain words",
         "7412345678901234567", "ana@shop.example", "%231Ea2bcde3fUM%2Fx%2ByL4m%3D"],
    )  # fmt: skip
    def test_holds_no_code_where_there_is_none(self, text: str) -> None:
        assert codes_in(text).codes == ()

    @pytest.mark.parametrize("piece", ["a", "1", "#", "@", "A+=1", "a.", "1,", "abc1 ", "-"])
    def test_of_any_length_is_looked_through_to_its_end(self, piece: str) -> None:
        # A pattern that tries every part of a word again would not come back from this.
        assert found_in(f"{CODE_ANA} hello\n{piece * 20_000}")[0] == (1, 1, CODE_ANA)


class TestACell:
    @pytest.mark.parametrize(
        ("cell", "codes"),
        [
            (CODE_ANA, (CODE_ANA,)), (CODE_ANA[1:], (CODE_ANA[1:],)), (f"\u200b{CODE_ANA}\u00ad", (CODE_ANA,)),
            (f"{CODE_ANA} {CODE_BEN}", (CODE_ANA, CODE_BEN)), (f"{CODE_ANA}\n{CODE_BEN}", (CODE_ANA, CODE_BEN)),
            (f"{CODE_ANA}{CODE_BEN}", (CODE_ANA, CODE_BEN)), (f"{CODE_ANA} / {CODE_ANA}", (CODE_ANA,)),
            (f"{CODE_ANA} (30 days)", (CODE_ANA,)), (f"{UNPADDED} 30 days", (UNPADDED,)),
            ("#1Ea2bcde3fUM/ x+yL4m=", ("#1Ea2bcde3fUM/x+yL4m=",)),
        ],
    )  # fmt: skip
    def test_gives_every_code_of_it(self, cell: str, codes: tuple[str, ...]) -> None:
        assert codes_of_cell(cell) == codes

    @pytest.mark.parametrize(
        "cell", [f"{CODE_ANA}, #short", f"{CODE_ANA[1:]}, {CODE_BEN[1:]}", "sent by mail", "#short"]
    )
    def test_that_cannot_be_told_apart_is_refused_without_a_code(self, cell: str) -> None:
        with pytest.raises(ValueError, match="code") as refused:
            codes_of_cell(cell)
        assert CODE_ANA[1:12] not in str(refused.value)
