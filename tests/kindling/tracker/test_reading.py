"""Cells, headers and files: what is read is what is written, and nothing is cut or guessed to fit."""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kindling.creators.rules import HANDLE
from kindling.errors import FileProblemError
from kindling.kit.tables import decode_any
from kindling.kit.text import without_hidden
from kindling.tracker.reading import cells, sheets
from kindling.tracker.reading.columns import Field, guess

TODAY = date(2026, 3, 10)


class TestAHandle:
    @pytest.mark.parametrize(
        ("written", "handle"),
        [
            ("@Ana.B", "ana.b"), ("ana_b", "ana_b"), ("Ana (@ana.b)", "ana.b"), ("@ana.b (Ana)", "ana.b"),
            ("TT: @ana", "ana"), ("https://www.tiktok.com/@ana.b?lang=en", "ana.b"),
            ("tiktok.com/@ana.b/video/7300000000000000001", "ana.b"), ("a" * 24, "a" * 24),
        ],
    )  # fmt: skip
    def test_is_read_from_what_people_write(self, written: str, handle: str) -> None:
        assert cells.read_handle(written) == handle

    @pytest.mark.parametrize(
        ("written", "reason"),
        [
            ("jürgen.k", "ü"), ("@jürgen.k", "ü"), ("anna glow", "blank"), ("@anna glow", "blank"),
            ("a" * 34, "34 letters"), ("@" + "a" * 34, "34 letters"), ("anna@glow.example", "e-mail"),
            ("Anna <anna@glow.example>", "e-mail"), ("instagram.com/anna", "not an address of TikTok"),
            ("https://youtube.com/@anna", "not an address of TikTok"), ("IG: @anna", "another platform"),
            ("@anna, @ben", "several"), ("anna.", "full stop"), ("https://www.tiktok.com/@j%C3%BCrgen", "%"),
        ],
    )  # fmt: skip
    def test_that_is_none_is_refused_by_name(self, written: str, reason: str) -> None:
        with pytest.raises(ValueError, match=reason):
            cells.read_handle(written)

    @given(st.text(min_size=1, max_size=40))
    def test_is_a_whole_word_of_the_cell_or_refused(self, written: str) -> None:
        try:
            handle = cells.read_handle(written)
        except ValueError:
            return
        assert HANDLE.fullmatch(handle)
        at = written.lower().index(handle)
        around = written[:at][-1:] + written[at + len(handle) :][:1]
        assert not any(each.isalnum() or each in "._" for each in around)


class TestAPostsId:
    @given(st.integers(6 * 10**18, 8 * 10**18))
    def test_that_was_a_number_of_a_spreadsheet_is_never_taken(self, real: int) -> None:
        shown = f"{float(real):.15g}"
        for cell in (float(real), shown, shown.replace(".", ",").upper(), int(Decimal(shown))):
            with pytest.raises(cells.RoundedIdError, match="Paste the link"):
                cells.read_post(cell)

    @given(st.integers(6 * 10**18, 8 * 10**18))
    def test_in_a_link_is_taken_as_it_stands(self, real: int) -> None:
        assert cells.read_post(f"https://www.tiktok.com/@ana/video/{real}?x=1") == str(real)

    @given(st.integers(6 * 10**18, 8 * 10**18))
    def test_written_as_text_is_taken_or_refused_never_changed(self, real: int) -> None:
        try:
            assert cells.read_post(str(real)) == str(real)
        except cells.RoundedIdError:
            assert str(real).endswith("0000") or real % 1024 == 0


