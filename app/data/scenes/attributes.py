"""The attribute tables of the scenes: every name that a scene, a caption or the judge can use, and its colours.

Order matters: the position of a name in its table is its class number in the labels and in every checkpoint.
Colours are RGB, 0..255. Lengths are pixels of a 64 x 64 picture.
"""

from typing import TypeAlias

Rgb: TypeAlias = tuple[int, int, int]

SHAPES = ("circle", "square", "triangle", "diamond", "hexagon", "star", "ring", "cross")
ICONS = (
    "umbrella", "snowman", "anchor", "cup", "heart", "skull", "knight", "crown", "airplane", "telephone", "flag", "cat",
)  # fmt: skip
KINDS = SHAPES + ICONS

COLOUR_RGB: dict[str, Rgb] = {
    "red": (218, 38, 44),
    "orange": (250, 142, 24),
    "yellow": (255, 224, 40),
    "green": (30, 146, 62),
    "blue": (38, 84, 222),
    "purple": (128, 48, 176),
    "pink": (255, 122, 190),
    "white": (252, 252, 252),
}
SECOND_RGB: dict[str, Rgb] = {
    "red": (255, 228, 214),
    "orange": (112, 44, 4),
    "yellow": (128, 84, 0),
    "green": (222, 250, 206),
    "blue": (206, 228, 255),
    "purple": (240, 214, 255),
    "pink": (128, 10, 84),
    "white": (62, 66, 80),
}
"""The tone of stripes, dots and checks on each colour: light on dark colours, dark on light ones."""

BACKGROUND_RGB: dict[str, Rgb] = {
    "white": (230, 230, 227),
    "black": (30, 30, 36),
    "grey": (138, 140, 144),
    "blue": (104, 140, 190),
    "green": (126, 170, 130),
    "pink": (216, 164, 180),
}
"""Muted, so that a bright thing stands out; a thing never has its background's name."""

INK_RGB: Rgb = (44, 30, 40)
"""The thin lines inside icons that are drawings: a snowman's buttons, a skull's eyes."""

COLOURS = tuple(COLOUR_RGB)
BACKGROUNDS = tuple(BACKGROUND_RGB)
TEXTURES = ("plain", "striped", "dotted", "checkered")

SIZES = ("small", "large")
EXTENTS: dict[str, tuple[int, ...]] = {"small": (20, 21, 22), "large": (29, 30, 31)}
"""The longer side of a thing's bounding box; one of three, so that a size is a class and not a number."""

PLACE_CENTRES: dict[str, tuple[int, int]] = {
    "top left": (18, 18),
    "top": (32, 18),
    "top right": (46, 18),
    "left": (18, 32),
    "centre": (32, 32),
    "right": (46, 32),
    "bottom left": (18, 46),
    "bottom": (32, 46),
    "bottom right": (46, 46),
}
"""Where the centre of a single thing lies, (x, y), before a jitter of at most PLACE_JITTER."""
PLACES = tuple(PLACE_CENTRES)
PLACE_JITTER = 2

RELATIONS = ("to the left of", "to the right of", "above", "below")
LAYOUTS = ("one thing", "side by side", "stacked")
