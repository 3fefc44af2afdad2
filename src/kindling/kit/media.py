"""What the header of a film tells: length and size, read without decoding and without trust."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from struct import error, unpack
from typing import BinaryIO

MOST_BOXES = 2_000  # a real film has dozens; a forged one must not keep us busy
LONGEST_HEADER = 120  # of the two boxes read, in any version


@dataclass(frozen=True, slots=True)
class Film:
    """duration_seconds, width, height as shown (turned as the phone held it); None where not told."""

    duration_seconds: float | None = None
    width: int | None = None
    height: int | None = None


def read_film(file: BinaryIO) -> Film:
    """Length and size of an MP4, MOV or 3GP. Anything else, or a damaged one, tells nothing.

    source : ISO/IEC 14496-12, boxes moov, mvhd (8.2.2), trak, tkhd (8.3.2)
    """
    duration = width = height = None
    try:
        end = file.seek(0, 2)
        for name, start, stop in _walk(file, 0, end):
            file.seek(start)
            body = file.read(min(stop - start, LONGEST_HEADER))
            if name == b"mvhd":
                duration = _duration(body)
            elif name == b"tkhd" and not width:
                width, height = _size(body)
    except (
        error,
        OSError,
        ValueError,
        IndexError,
    ):  # IndexError: a header box without a byte in it
        pass
    return Film(duration, width or None, height or None)


def _walk(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The boxes mvhd and tkhd, wherever moov and trak hold them: name, start and end of the body."""
    waiting, seen = [(start, end)], 0
    while waiting:
        at, stop = waiting.pop()
        while at + 8 <= stop and seen < MOST_BOXES:
            seen += 1
            file.seek(at)
            size, name = unpack(">I4s", file.read(8))
            body = at + 8
            if size == 1:
                (size,) = unpack(">Q", file.read(8))
                body = at + 16
            following = stop if size == 0 else at + size
            if following < body or following > stop:
                return
            if name in {b"moov", b"trak"}:
                waiting.append((body, following))
            elif name in {b"mvhd", b"tkhd"}:
                yield name, body, following
            at = following


def _duration(body: bytes) -> float | None:
    if body[0] == 1:
        scale, length = unpack(">IQ", body[20:32])
    else:
        scale, length = unpack(">II", body[12:20])
    unknown = 0xFFFFFFFFFFFFFFFF if body[0] == 1 else 0xFFFFFFFF
    return None if not scale or length == unknown else length / scale


def _size(body: bytes) -> tuple[int, int]:
    shift = 12 if body[0] == 1 else 0
    matrix = unpack(">9i", body[40 + shift : 76 + shift])
    width, height = unpack(">II", body[76 + shift : 84 + shift])
    is_turned = matrix[0] == 0 and matrix[4] == 0 and matrix[1] != 0
    wide, high = width >> 16, height >> 16
    return (high, wide) if is_turned else (wide, high)