class TestAnAmount:
    @given(st.integers(0, 10**9), st.sampled_from(["en", "de", "ch", "fr", "bare", "comma"]))
    def test_is_read_as_it_was_written(self, minor: int, way: str) -> None:
        grouped = f"{minor // 100:,}"
        written = {
            "en": f"{grouped}.{minor % 100:02}",
            "de": f"{grouped.replace(',', '.')},{minor % 100:02}",
            "ch": f"{grouped.replace(',', chr(39))}.{minor % 100:02}",
            "fr": f"{grouped.replace(',', chr(0x202F))},{minor % 100:02}",
            "bare": f"{minor // 100}.{minor % 100:02}",
            "comma": f"{minor // 100},{minor % 100:02}",
        }[way]
        assert cells.read_money(written, currency="USD") == cells.Amount(minor, "USD")
        assert cells.read_money(f"{written} €", currency="USD").minor == minor

    @pytest.mark.parametrize(
        ("written", "minor", "currency"),
        [
            ("1,500", 150_000, "USD"), ("1.500", 150_000, "USD"), ("1 500", 150_000, "USD"), ("1.5", 150, "USD"),
            ("300,-", 30_000, "USD"), ("$300", 30_000, "USD"), ("$300 CAD", 30_000, "CAD"), ("300 euro", 30_000, "EUR"),
            (1500.5, 150_050, "USD"), (0.1 + 0.2, 30, "USD"), ("gifted", 0, "USD"),
            (sheets.UnitNumber(Decimal("1.125"), "KWD"), 1_125, "KWD"),
        ],
    )  # fmt: skip
    def test_that_could_be_two_follows_the_rule(
        self, written: sheets.Cell, minor: int, currency: str
    ) -> None:
        found = cells.read_money(written, currency="USD")
        assert (found.minor, found.currency) == (minor, currency)

    @pytest.mark.parametrize(
        "written",
        ["12 videos 300", "300 netto", "1.5k", "-300", "(300)", "300 + product", "~300", "1.234.56", "1,23,456",
         "300 €/video", "300 STK", "10 %", "ab 300 €", "200-300", "2x300", "300 € 200 $", "2026-03-02",
         sheets.UnitNumber(Decimal(12), "%")],
    )  # fmt: skip
    def test_that_is_not_one_is_refused_by_name(self, written: sheets.Cell) -> None:
        with pytest.raises(ValueError, match=r"write it like|digits"):
            cells.read_money(written, currency="USD")

    def test_of_three_digits_is_not_guessed_where_a_currency_has_them(self) -> None:
        with pytest.raises(ValueError, match="ambiguous in KWD"):
            cells.read_money("1,500 KWD", currency="USD")

    def test_has_the_currency_of_its_header(self) -> None:
        assert cells.currency_in("Honorar (EUR)") == cells.currency_in("Fee in €") == "EUR"
        assert cells.currency_in("Fee (net)") == ""

    @pytest.mark.parametrize(("written", "points"), [("12", 1_200), ("12,5 %", 1_250), ("0.5%", 50)])  # fmt: skip
    def test_in_percent_is_read(self, written: str, points: int) -> None:
        assert cells.read_basis_points(written) == points

    def test_in_percent_below_one_needs_its_sign(self) -> None:
        with pytest.raises(ValueError, match=r"may be 0\.12 % or 12"):
            cells.read_basis_points(0.12)


class TestADay:
    @given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
    def test_with_points_has_its_day_first(self, day: date) -> None:
        for written in (
            f"{day.day}.{day.month}.{day.year}", f"{day:%d.%m.%Y} 14:30", f"bis {day:%d.%m.%Y}",
            f"{day:%d}. {day:%m}. {day:%Y}",
        ):  # fmt: skip
            assert cells.read_day(written, order=cells.MONTH_FIRST, today=TODAY) == cells.Day(day)

    @given(st.integers(-170, 170))
    def test_without_a_year_is_the_nearest_and_says_so(self, days: int) -> None:
        day = TODAY + timedelta(days=days)
        assume((day.month, day.day) != (2, 29))
        found = cells.read_day(f"{day.day}.{day.month}.", order="", today=TODAY)
        assert found == cells.Day(day, "no year given; the nearest was used")

    @pytest.mark.parametrize(
        "written",
        ["1.3.–30.6.2026", "01.03.2026 - 30.06.2026", "2026-03-02 – 2026-05-01", "Mar-26", "30.02.2026", "May 2026",
         "Q2 2026", 4.11, 4.1, 12, "soon", "3"],
    )  # fmt: skip
    def test_that_is_not_one_day_is_refused_by_name(self, written: sheets.Cell) -> None:
        with pytest.raises(ValueError, match="write"):
            cells.read_day(written, order=cells.DAY_FIRST, today=TODAY)


