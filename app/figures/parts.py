"""What a figure on the page is made of, without saying how it is laid out: pictures with a legend, and numbers."""

from dataclasses import dataclass
from typing import Literal

from PIL import Image

Kind = Literal["pixel", "latent", "noise", "text", "decoder"]
"""A key of app.figures.palette.KINDS."""


@dataclass(frozen=True)
class Tile:
    """One small picture at its own resolution: the page enlarges it with hard pixels. alt: what it is, in words."""

    title: str
    kind: Kind
    picture: Image.Image
    alt: str


@dataclass(frozen=True)
class Legend:
    """A colour bar, 1 pixel high, with the numbers at its ends and, for signed values, in its middle."""

    bar: Image.Image
    low: str
    high: str
    middle: str = ""


@dataclass(frozen=True)
class Group:
    """Tiles that belong together and share one colour scale. note: one sentence under the title."""

    title: str
    tiles: tuple[Tile, ...]
    note: str = ""
    legend: Legend | None = None


@dataclass(frozen=True)
class Fact:
    """One number with its name and, in a few words, what it says. `value` holds the unit."""

    name: str
    value: str
    note: str = ""
    kind: Kind = "pixel"
