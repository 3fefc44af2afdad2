"""Playable videos, put together from short encoded pieces: copying and counting, no encoder.

data/ holds one MP4 for each product and room, made by scripts/make_clips.py: H.264 of the main
profile, no sound, one key frame at the start of each shot, so that shots can follow each other in
any order. A post's clip is an order of shots and lasts as long as the post says. The boxes are those
of ISO/IEC 14496-12; a file has its index in front, so it plays while it is read.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from tiktok_sandbox.media.looks import Look
from tiktok_sandbox.media.scenes import SHOTS
from tiktok_sandbox.world.randomness.single import Draws

FRAMES_A_SHOT, FRAMES_A_SECOND = 24, 12
TICKS_A_SECOND = 1200
"""Unit of the clip's times: a frame lasts a whole number of them, a post's hundredths of a second do too."""
LONGEST_SECONDS = 180.0
_UNITY = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


class ClipError(ValueError):
    """The bytes are not an MP4 that scripts/make_clips.py made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """One file of data/: its encoded frames, and the box that says how to decode them."""

    width: int
    height: int
    description: bytes
    frames: tuple[bytes, ...]

    def shot(self, name: str) -> tuple[bytes, ...]:
        start = SHOTS.index(name) * FRAMES_A_SHOT
        return self.frames[start : start + FRAMES_A_SHOT]


def file_name(kind: str, room: int) -> str:
    return f"{kind}-{room}.mp4"


