"""Covers and pictures of people as JPEG, drawn from a look or a name alone.

The same look gives the same bytes with the same Pillow; another version of Pillow, or of the JPEG
and font libraries inside it, may round differently.
"""

from __future__ import annotations

import io
import unicodedata
import zlib
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from tiktok_sandbox.media.looks import Look
from tiktok_sandbox.media.scenes import Moment, Size, draw

COVER: Size = (540, 960)
TILE: Size = (216, 384)
"""A cover in a grid of the phone: a fifth of the bytes and of the time."""
PAGE: Size = (540, 675)
SQUARE: Size = (480, 480)
AVATAR_SIDE = 192
QUALITY = 82
WORDS_TOP, LINE_LETTERS, MOST_LINES = 0.125, 19, 4
INK, PAPER = (24, 20, 18), (255, 255, 255)
# Light above, light below, shirt, skin, hair; the first of each pair is the upper one.
FACES = (
    ((246, 214, 192), (226, 150, 118), (70, 92, 120), (238, 190, 156), (74, 48, 36)),
    ((208, 228, 240), (128, 170, 200), (196, 92, 62), (150, 98, 68), (32, 24, 22)),
    ((222, 214, 244), (160, 146, 214), (246, 240, 230), (244, 206, 180), (196, 142, 84)),
    ((212, 236, 218), (126, 182, 146), (214, 170, 66), (108, 70, 50), (24, 20, 20)),
    ((252, 224, 170), (240, 176, 84), (54, 84, 92), (224, 172, 134), (112, 56, 34)),
    ((250, 214, 222), (230, 142, 168), (92, 70, 120), (196, 140, 104), (46, 32, 30)),
)


def cover(look: Look, *, size: Size = COVER) -> bytes:
    """The JPEG of a video's cover, or of a photo at another `size` (width, height)."""
    moment = Moment(zoom=1.04 * look.zoom, shift=look.shift, light=0.25 + look.shift)
    picture = draw(look.kind, look.room, moment, size=size)
    if look.words:
        _write(picture, look.words)
    return _jpeg(picture)


def avatar(name: str, key: str) -> bytes:
    """The JPEG of a person, square. name : of whom, for the initials; without one a face is drawn."""
    number = zlib.crc32(key.encode())
    high, low, shirt, skin, hair = FACES[number % len(FACES)]
    side = AVATAR_SIDE * 2
    picture = Image.linear_gradient("L").resize((side, side))
    picture = Image.composite(
        Image.new("RGB", (side, side), low), Image.new("RGB", (side, side), high), picture
    )
    brush = ImageDraw.Draw(picture, "RGBA")
    if name:
        letters = "".join(word[0] for word in name.split()[-2:]).upper()
        brush.ellipse((side * 0.5, side * 0.42, side * 1.3, side * 1.22), fill=(*shirt, 60))
        _centred(brush, _drawable(letters, 150), side / 2, side / 2, 150)
    else:
        _face(brush, side, shirt=shirt, skin=skin, hair=hair, style=number // len(FACES) % 3)
    return _jpeg(picture.resize((AVATAR_SIDE, AVATAR_SIDE), Image.Resampling.BOX))


def _face(
    brush: ImageDraw.ImageDraw,
    side: int,
    *,
    shirt: tuple[int, int, int],
    skin: tuple[int, int, int],
    hair: tuple[int, int, int],
    style: int,
) -> None:
    """Head and shoulders without features. style : 0 short hair, 1 long, 2 a bun"""

    def oval(x: float, y: float, wide: float, tall: float, fill: tuple[int, int, int]) -> None:
        brush.ellipse(
            (side * (x - wide), side * (y - tall), side * (x + wide), side * (y + tall)), fill=fill
        )

    if style == 1:
        brush.rounded_rectangle(
            (side * 0.27, side * 0.2, side * 0.73, side * 0.78), side * 0.2, fill=hair
        )
    if style == 2:
        oval(0.5, 0.15, 0.1, 0.1, hair)
    oval(0.5, 1.05, 0.4, 0.32, shirt)
    brush.rectangle((side * 0.43, side * 0.55, side * 0.57, side * 0.78), fill=skin)
    oval(0.5, 0.42, 0.2, 0.24, hair)
    oval(0.5, 0.47, 0.17, 0.2, skin)
    brush.chord((side * 0.32, side * 0.2, side * 0.68, side * 0.56), 185, 355, fill=hair)


def _write(picture: Image.Image, words: str) -> None:
    """Words in white boxes, a line each, as creators put them over a video."""
    width, height = picture.size
    size = round(width / 13)
    text = _drawable(words, size)
    brush = ImageDraw.Draw(picture, "RGBA")
    line_height = round(size * 1.42)
    top = round(height * WORDS_TOP)
    for place, line in enumerate(_lines_of(text)):
        font = _font(size)
        wide = font.getlength(line) + size * 0.9
        box = (
            (width - wide) / 2,
            top + place * line_height,
            (width + wide) / 2,
            top + (place + 1) * line_height + size * 0.12,
        )
        brush.rounded_rectangle(box, size * 0.28, fill=(*PAPER, 245))
    for place, line in enumerate(_lines_of(text)):
        y = top + (place + 0.55) * line_height
        _centred(brush, line, width / 2, y, size, fill=INK)


def _lines_of(text: str) -> list[str]:
    """The fewest lines of at most LINE_LETTERS, about equally long; a word is never cut in two.

    What does not fit MOST_LINES ends in an ellipsis.
    """
    lines = _wrapped(text, LINE_LETTERS)
    for narrower in range(LINE_LETTERS - 1, 3, -1):
        tried = _wrapped(text, narrower)
        if len(tried) > len(lines):
            break
        lines = tried
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], f"{lines[MOST_LINES - 1]} …"]
    return lines


def _wrapped(text: str, letters: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= letters:
            lines[-1] += f" {word}"
        else:
            lines.append(word[: LINE_LETTERS + 3])
    return lines


def _centred(
    brush: ImageDraw.ImageDraw,
    text: str,
    x: float,
    y: float,
    size: int,
    *,
    fill: tuple[int, int, int] = PAPER,
) -> None:
    font = _font(size)
    # The one face there is has no bold: a thin outline in the same colour makes it one.
    stroke = size // 26
    brush.text((x, y), text, font=font, fill=fill, anchor="mm", stroke_width=stroke)


@lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own face, so that a picture is the same on every machine."""
    return ImageFont.load_default(size)


def _drawable(text: str, size: int) -> str:
    """The text in the signs the face has, accents left out; nothing of what is in other letters."""
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", text.replace("ß", "ss"))
        if not unicodedata.combining(letter)
    )
    drawn = "".join(sign for sign in plain if _has(sign, size))
    letters, known = (sum(map(str.isalpha, words)) for words in (plain, drawn))
    return " ".join(drawn.split()) if 2 * known >= letters else ""


@lru_cache(maxsize=512)
def _has(sign: str, size: int) -> bool:
    font = _font(size)
    return sign == " " or bytes(font.getmask(sign)) != bytes(font.getmask("\uffff"))


def _jpeg(picture: Image.Image) -> bytes:
    into = io.BytesIO()
    picture.save(into, "JPEG", quality=QUALITY)
    return into.getvalue()
