"""Headers of films, ranges of files, names and links of drafts: nothing from outside is trusted."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from studio import box, film

from kindling.briefs.drafts.files import clean_link, clean_name
from kindling.briefs.rules import moment_from
from kindling.errors import InvalidInputError
from kindling.kit.media import Film, read_film
from kindling.kit.streams import asked_range


class TestAFilmsHeader:
    def test_tells_length_and_size(self) -> None:
        made = film(seconds=75, width=720, height=1280)
        assert read_film(io.BytesIO(made)) == Film(75.0, 720, 1280)

    def test_is_turned_as_the_phone_held_it(self) -> None:
        matrix = struct.pack(">9i", 0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)
        track = bytes(40) + matrix + struct.pack(">II", 1920 << 16, 1080 << 16)
        made = box(b"moov", box(b"trak", box(b"tkhd", track)))
        assert read_film(io.BytesIO(made)) == Film(None, 1080, 1920)

    def test_is_read_in_its_long_version(self) -> None:
        header = b"\1" + bytes(19) + struct.pack(">IQ", 600, 6000) + bytes(80)
        assert read_film(io.BytesIO(box(b"moov", box(b"mvhd", header)))).duration_seconds == 10.0

    def test_tells_nothing_when_it_is_cut_off(self) -> None:
        whole = film()
        for length in range(0, len(whole) - 9, 7):
            read_film(io.BytesIO(whole[:length]))  # no error

    @given(st.binary(max_size=400))
    def test_of_any_bytes_is_no_error(self, junk: bytes) -> None:
        found = read_film(io.BytesIO(junk))
        assert found.duration_seconds is None or found.duration_seconds >= 0

    def test_that_names_itself_for_ever_ends(self) -> None:
        assert read_film(io.BytesIO(struct.pack(">I4s", 0, b"moov") * 50)) == Film()


class TestARange:
    @given(st.integers(1, 1000), st.integers(0, 1200), st.integers(0, 1200))
    def test_is_inside_the_file(self, size: int, first: int, last: int) -> None:
        try:
            found = asked_range(f"bytes={first}-{last}", size)
        except ValueError:
            assert first >= size
            return
        if found is None:
            assert last < first
        else:
            assert found == (first, min(last, size - 1))

    @pytest.mark.parametrize(
        "header", ["", "bytes=-", "items=0-1", "bytes=0-1,4-5", "bytes=a-b", "bytes=5-2"]
    )
    def test_that_cannot_be_read_is_the_whole_file(self, header: str) -> None:
        assert asked_range(header, 10) is None

    def test_from_the_end_is_no_longer_than_the_file(self) -> None:
        assert asked_range("bytes=-99", 10) == (0, 9)
        with pytest.raises(ValueError, match="empty"):
            asked_range("bytes=-0", 10)


class TestAName:
    @pytest.mark.parametrize(
        ("given_name", "clean"),
        [
            ("../../etc/passwd", "passwd.mp4"),
            ("C:\\films\\My  clip.MOV", "My clip.mp4"),
            ("a\r\nb\u202e.mp4", "ab.mp4"),
            ("", "draft.mp4"),
            ("...", "draft.mp4"),
            ("x" * 300 + ".mov", "x" * 116 + ".mp4"),
        ],
    )
    def test_keeps_no_folder_and_nothing_unprintable(self, given_name: str, clean: str) -> None:
        assert clean_name(given_name, ".mp4") == clean

    @given(st.text(max_size=200))
    def test_is_always_short_and_plain(self, name: str) -> None:
        clean = clean_name(name, ".mp4")
        assert clean.endswith(".mp4")
        assert len(clean) <= 120
        assert clean.isprintable()
        assert not set(clean) & set("/\\")


class TestALink:
    def test_is_taken_as_it_is(self) -> None:
        assert clean_link(" https://files.example/a?b=c#d ") == "https://files.example/a?b=c#d"

    @pytest.mark.parametrize(
        "link",
        [
            "http://files.example/a", "javascript:alert(1)", "https://", "https://localhost/x",
            "https://me:secret@files.example/", "https://a b.example/", "https://[::1", "//x.example",
            "https://files.example/" + "a" * 1000,
        ],
    )  # fmt: skip
    def test_is_refused_unless_it_is_plain_https(self, link: str) -> None:
        with pytest.raises(InvalidInputError, match="https"):
            clean_link(link)


class TestAMoment:
    @pytest.mark.parametrize(
        ("text", "seconds"), [("", None), ("0:12", 12.0), ("1:05.5", 65.5), ("90", 90.0)]
    )
    def test_is_read_as_a_player_shows_it(self, text: str, seconds: float | None) -> None:
        assert moment_from(text) == seconds

    @pytest.mark.parametrize("text", ["1:75", "soon", "-3", "1:2:3", "١٢"])
    def test_is_refused_when_it_is_none(self, text: str) -> None:
        with pytest.raises(ValueError, match="not a valid timestamp"):
            moment_from(text)


def test_a_film_whose_header_box_is_empty_tells_nothing() -> None:
    assert read_film(io.BytesIO(box(b"moov", box(b"mvhd", b"")))) == Film()
