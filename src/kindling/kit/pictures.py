"""Pictures that came from elsewhere, drawn anew: small, in one format, without anything but their pixels."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass, field

from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 16_000_000  # four times 1080 x 1920 and more; 48 MB while it is open
QUALITIES = (72, 55, 38, 20)
CONTENT_TYPE = "image/webp"


class NotAPictureError(Exception):
    """These bytes are no picture that we open."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A WebP."""

    width: int
    height: int
    data: bytes = field(repr=False)


def redrawn(data: bytes, *, sizes: list[tuple[int, int, int]]) -> list[Picture]:
    """The picture in each size, as WebP. What it is, its bytes say, not its name or a header.

    sizes : most width and height in pixels, most bytes
    raises : NotAPictureError; also for one of too many pixels, before they are unpacked
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS or not min(opened.size):
                    raise NotAPictureError("The picture has too many pixels.")
                opened.draft("RGB", max((width, height) for width, height, _ in sizes))
                upright = ImageOps.exif_transpose(opened).convert("RGB")
        return [_small(upright, *each) for each in sizes]
    except (
        UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning, OSError, SyntaxError,
        ValueError, MemoryError,
    ) as error:  # fmt: skip
        raise NotAPictureError(f"The picture cannot be opened ({type(error).__name__}).") from None


def _small(picture: Image.Image, width: int, height: int, most_bytes: int) -> Picture:
    small = picture.copy()
    small.thumbnail((width, height), Image.Resampling.LANCZOS)
    # A new picture: nothing of the first one's notes (place, camera, profile) is taken along.
    clean = Image.new("RGB", small.size)
    clean.paste(small)
    for quality in QUALITIES:
        written = io.BytesIO()
        clean.save(written, "WEBP", quality=quality, method=4)
        if written.tell() <= most_bytes:
            break
    else:
        raise NotAPictureError("The picture does not become small enough.")
    return Picture(clean.width, clean.height, written.getvalue())
