"""What a figure on the page is made of, without saying how it is laid out: pictures with a legend, and numbers."""

from dataclasses import dataclass
from typing import Literal

from PIL import Image

Kind = Literal["pixel", "latent", "noise", "text", "decoder"]
"""A key of app.figures.palette.KINDS."""

MEASURED_NOW = "measured now"
COUNTED = "counted now"
"""Operations and bytes of a dry run: they are those of the code, whatever the machine."""
ESTIMATED = "counted, and timed by the self-test"
"""Counted now; seconds from what the self-test measured, for large pictures carried on from smaller ones."""
TIMED_AND_COUNTED = "times measured now, the rest counted"
WITH_CHECKPOINT = "measured with the checkpoint"


def literature(source: str) -> str:
    """Return the stamp of a figure from elsewhere; the source is named with it."""
    return f"literature: {source}"


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
    """Tiles that belong together and share one colour scale. note: one sentence under the title.

    stamp: where the figure comes from: MEASURED_NOW, WITH_CHECKPOINT or literature(...).
    """

    title: str
    tiles: tuple[Tile, ...]
    note: str = ""
    legend: Legend | None = None
    stamp: str = MEASURED_NOW


@dataclass(frozen=True)
class Fact:
    """One number with its name and, in a few words, what it says. `value` holds the unit."""

    name: str
    value: str
    note: str = ""
    kind: Kind = "pixel"


@dataclass(frozen=True)
class Series:
    """One curve, or one set of points, of a chart. x, y: as many numbers; what is not finite is left out.

    kind: its colour; None takes one of the chart's own: that of number `colour`, so that series that belong together
    can share it, or the next. low, high: ends of an interval around each y, or empty.
    labels: what a person reads at each point beside the numbers, or empty.
    """

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    kind: Kind | None = None
    style: Literal["line", "points", "bars"] = "line"
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()
    colour: int | None = None


@dataclass(frozen=True)
class Chart:
    """Curves over one pair of axes; the page, a notebook and an exported PNG draw the same object.

    x_label, y_label: with their units. marks: upright lines at x, each with a few words. note: one sentence.
    """

    title: str
    x_label: str
    y_label: str
    series: tuple[Series, ...]
    note: str = ""
    x_log: bool = False
    y_log: bool = False
    marks: tuple[tuple[float, str], ...] = ()
    stamp: str = MEASURED_NOW


GUESS_FIRST = Fact("The answer", "guess first", "then it stands beside your guess", "text")
"""What a part shows in place of its facts before a guess."""