def clip(look: Look, seconds: float, *, seed: int) -> bytes:
    """The MP4 of a look, of this length (to a hundredth of a second, at most LONGEST_SECONDS).

    Raises ClipError when the pieces are damaged.
    """
    pieces = _pieces(look.kind, look.room)
    ticks = max(1, round(min(seconds, LONGEST_SECONDS) * TICKS_A_SECOND))
    frame_ticks = TICKS_A_SECOND // FRAMES_A_SECOND
    wanted = -(-ticks // frame_ticks)
    frames: list[bytes] = []
    keys: list[int] = []
    for name in shots_of(look, shots=-(-wanted // FRAMES_A_SHOT), seed=seed):
        keys.append(len(frames) + 1)
        frames += pieces.shot(name)
    del frames[wanted:]
    last = ticks - (wanted - 1) * frame_ticks
    return _file(pieces, frames, keys, frame_ticks=frame_ticks, last_ticks=last, key=look.key)


def shots_of(look: Look, *, shots: int, seed: int) -> list[str]:
    """The order of the shots: it opens once, what follows is drawn for the look."""
    draws = Draws(seed, "shots", look.key)
    return [SHOTS[0], *(draws.pick(SHOTS[1:]) for _ in range(shots - 1))]


@lru_cache(maxsize=16)
def _pieces(kind: str, room: int) -> Pieces:
    name = file_name(kind, room)
    return read_pieces(files("tiktok_sandbox.media").joinpath("data", name).read_bytes())


def read_pieces(content: bytes) -> Pieces:
    """The frames of an MP4 with one video track. Raises ClipError."""
    try:
        table = _inside(content, "moov", "trak", "mdia", "minf", "stbl")
        entry = _box(table, "stsd")
        sizes = _numbers(_box(table, "stsz")[8:])
        chunks = _numbers(_box(table, "stco")[4:])
        spread = _numbers(_box(table, "stsc")[4:])
        width, height = struct.unpack(">HH", entry[8:][32:36])
    except (KeyError, struct.error, IndexError):
        raise ClipError("no video track that can be read") from None
    frames: list[bytes] = []
    runs = [spread[1 + 3 * i : 4 + 3 * i] for i in range(spread[0])]
    for number, offset in enumerate(chunks[1:], start=1):
        _, count, _ = next(run for run in reversed(runs) if run[0] <= number)
        for _ in range(count):
            size = sizes[1 + len(frames)]
            frames.append(content[offset : offset + size])
            offset += size
    if len(frames) != len(SHOTS) * FRAMES_A_SHOT:
        raise ClipError(f"{len(frames)} frames, not {FRAMES_A_SHOT} for each of {len(SHOTS)} shots")
    return Pieces(width=width, height=height, description=entry, frames=tuple(frames))


def _boxes(content: bytes) -> Iterator[tuple[str, bytes]]:
    place = 0
    while place + 8 <= len(content):
        size, kind = struct.unpack(">I4s", content[place : place + 8])
        if size < 8:
            raise ClipError("a box of no length")
        yield kind.decode("latin-1"), content[place + 8 : place + size]
        place += size


def _box(content: bytes, kind: str) -> bytes:
    """Content of the first box of this kind. Raises KeyError."""
    for found, inner in _boxes(content):
        if found == kind:
            return inner
    raise KeyError(kind)


def _inside(content: bytes, *kinds: str) -> bytes:
    for kind in kinds:
        content = _box(content, kind)
    return content


def _numbers(content: bytes) -> tuple[int, ...]:
    return struct.unpack(f">{len(content) // 4}I", content[: len(content) // 4 * 4])


def _make(kind: str, *parts: bytes) -> bytes:
    inner = b"".join(parts)
    return struct.pack(">I4s", 8 + len(inner), kind.encode()) + inner


def _full(kind: str, flags: int, *parts: bytes) -> bytes:
    """A box that starts with a version (0) and flags."""
    return _make(kind, struct.pack(">I", flags), *parts)


def _file(
    pieces: Pieces,
    frames: Sequence[bytes],
    keys: Sequence[int],
    *,
    frame_ticks: int,
    last_ticks: int,
    key: str,
) -> bytes:
    """Head, index and frames as one file. keys : numbers of the key frames, from 1"""
    kind = _make("ftyp", b"isom", struct.pack(">I", 512), b"isomiso2avc1mp41")
    # What the clip is of, for whoever looks into the file; players skip it.
    mark = _make("free", f"tiktok-sandbox {key}".encode())
    times = {"frame_ticks": frame_ticks, "last_ticks": last_ticks}
    index = _index(pieces, frames, keys, start=0, **times)
    start = len(kind) + len(index) + len(mark) + 8
    index = _index(pieces, frames, keys, start=start, **times)
    return b"".join((kind, index, mark, _make("mdat", *frames)))


def _index(
    pieces: Pieces,
    frames: Sequence[bytes],
    keys: Sequence[int],
    *,
    start: int,
    frame_ticks: int,
    last_ticks: int,
) -> bytes:
    """The moov box; its length does not depend on `start`, where the first frame lies."""
    count = len(frames)
    length = (count - 1) * frame_ticks + last_ticks
    times = struct.pack(">5I", 2, count - 1, frame_ticks, 1, last_ticks)
    sizes = struct.pack(f">{count}I", *map(len, frames))
    table = _make(
        "stbl",
        _make("stsd", pieces.description),
        _full("stts", 0, times),
        _full("stss", 0, struct.pack(f">I{len(keys)}I", len(keys), *keys)),
        _full("stsc", 0, struct.pack(">4I", 1, 1, count, 1)),
        _full("stsz", 0, struct.pack(">2I", 0, count), sizes),
        _full("stco", 0, struct.pack(">2I", 1, start)),
    )
    here = _full("url ", 1)
    media = _make(
        "minf",
        _full("vmhd", 1, bytes(8)),
        _make("dinf", _full("dref", 0, struct.pack(">I", 1), here)),
        table,
    )
    size = struct.pack(">II", pieces.width << 16, pieces.height << 16)
    return _make(
        "moov",
        _full(
            "mvhd",
            0,
            struct.pack(">4I", 0, 0, TICKS_A_SECOND, length),
            struct.pack(">IH", 0x10000, 0x100),
            bytes(10),
            _UNITY,
            bytes(24),
            struct.pack(">I", 2),
        ),
        _make(
            "trak",
            _full("tkhd", 3, struct.pack(">5I", 0, 0, 1, 0, length), bytes(16), _UNITY, size),
            _make(
                "mdia",
                _full("mdhd", 0, struct.pack(">4I", 0, 0, TICKS_A_SECOND, length), b"\x55\xc4\0\0"),
                _full("hdlr", 0, bytes(4), b"vide", bytes(12), b"video\0"),
                media,
            ),
        ),
    )
