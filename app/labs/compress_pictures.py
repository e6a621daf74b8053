"""Pictures to compress: the gallery, and a stress set of what a bottleneck destroys first, drawn or photographed.

Nothing here has been seen by a model: the stress set is drawn by the lines below, and the grass is a held-out part.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
from jaxtyping import Float
from PIL import Image, ImageDraw, ImageFont

from app.core.errors import BadRequest
from app.core.registry import did_you_mean
from app.data.photos import load_photo, part_of
from app.data.uploads import fit_square, trim_to_multiple
from app.labs.gallery import PHOTOS, SCENES, gallery_original, gallery_picture

SMALL, LARGE, DRAWN = 64, 512, 256
"""Pixels: what models learnt from; the longest side of one that keeps its size; a stress picture at its largest."""
COMMON = 16
"""Every f of the ladder divides it, so that all rungs see the same pixels."""
SIZES = ("64 pixels", "its own size, up to 512")
TEXT = "The quick brown fox jumps over the lazy dog 0123456789"


def thin_lines(side: int) -> Image.Image:
    """Lines one pixel wide, fanning out from a corner: near it they are closer than any grid can hold."""
    picture = Image.new("RGB", (side, side), "#f4efe4")
    pen = ImageDraw.Draw(picture)
    for number, angle in enumerate(np.linspace(0.0, np.pi / 2, 25)):
        ink = ("#14213d", "#a4161a", "#0b6e4f")[number % 3]
        pen.line((0, 0, 1.5 * side * np.cos(angle), 1.5 * side * np.sin(angle)), fill=ink, width=1)
    return picture


def checks(side: int) -> Image.Image:
    """Four checkerboards, with squares of 1, 2, 4 and 8 pixels."""
    board = np.empty((side, side))
    half = side // 2
    for number, square in enumerate((1, 2, 4, 8)):
        y, x = np.mgrid[:half, :half] // square
        top, left = number // 2 * half, number % 2 * half
        board[top : top + half, left : left + half] = (x + y) % 2
    return _coloured(board, (0.10, 0.16, 0.36), (0.98, 0.86, 0.60))


def small_text(side: int) -> Image.Image:
    """Lines of text, smaller and smaller down the page."""
    picture = Image.new("RGB", (side, side), "white")
    pen, top, size = ImageDraw.Draw(picture), 1.0, 15
    while top < side - 5:
        pen.text((1, top), TEXT, fill="#101418", font=ImageFont.load_default(size))
        top, size = top + size + 1, max(6, size - 2)
    return picture


def grass(side: int) -> Image.Image:
    """A real meadow: detail everywhere, and nothing that a rule could predict."""
    return fit_square(part_of(load_photo("grass"), "test"), side)


def _coloured(
    share: Float[np.ndarray, "h w"], dark: tuple[float, float, float], light: tuple[float, float, float]
) -> Image.Image:
    mixed = np.asarray(dark) * (1 - share[..., None]) + np.asarray(light) * share[..., None]
    return Image.fromarray((mixed * 255).round().astype(np.uint8))


STRESS: dict[str, Callable[[int], Image.Image]] = {
    "thin lines": thin_lines,
    "checks": checks,
    "grass": grass,
    "small text": small_text,
}
NAMES = (*SCENES, *STRESS, *PHOTOS)


@cache
def named_picture(name: str, size: str = SIZES[0]) -> Image.Image:
    """Return a picture of NAMES at one of SIZES; scenes are drawn at 128 pixels at most. Do not change what you get."""
    if size not in SIZES:
        raise BadRequest(f"There is no size '{size[:40]}'.", hint=f"Use one of: {', '.join(SIZES)}.")
    if name in STRESS:
        return STRESS[name](SMALL if size == SIZES[0] else DRAWN)
    if name not in NAMES:
        raise BadRequest(f"There is no picture '{name[:40]}' here.", hint=did_you_mean(name[:40], list(NAMES)))
    return gallery_picture(name) if size == SIZES[0] else kept(gallery_original(name))


def sized(picture: Image.Image, size: str) -> Image.Image:
    """Return a visitor's picture at one of SIZES, with sides that every f divides."""
    if size not in SIZES:
        raise BadRequest(f"There is no size '{size[:40]}'.", hint=f"Use one of: {', '.join(SIZES)}.")
    return fit_square(picture, SMALL) if size == SIZES[0] else kept(picture)


def kept(picture: Image.Image, longest: int = LARGE) -> Image.Image:
    """Return the picture in its own shape, at most `longest` pixels long, trimmed so that every f divides its sides."""
    small = picture.convert("RGB")
    small.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return trim_to_multiple(small, COMMON)
