"""The outlines of the things on a fine grid: shapes from signed distance fields, icons from a font's glyphs.

Every outline fills a square canvas: its bounding box is centred and touches two opposite edges.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float
from PIL import Image, ImageDraw, ImageFont

from app.core.errors import BadData
from app.core.registry import Registry
from app.data.scenes.morphology import Mask, grow, reachable, without_thin_parts

FINE = 256
"""Side in cells of the canvas that outlines are made on."""
Grid = Float[np.ndarray, "n n"]


def _polygon(*corners: tuple[float, float]) -> Callable[[Grid, Grid], Grid]:
    """Signed distance (negative inside) of a convex polygon, corners in clockwise order, y pointing down."""

    def distance(x: Grid, y: Grid) -> Grid:
        sides = []
        for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
            length = np.hypot(x1 - x0, y1 - y0)
            sides.append(((y1 - y0) * (x - x0) - (x1 - x0) * (y - y0)) / length)
        return np.max(sides, axis=0)

    return distance


def _star(x: Grid, y: Grid) -> Grid:
    """Signed distance of a five-pointed star: fold the plane onto one tenth of it, then one straight edge."""
    tenth = np.pi / 5
    angle = np.abs((np.arctan2(x, -y) + tenth) % (2 * tenth) - tenth)
    radius = np.hypot(x, y)
    tip, notch = np.array([1.0, 0.0]), 0.46 * np.array([np.cos(tenth), np.sin(tenth)])
    edge = (notch - tip) / np.hypot(*(notch - tip))
    return (radius * np.cos(angle) - tip[0]) * edge[1] - (radius * np.sin(angle) - tip[1]) * edge[0]


def _cross(x: Grid, y: Grid, arm: float = 0.36) -> Grid:
    across = np.maximum(np.abs(x) - 1, np.abs(y) - arm)
    return np.minimum(across, np.maximum(np.abs(x) - arm, np.abs(y) - 1))


SDF: Registry[Callable[[Grid, Grid], Grid]] = Registry(
    "shape",
    circle=lambda x, y: np.hypot(x, y) - 1,
    square=lambda x, y: np.maximum(np.abs(x), np.abs(y)) - 1,
    triangle=_polygon((0, -0.9), (1, 0.9), (-1, 0.9)),
    diamond=_polygon((0, -1), (0.8, 0), (0, 1), (-0.8, 0)),
    hexagon=_polygon((-0.5, -0.87), (0.5, -0.87), (1, 0), (0.5, 0.87), (-0.5, 0.87), (-1, 0)),
    star=_star,
    ring=lambda x, y: np.abs(np.hypot(x, y) - 0.71) - 0.29,
    cross=_cross,
)
"""Signed distance over x, y in [-1, 1], y pointing down; negative inside."""


@dataclass(frozen=True)
class Glyph:
    """How an icon is made from a character of DejaVu Sans; lengths in cells of a drawing GLYPH_SIDE cells high.

    solid: a line drawing, so fill what its lines enclose. inked: keep those lines as dark ink. tidy: remove what is
    thinner than twice this. bold: thicken the outline by this much. hole: a point (x, y from the middle) in an enclosed
    part that stays open. stretch: how much taller than in the font, so that a low icon has room for its texture.
    """

    character: str
    solid: bool = False
    inked: bool = False
    tidy: int = 0
    bold: int = 0
    hole: tuple[int, int] | None = None
    stretch: float = 1.0


GLYPH_SIDE = 200
GLYPHS: Registry[Glyph] = Registry(
    "icon",
    umbrella=Glyph("\N{UMBRELLA}", bold=4),
    snowman=Glyph("\N{SNOWMAN}", solid=True, inked=True, tidy=6, bold=5),
    anchor=Glyph("\N{ANCHOR}", bold=6),
    cup=Glyph("\N{HOT BEVERAGE}", solid=True, tidy=4, bold=3, hole=(62, 10), stretch=1.4),
    heart=Glyph("\N{BLACK HEART SUIT}"),
    skull=Glyph("\N{SKULL AND CROSSBONES}", solid=True, inked=True, bold=4),
    knight=Glyph("\N{WHITE CHESS KNIGHT}", solid=True, inked=True, bold=5),
    crown=Glyph("\N{WHITE CHESS KING}", solid=True, inked=True, bold=5),
    airplane=Glyph("\N{AIRPLANE}", bold=5),
    telephone=Glyph("\N{WHITE TELEPHONE}", solid=True, inked=True, bold=5, stretch=1.25),
    flag=Glyph("\N{BLACK FLAG}", bold=3),
    cat=Glyph("\N{CAT FACE}", solid=True, inked=True, tidy=4, bold=5),
)


@dataclass(frozen=True)
class Outline:
    """solid: the cells that the thing covers. ink: those of them that are dark lines. One shape, (h, w)."""

    solid: Mask
    ink: Mask


@cache
def outline(kind: str) -> Outline:
    """Return the outline of a kind on FINE x FINE cells."""
    return _fill_canvas(_shape(kind) if kind in SDF else _icon(GLYPHS[kind]))


def _shape(kind: str) -> Outline:
    axis = (np.arange(2 * FINE) + 0.5) / FINE - 1
    solid = SDF[kind](*np.meshgrid(axis, axis)) < 0
    return Outline(solid, np.zeros_like(solid))


def _icon(glyph: Glyph) -> Outline:
    lines = _typeset(glyph.character)
    solid = ~reachable(~lines, 0, 0) if glyph.solid else lines
    solid = grow(without_thin_parts(solid, glyph.tidy), glyph.bold)
    if glyph.hole is not None:
        x, y = glyph.hole
        solid &= ~reachable(~lines, len(lines) // 2 + y, len(lines) // 2 + x)
    ink = lines & solid if glyph.inked else np.zeros_like(solid)
    rows = (np.arange(len(lines) * glyph.stretch) / glyph.stretch).astype(np.int64)
    return Outline(solid[rows], ink[rows])


def _typeset(character: str) -> Mask:
    """Draw the character in the middle of a square canvas with room on every side."""
    side = GLYPH_SIDE * 8 // 5
    canvas = Image.new("L", (side, side))
    ImageDraw.Draw(canvas).text((side // 2, side // 2), character, font=_font(), anchor="mm", fill=255)
    return np.asarray(canvas) >= 128


def _fill_canvas(drawn: Outline) -> Outline:
    """Scale the bounding box of an outline so that its longer side is FINE, and centre it."""
    rows, columns = (np.flatnonzero(drawn.solid.any(axis=axis)) for axis in (1, 0))
    box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    return Outline(*(_fit(part, box) for part in (drawn.solid, drawn.ink)))


def _fit(part: Mask, box: tuple[int, int, int, int]) -> Bool[np.ndarray, "fine fine"]:
    width, height = box[2] - box[0], box[3] - box[1]
    scale = FINE / max(width, height)
    size = (round(width * scale), round(height * scale))
    scaled = Image.fromarray((part * 255).astype(np.uint8)).crop(box).resize(size, Image.Resampling.BILINEAR)
    canvas = Image.new("L", (FINE, FINE))
    canvas.paste(scaled, ((FINE - size[0]) // 2, (FINE - size[1]) // 2))
    return np.asarray(canvas) >= 128


@cache
def _font() -> ImageFont.FreeTypeFont:
    """DejaVu Sans as matplotlib ships it; matplotlib itself is not imported, as that takes a second."""
    package = find_spec("matplotlib")
    for folder in (package.submodule_search_locations or []) if package else []:
        return ImageFont.truetype(str(Path(folder) / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"), GLYPH_SIDE)
    raise BadData("The icons need a font that comes with matplotlib.", hint="Run: pip install matplotlib")
