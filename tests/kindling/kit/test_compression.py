"""What goes out compressed: pages and their files; never a file that is sent in pieces."""

from __future__ import annotations

import gzip
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.test import Client

from kindling.kit.compression import CompressedPages, compressed_copy

pytestmark = pytest.mark.usefixtures("database")  # an answer that ends looks after its connection
LONG = "<p>a page of many lines</p>" * 100


def asked(answer: HttpResponse | FileResponse) -> HttpResponse | FileResponse:
    """The answer as it goes out to a browser."""
    request = HttpRequest()
    request.META["HTTP_ACCEPT_ENCODING"] = "gzip, deflate, br"
    found = CompressedPages(lambda _: answer)(request)
    assert isinstance(found, HttpResponse | FileResponse)
    return found


def content(answer: Any) -> bytes:
    """All of an answer that is sent in pieces."""
    with closing(answer):
        return b"".join(answer)


class TestAPage:
    def test_goes_out_gzipped_to_whoever_reads_that(self) -> None:
        answer = asked(HttpResponse(LONG))
        assert answer["Content-Encoding"] == "gzip"
        assert gzip.decompress(answer.content).decode() == LONG
        assert len(answer.content) < len(LONG) / 5

    def test_goes_out_as_it_is_to_whoever_does_not(self) -> None:
        answer = CompressedPages(lambda _: HttpResponse(LONG))(HttpRequest())
        assert "Content-Encoding" not in answer
        assert answer["Vary"] == "Accept-Encoding"

    def test_has_no_length_that_tells_what_is_in_it(self) -> None:
        assert len({len(asked(HttpResponse(LONG)).content) for _ in range(50)}) > 1


class TestAFile:
    def test_of_a_draft_is_sent_as_it_is(self, tmp_path: Path) -> None:
        video = tmp_path / "draft.mp4"
        video.write_bytes(b"0" * 10_000)
        answer = asked(FileResponse(video.open("rb"), content_type="video/mp4"))
        assert (len(content(answer)), "Content-Encoding" in answer) == (10_000, False)
        assert answer["Content-Length"] == "10000"
        assert "Content-Encoding" not in asked(HttpResponse(b"0" * 10_000, "image/png"))


class TestAStyleSheet:
    def test_is_served_compressed_and_kept_by_the_browser(self) -> None:
        browser = Client(headers={"Accept-Encoding": "gzip"})
        answer = browser.get("/static/css/components.css")
        plain = Client().get("/static/css/components.css")
        text = content(plain)
        assert gzip.decompress(content(answer)) == text
        assert answer["Content-Type"] == 'text/css; charset="utf-8"'
        assert int(answer["Content-Length"]) < len(text) / 2
        known = {"If-None-Match": answer["ETag"]}
        assert browser.get("/static/css/components.css", headers=known).status_code == 304

    def test_is_compressed_anew_when_it_changed(self, tmp_path: Path) -> None:
        sheet = tmp_path / "some.css"
        sheet.write_text("a {}")
        first = compressed_copy(sheet, tmp_path / "copies")
        assert compressed_copy(sheet, tmp_path / "copies") == first
        sheet.write_text("a { color: red }")
        second = compressed_copy(sheet, tmp_path / "copies")
        assert gzip.decompress(second.read_bytes()) == b"a { color: red }"
        assert gzip.decompress(first.read_bytes()) == b"a {}"

    def test_has_its_copy_in_the_data_folder(self) -> None:
        content(Client().get("/static/css/components.css"))
        assert list(Path(settings.DATA_DIR, "compressed").glob("components-*.css.gz"))
