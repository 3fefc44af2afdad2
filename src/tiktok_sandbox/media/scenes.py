"""The drawn picture: a product in a room, at an instant of a shot. Plain shapes, no photograph.

Coordinates are shares of the picture's width and height, so that a cover and the small frames of a
clip are the same picture.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
Size = tuple[int, int]

SHOTS = ("opening", "showing", "closing")
FINER = 2
"""Shapes are drawn this much larger and shrunk, which makes their edges smooth."""
COARSER = 6
"""Light is computed at this share of the points and drawn out."""
SPRITE_SHARE = 0.46
"""Height of the product's box, which is 9:16, as a share of the picture's, before zoom."""
FLOOR = 0.8
"""Where the product stands, as a share of the height."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Colours of one product in one room."""

    high: Colour
    low: Colour
    table: Colour
    body: Colour
    shade: Colour
    accent: Colour
    glow: Colour


def _rgb(text: str) -> Colour:
    return int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16)


def _palette(text: str) -> Palette:
    high, low, table, body, shade, accent, glow = map(_rgb, text.split())
    return Palette(
        high=high, low=low, table=table, body=body, shade=shade, accent=accent, glow=glow
    )


# Wall above, wall below, table, product, its dark side, its label or cap, light.
PALETTES: dict[tuple[str, int], Palette] = {
    ("dropper", 0): _palette("f7d9c8 e9a98f fbeee4 b8642a 8f4a1d fff6ec fff3e0"),
    ("dropper", 1): _palette("d5e3d6 8fb09a eef1e8 3f6b57 2b4d3e fdf7ea fffbe8"),
    ("lamp", 0): _palette("33457c 151d3a 6b4a36 f0b64c c98c2a ffe9b0 ffd98a"),
    ("lamp", 1): _palette("77527f 2f2140 47313d f3e6da c9b3a4 ffd9a8 ffcf9a"),
    ("flask", 0): _palette("cfeaf5 86bcd8 5f8f6b e06a3b b54d25 23333d ffffff"),
    ("flask", 1): _palette("ffd9ab ef8f66 74483a 2f6f73 204f55 f6ede2 fff2d0"),
    ("knit", 0): _palette("f2e8da dbc5ac a98467 c8694a a34f34 eab79d fff6e6"),
    ("knit", 1): _palette("d3dde8 9db0c8 5f7187 d9a441 b3822a f0d08c f6fbff"),
    ("jar", 0): _palette("fbdce3 ef9fb5 fff4f3 fdfaf7 ddc9c4 d45d7e ffffff"),
    ("jar", 1): _palette("d2f0e6 85c7b3 f1fbf6 fbfffd bcd8ce 2f8f78 ffffff"),
    ("box", 0): _palette("ffe8ad f5b63f fff6dc e4572e b53f1e fff1d6 fffbe6"),
    ("box", 1): _palette("ddd6f4 a698dd f3f0fb 5a4bb5 40348a ffd166 ffffff"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """An instant of a shot: where the product is and how it is lit.

    zoom : of the whole picture; rise : how far below its place it is, as a share of the height;
    turn : degrees; light : where the beam stands, 0 to 1; shift : sideways, as a share of the width
    """

    zoom: float = 1.0
    rise: float = 0.0
    turn: float = 0.0
    light: float = 0.35
    shift: float = 0.0


def moment_of(shot: str, share: float) -> Moment:
    """The instant `share` (0 to 1) of the way through a shot; shots end near where others begin."""
    turn = 2.5 * math.sin(2 * math.pi * share)
    if shot == "opening":
        arrived = 1 - (1 - min(1.0, share * 2.2)) ** 3
        return Moment(rise=0.5 * (1 - arrived), zoom=1.1 + 0.03 * share)
    if shot == "showing":
        return Moment(turn=turn, zoom=1.13 + 0.05 * math.sin(math.pi * share))
    return Moment(
        zoom=1.6 - 0.12 * math.cos(2 * math.pi * share),
        shift=0.03 * math.sin(2 * math.pi * share),
    )


def draw(kind: str, room: int, moment: Moment, *, size: Size) -> Image.Image:
    """The picture, RGB, of `size` (width, height) pixels."""
    palette = PALETTES[kind, room]
    picture = _room(kind, room, size).copy()
    width, height = size
    zoom = moment.zoom
    tall = _tall(size)
    box = (round(tall * 9 / 16 * SPRITE_SHARE * zoom), round(tall * SPRITE_SHARE * zoom))
    sprite = _product(kind, room, _sprite_size(size))
    if sprite.size != box:
        sprite = sprite.resize(box, Image.Resampling.BILINEAR)
    if moment.turn:
        sprite = sprite.rotate(
            moment.turn, Image.Resampling.BILINEAR, center=(box[0] / 2, box[1] * 0.95)
        )
    middle = width * (0.5 + moment.shift)
    foot = height * (FLOOR + (zoom - 1) * 0.2)
    _shadow(picture, middle, foot, box[0], lifted=moment.rise)
    place = (round(middle - box[0] / 2), round(foot - box[1] + height * moment.rise))
    picture.paste(sprite, place, sprite)
    _beam(picture, palette, moment.light)
    return picture


def _sprite_size(size: Size) -> Size:
    tall = _tall(size)
    return round(tall * 9 / 16 * SPRITE_SHARE * 1.2), round(tall * SPRITE_SHARE * 1.2)


def _tall(size: Size) -> float:
    """What the product is measured by: the height, or in a wide picture what fits its width."""
    return min(size[1] * 1.25, size[0] * 16 / 9)


@lru_cache(maxsize=8)
def _room(kind: str, room: int, size: Size) -> Image.Image:
    """Wall, window light and table; the same for every instant."""
    palette = PALETTES[kind, room]
    width, height = size
    # Light is smooth, so a few points of it are enough.
    share = np.linspace(0.0, 1.0, height // COARSER)[:, None, None]
    across = np.linspace(-1.0, 1.0, width // COARSER)[None, :, None]
    high, low = np.array(palette.high, float), np.array(palette.low, float)
    wall = high + (low - high) * np.clip(share / FLOOR, 0, 1)
    # A pool of light behind the product, darker towards the corners.
    down = (share - 0.45) * (height / width) * 1.4
    lit = np.exp(-(across**2 + down**2) * 1.6)
    glow = np.array(palette.glow, float)
    wall = wall + (glow - wall) * (0.62 if kind == "lamp" else 0.42) * lit
    picture = Image.fromarray(np.clip(wall, 0, 255).astype(np.uint8), "RGB")
    picture = picture.resize(size, Image.Resampling.BICUBIC)
    brush = ImageDraw.Draw(picture, "RGBA")
    _decoration(brush, kind, palette, size)
    top = round(height * (FLOOR - 0.07))
    brush.rectangle((0, top, width, height), fill=palette.table)
    brush.rectangle((0, top, width, top + max(1, height // 160)), fill=(255, 255, 255, 70))
    dark = _fade(width, height - top)
    picture.paste(Image.new("RGB", dark.size, _darker(palette.table, 0.72)), (0, top), dark)
    return picture


def _fade(width: int, height: int) -> Image.Image:
    """A mask that grows from nothing at its top to most at its bottom."""
    column = np.linspace(0, 150, height).astype(np.uint8)[:, None]
    return Image.fromarray(np.repeat(column, width, axis=1), "L")


def _decoration(brush: ImageDraw.ImageDraw, kind: str, palette: Palette, size: Size) -> None:
    """What hangs on the wall or lies behind: little, so that words can stand over it."""
    width, height = size
    light = (*palette.glow, 60)
    if kind == "flask":
        for left, peak, tone in ((-0.2, 0.50, 60), (0.35, 0.56, 90)):
            brush.polygon(
                [
                    (width * left, height * FLOOR),
                    (width * (left + 0.45), height * peak),
                    (width * (left + 0.95), height * FLOOR),
                ],
                fill=(*_darker(palette.table, 0.9), tone),
            )
        brush.ellipse(_circle(width * 0.8, height * 0.17, width * 0.11), fill=(*palette.glow, 150))
        return
    if kind == "lamp":
        for place, (x, y) in enumerate(((0.12, 0.1), (0.86, 0.14), (0.72, 0.3), (0.2, 0.33))):
            brush.ellipse(
                _circle(width * x, height * y, width * (0.008 + 0.004 * (place % 2))), fill=light
            )
        brush.rectangle(
            (width * 0.64, height * 0.4, width * 0.98, height * 0.45),
            fill=(*_darker(palette.table, 1.1), 160),
        )
        for place, tall in enumerate((0.07, 0.09, 0.06, 0.085)):
            left = width * (0.68 + 0.065 * place)
            brush.rectangle(
                (left, height * (0.4 - tall), left + width * 0.05, height * 0.4),
                fill=(*(palette.accent if place % 2 else palette.shade), 120),
            )
        return
    # A window's light on the wall: four slanted panes.
    for column in (0, 1):
        for row in (0, 1):
            x, y = width * (0.06 + 0.17 * column), height * (0.12 + 0.15 * row + 0.035 * column)
            brush.polygon(
                [
                    (x, y),
                    (x + width * 0.15, y + height * 0.03),
                    (x + width * 0.15, y + height * 0.165),
                    (x, y + height * 0.135),
                ],
                fill=light,
            )
    # A plant at the other side.
    stem = (*_darker(palette.shade, 0.95), 150)
    for angle in (-70, -40, -12, 18, 46):
        _leaf(brush, (width * 0.9, height * (FLOOR - 0.07)), angle, width * 0.42, stem)


def _leaf(
    brush: ImageDraw.ImageDraw,
    foot: tuple[float, float],
    angle: float,
    length: float,
    fill: tuple[int, int, int, int],
) -> None:
    along = math.radians(angle)
    points = []
    for side in (1, -1):
        steps = np.linspace(0, 1, 12) if side == 1 else np.linspace(1, 0, 12)
        for step in steps:
            wide = side * 0.11 * length * math.sin(math.pi * step) ** 0.8
            x = foot[0] + length * step * math.sin(along) + wide * math.cos(along)
            y = foot[1] - length * step * math.cos(along) + wide * math.sin(along)
            points.append((x, y))
    brush.polygon(points, fill=fill)


def _shadow(picture: Image.Image, middle: float, foot: float, width: int, *, lifted: float) -> None:
    """A soft one on the table, weaker while the product is not there yet."""
    wide, tall = round(width * 1.15), max(4, round(width * 0.2))
    mask = _shadow_mask(wide, tall, round(120 * max(0.0, 1 - lifted * 2.5)))
    picture.paste((20, 12, 10), (round(middle - wide / 2), round(foot - tall * 0.55)), mask)


@lru_cache(maxsize=64)
def _shadow_mask(width: int, height: int, strength: int) -> Image.Image:
    mask = Image.new("L", (width, height), 0)
    ImageDraw.Draw(mask).ellipse(
        (width * 0.12, height * 0.2, width * 0.88, height * 0.8), fill=strength
    )
    return mask.filter(ImageFilter.GaussianBlur(height * 0.14))


def _beam(picture: Image.Image, palette: Palette, place: float) -> None:
    """A slanted band of light over the picture."""
    width, height = picture.size
    mask = _beam_mask(width, height)
    left = round((place * 2.2 - 1.1) * width)
    picture.paste(palette.glow, (left, 0), mask)


@lru_cache(maxsize=4)
def _beam_mask(width: int, height: int) -> Image.Image:
    x = np.linspace(0, 1, width)[None, :]
    y = np.linspace(0, 1, height)[:, None]
    band = np.exp(-(((x - 0.5) + (y - 0.5) * 0.35) ** 2) / 0.02) * 38
    return Image.fromarray(band.astype(np.uint8), "L")


@lru_cache(maxsize=32)
def _product(kind: str, room: int, size: Size) -> Image.Image:
    """The product on nothing, RGBA; it stands on the lower edge."""
    palette = PALETTES[kind, room]
    width, height = size[0] * FINER, size[1] * FINER
    sprite = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    SHAPES[kind](ImageDraw.Draw(sprite, "RGBA"), palette, width, height)
    _round_off(sprite)
    return sprite.resize(size, Image.Resampling.BOX)


def _round_off(sprite: Image.Image) -> None:
    """Light on the left, dark on the right, over whatever is drawn."""
    width, height = sprite.size
    across = np.linspace(-1, 1, width)[None, :]
    dark = np.clip(across, 0, 1) ** 1.5 * 85
    light = np.exp(-((across + 0.38) ** 2) / 0.02) * 80
    alpha = np.asarray(sprite.getchannel("A"), float) / 255
    for colour, strength in (((0, 0, 0), dark), ((255, 255, 255), light)):
        mask = np.repeat(strength, height, axis=0) * alpha
        over = Image.new("RGBA", sprite.size, (*colour, 0))
        over.putalpha(Image.fromarray(mask.astype(np.uint8), "L"))
        sprite.alpha_composite(over)


def _dropper(brush: ImageDraw.ImageDraw, palette: Palette, width: int, height: int) -> None:
    _box(brush, (0.2, 0.36, 0.8, 1.0), 0.12, palette.body, width, height)
    _box(brush, (0.38, 0.25, 0.62, 0.4), 0.02, palette.shade, width, height)
    _box(brush, (0.35, 0.19, 0.65, 0.3), 0.03, (35, 30, 30), width, height)
    _box(brush, (0.41, 0.02, 0.59, 0.22), 0.09, (58, 50, 48), width, height)
    _box(brush, (0.2, 0.56, 0.8, 0.86), 0.0, palette.accent, width, height)
    _lines(brush, palette.shade, 0.63, width, height)


def _lamp(brush: ImageDraw.ImageDraw, palette: Palette, width: int, height: int) -> None:
    _box(brush, (0.47, 0.4, 0.53, 0.94), 0.0, (66, 52, 46), width, height)
    _box(brush, (0.27, 0.92, 0.73, 1.0), 0.04, (54, 43, 39), width, height)
    brush.polygon(
        [
            (width * 0.36, height * 0.12),
            (width * 0.64, height * 0.12),
            (width * 0.86, height * 0.46),
            (width * 0.14, height * 0.46),
        ],
        fill=palette.body,
    )
    brush.ellipse((width * 0.14, height * 0.43, width * 0.86, height * 0.49), fill=palette.accent)
    brush.ellipse((width * 0.36, height * 0.105, width * 0.64, height * 0.135), fill=palette.shade)


def _flask(brush: ImageDraw.ImageDraw, palette: Palette, width: int, height: int) -> None:
    _box(brush, (0.24, 0.26, 0.76, 1.0), 0.1, palette.body, width, height)
    _box(brush, (0.32, 0.16, 0.68, 0.32), 0.06, palette.body, width, height)
    _box(brush, (0.34, 0.04, 0.66, 0.19), 0.04, palette.accent, width, height)
    _box(brush, (0.45, 0.0, 0.55, 0.06), 0.03, palette.accent, width, height)
    _box(brush, (0.24, 0.86, 0.76, 0.9), 0.0, palette.shade, width, height)
    brush.polygon(
        [
            (width * 0.36, height * 0.66),
            (width * 0.47, height * 0.52),
            (width * 0.53, height * 0.59),
            (width * 0.57, height * 0.55),
            (width * 0.65, height * 0.66),
        ],
        fill=palette.accent,
    )


def _knit(brush: ImageDraw.ImageDraw, palette: Palette, width: int, height: int) -> None:
    # A stack of folded cloth; the top one hangs over with a fringe.
    tones = (palette.shade, palette.body, palette.accent, palette.body)
    for place, tone in enumerate(tones):
        bottom = 1.0 - 0.13 * place
        inset = 0.02 + 0.015 * (place % 2)
        _box(brush, (inset, bottom - 0.145, 1 - inset, bottom), 0.07, tone, width, height)
        for stitch in range(9):
            x = width * (0.1 + 0.1 * stitch)
            y = height * (bottom - 0.1)
            brush.line(
                [(x, y), (x + width * 0.03, y + height * 0.03), (x + width * 0.06, y)],
                fill=(*_darker(tone, 0.82), 200),
                width=max(2, width // 90),
                joint="curve",
            )
    _box(brush, (0.24, 0.46, 0.6, 0.84), 0.03, palette.accent, width, height)
    for row in range(4):
        for column in range(3):
            x, y = width * (0.29 + 0.105 * column), height * (0.52 + 0.075 * row)
            brush.polygon(
                [
                    (x, y),
                    (x + width * 0.04, y - height * 0.025),
                    (x + width * 0.08, y),
                    (x + width * 0.04, y + height * 0.025),
                ],
                fill=(*palette.shade, 210),
            )
    for thread in range(9):
        x = width * (0.255 + 0.041 * thread)
        brush.line(
            [(x, height * 0.84), (x, height * 0.89)],
            fill=palette.accent,
            width=max(2, width // 70),
        )


def _jar(brush: ImageDraw.ImageDraw, palette: Palette, width: int, height: int) -> None:
    _box(brush, (0.1, 0.5, 0.9, 1.0), 0.1, palette.body, width, height)
    _box(brush, (0.07, 0.36, 0.93, 0.54), 0.05, palette.accent, width, height)
    _box(brush, (0.07, 0.49, 0.93, 0.51), 0.0, _darker(palette.accent, 0.8), width, height)
    _lines(brush, palette.accent, 0.68, width, height)
    brush.ellipse(_circle(width * 0.5, height * 0.87, width * 0.04), fill=palette.accent)


def _box_shape(brush: ImageDraw.ImageDraw, palette: Palette, width: int, height: int) -> None:
    brush.polygon(
        [
            (width * 0.08, height * 0.5),
            (width * 0.62, height * 0.5),
            (width * 0.62, height * 1.0),
            (width * 0.08, height * 1.0),
        ],
        fill=palette.body,
    )
    brush.polygon(
        [
            (width * 0.62, height * 0.5),
            (width * 0.92, height * 0.44),
            (width * 0.92, height * 0.94),
            (width * 0.62, height * 1.0),
        ],
        fill=palette.shade,
    )
    brush.polygon(
        [
            (width * 0.08, height * 0.5),
            (width * 0.4, height * 0.44),
            (width * 0.92, height * 0.44),
            (width * 0.62, height * 0.5),
        ],
        fill=_darker(palette.body, 1.12),
    )
    _box(brush, (0.3, 0.5, 0.4, 1.0), 0.0, palette.accent, width, height)
    bow = max(3, width // 22)
    for left in (0.13, 0.35):
        brush.ellipse(
            (width * left, height * 0.34, width * (left + 0.22), height * 0.46),
            outline=palette.accent,
            width=bow,
        )
    brush.ellipse(_circle(width * 0.35, height * 0.46, width * 0.045), fill=palette.accent)


SHAPES: dict[str, Callable[[ImageDraw.ImageDraw, Palette, int, int], None]] = {
    "dropper": _dropper,
    "lamp": _lamp,
    "flask": _flask,
    "knit": _knit,
    "jar": _jar,
    "box": _box_shape,
}


def _box(
    brush: ImageDraw.ImageDraw,
    corners: tuple[float, float, float, float],
    radius: float,
    fill: Colour,
    width: int,
    height: int,
) -> None:
    """A rectangle in shares of the sprite. radius : of its corners, as a share of the width"""
    left, top, right, bottom = corners
    brush.rounded_rectangle(
        (width * left, height * top, width * right, height * bottom - 1), width * radius, fill=fill
    )


def _lines(brush: ImageDraw.ImageDraw, colour: Colour, top: float, width: int, height: int) -> None:
    """What stands for print on a label: one thick line, two thin ones."""
    for place, (share, thick) in enumerate(((0.34, 0.022), (0.24, 0.01), (0.28, 0.01))):
        y = top + 0.055 * place
        _box(brush, (0.5 - share / 2, y, 0.5 + share / 2, y + thick), 0.01, colour, width, height)


def _circle(x: float, y: float, radius: float) -> tuple[float, float, float, float]:
    return x - radius, y - radius, x + radius, y + radius


def _darker(colour: Colour, share: float) -> Colour:
    red, green, blue = (min(255, round(part * share)) for part in colour)
    return red, green, blue
