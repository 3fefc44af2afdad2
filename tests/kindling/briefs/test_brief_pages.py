"""Pages of briefs and reviews: who gets in, what a form says, how a film is sought in."""

from __future__ import annotations

import html
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from studio import CONTENT, GOOD, NOW, Studio, film, make_studio, upload

from kindling.briefs import deliverables, service
from kindling.briefs.models import Brief, Deliverable, Draft
from kindling.briefs.reviews import service as reviews
from kindling.briefs.rules import ReviewSide
from kindling.creators.models import Creator
from kindling.workspaces.models import AuditEntry
from kindling.workspaces.service import Actor


def where(studio: Studio, name: str, *more: object) -> str:
    return reverse(f"briefs:{name}", args=[studio.workspace.slug, *more])


def browser(actor: Actor) -> Client:
    client = Client(raise_request_exception=True)
    client.force_login(actor.user)
    return client


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined, no-any-return]


def fault(answer: object, field: str) -> str:
    """What the page says at a field."""
    return html.unescape(re.findall(f'id="{field}_error">([^<]*)<', text(answer))[0])


PAGES = ["list", "add", "pipeline", "reviews"]


class TestPages:
    def test_send_nobody_to_sign_in(self, studio: Studio) -> None:
        draft = studio.hand_in()
        urls = [where(studio, name) for name in PAGES]
        urls += [where(studio, "file", draft.pk), where(studio, "review", draft.pk)]
        for url in urls:
            assert Client().get(url)["Location"].startswith("/accounts/login/")

    def test_show_nothing_of_somebody_elses_workspace(self, studio: Studio) -> None:
        draft, other = studio.hand_in(), make_studio("other", "other.example")
        client = browser(other.owner)
        mine = other.workspace.slug
        assert client.get(where(studio, "file", draft.pk)).status_code == 404
        for name, pk in (
            ("file", draft.pk), ("review", draft.pk), ("deliverable", studio.work.pk),
            ("one", studio.brief.pk), ("hand_in", studio.work.pk), ("change", studio.brief.pk),
        ):  # fmt: skip
            assert client.get(reverse(f"briefs:{name}", args=[mine, pk])).status_code == 404, name

    @pytest.mark.slow
    def test_open_for_those_who_may(self, studio: Studio) -> None:
        draft = studio.hand_in()
        client = browser(studio.owner)
        pages = [
            *(where(studio, name) for name in PAGES),
            where(studio, "one", studio.brief.pk),
            where(studio, "change", studio.brief.pk),
            where(studio, "give_out", studio.brief.pk),
            where(studio, "deliverable", studio.work.pk),
            where(studio, "hand_in", studio.work.pk),
            where(studio, "review", draft.pk),
            where(studio, "pipeline") + "?state=draft_in",
        ]
        for page in pages:
            answer = client.get(page)
            assert answer.status_code == 200, page
            assert "<script>" not in text(answer)
            assert " style=" not in text(answer)

    @pytest.mark.slow
    def test_ask_as_often_for_many_rows_as_for_few(self, studio: Studio) -> None:
        client = browser(studio.owner)

        def queries() -> list[int]:
            counted = []
            for page in ("list", "pipeline", "reviews"):
                with CaptureQueriesContext(
                    connection,
                ) as seen:
                    assert client.get(where(studio, page)).status_code == 200
                counted.append(len(seen))
            return counted

        studio.hand_in()
        few = queries()
        made = [
            Creator.objects.create(
                workspace=studio.workspace, handle=f"sample.{number}", source="hand", created_at=NOW
            )
            for number in range(15)
        ]
        for number, each in enumerate(
            deliverables.assign(studio.owner, studio.brief, made, at=NOW)
        ):
            Draft.objects.create(
                deliverable=each, round_number=1, at=NOW, review_due_at=NOW, by_label=str(number)
            )
            Deliverable.objects.filter(pk=each.pk).update(state="draft_in")
            service.copy_brief(studio.owner, studio.brief, at=NOW)
        assert queries() == few


