"""The one sound there is: a quiet chord of two seconds from data/, repeated. Every music id plays it."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

FILE, SECONDS = "sound.mp3", 2
BYTES_A_SECOND = 3000
MUSIC_SECONDS = 30
"""How long the wire says a sound is."""


@lru_cache(maxsize=1)
def sound() -> bytes:
    """The MP3, MUSIC_SECONDS long. Its frames stand alone, so repeating them is a sound again."""
    piece = files("tiktok_sandbox.media").joinpath("data", FILE).read_bytes()
    length = MUSIC_SECONDS * BYTES_A_SECOND
    return (piece * -(-length // len(piece)))[:length]
