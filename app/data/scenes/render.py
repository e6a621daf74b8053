"""Labels and draws in, pixels out. A picture is `colours @ layers`: coverage layers, each with one colour.

The layers: the background, the background again as a ramp from top (-1) to bottom (+1) that shades it slightly, and
three for each thing (main colour, second tone, dark lines).
"""

import numpy as np
from jaxtyping import Float32, Int64, UInt8

from app.data.scenes.attributes import (
    BACKGROUND_RGB,
    COLOUR_RGB,
    EXTENTS,
    INK_RGB,
    PLACE_CENTRES,
    PLACE_JITTER,
    SECOND_RGB,
    SIZES,
)
from app.data.scenes.draws import Draws
from app.data.scenes.factors import COLUMN, ONE, SIDE_BY_SIDE, UNKNOWN
from app.data.scenes.sprites import SPRITE_SIDE, sprites

CHUNK = 64
"""Pictures drawn at a time, so that their layers stay in the processor's cache."""
LAYERS = 8
PAIR_DRIFT = 4
"""The most by which two things leave the outer thirds and the middle line they are set on, in pixels."""
SHADE = 0.05
"""Relative jitter of a background's brightness, and of its shading from top to bottom."""

_BACKGROUND = np.array(list(BACKGROUND_RGB.values()), np.float64)
_INKS = np.array([[COLOUR_RGB[name], SECOND_RGB[name], INK_RGB] for name in COLOUR_RGB], np.float64)
_CENTRES = np.array(list(PLACE_CENTRES.values()))
_EXTENTS = np.array([EXTENTS[size] for size in SIZES])
_VARIANTS = _EXTENTS.shape[1]


def draw(labels: Int64[np.ndarray, "b 11"], draws: Draws, side: int) -> UInt8[np.ndarray, "b 3 h w"]:
    """Draw the scenes that have these labels; the draws decide jitter and shading. side is 32, 64 or 128."""
    pictures = np.empty((len(labels), 3, side * side), np.uint8)
    colours, variants = _colours(labels, draws), _variants(draws)
    corners = (_centres(labels, variants, draws) - SPRITE_SIDE // 2) * side // 64
    for start in range(0, len(labels), CHUNK):
        part = slice(start, start + CHUNK)
        layers = _layers(labels[part], variants[part], corners[part], side)
        pictures[part] = np.matmul(colours[part], layers) + 0.5
    return pictures.reshape(-1, 3, side, side)


def _layers(
    labels: Int64[np.ndarray, "b 11"],
    variants: Int64[np.ndarray, "b 2"],
    corners: Int64[np.ndarray, "b 2 2"],
    side: int,
) -> Float32[np.ndarray, "b 8 pixels"]:
    layers = np.zeros((len(labels), LAYERS, side, side), np.float32)
    keys = _sprite_keys(labels, variants).tolist()
    for layer, slots, positions in zip(layers, keys, corners.tolist(), strict=True):
        for slot, ((kind, *key), (left, top)) in enumerate(zip(slots, positions, strict=True)):
            if kind != UNKNOWN:
                sprite = sprites(kind, side)[tuple(key)]
                reach = sprite.shape[-1]
                layer[2 + 3 * slot : 5 + 3 * slot, top : top + reach, left : left + reach] = sprite
    np.subtract(1, layers[:, 2:].sum(axis=1), out=layers[:, 0])
    np.multiply(layers[:, 0], np.linspace(-1, 1, side, dtype=np.float32)[:, None], out=layers[:, 1])
    return layers.reshape(len(labels), LAYERS, side * side)


def _sprite_keys(labels: Int64[np.ndarray, "b 11"], variants: Int64[np.ndarray, "b 2"]) -> Int64[np.ndarray, "b 2 4"]:
    """Return where each thing's sprite is in the bank: kind (-1 for no thing), size, extent, texture."""
    slots = [
        [
            labels[:, COLUMN[f"kind_{s}"]],
            labels[:, COLUMN[f"size_{s}"]],
            variants[:, i],
            labels[:, COLUMN[f"texture_{s}"]],
        ]
        for i, s in enumerate("ab")
    ]
    return np.array(slots).transpose(2, 0, 1)


def _variants(draws: Draws) -> Int64[np.ndarray, "b 2"]:
    return np.stack([draws.integers(f"extent_{slot}", _VARIANTS) for slot in "ab"], axis=1)


def _colours(labels: Int64[np.ndarray, "b 11"], draws: Draws) -> Float32[np.ndarray, "b 3 8"]:
    """Return the colour of every layer, 0..255; an absent thing's layers are empty, so its colour does not matter."""
    base = _BACKGROUND[labels[:, COLUMN["background"]]]
    brightness = draws.between("brightness", 1 - SHADE, 1 + SHADE)[:, None]
    shading = draws.between("shading", -SHADE, SHADE)[:, None]
    inks = [_INKS[labels[:, COLUMN[f"colour_{slot}"]]] for slot in "ab"]
    stacked = np.concatenate([(base * brightness)[:, None], (base * shading)[:, None], *inks], axis=1)
    return np.ascontiguousarray(stacked.transpose(0, 2, 1), dtype=np.float32)


def _centres(
    labels: Int64[np.ndarray, "b 11"], variants: Int64[np.ndarray, "b 2"], draws: Draws
) -> Int64[np.ndarray, "b 2 2"]:
    """Return the centre (x, y) of each thing in pixels of a 64 x 64 picture, at least 16 from every edge."""
    jitter = np.stack([draws.integers(f"jitter_{axis}", 2 * PLACE_JITTER + 1) - PLACE_JITTER for axis in "xy"], axis=1)
    alone = _CENTRES[labels[:, COLUMN["place"]]] + jitter
    along, across = _pair_centres(labels, variants, draws)
    pair = np.stack([along, across], axis=2)
    layout = labels[:, COLUMN["layout"]]
    pair = np.where((layout == SIDE_BY_SIDE)[:, None, None], pair, pair[:, :, ::-1])
    return np.where((layout == ONE)[:, None, None], alone[:, None, :], pair)


def _pair_centres(
    labels: Int64[np.ndarray, "b 11"], variants: Int64[np.ndarray, "b 2"], draws: Draws
) -> tuple[Int64[np.ndarray, "b 2"], Int64[np.ndarray, "b 2"]]:
    """Return the centres of two things along their common axis, at least a pixel apart, and across it."""
    near, far = SPRITE_SIDE // 2, 64 - SPRITE_SIDE // 2
    extents = [_EXTENTS[labels[:, COLUMN[f"size_{slot}"]], variants[:, i]] for i, slot in enumerate("ab")]
    room = far - near - 1 - (extents[0] + extents[1] + 1) // 2
    first = draws.integers("drift_a", np.minimum(room, PAIR_DRIFT) + 1)
    second = draws.integers("drift_b", np.minimum(room - first, PAIR_DRIFT) + 1)
    across = [32 - PAIR_DRIFT + draws.integers(f"across_{slot}", 2 * PAIR_DRIFT + 1) for slot in "ab"]
    return np.stack([near + first, far - second], axis=1), np.stack(across, axis=1)
