"""A tracker as teams keep it: every row is explained before anything is written, and the good ones go in."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import three_trackers
from desk import CODE_ANA, CODE_BEN, Desk, csv_of, excel_of, post
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from kindling.agreements import service as agreements
from kindling.agreements.contract.terms import Terms
from kindling.agreements.models import UsageRight
from kindling.authorizations.codes import intake as intakes
from kindling.authorizations.models import Intake, IntakeRow
from kindling.authorizations.tasks import waiting_codes
from kindling.creators.models import Creator, CreatorNote, HandleChange
from kindling.errors import ConflictError, FileProblemError, InvalidInputError, NotAllowedError
from kindling.jobs.models import Intent
from kindling.posts.models import Post
from kindling.tracker import service as tracker
from kindling.tracker import uploads
from kindling.tracker.models import Sheet
from kindling.tracker.reading.columns import Field
from kindling.tracker.service import ImportReport
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import AdAccount, AuditEntry, User

HEADER = ("Creator", "TikTok", "Video URL", "Spark code", "Days", "Posted", "Whitelisting", "Usage rights until", "Fee",
          "E-mail", "Status", "Notes")  # fmt: skip


def messy() -> bytes:
    """An Excel file with what goes wrong in trackers."""
    return excel_of(
        ("Spring campaign – sample",),
        (),
        HEADER,
        ("Ana Sample", "@Sample.Ana", post("sample.ana", 1), CODE_ANA, "30 days", date(2026, 3, 2), "yes",
         "30 days", "$300", "ana@shop.example", "live", "Fast"),
        (None, None, post("sample.ana", 2), None, None, 46083, "x", "02.04.2026", 250, None, None, None),
        (),
        ("Ben Sample", None, post("sample.ben", 3), CODE_BEN, 60, "2 Mar", "organic only", None, "gifted",
         "ben at shop", "waiting", None),
        ("Cleo Sample", "sample.cleo", "https://vm.tiktok.com/ZM8sample/", CODE_ANA, None, None, "yes", "1/5/26",
         None, None, None, None),
        ("Dee Sample", "sample.dee", post("sample.ana", 1), None, None, None, None, None, None, None, None, None),
        ("Eve Sample", "not a handle!", None, None, None, None, None, None, None, None, None, "hello"),
        HEADER,
        ("Fay Sample", "sample.fay", post("sample.fay", 4), CODE_ANA, "many", None, "maybe", "2026-05-01",
         "12 videos 300", "fay@shop.example", None, None),
        ("TOTAL", None, None, None, None, None, None, None, 550, None, None, None),
    )  # fmt: skip


def look(desk: Desk, data: bytes, **more: object) -> ImportReport:
    return tracker.dry_run(desk.manager, data, name="tracker.xlsx", at=desk.now, **more)


def take(desk: Desk, data: bytes, **more: object) -> ImportReport:
    return tracker.import_tracker(
        desk.manager, data, name="tracker.xlsx", ad_account=desk.account, at=desk.now, **more
    )


def outcomes(found: ImportReport) -> dict[int, str]:
    return {row.line: str(row.outcome) for row in found.rows}


def words(found: ImportReport, line: int) -> str:
    row = next(row for row in found.rows if row.line == line)
    return " ".join([*(part.words for part in row.parts), *row.said])


class TestAMessyTracker:
    def test_is_explained_row_by_row(self, desk: Desk) -> None:
        found = look(desk, messy())
        assert outcomes(found) == {
            4: "taken", 5: "taken", 6: "skipped", 7: "partly", 8: "partly", 9: "refused", 10: "refused",
            11: "skipped", 12: "partly", 13: "skipped",
        }  # fmt: skip
        assert "@sample.ana is added to the directory" in words(found, 4)
        assert "until 2026-04-01" in words(found, 4)
        assert "is counted from the date of the post" in words(found, 4)
        assert "taken from the link" in words(found, 5)
        assert "until 2026-04-02" in words(found, 5)
        assert "The line is empty" in words(found, 6)
        assert "'ben at shop' is not an e-mail address" in words(found, 7)
        assert "the nearest was used (2026-03-02)" in words(found, 7)
        assert "A short link does not show the post" in words(found, 8)
        assert "the link is a post of @sample.ana" in words(found, 9)
        assert "not a TikTok handle" in words(found, 10)
        assert "header is repeated" in words(found, 11)
        assert "does not say if paid use is allowed" in words(found, 12)
        assert "is already in line 4" in words(found, 12)
        assert "totals" in words(found, 13)

    def test_asks_once_how_a_date_reads(self, desk: Desk) -> None:
        sheet = csv_of(
            ("Handle", "Link", "Paid", "Usage rights until"),
            ("sample.ana", post("sample.ana", 1), "yes", "3/4/26"),
        )
        unclear = look(desk, sheet)
        assert unclear.asks_order
        assert outcomes(unclear) == {2: "partly"}
        by_hand = tracker.reading(sheet)
        clear = look(
            desk, sheet, how=type(by_hand)(by_hand.columns, by_hand.header_line, order="day")
        )
        assert not clear.asks_order
        assert "until 2026-04-03" in words(clear, 2)

    def test_reads_days_as_the_sheet_s_other_dates_show(self, desk: Desk) -> None:
        found = look(
            desk,
            csv_of(
                ("Handle", "Link", "Paid", "Usage rights until"),
                ("sample.ana", post("sample.ana", 1), "yes", "3/4/26"),
                ("sample.ana", post("sample.ana", 2), "yes", "25/4/26"),
            ),
        )
        assert found.main.order == "day"
        assert "until 2026-04-03" in words(found, 2)

    def test_writes_nothing_when_only_looked_at(self, desk: Desk) -> None:
        look(desk, messy())
        assert not Creator.objects.exists()
        assert not IntakeRow.objects.exists()
        assert not AuditEntry.objects.filter(action="imported tracker").exists()

    def test_takes_the_good_parts(self, desk: Desk) -> None:
        found = take(desk, messy())
        ana = Creator.objects.get(handle="sample.ana")
        assert (ana.email, ana.display_name) == ("ana@shop.example", "Ana Sample")
        assert ana.notes.get().text == "Status in the tracker: live\nFast"
        assert set(Creator.objects.values_list("handle", flat=True)) == {
            "sample.ana", "sample.ben", "sample.cleo", "sample.fay",
        }  # fmt: skip
        assert Post.objects.count() == 4
        right = UsageRight.objects.get(item_id=str(7300000000000000001))
        assert right.source == "tracker"
        assert right.hold_until is None
        assert (right.content_fee_minor, right.currency) == (30_000, "USD")
        assert right.ends_at == datetime(2026, 4, 2, tzinfo=UTC)
        assert UsageRight.objects.count() == 2
        rows = IntakeRow.objects.filter(intake=found.intake)
        assert {(row.line, row.expected_handle, row.requested_days) for row in rows} == {
            (4, "sample.ana", 30), (7, "sample.ben", 60),
        }  # fmt: skip

    def test_says_the_same_when_it_comes_again(self, desk: Desk) -> None:
        take(desk, messy())
        before = (Creator.objects.count(), CreatorNote.objects.count(), UsageRight.objects.count())
        again = take(desk, messy())
        assert outcomes(again)[4] == "same"
        assert again.intake is None
        assert (
            Creator.objects.count(), CreatorNote.objects.count(), UsageRight.objects.count()
        ) == before  # fmt: skip

    def test_shows_no_code(self, desk: Desk) -> None:
        for found in (look(desk, messy()), take(desk, messy())):
            said = repr(found) + str(found.to_json())
            assert CODE_ANA not in said
            assert CODE_BEN not in said
            assert CODE_ANA[1:20] not in said
        trail = str(list(AuditEntry.objects.values_list("before", "after", "reason")))
        assert CODE_ANA[1:20] not in trail


class TestWhatIsOnRecord:
    def test_is_changed_where_the_sheet_says_more_and_never_blanked(self, desk: Desk) -> None:
        desk.creator("sample.ana", email="ana@shop.example", country="US")
        sheet = csv_of(
            ("handle", "email", "country", "tags"), ("@sample.ana", "", "Germany", "beauty; UGC")
        )
        found = take(desk, sheet)
        ana = Creator.objects.get()
        assert (ana.email, ana.country) == ("ana@shop.example", "DE")
        assert sorted(ana.tags.values_list("name", flat=True)) == ["beauty", "ugc"]
        assert outcomes(found) == {2: "changed"}
        assert "country US → DE" in words(found, 2)

    def test_is_found_by_a_former_handle(self, desk: Desk) -> None:
        ana = desk.creator("sample.ana.now")
        HandleChange.objects.create(
            workspace=desk.workspace, creator=ana, old="sample.ana", new="sample.ana.now",
            at=desk.now, source="hand",
        )  # fmt: skip
        found = take(desk, csv_of(("handle", "email"), ("sample.ana", "ana@shop.example")))
        assert Creator.objects.get().email == "ana@shop.example"
        assert "@sample.ana is @sample.ana.now now" in words(found, 2)

    def test_keeps_the_hold_period_that_the_sheet_does_not_name(self, desk: Desk) -> None:
        header = (
            "handle",
            "link",
            "paid",
            "rights from",
            "rights until",
            "hold until",
            "territory",
        )
        link = post("sample.ana", 1)
        take(
            desk,
            csv_of(
                header,
                ("sample.ana", link, "yes", "2026-03-01", "2026-04-01", "2026-05-01", "US, CA"),
            ),
        )
        take(desk, csv_of(header[:5], ("sample.ana", link, "yes", "2026-03-01", "2026-06-01")))
        right = UsageRight.objects.get()
        assert right.hold_until == datetime(2026, 5, 2, tzinfo=UTC)
        assert right.territory == ["US", "CA"]
        assert right.ends_at == datetime(2026, 6, 2, tzinfo=UTC)

    def test_of_a_signed_agreement_counts_more_than_the_sheet(self, desk: Desk) -> None:
        ana = desk.creator("sample.ana")
        version = agreements.record_consent(
            desk.manager,
            agreements.create(desk.manager, ana, title="Signed", terms=Terms(), at=desk.now),
            as_name="Sample Ana", reason="On paper.", document=("a.pdf", b"%PDF-1.7 sample"), at=desk.now,
        )  # fmt: skip
        item = str(7300000000000000001)
        UsageRight.objects.create(
            workspace=desk.workspace, creator=ana, version=version, item_id=item, paid_allowed=False,
            starts_at=desk.now, ends_at=desk.clock.pass_by(days=9), currency="USD", source="agreement",
            recorded_at=desk.now,
        )  # fmt: skip
        sheet = csv_of(
            ("handle", "link", "paid", "rights until"),
            ("sample.ana", post("sample.ana", 1), "yes", "2027-01-01"),
        )
        found = take(desk, sheet)
        assert "agreement “Signed”, which takes precedence" in words(found, 2)
        assert not UsageRight.objects.filter(paid_allowed=True).exists()


class TestARight:
    def test_without_a_word_on_paid_use_is_refused_until_a_person_says_so(self, desk: Desk) -> None:
        sheet = csv_of(
            ("handle", "link", "rights until"), ("sample.ana", post("sample.ana", 1), "2026-05-01")
        )
        assert "does not say that paid use is allowed" in words(look(desk, sheet), 2)
        how = tracker.reading(sheet)
        found = take(desk, sheet, how=type(how)(how.columns, how.header_line, dated_is_paid=True))
        assert outcomes(found) == {2: "taken"}
        assert UsageRight.objects.get().paid_allowed

    def test_without_a_post_does_not_cover_every_post_by_itself(self, desk: Desk) -> None:
        sheet = csv_of(("handle", "paid", "rights until"), ("sample.ana", "yes", "2026-05-01"))
        assert "the line has no post" in words(take(desk, sheet), 2)
        assert not UsageRight.objects.exists()
        how = tracker.reading(sheet)
        take(desk, sheet, how=type(how)(how.columns, how.header_line, unlinked_is_all=True))
        assert UsageRight.objects.get().item_id == ""

    def test_that_ends_before_it_starts_is_refused(self, desk: Desk) -> None:
        sheet = csv_of(
            ("handle", "link", "paid", "rights from", "rights until"),
            ("sample.ana", post("sample.ana", 1), "yes", "2026-05-01", "2026-04-01"),
        )
        assert "end before they start" in words(take(desk, sheet), 2)
        assert not UsageRight.objects.exists()


class TestALine:
    def test_whose_link_leads_to_somebody_else_is_refused(self, desk: Desk) -> None:
        sheet = csv_of(("handle", "link"), ("@sample.ana", post("sample.ben", 1)))
        found = look(desk, sheet)
        assert outcomes(found) == {2: "refused"}
        assert "@sample.ben" in words(found, 2)

    def test_without_a_handle_belongs_to_the_line_above_like_merged_cells(self, desk: Desk) -> None:
        sheet = csv_of(
            ("handle", "post id"), ("sample.ana", 7300000000000000001), ("", 7300000000000000002)
        )
        found = take(desk, sheet)
        assert Post.objects.filter(creator__handle="sample.ana").count() == 2
        assert "line 2 (merged cells)" in words(found, 3)

    def test_that_repeats_another_is_skipped(self, desk: Desk) -> None:
        row = ("sample.ana", "ana@shop.example")
        found = look(desk, csv_of(("handle", "email"), row, row))
        assert outcomes(found) == {2: "taken", 3: "skipped"}

    def test_that_contradicts_an_earlier_one_is_told(self, desk: Desk) -> None:
        found = take(
            desk,
            csv_of(
                ("handle", "email"),
                ("sample.ana", "a@shop.example"),
                ("sample.ana", "b@shop.example"),
            ),
        )
        assert "line 2 has a different value" in words(found, 3)
        assert Creator.objects.get().email == "a@shop.example"


class TestTheFile:
    @pytest.mark.parametrize("data", [b"", b"\x00\x01", b"PK\x03\x04broken", b"\xff\xfe\x00"])
    def test_that_is_no_table_is_refused_with_a_next_step(self, desk: Desk, data: bytes) -> None:
        with pytest.raises(FileProblemError) as refused:
            look(desk, data)
        assert refused.value.next_step

    def test_without_a_header_can_be_mapped_by_hand(self, desk: Desk) -> None:
        sheet = csv_of(("sample.ana", "ana@shop.example"), ("sample.ben", "ben@shop.example"))
        assert not look(desk, sheet).says_whose
        with pytest.raises(FileProblemError, match="No column identifies the creator"):
            take(desk, sheet)
        how = tracker.with_columns(sheet, {"handle": "1", "email": "2"})
        take(desk, sheet, how=how)
        assert Creator.objects.get(handle="sample.ben").email == "ben@shop.example"

    def test_takes_other_columns_when_told(self, desk: Desk) -> None:
        sheet = csv_of(("Creator", "Who", "Misc"), ("Ana", "sample.ana", "ana@shop.example"))
        how = tracker.with_columns(sheet, {"handle": "Who", "name": "creator", "email": "3"})
        assert how[0].columns == {Field.HANDLE: 1, Field.NAME: 0, Field.EMAIL: 2}
        with pytest.raises(InvalidInputError):
            tracker.with_columns(sheet, {"handle": "Nowhere"})

    def test_with_codes_needs_an_ad_account(self, desk: Desk) -> None:
        sheet = csv_of(("handle", "link", "code"), ("sample.ana", post("sample.ana", 1), CODE_ANA))
        with pytest.raises(ConflictError):
            tracker.import_tracker(desk.manager, sheet, name="x.csv", ad_account=None, at=desk.now)
        assert not Creator.objects.exists()

    def test_is_not_for_roles_that_only_look(self, desk: Desk) -> None:
        with pytest.raises(NotAllowedError):
            tracker.dry_run(desk.viewer, messy(), name="x.xlsx", at=desk.now)


def test_the_sample_day_is_a_day_of_excel() -> None:
    assert date.fromordinal(date(1899, 12, 30).toordinal() + 46083) == date(2026, 3, 2)


class TestThePages:
    @pytest.mark.slow
    def test_go_from_the_file_over_the_rows_to_the_import(
        self, desk: Desk, browser: Client
    ) -> None:
        answer = browser.post(
            desk.where("tracker:choose"), {"file": SimpleUploadedFile("spring.xlsx", messy())}
        )
        sheet = Sheet.objects.get()
        assert answer["Location"] == desk.where("tracker:preview", sheet.pk)
        page = browser.get(answer["Location"]).content.decode()
        assert "Nothing is stored yet" in page
        assert CODE_ANA not in page
        assert "is already in line 4" in page
        only = browser.get(answer["Location"] + "?only=refused").content.decode()
        assert "is already in line 4" not in only
        done = browser.post(
            desk.where("tracker:import", sheet.pk), {"ad_account": desk.account.advertiser_id}
        ).content.decode()
        assert "Rows to correct" in done
        assert CODE_ANA not in done
        assert Creator.objects.filter(handle="sample.ana").exists()
        assert not Sheet.objects.exists()

    def test_keep_the_mapping_a_person_chose(self, desk: Desk, browser: Client) -> None:
        data = csv_of(("A", "B"), ("sample.ana", "ana@shop.example"))
        browser.post(desk.where("tracker:choose"), {"file": SimpleUploadedFile("x.csv", data)})
        pk = Sheet.objects.get().pk
        first = browser.get(desk.where("tracker:preview", pk)).content.decode()
        assert "First choose the column" in first
        chosen = {"header": "1", "c0": "handle", "c1": "email"}
        page = browser.get(desk.where("tracker:preview", pk), chosen).content.decode()
        assert "e-mail ana@shop.example" in page
        browser.post(desk.where("tracker:import", pk), chosen)
        assert Creator.objects.get().email == "ana@shop.example"

    def test_read_the_columns_anew_from_the_line_a_person_names(
        self, desk: Desk, browser: Client
    ) -> None:
        legend = (
            "creator",
            "post",
            "code",
            "paid until",
        )  # looks more like a header than the header
        data = csv_of(legend, ("Handle", "E-mail"), ("sample.ana", "ana@shop.example"))
        browser.post(desk.where("tracker:choose"), {"file": SimpleUploadedFile("x.csv", data)})
        where = desk.where("tracker:preview", Sheet.objects.get().pk)
        assert "e-mail ana@shop.example" not in browser.get(where).content.decode()
        told = {"header": "2", "header_was": "1", "c0": "handle", "c1": "post"}
        assert "e-mail ana@shop.example" in browser.get(where, told).content.decode()
        assert browser.get(where, told | {"header": "9"}).status_code == 422

    def test_refuse_one_meaning_for_two_columns(self, desk: Desk, browser: Client) -> None:
        data = csv_of(("A", "B"), ("sample.ana", "ana@shop.example"))
        browser.post(desk.where("tracker:choose"), {"file": SimpleUploadedFile("x.csv", data)})
        answer = browser.get(
            desk.where("tracker:preview", Sheet.objects.get().pk),
            {"header": "1", "c0": "handle", "c1": "handle"},
        )
        assert answer.status_code == 422

    def test_do_not_show_a_sheet_of_another_workspace(self, desk: Desk, browser: Client) -> None:
        other = workspaces.create_workspace(
            slug="other", name="Other", owner=User.objects.create_user("x@other.example"),
            currency="USD", timezone="UTC", at=desk.now,
        )  # fmt: skip
        kept = Sheet.objects.create(
            workspace=other, created_at=desk.now, name="theirs.csv", content="aGFuZGxl"
        )
        assert browser.get(desk.where("tracker:preview", kept.pk)).status_code == 404

    def test_forget_a_sheet_after_a_day(self, desk: Desk, browser: Client) -> None:
        browser.post(desk.where("tracker:choose"), {"file": SimpleUploadedFile("x.xlsx", messy())})
        pk = Sheet.objects.get().pk
        assert uploads.forget_old(at=desk.clock.pass_by(hours=25)) == 1
        assert browser.get(desk.where("tracker:preview", pk)).status_code == 404


def test_a_sheet_is_as_wide_as_its_cells_not_as_its_file(desk: Desk) -> None:
    assert len(look(desk, messy()).main.header) == len(HEADER)


class TestTheSheetsOfAWorkbook:
    @pytest.mark.slow
    def test_are_shown_with_what_is_ignored_and_read_as_chosen(
        self, desk: Desk, browser: Client
    ) -> None:
        file = SimpleUploadedFile("agentur.xlsx", three_trackers.german_agency())
        browser.post(desk.where("tracker:choose"), {"file": file})
        pk = Sheet.objects.get().pk
        page = browser.get(desk.where("tracker:preview", pk)).content.decode()
        for shown in ("März", "The sheet is hidden", "Instagram, Bezahlt am", "was rounded"):
            assert shown in page
        assert CODE_ANA[1:20] not in page
        typed = {"header": "0", "fills_down": "on", "s1-out": "on", "s1-header": "3"}
        page = browser.get(desk.where("tracker:preview", pk), typed).content.decode()
        assert "You left the sheet out" in page
        assert "@eve.sample" in page
        browser.post(desk.where("tracker:import", pk), typed)
        assert set(Creator.objects.values_list("handle", flat=True)) == {"eve.sample", "fay.sample"}

    @pytest.mark.slow
    def test_can_have_other_columns_each(self, desk: Desk, browser: Client) -> None:
        file = SimpleUploadedFile("agentur.xlsx", three_trackers.german_agency())
        browser.post(desk.where("tracker:choose"), {"file": file})
        where = desk.where("tracker:preview", Sheet.objects.get().pk)
        typed = {"header": "0", "s1-header": "3", "s1-c1": "handle", "s1-c13": "posted_on"}
        page = browser.get(where, typed).content.decode()
        assert "E-Mail" in page.split("Columns and formats")[0]  # it is ignored now
        assert browser.get(where, typed | {"s2-header": "77", "s2-header_was": "1"}).status_code == 422  # fmt: skip

    @pytest.mark.parametrize("odd", ["c²", "c1²", "c", "c-1", "c99999999", "s1-c²", "s²-c1", "c１"])  # fmt: skip
    def test_are_shown_whatever_stands_in_the_address(
        self, desk: Desk, browser: Client, odd: str
    ) -> None:
        data = csv_of(("A", "B"), ("sample.ana", "ana@shop.example"))
        browser.post(desk.where("tracker:choose"), {"file": SimpleUploadedFile("x.csv", data)})
        where = desk.where("tracker:preview", Sheet.objects.get().pk)
        for typed in ({"header": "1", odd: ""}, {"header": "1", odd: "handle"}):
            assert browser.get(where, typed).status_code == 200
        assert browser.get(where, {"header": "1²"}).status_code == 422

    def test_are_chosen_by_name(self, desk: Desk) -> None:
        data = three_trackers.german_agency()
        how = tracker.with_columns(data, {}, only=["April"])
        assert {row.sheet for row in look(desk, data, how=how).rows} == {"April"}
        with pytest.raises(InvalidInputError, match="no sheet 'May'"):
            tracker.with_columns(data, {}, only=["May"])
        with pytest.raises(InvalidInputError, match="several sheets"):
            tracker.with_columns(data, {}, header_line=3)
        named = tracker.with_columns(data, {"notes": "Instagram"})
        assert [Field.NOTES in each.columns for each in named] == [False, True, False, False, False]
        with pytest.raises(InvalidInputError, match="No sheet has a column"):
            tracker.with_columns(data, {"notes": "Nowhere"})


class TestARowWithABadCell:
    HEADER = ("handle", "link", "paid use", "rights until", "fee", "commission")

    def test_of_money_keeps_the_right(self, desk: Desk) -> None:
        row = ("sample.ana", post("sample.ana", 1), "yes", "2026-05-01", "a lot", "half")
        found = take(desk, csv_of(self.HEADER, row))
        assert outcomes(found) == {2: "partly"}
        assert "Fee: 'a lot' is not a single amount" in words(found, 2)
        assert "Commission in percent: 'half' is not a percentage" in words(found, 2)
        assert "The usage rights are saved without it." in words(found, 2)
        right = UsageRight.objects.get()
        assert (right.paid_allowed, right.content_fee_minor, right.commission_bp) == (True, 0, None)

    def test_of_another_part_of_the_right_costs_it(self, desk: Desk) -> None:
        row = ("sample.ana", post("sample.ana", 1), "yes", "soon", "300", "")
        assert "'soon' is not a date" in words(take(desk, csv_of(self.HEADER, row)), 2)
        assert not UsageRight.objects.exists()

    def test_whose_handle_cannot_be_read_lends_no_handle_to_the_next(self, desk: Desk) -> None:
        sheet = csv_of(
            ("handle", "post id"),
            ("sample.ana", "7300000000000000001"),
            ("jürgen.k", "7300000000000000002"),
            ("", "7300000000000000003"),
        )
        assert outcomes(take(desk, sheet)) == {2: "taken", 3: "refused", 4: "refused"}
        assert Post.objects.get().item_id == "7300000000000000001"

    def test_that_shows_an_error_of_the_spreadsheet_is_named(self, desk: Desk) -> None:
        header = ("handle", "name", "email")
        found = take(desk, csv_of(header, ("sample.ana", "#REF!", "#NAME?"), ("#N/A", "", "")))
        assert "Creator's name: The cell shows the error #REF!" in words(found, 2)
        assert outcomes(found)[3] == "refused"
        assert Creator.objects.get().display_name == ""


class TestALineOfTotals:
    @pytest.mark.parametrize(
        "row",
        [("TOTAL", "12 creators", "550"), ("Summe:", "", "1.200,00 €"), ("Σ", "", "5"), ("Gesamtkosten", "", "300"),
         ("Total general", "3", ""), ("Ø", "", "12,5"), ("", "Zwischensumme", "550")],
    )  # fmt: skip
    def test_is_skipped_by_name(self, desk: Desk, row: tuple[str, ...]) -> None:
        found = look(desk, csv_of(("handle", "country", "fee"), ("sample.ana", "DE", "5"), row))
        assert outcomes(found)[3] == "skipped"
        assert "totals" in words(found, 3)

    def test_is_none_where_somebody_is_called_so(self, desk: Desk) -> None:
        sheet = csv_of(("name", "handle"), ("Total Glow", "@total.glow"), ("Sum 41", "sum.41"))
        assert outcomes(take(desk, sheet)) == {2: "taken", 3: "taken"}


class TestCodesWithoutAnAdAccount:
    SHEET = csv_of(("handle", "link", "code"), ("sample.ana", post("sample.ana", 1), CODE_ANA))

    @pytest.fixture
    def unconnected(self, desk: Desk) -> Desk:
        AdAccount.objects.update(is_used=False)
        return desk

    def import_it(self, desk: Desk) -> ImportReport:
        return tracker.import_tracker(
            desk.manager, self.SHEET, name="x.csv", ad_account=None, at=desk.now
        )

    def test_wait_encrypted_and_start_once_one_is_connected(
        self, unconnected: Desk, browser: Client
    ) -> None:
        desk = unconnected
        assert "once an ad account is connected" in words(look(desk, self.SHEET), 2)
        found = self.import_it(desk)
        assert found.waits_for_account
        assert found.to_json()["codes_wait_for_ad_account"]
        batch = Intake.objects.get(pk=found.intake)
        assert (batch.ad_account, batch.rows.get().code) == (None, CODE_ANA)
        with connection.cursor() as raw:
            raw.execute("SELECT code FROM authorizations_intakerow")
            assert CODE_ANA not in str(raw.fetchall())
        for name in ("authorizations:list", "authorizations:intake"):
            where = desk.where(name, batch.pk) if name.endswith("intake") else desk.where(name)
            page = browser.get(where).content.decode()
            assert "for an ad account" in page
            assert CODE_ANA not in page
        intakes.process_batch(batch.pk)  # nothing to do yet
        assert intakes.start_waiting(desk.workspace) == 0
        assert not list(waiting_codes(desk.now))
        assert not Intent.objects.exists()

        AdAccount.objects.update(is_used=True)
        assert [each.arguments for each in waiting_codes(desk.now)] == [
            {"workspace": desk.workspace.pk}
        ]
        assert intakes.start_waiting(desk.workspace) == 1
        assert intakes.start_waiting(desk.workspace) == 0
        batch.refresh_from_db()
        assert batch.ad_account == desk.account
        assert [each.key for each in Intent.objects.all()] == [f"intake-{batch.pk}"]

    def test_wait_for_a_person_where_several_are_connected(
        self, unconnected: Desk, browser: Client
    ) -> None:
        desk = unconnected
        batch = Intake.objects.get(pk=self.import_it(desk).intake)
        AdAccount.objects.update(is_used=True)
        second = AdAccount.objects.create(
            workspace=desk.workspace, connection=desk.account.connection, name="Second sample",
            advertiser_id="7000000000000000002", currency="EUR", timezone="UTC",
        )  # fmt: skip
        assert intakes.start_waiting(desk.workspace) == 0
        assert (
            "Second sample"
            in browser.get(desk.where("authorizations:intake", batch.pk)).content.decode()
        )
        where = desk.where("authorizations:choose_account", batch.pk)
        assert browser.post(where, {"ad_account": second.advertiser_id}).status_code == 302
        batch.refresh_from_db()
        assert batch.ad_account == second
        assert browser.post(where, {"ad_account": second.advertiser_id}).status_code == 409

    def test_are_added_once_however_often_the_sheet_comes(self, unconnected: Desk) -> None:
        first = self.import_it(unconnected)
        again = self.import_it(unconnected)
        assert again.intake is None
        assert f"in batch {first.intake}" in words(again, 2)