class TestTheBuilder:
    def form(self, **more: object) -> dict[str, object]:
        given = {
            name: "\n".join(value) if isinstance(value, tuple) else value
            for name, value in ((each, getattr(CONTENT, each)) for each in service.PARTS)
        }
        return {**given, "legal_needed": "yes", **more}

    def test_keeps_a_brief_and_says_what_it_lacks(self, studio: Studio) -> None:
        client = browser(studio.reviewer)
        answer = client.post(
            where(studio, "add"), self.form(proof_points="", must_say="It cures acne"), follow=True
        )
        assert "Add at least one proof point." in text(answer)
        assert "“It cures acne” is under must say, but “cures acne” is forbidden." in text(
            answer
        ).replace("&#x27;", "'")
        assert "Make ready" not in text(answer)

    def test_shows_itself_again_with_what_was_typed(self, studio: Studio) -> None:
        client = browser(studio.reviewer)
        answer = client.post(
            where(studio, "add"), self.form(tone_links="http://plain.example/a", title="Mine")
        )
        assert answer.status_code == 422
        assert 'value="Mine"' in text(answer)
        assert "http://plain.example/a" in text(answer)
        assert "https://" in text(answer)
        assert not Brief.objects.filter(title="Mine").exists()

    @pytest.mark.parametrize(
        ("field", "typed", "says"),
        [
            ("title", "", "This field is required"),
            ("title", "t" * 161, "at most 160"),
            ("skus", "NO-SUCH-SKU", "Unknown product: NO-SUCH-SKU."),
            ("tone_links", "http://plain.example/a", "must be an https:// address"),
            ("must_say", "\n".join(str(each) for each in range(51)), "at most 50 lines"),
            ("boundaries", "<i>ب</i>" * 2_000, "at most 10,000"),
            ("music", "polka", "Select a valid choice"),
            ("draft_days", "٣", "is not a whole number"),
            ("revision_rounds", "21", "At most 20"),
        ],
    )
    def test_says_at_its_field_what_is_wrong(
        self, studio: Studio, field: str, typed: str, says: str
    ) -> None:
        given = self.form(product_truth="<b>kept</b> 👩‍👧", **{field: typed})
        answer = browser(studio.reviewer).post(where(studio, "change", studio.brief.pk), given)
        assert answer.status_code == 422
        assert says in fault(answer, field)
        assert "&lt;b&gt;kept&lt;/b&gt; 👩‍👧" in text(answer)

    @pytest.mark.parametrize(
        ("field", "typed", "says"),
        [
            ("handles", "not a handle!", "is not a TikTok handle"),
            ("handles", "\n".join(f"sample.{each}" for each in range(201)), "at most 200"),
            ("handles", "sample.nobody", "Not in the directory: @sample.nobody."),
            ("draft_due", "1999-01-01", "out of range"),
            ("draft_due", "2026-01-01", "must be due today or later"),
            ("post_due", "31.12.2026", "is not a date"),
            ("kind", "podcast", "Select a valid choice"),
        ],
    )
    def test_gives_out_only_what_is_right_and_keeps_the_ticks(
        self, studio: Studio, field: str, typed: str, says: str
    ) -> None:
        given = {"creator": ["sample.ana"], "title": "<b>kept</b>", field: typed}
        answer = browser(studio.manager).post(where(studio, "give_out", studio.brief.pk), given)
        assert answer.status_code == 422
        assert says in fault(answer, field)
        assert 'value="sample.ana" checked' in text(answer)
        assert 'value="&lt;b&gt;kept&lt;/b&gt;"' in text(answer)
        assert Deliverable.objects.count() == 1

    def test_gives_out_to_pasted_and_ticked_creators(self, studio: Studio) -> None:
        client = browser(studio.manager)
        answer = client.post(
            where(studio, "give_out", studio.brief.pk),
            {"handles": "@Sample.Ben", "creator": ["sample.ana"], "kind": "video"},
        )
        assert answer.status_code == 302
        assert Deliverable.objects.filter(creator=studio.ben).count() == 1
        assert Deliverable.objects.filter(creator=studio.ana).count() == 2

    def test_gives_out_to_nobody_when_one_is_not_known(self, studio: Studio) -> None:
        answer = browser(studio.manager).post(
            where(studio, "give_out", studio.brief.pk), {"handles": "sample.ben\nsample.nobody"}
        )
        assert answer.status_code == 422
        assert "Not in the directory: @sample.nobody." in text(answer)
        assert Deliverable.objects.count() == 1


