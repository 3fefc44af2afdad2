"""Small files that are films to everything that reads their boxes."""

from __future__ import annotations

import struct


def box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), name) + body


def film(*, seconds: int = 20, width: int = 1080, height: int = 1920, salt: bytes = b"") -> bytes:
    """A file with the boxes of an MP4: its type, its length, its size; `salt` makes it another one."""
    header = struct.pack(">IIIII", 0, 0, 0, 1000, seconds * 1000) + bytes(80)
    matrix = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30)
    track = bytes(40) + matrix + struct.pack(">II", width << 16, height << 16)
    moov = box(b"mvhd", header) + box(b"trak", box(b"tkhd", track))
    return (
        box(b"ftyp", b"isom\0\0\2\0isomiso2mp41") + box(b"moov", moov) + box(b"mdat", salt or b"0")
    )
