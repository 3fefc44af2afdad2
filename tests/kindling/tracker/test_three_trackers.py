"""Three trackers as teams keep them are read without one wrong value; what cannot be read is refused by name."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
import three_trackers as samples
from desk import CODE_ANA, CODE_BEN, Desk
from three_trackers import CODE_CLEO, CODE_DEE, item

from kindling.agreements.models import UsageRight
from kindling.authorizations.models import IntakeRow
from kindling.creators.models import Creator
from kindling.posts.models import Post
from kindling.tracker import service as tracker
from kindling.tracker.reading.columns import Field
from kindling.tracker.reading.rows import TrackerRow, read_entries, reading_of
from kindling.tracker.reading.sheets import read_file

TODAY = date(2026, 3, 10)
NEAREST = "no year given; the nearest was used"


def facts(entry: TrackerRow) -> dict[str, Any]:
    """All that a line says, without what it leaves open."""
    given = {name: getattr(entry, name) for name in TrackerRow.__slots__ if name != "sheet"}
    return {name: value for name, value in given.items() if value not in ("", None, (), {})}


def read(data: bytes, *, currency: str) -> dict[str, list[dict[str, Any]]]:
    """Every line below the header of every sheet that has one."""
    found = {}
    for table in read_file(data).tables:
        how, header = reading_of(table.lines)
        if header is not None:
            entries = read_entries(
                table.lines, how, today=TODAY, currency=currency, sheet=table.name
            )
            found[table.name] = [facts(entry) for entry in entries.rows]
    return found


class TestAGermanAgencysWorkbook:
    def test_is_read_sheet_by_sheet_value_by_value(self) -> None:
        sheets = read(samples.german_agency(), currency="EUR")
        assert sheets["März"] == [
            {
                "line": 4, "handle": "juergen.k", "name": "Jürgen Beispiel", "email": "juergen@shop.example",
                "item_id": item(1), "codes": (CODE_ANA,), "code_ends_on": date(2026, 4, 30), "paid_allowed": True,
                "rights_from": date(2026, 3, 1), "rights_until": date(2026, 6, 30), "fee_minor": 150_000,
                "currency": "EUR", "commission_bp": 1_250,
                "said": (f"Usage rights from: {NEAREST} (2026-03-01).", "The post is taken from the cell's link."),
            },
            {
                "line": 5, "handle": "juergen.k", "item_id": item(2), "paid_allowed": True,
                "rights_until": date(2025, 11, 4), "commission_bp": 1_250,
                "said": ("The handle is taken from the link.", f"Usage rights until: {NEAREST} (2025-11-04).",
                         "The post is taken from the cell's link."),
                "problems": {Field.FEE: "'300 netto' is not a single amount; write it like 1200.50 USD."},
            },
            {"line": 6, "refused": "'anna glow' is not a TikTok handle: a handle has no blanks."},
            {"line": 7, "refused": "There is no handle in this line. Write it like @name."},
            {
                "line": 8, "handle": "cleo.sample", "name": "Cleo Beispiel", "codes": (CODE_BEN,),
                "paid_allowed": True, "rights_until": date(2026, 5, 31), "fee_minor": 30_000, "currency": "EUR",
                "problems": {Field.POST: (
                    "The post's id was rounded by the spreadsheet (7.41234567890123e+18), so it is not known which "
                    "post is meant. Paste the link of the post, or format the column as text and enter the id again."
                )},
            },
            {
                "line": 9, "handle": "dee.sample", "name": "Dee Beispiel", "item_id": item(4), "fee_minor": 150_000,
                "currency": "EUR", "said": ("The post's id was rounded by the spreadsheet; the link is used.",),
                "problems": {Field.PAID_USE:
                             "'organisch?' does not say if paid use is allowed; write yes or no."},
            },
            {"line": 10, "skipped": "This is a line of totals."},
            {"line": 11, "skipped": "This is a line of totals."},
        ]  # fmt: skip
        assert sheets["April"] == [
            {
                "line": 2, "handle": "eve.sample", "name": "Eve", "country": "CH", "item_id": item(5),
                "paid_allowed": True, "rights_until": date(2026, 12, 31), "fee_minor": 150_050, "currency": "CHF",
                "said": ("'Eve' is used as a name; the handle is taken from the link.",
                         "The post is taken from the cell's link."),
            },
            {
                "line": 3, "handle": "fay.sample", "country": "DE", "item_id": item(6), "paid_allowed": True,
                "rights_until": date(2026, 6, 8), "fee_minor": 150_000, "currency": "CHF",
                "said": ("Fee: 1.500 is read as 1500 (three digits after it are thousands).",
                         "The term of the usage rights is counted from today."),
            },
            {"line": 4, "refused": (
                "'@jürgen.k' is not a TikTok handle: none has “ü” in it; write it like @name."
            )},
            {"line": 5, "skipped": "This looks like a heading: it is a month."},
            {"line": 6, "skipped": "This is a line of totals."},
        ]  # fmt: skip

    def test_says_what_is_read_and_what_is_not(self, desk: Desk) -> None:
        found = tracker.dry_run(
            desk.manager, samples.german_agency(), name="agentur.xlsx", at=desk.now
        )
        assert [(each.name, each.lines, each.skipped) for each in found.sheets] == [
            ("Übersicht", 0,
             "No column says whose line it is: choose the one with the handle, or with the link."),
            ("März", 8, ""),
            ("April", 5, ""),
            ("Preise", 0, "No line of it names columns that Kindling knows."),
            ("Alt", 0, "The sheet is hidden; show it in Excel to import it."),
        ]  # fmt: skip
        assert found.sheets[1].ignored == ("Instagram", "Bezahlt am")
        assert {row.sheet for row in found.rows} == {"März", "April"}
        told = str(found.to_json())
        assert CODE_ANA[1:20] not in told
        assert CODE_BEN[1:20] not in told

    @pytest.mark.slow
    def test_writes_no_post_and_no_right_that_is_not_in_it(self, desk: Desk) -> None:
        for _ in range(2):  # the second time changes nothing
            tracker.import_tracker(
                desk.manager, samples.german_agency(), name="agentur.xlsx",
                ad_account=desk.account, at=desk.now,
            )  # fmt: skip
            assert set(Post.objects.values_list("item_id", flat=True)) == {
                item(1), item(2), item(4), item(5), item(6),
            }  # fmt: skip
            assert set(Creator.objects.values_list("handle", flat=True)) == {
                "juergen.k", "cleo.sample", "dee.sample", "eve.sample", "fay.sample",
            }  # fmt: skip
            assert {
                (right.item_id, right.ends_at, right.content_fee_minor, right.currency)
                for right in UsageRight.objects.filter(superseded_at=None)
            } == {
                (item(1), datetime(2026, 7, 1, tzinfo=UTC), 150_000, "EUR"),
                (item(5), datetime(2027, 1, 1, tzinfo=UTC), 150_050, "CHF"),
                (item(6), datetime(2026, 6, 9, tzinfo=UTC), 150_000, "CHF"),
            }
            rows = IntakeRow.objects.values_list("sheet", "line", "part", "expected_item_id")
            assert list(rows) == [("März", 4, 1, item(1))]


class TestAGermanCsv:
    def test_is_decoded_and_read_value_by_value(self) -> None:
        assert read_file(samples.german_csv()).encoding == "Windows-1252"
        assert read(samples.german_csv(), currency="EUR")[""] == [
            {
                "line": 2, "handle": "joerg.sample", "name": "Jörg Müßig", "note": "Größe „M“", "item_id": item(11),
                "posted_on": date(2026, 3, 4), "paid_allowed": True, "rights_from": date(2026, 3, 4),
                "rights_until": date(2026, 9, 30), "hold_until": date(2026, 12, 31), "fee_minor": 150_000,
                "currency": "EUR",
            },
            {
                "line": 3, "handle": "aenne.sample", "name": "Änne", "item_id": item(12),
                "posted_on": date(2026, 3, 4), "paid_allowed": False, "fee_minor": 150_000, "currency": "EUR",
                "said": ("Fee: 1.500 is read as 1500 (three digits after it are thousands).",),
            },
            {
                "line": 4, "handle": "oez.sample", "name": "Öz", "item_id": item(13), "posted_on": date(2026, 3, 5),
                "paid_allowed": True, "rights_from": date(2026, 3, 5), "rights_until": date(2026, 6, 5),
                "fee_minor": 30_000, "currency": "CHF",
                "said": (f"Posted on: {NEAREST} (2026-03-05).",
                         "The term of the usage rights is counted from the date of the post."),
            },
            {
                "line": 5, "handle": "bo.sample", "name": "Bo", "item_id": item(14), "paid_allowed": True,
                "fee_minor": 1_250, "currency": "EUR",
                "problems": {
                    Field.POSTED_ON: "'31.02.2026' is not a date; write it like 2026-03-02.",
                    Field.RIGHTS_UNTIL: "The term cannot be counted: the day it starts on cannot be read.",
                },
            },
            {
                "line": 6, "handle": "ute.sample", "name": "Ute", "note": "zahlt 1.200, nicht 1.000",
                "item_id": item(15), "posted_on": date(2026, 3, 12), "paid_allowed": True, "fee_minor": 120_000,
                "currency": "EUR",
                "problems": {
                    Field.RIGHTS_UNTIL:
                        "'1.3.2026 - 30.6.2026' holds more than one date; write one, like 2026-03-02.",
                },
            },
            {"line": 7, "skipped": "This is a line of totals."},
        ]  # fmt: skip

    @pytest.mark.parametrize(
        "encoding", ["cp1252", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]
    )
    def test_reads_the_same_in_every_encoding(self, encoding: str) -> None:
        text = samples.german_csv().decode("cp1252")
        assert read(text.encode(encoding), currency="EUR") == read(
            samples.german_csv(), currency="EUR"
        )

    def test_names_the_columns_it_ignores(self, desk: Desk) -> None:
        found = tracker.dry_run(desk.manager, samples.german_csv(), name="x.csv", at=desk.now)
        assert found.main.ignored == ("Rabattcode",)
        assert found.to_json()["encoding"] == "Windows-1252"


class TestAMessyEnglishTracker:
    @pytest.mark.parametrize("data", [samples.english_csv(), samples.english_excel()], ids=["csv", "xlsx"])  # fmt: skip
    def test_is_read_value_by_value(self, data: bytes) -> None:
        (lines,) = read(data, currency="USD").values()
        rounded = (
            "The post's id was rounded by the spreadsheet (7.41235E+18), so it is not known which post is meant. "
            "Paste the link of the post, or format the column as text and enter the id again."
        )
        assert lines == [
            {
                "line": 2, "handle": "gia.sample", "email": "gia@shop.example", "item_id": item(21),
                "codes": (CODE_ANA,), "paid_allowed": True, "rights_until": date(2026, 9, 30),
                "fee_minor": 150_000, "currency": "USD",
            },
            {
                "line": 3, "handle": "hal.sample", "item_id": item(22), "codes": (CODE_BEN, CODE_CLEO),
                "paid_allowed": True, "rights_until": date(2026, 6, 30), "fee_minor": 150_000, "currency": "USD",
                "said": ("Fee: 1,500 is read as 1500 (three digits after it are thousands).",
                         "The cell has 2 video codes; each is added."),
            },
            {"line": 4, "refused": "'ida@shop.example' is an e-mail address, not a TikTok handle."},
            {"line": 5, "refused": (
                f"'{'a' * 34}' is not a TikTok handle: it has 34 letters, a handle 24 at most."
            )},
            {"line": 6, "refused": "'@jon sample' has a blank in the handle; write it like @name."},
            {
                "line": 7, "handle": "kim.sample", "email": "kim@shop.example", "paid_allowed": True,
                "rights_until": date(2026, 9, 30), "fee_minor": 0, "currency": "USD",
                "problems": {Field.POST: rounded},
            },
            {
                "line": 8, "handle": "lee.sample", "item_id": item(23), "codes": (CODE_DEE,), "paid_allowed": False,
                "problems": {
                    Field.FEE: "'500 + product' is not a single amount; write it like 1200.50 USD.",
                    Field.EMAIL: "'not known' is not an e-mail address.",
                },
            },
            {
                "line": 9, "handle": "max.sample", "paid_allowed": True,
                "problems": {
                    Field.RIGHTS_UNTIL: "'Sep-26' may be a day or a year; write it like 2026-03-02.",
                    Field.POST: "The cell has several posts; use one row for each.",
                },
            },
            {"line": 10, "refused": (
                "'IG: @nia.sample' names another platform; write the TikTok handle like @name."
            )},
            {"line": 11, "skipped": "This is a line of totals."},
        ]  # fmt: skip

    def test_adds_both_codes_of_a_cell(self, desk: Desk) -> None:
        found = tracker.import_tracker(
            desk.manager, samples.english_csv(), name="x.csv", ad_account=desk.account, at=desk.now
        )
        rows = IntakeRow.objects.filter(intake=found.intake)
        assert [(row.line, row.part, row.code, row.expected_item_id) for row in rows] == [
            (2, 1, CODE_ANA, item(21)), (3, 1, CODE_BEN, item(22)), (3, 2, CODE_CLEO, item(22)),
            (8, 1, CODE_DEE, item(23)),
        ]  # fmt: skip
        assert found.main.ignored == ("Paid on", "Engagement rate")