class TestHandingIn:
    def test_takes_a_film_and_shows_it_to_reviewers(self, studio: Studio) -> None:
        client = browser(studio.manager)
        given = {"caption": GOOD.caption, "disclosure": "paid_partnership", "music": "original"}
        answer = client.post(
            where(studio, "hand_in", studio.work.pk),
            {**given, "file": upload(name="../../My <b>clip</b>.mp4.exe")},
        )
        assert answer.status_code == 302
        draft = Draft.objects.get()
        assert (draft.duration_seconds, draft.width, draft.height) == (20.0, 1080, 1920)
        page = text(browser(studio.reviewer).get(where(studio, "review", draft.pk)))
        assert where(studio, "file", draft.pk) in page
        assert "<b>" not in page
        assert "Decision for brand" in page
        assert "Decide for legal" not in page

    def test_says_what_is_wrong_with_a_file_and_keeps_the_words(self, studio: Studio) -> None:
        answer = browser(studio.manager).post(
            where(studio, "hand_in", studio.work.pk),
            {"caption": "Typed already", "file": upload(b"MZ" + bytes(500), "film.mp4")},
        )
        assert answer.status_code == 422
        assert "TikTok does not accept this video" in text(answer)
        assert "Typed already" in text(answer)
        assert not Draft.objects.exists()

    def test_refuses_a_request_that_is_too_large_before_reading_it(
        self, studio: Studio, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("kindling.kit.uploads.MOST_BYTES", 100)
        answer = browser(studio.manager).post(
            where(studio, "hand_in", studio.work.pk), {"caption": "x", "file": upload()}
        )
        assert answer.status_code == 400
        assert not Draft.objects.exists()


class TestTheFilm:
    def test_is_sent_whole_with_a_type_of_ours(self, studio: Studio) -> None:
        draft = studio.hand_in()
        answer = browser(studio.viewer).get(where(studio, "file", draft.pk))
        assert answer.status_code == 200
        assert b"".join(answer.streaming_content) == film()
        assert answer["Content-Type"] == "video/mp4"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Accept-Ranges"] == "bytes"
        assert answer["Content-Disposition"].startswith("inline;")
        assert "private" in answer["Cache-Control"]

    @pytest.mark.parametrize(
        ("asked", "start", "end"),
        [("bytes=0-3", 0, 3), ("bytes=10-", 10, None), ("bytes=-5", -5, None)],
    )
    def test_is_sought_in(self, studio: Studio, asked: str, start: int, end: int | None) -> None:
        draft, whole = studio.hand_in(), film()
        answer = browser(studio.viewer).get(where(studio, "file", draft.pk), HTTP_RANGE=asked)
        assert answer.status_code == 206
        part = whole[start:] if end is None else whole[start : end + 1]
        assert b"".join(answer.streaming_content) == part
        first = start % len(whole)
        assert answer["Content-Range"] == f"bytes {first}-{first + len(part) - 1}/{len(whole)}"

    def test_has_nothing_beyond_its_end(self, studio: Studio) -> None:
        draft = studio.hand_in()
        answer = browser(studio.viewer).get(
            where(studio, "file", draft.pk), HTTP_RANGE="bytes=999999-"
        )
        assert answer.status_code == 416

    def test_is_saved_under_a_clean_name(self, studio: Studio) -> None:
        draft = studio.hand_in()
        answer = browser(studio.viewer).get(where(studio, "file", draft.pk) + "?download")
        assert b"".join(answer.streaming_content) == film()
        assert answer["Content-Disposition"] == "attachment; filename*=UTF-8''clip.mp4"


class TestTheReviewPage:
    def test_keeps_a_note_at_a_moment_and_its_answer(self, studio: Studio) -> None:
        draft = studio.hand_in()
        client = browser(studio.reviewer)
        answer = client.post(
            where(studio, "note", draft.pk), {"moment": "0:12", "text": "Show the <b>bottle</b>."}
        )
        (note, _), *_ = reviews.notes_of(draft)
        assert answer["Location"].endswith(f"#note-{note.pk}")
        client.post(where(studio, "answer", note.pk), {"text": "Will do."})
        page = text(client.get(where(studio, "review", draft.pk)))
        assert 'data-seek="12.00"' in page
        assert "&lt;b&gt;bottle" in page
        assert "Will do." in page

    def test_refuses_a_moment_outside_the_film(self, studio: Studio) -> None:
        draft = studio.hand_in()
        answer = browser(studio.reviewer).post(
            where(studio, "note", draft.pk), {"moment": "5:00", "text": "Too late."}
        )
        assert answer.status_code == 422
        assert "Too late." in text(answer)
        assert "outside the video" in fault(answer, "moment")
        assert reviews.notes_of(draft) == []

    @pytest.mark.parametrize("moment", ["soon", "0:12<b>", "1:75", "9" * 400])
    def test_says_at_the_timestamp_that_it_is_none(self, studio: Studio, moment: str) -> None:
        draft = studio.hand_in()
        url = where(studio, "note", draft.pk)
        answer = browser(studio.reviewer).post(url, {"moment": moment, "text": "<b>kept</b>"})
        assert answer.status_code == 422
        assert "is not a valid timestamp" in fault(answer, "moment")
        assert "&lt;b&gt;kept&lt;/b&gt;" in text(answer)

    def test_keeps_an_answer_that_is_too_long_below_its_note(self, studio: Studio) -> None:
        draft = studio.hand_in()
        note = reviews.write_note(studio.reviewer, draft, text="Brighter.", at=NOW)
        url = where(studio, "answer", note.pk)
        answer = browser(studio.reviewer).post(url, {"text": "y" * 4001})
        assert answer.status_code == 422
        assert "1 to 4,000 characters" in fault(answer, f"text-{note.pk}")
        assert "y" * 4001 in text(answer)

    def test_asks_for_a_decision_before_it_takes_one(self, studio: Studio) -> None:
        draft = studio.hand_in()
        url = where(studio, "decide_brand", draft.pk)
        for given in ({}, {"verdict": "maybe"}, {"verdict": "changes", "ticked": ["made up"]}):
            assert browser(studio.reviewer).post(url, given).status_code == 422, given
        answer = browser(studio.reviewer).post(url, {"verdict": "changes"})
        assert "Describe what should change." in fault(answer, "reason-brand")
        assert not draft.decisions.exists()

    def test_decides_only_for_the_side_of_the_role(self, studio: Studio) -> None:
        draft = studio.hand_in()
        assert (
            browser(studio.reviewer)
            .post(where(studio, "decide_legal", draft.pk), {"verdict": "approve"})
            .status_code
            == 403
        )
        given = {"verdict": "approve", "ticked": ["Sample serum", "the bottle"]}
        assert (
            browser(studio.reviewer)
            .post(where(studio, "decide_brand", draft.pk), given)
            .status_code
            == 302
        )
        assert studio.fresh().state == "brand_approved"

    def test_keeps_ticks_and_reason_when_a_decision_is_refused(self, studio: Studio) -> None:
        draft = studio.hand_in()
        answer = browser(studio.reviewer).post(
            where(studio, "decide_brand", draft.pk),
            {"verdict": "approve", "ticked": ["the bottle"], "reason": "Looks right"},
        )
        assert answer.status_code == 422
        assert "Not confirmed: Sample serum." in text(answer)
        assert "Looks right" in text(answer)
        ticked = re.findall(r'name="ticked" value="the bottle"[^>]* checked', text(answer))
        assert len(ticked) == 1
        assert "Not confirmed" in fault(answer, "ticked-brand")


class TestTheDeliverablePage:
    @pytest.mark.parametrize(
        ("name", "given", "field", "says"),
        [
            ("link_post", {"post": "<b>no link</b>"}, "post-link", "no link"),
            ("cancel", {"reason": " "}, "reason-off", "This field is required"),
            ("cancel", {"reason": "r" * 1001}, "reason-off", "at most 1,000"),
            ("change_due", {"draft_due": "1999-01-01"}, "draft_due-days", "out of range"),
            ("change_due", {"post_due": "2026-03-02", "reason": "x"}, "post_due-days", "before"),
            ("change_due", {"post_due": "2026-04-02"}, "reason-days", "This field is required"),
            ("brand_back", {}, "reason-brand", "This field is required"),
        ],
    )
    def test_says_at_its_field_what_is_wrong(
        self, studio: Studio, name: str, given: dict[str, str], field: str, says: str
    ) -> None:
        row = studio.approved()
        answer = browser(studio.owner).post(where(studio, name, row.pk), given)
        assert answer.status_code == 422
        assert says in fault(answer, field)
        for typed in given.values():
            assert html.escape(typed) in text(answer)
        assert studio.fresh().state == "approved"

    def test_takes_no_agreement_of_somebody_else(self, studio: Studio) -> None:
        url = where(studio, "name_agreement", studio.work.pk)
        answer = browser(studio.owner).post(url, {"agreement": "999999"})
        assert answer.status_code == 422
        assert studio.fresh().agreement is None


class TestTheQueue:
    def test_is_each_reviewers_own(self, studio: Studio) -> None:
        draft = studio.hand_in(by=studio.reviewer)
        name = where(studio, "review", draft.pk)
        assert name not in text(browser(studio.reviewer).get(where(studio, "reviews")))
        assert name in text(browser(studio.manager).get(where(studio, "reviews")))
        assert name in text(browser(studio.legal).get(where(studio, "reviews")))
        studio.decide(draft, ReviewSide.LEGAL)
        assert name not in text(browser(studio.legal).get(where(studio, "reviews")))

    def test_is_everybodys_for_whoever_decides_nothing(self, studio: Studio) -> None:
        draft = studio.hand_in()
        shown = text(browser(studio.viewer).get(where(studio, "reviews")))
        assert where(studio, "review", draft.pk) in shown
        assert "My reviews" not in shown
        assert (
            browser(studio.viewer).get(where(studio, "reviews") + "?show=mine").status_code == 422
        )

    def test_says_what_comes_while_it_is_empty(self, studio: Studio) -> None:
        shown = text(browser(studio.reviewer).get(where(studio, "reviews")))
        assert "No drafts to review" in shown
        assert "Nothing matches" not in shown
        searched = text(browser(studio.reviewer).get(where(studio, "reviews") + "?q=nothing"))
        assert "Nothing matches" in searched


class TestTheAudit:
    def test_tells_who_did_what(self, studio: Studio) -> None:
        studio.approved()
        actions = set(AuditEntry.objects.values_list("action", flat=True))
        assert {
            "created brief",
            "marked brief as ready",
            "assigned brief",
            "submitted draft",
        } <= actions
        assert {"decided for brand", "decided for legal"} <= actions
        page = text(browser(studio.viewer).get(where(studio, "deliverable", studio.work.pk)))
        assert "Decided for legal" in page
