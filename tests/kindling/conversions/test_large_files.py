"""A large order file is read in the background: it says how far it is, can be left, and is read again when killed."""

from __future__ import annotations

import stat
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from sample_team import Team

from kindling.conversions import background, service
from kindling.conversions.models import OrderImport
from kindling.facts import queries as facts
from kindling.jobs.models import Intent
from kindling.products import service as products
from kindling.workspaces.models import Member

HEADER = "order_id,ordered_at,sku,quantity,currency,gross"
State = OrderImport.State


@pytest.fixture
def shop(team: Team) -> Team:
    products.import_products(
        team.owner, team.sandbox.text("shop/products.csv").encode(), at=team.now
    )
    return team


def file_of(rows: int, *, wrong: int = 0) -> bytes:
    good = [f"A-{number},2026-03-01T10:00:00Z,GLOW-SERUM,1,USD,34.00" for number in range(rows)]
    bad = [f"B-{number},2026-03-01T10:00:00Z,NO-SUCH,1,USD,34.00" for number in range(wrong)]
    return "\n".join([HEADER, *good, *bad, ""]).encode()


def client_of(actor: Any) -> Client:
    client = Client()
    client.force_login(actor.user)
    return client


def url(team: Team, name: str, *more: object) -> str:
    return reverse(f"conversions:{name}", args=[team.workspace.slug, *more])


def held(team: Team) -> int:
    return len(facts.orders_of(team.workspace.pk))


class TestThePage:
    def test_hands_a_large_file_to_the_background(
        self, shop: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(background, "LARGE", 100)
        upload = SimpleUploadedFile("orders.csv", file_of(20, wrong=1))
        client = client_of(shop.finance)
        answer = client.post(url(shop, "import"), {"file": upload, "do": "import"})
        row = OrderImport.objects.get()
        assert answer["Location"] == url(shop, "file", row.pk)
        assert (row.state, row.rows_total, held(shop)) == (State.WAITING, 21, 0)
        assert Intent.objects.filter(task=background.TASK).count() == 1
        page = client.get(answer["Location"]).content.decode()
        assert "0 of 21 rows read" in page
        assert "hx-trigger" in page
        background.read(row.pk)
        page = client.get(answer["Location"]).content.decode()
        assert "NO-SUCH" in page
        assert 'hx-trigger="load' not in page
        assert held(shop) == 20

    def test_reads_a_small_one_at_once(self, shop: Team) -> None:
        upload = SimpleUploadedFile("orders.csv", file_of(3))
        answer = client_of(shop.finance).post(url(shop, "import"), {"file": upload, "do": "import"})
        assert answer.status_code == 200
        assert OrderImport.objects.get().state == State.DONE

    def test_only_looks_where_it_was_asked_to(
        self, shop: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(background, "LARGE", 100)
        upload = SimpleUploadedFile("orders.csv", file_of(20))
        answer = client_of(shop.finance).post(url(shop, "import"), {"file": upload, "do": "look"})
        assert "Dry run, nothing stored" in answer.content.decode()
        assert not OrderImport.objects.exists()


class TestAFile:
    def test_lies_where_only_the_server_reads_it_and_goes_when_it_was_read(
        self, shop: Team
    ) -> None:
        row = background.receive(shop.finance, file_of(5), file_name="orders.csv", at=shop.now)
        file = background.file_of(row)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        background.read(row.pk)
        row.refresh_from_db()
        assert (row.state, row.taken, row.refused) == (State.DONE, 5, 0)
        assert not file.exists()

    def test_is_read_again_after_the_job_was_killed_and_counts_nothing_twice(
        self, shop: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        row = background.receive(shop.finance, file_of(5), file_name="orders.csv", at=shop.now)

        def killed(*_: object, **__: object) -> None:
            raise SystemExit

        with monkeypatch.context() as patch:
            patch.setattr(service, "_remember", killed)
            with pytest.raises(SystemExit):
                background.read(row.pk)
        row.refresh_from_db()
        assert row.state == State.READING
        background.read(row.pk)
        row.refresh_from_db()
        assert (row.state, row.taken, row.unchanged) == (State.DONE, 0, 5)
        assert held(shop) == 5

    def test_is_not_read_twice(self, shop: Team) -> None:
        row = background.receive(shop.finance, file_of(5), file_name="orders.csv", at=shop.now)
        background.read(row.pk)
        background.read(row.pk)
        row.refresh_from_db()
        assert (row.state, row.taken) == (State.DONE, 5)

    def test_of_somebody_who_may_not_import_any_more_is_refused(self, shop: Team) -> None:
        row = background.receive(shop.finance, file_of(5), file_name="orders.csv", at=shop.now)
        Member.objects.filter(user=shop.finance.user).update(role="viewer")
        background.read(row.pk)
        row.refresh_from_db()
        assert row.state == State.FAILED
        assert held(shop) == 0
        page = client_of(shop.owner).get(url(shop, "file", row.pk)).content.decode()
        assert "The file was not imported." in page

    def test_that_went_with_the_folder_says_so(self, shop: Team) -> None:
        row = background.receive(shop.finance, file_of(5), file_name="orders.csv", at=shop.now)
        background.file_of(row).unlink()
        background.read(row.pk)
        row.refresh_from_db()
        assert (row.state, row.problem) == (
            State.FAILED, "The file is not there any more. Import it again.",
        )  # fmt: skip

    def test_that_is_no_table_says_what_is_wrong(self, shop: Team) -> None:
        row = background.receive(shop.finance, b"id\n1\n", file_name="orders.csv", at=shop.now)
        background.read(row.pk)
        row.refresh_from_db()
        assert row.state == State.FAILED
        assert "order_id" in row.problem

    def test_tells_how_far_it_is(self, shop: Team, monkeypatch: pytest.MonkeyPatch) -> None:
        row = background.receive(shop.finance, file_of(2_500), file_name="orders.csv", at=shop.now)
        seen: list[int] = []
        merge = service._merge

        def look(*given: Any, **more: Any) -> None:
            seen.append(OrderImport.objects.get(pk=row.pk).rows_read)
            merge(*given, **more)

        monkeypatch.setattr(service, "_merge", look)
        background.read(row.pk)
        assert seen == [2_000]
        assert OrderImport(rows_read=1_000, rows_total=2_500).percent == 40
        assert row.at - shop.now < timedelta(minutes=1)