class TestAHeader:
    @pytest.mark.parametrize(
        ("header", "field"),
        [
            ("Nutzungsrechte bis", Field.RIGHTS_UNTIL),
            ("Nutzungsrechte ab", Field.RIGHTS_FROM),
            ("Nutzungsrechte", Field.PAID_USE),
            ("Nutzungsdauer", Field.RIGHTS_UNTIL),
            ("Lizenz bis", Field.RIGHTS_UNTIL),
            ("Rechteende", Field.RIGHTS_UNTIL),
            ("Werberechte bis", Field.RIGHTS_UNTIL),
            ("Paid Usage bis", Field.RIGHTS_UNTIL),
            ("Derechos hasta", Field.RIGHTS_UNTIL),
            ("Usage rights start", Field.RIGHTS_FROM),
            ("Code gültig bis", Field.CODE_ENDS),
            ("Spark code expiry", Field.CODE_ENDS),
            ("Code Laufzeit", Field.CODE_DAYS),
            ("Werbeberechtigung bis", Field.CODE_ENDS),
            ("Online bis", Field.HOLD_UNTIL),
            ("Honorar (€)", Field.FEE),
            ("Creator's e-mail", Field.EMAIL),
            ("Engagement rate", None),
            ("Product price list", None),
            ("Rabattcode", None),
            ("Instagram handle", None),
            ("Contract date", None),
            ("Bezahlt am", None),
            ("Exklusivität bis", None),
            ("Kampagne bis", None),
            ("Post by", None),
            ("Ad budget", None),
            ("Code angefragt am", None),
        ],
    )
    def test_means_one_thing(self, header: str, field: Field | None) -> None:
        assert guess([header]).get(field or Field.FEE) == (0 if field else None)
        assert set(guess([header])) <= ({field} if field else {Field.SKU})

    def test_paid_beside_a_fee_is_left_to_a_person(self) -> None:
        assert Field.PAID_USE not in guess(["Handle", "Fee", "Paid"])
        assert guess(["Handle", "Link", "Paid"])[Field.PAID_USE] == 2

    def test_of_an_id_beside_a_link_keeps_both(self) -> None:
        assert guess(["Handle", "Link", "Video ID"]) == {
            Field.HANDLE: 0, Field.POST: 1, Field.POST_ID: 2,
        }  # fmt: skip


class TestAFile:
    @given(st.text(st.characters(codec="cp1252", exclude_categories=["Cc"]), max_size=60))
    def test_of_windows_1252_is_decoded_unless_it_is_utf_8(self, text: str) -> None:
        data = f"Müßig;{text}".encode("cp1252")
        found, encoding = decode_any(data)
        assert (found, encoding) == (f"Müßig;{text}", "Windows-1252")

    def test_of_no_known_encoding_is_refused_by_name(self) -> None:
        with pytest.raises(FileProblemError, match="neither in UTF-8"):
            decode_any(b"M\x81\x8d\xffller;x")

    def test_with_more_commas_than_semicolons_is_cut_at_the_semicolons(self) -> None:
        data = b"Handle;Fee;Notes\nana;1,5;a, b, c, d, e\nben;2,5;f, g, h\n"
        (table,) = sheets.read_file(data).tables
        assert [line.cells for line in table.lines][1] == ("ana", "1,5", "a, b, c, d, e")

    def test_with_excels_own_first_line_is_cut_as_that_says(self) -> None:
        (table,) = sheets.read_file(b"sep=;\nHandle;E-mail\nana;a@shop.example\n").tables
        assert table.lines[1].cells == ("Handle", "E-mail")
        assert table.lines[1].number == 2

    @pytest.mark.slow
    def test_of_many_lines_of_formats_alone_is_read(self) -> None:
        book = openpyxl.Workbook()
        book.active.append(["Handle"])
        book.active.append(["ana"])
        book.active.cell(20_000, 1, " ")
        out = io.BytesIO()
        book.save(out)
        (table,) = sheets.read_file(out.getvalue()).tables
        assert len(table.lines) == 2

    def test_whose_sheets_declare_entities_is_refused(self) -> None:
        book = openpyxl.Workbook()
        book.active.append(["Handle"])
        out = io.BytesIO()
        book.save(out)
        bomb = io.BytesIO()
        with zipfile.ZipFile(out) as old, zipfile.ZipFile(bomb, "w") as new:
            for part in old.namelist():
                data = old.read(part)
                if part.endswith("sheet1.xml"):
                    data = b'<!DOCTYPE x [<!ENTITY a "b">]>' + data.removeprefix(b"<?xml version='1.0'?>")  # fmt: skip
                new.writestr(part, data)
        with pytest.raises(FileProblemError, match="cannot be read"):
            sheets.read_file(bomb.getvalue())


@given(st.text(max_size=80))
def test_text_loses_hidden_signs_once_and_for_all(text: str) -> None:
    seen = without_hidden(text)
    assert without_hidden(seen) == seen
    assert not set(seen) & set("\u200b\u200e\u00ad\ufeff\u00a0\u2066")


def test_an_emoji_of_several_stays_one() -> None:
    assert without_hidden("👩\u200d🎤 a\u200db") == "👩\u200d🎤 ab"
