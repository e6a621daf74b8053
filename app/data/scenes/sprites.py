"""Every thing in every size and texture, drawn once and kept: coverage layers that a scene's colours are poured into.

A sprite has three layers, each the share (0..1) of a pixel that shows one ink: the main colour, the second tone of
the texture, and dark lines. What they leave uncovered shows the background.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
from jaxtyping import Bool, Float, Float32
from PIL import Image

from app.core.registry import Registry
from app.data.scenes.attributes import EXTENTS, KINDS, SIZES, TEXTURES
from app.data.scenes.morphology import Mask, shrink
from app.data.scenes.silhouettes import outline

SPRITE_SIDE = 32
"""Canvas of a sprite in pixels of a 64 x 64 picture, its centre at the thing's centre."""
CELLS = 8
"""Fine cells per pixel of a 64 x 64 picture and axis: coverage is counted cell by cell, antialiasing by brute force."""
RIM = 1.0
"""Pixels along the outline that stay in the main colour, so that a texture never frays the shape."""

Grid = Float[np.ndarray, "n n"]


def _striped(x: Grid, y: Grid) -> Bool[np.ndarray, "n n"]:
    return (y / 6 + 0.25) % 1 < 0.5


def _dotted(x: Grid, y: Grid) -> Bool[np.ndarray, "n n"]:
    period, radius = 6, 1.7
    across, down = (x / period + 0.5) % 1 - 0.5, (y / period + 0.5) % 1 - 0.5
    return np.hypot(across, down) < radius / period


def _checkered(x: Grid, y: Grid) -> Bool[np.ndarray, "n n"]:
    return (np.floor(x / 4.5) + np.floor(y / 4.5)) % 2 == 0


PATTERNS: Registry[Callable[[Grid, Grid], Bool[np.ndarray, "n n"]]] = Registry(
    "texture",
    plain=lambda x, y: np.zeros_like(x, bool),
    striped=_striped,
    dotted=_dotted,
    checkered=_checkered,
)
"""Where the second tone goes; x, y in pixels of a 64 x 64 picture from the thing's centre."""


@cache
def sprites(kind: int, side: int) -> Float32[np.ndarray, "sizes extents textures layers s s"]:
    """Return all sprites of a kind (its number in KINDS) for pictures of this side, s = SPRITE_SIDE * side / 64.

    A twentieth of a second the first time: the page shows a few kinds long before all twenty are drawn.
    """
    extents = [EXTENTS[size] for size in SIZES]
    averages = [[_average(_fine_layers(KINDS[kind], extent), side) for extent in variants] for variants in extents]
    return np.array(averages, dtype=np.float32)


def _fine_layers(kind: str, extent: int) -> Bool[np.ndarray, "textures layers n n"]:
    """Return the cells of each layer in every texture."""
    drawn = outline(kind)
    solid, ink = (_on_canvas(part, extent * CELLS) for part in (drawn.solid, drawn.ink))
    second = _patterns() & shrink(solid, round(RIM * CELLS)) & ~ink
    return np.stack([solid & ~second & ~ink, second, np.broadcast_to(ink, second.shape)], axis=1)


@cache
def _patterns() -> Bool[np.ndarray, "textures n n"]:
    """Return where the second tone of every texture goes."""
    axis = (np.arange(SPRITE_SIDE * CELLS) + 0.5) / CELLS - SPRITE_SIDE / 2
    return np.stack([PATTERNS[texture](*np.meshgrid(axis, axis)) for texture in TEXTURES])


def _on_canvas(part: Mask, size: int) -> Bool[np.ndarray, "n n"]:
    """Scale an outline to so many cells and centre it."""
    scaled = Image.fromarray((part * 255).astype(np.uint8)).resize((size, size), Image.Resampling.BOX)
    canvas = Image.new("L", (SPRITE_SIDE * CELLS, SPRITE_SIDE * CELLS))
    canvas.paste(scaled, ((canvas.width - size) // 2, (canvas.width - size) // 2))
    return np.asarray(canvas) >= 128


def _average(fine: Bool[np.ndarray, "t l n n"], side: int) -> Float[np.ndarray, "t l s s"]:
    """Count the share of covered cells in each pixel of a picture of this side."""
    cells = CELLS * 64 // side
    starts = np.arange(0, fine.shape[-1], cells)
    rows = np.add.reduceat(fine.view(np.uint8), starts, axis=-1, dtype=np.uint16)
    return np.add.reduceat(rows, starts, axis=-2) / cells**2
