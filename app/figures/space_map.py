"""The map of scenes for the page: places, colours of every factor, thumbnails, and what is pinned."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from app.core.pictures import from_bytes, to_picture
from app.data.scenes import LABEL_COLUMNS, LABEL_TABLES, Scenes
from app.data.scenes.attributes import BACKGROUND_RGB, COLOUR_RGB
from app.figures.colour_maps import oklab_to_srgb
from app.figures.parts import MEASURED_NOW, WITH_CHECKPOINT, Fact, Group, Tile
from app.figures.sheets import Sprites
from app.labs.latent_map import ASKED, LatentMap, agreement_of_neighbours, distances_from, nearest_points
from app.labs.latent_pins import Pin

FACTORS = {
    "background": "background",
    "place": "place (of one thing)",
    "colour_a": "colour of the (first) thing",
    "kind_a": "what it is",
    "size_a": "size",
    "texture_a": "texture",
    "layout": "one thing or two",
    "kind_b": "what the second thing is",
    "colour_b": "colour of the second thing",
    "size_b": "size of the second thing",
    "texture_b": "texture of the second thing",
}
"""Label columns a map can be coloured by, and their names on the page."""
REAL: dict[str, dict[str, tuple[int, int, int]]] = {
    "background": BACKGROUND_RGB,
    "colour_a": COLOUR_RGB,
    "colour_b": COLOUR_RGB,
}
"""Factors whose classes are colours themselves."""
COLUMNS, THUMB = 50, 32


@dataclass(frozen=True)
class Dots:
    """xy: places, 0 to 1000, y upwards; classes and colours: names and '#rrggbb' of each factor's classes; numbers: the
    class of each point, -1 where the factor does not apply.
    """

    xy: list[list[int]]
    classes: dict[str, list[str]]
    colours: dict[str, list[str]]
    numbers: dict[str, list[int]]


def map_dots(chart: LatentMap) -> Dots:
    """Return the map in the units of the widget: equal scales on both axes, the whole of it inside."""
    low, high = chart.xy.min(axis=0), chart.xy.max(axis=0)
    middle, width = (low + high) / 2, max(float((high - low).max()), 1e-9)
    xy = np.round(1000 * (0.5 + (chart.xy - middle) / width)).astype(int)
    return Dots(
        xy.tolist(),
        {factor: list(LABEL_TABLES[factor]) for factor in FACTORS},
        {factor: class_colours(factor) for factor in FACTORS},
        {factor: chart.labels[:, LABEL_COLUMNS.index(factor)].tolist() for factor in FACTORS},
    )


def class_colours(factor: str) -> list[str]:
    """Return a colour for each class: its own where it is one, else hues evenly round a circle, lightness in turn."""
    names = LABEL_TABLES[factor]
    if factor in REAL:
        return [_hex(REAL[factor][name]) for name in names]
    turn = 2 * np.pi * np.arange(len(names)) / len(names) + 0.5
    lightness = np.where(np.arange(len(names)) % 2, 0.72, 0.55)
    lab = np.stack([lightness, 0.13 * np.cos(turn), 0.13 * np.sin(turn)], axis=1)
    return [_hex(tuple(row)) for row in (oklab_to_srgb(lab).clip(0, 1) * 255).round().astype(int).tolist()]


def _hex(rgb: tuple[int, ...]) -> str:
    return "#" + "".join(f"{value:02x}" for value in rgb)


def thumbnails(count: int) -> Sprites:
    """Return small pictures of the first `count` held-out scenes, COLUMNS a row."""
    rows = -(-count // COLUMNS)
    sheet = np.zeros((rows * THUMB, COLUMNS * THUMB, 3), np.uint8)
    for start in range(0, count, 250):
        drawn = Scenes(split="test").pictures(range(start, min(start + 250, count)))
        small = drawn.reshape(len(drawn), 3, THUMB, 2, THUMB, 2).mean(axis=(3, 5)).round().astype(np.uint8)
        for index, picture in enumerate(small, start=start):
            top, left = index // COLUMNS * THUMB, index % COLUMNS * THUMB
            sheet[top : top + THUMB, left : left + THUMB] = picture.transpose(1, 2, 0)
    return Sprites(Image.fromarray(sheet), COLUMNS, THUMB)


def map_facts(chart: LatentMap, factor: str) -> list[Fact]:
    """Say what the map shows, and whether neighbours share the factor it is coloured by."""
    shared, chance = agreement_of_neighbours(chart, factor)
    name = FACTORS[factor]
    facts = [
        Fact("Scenes", f"{len(chart.xy):,}", "held out: no model has seen them", "latent"),
        Fact(
            "Neighbours agree",
            f"{shared:.0%}",
            f"of the 8 nearest have the same {name}; by chance {chance:.0%}; n = up to {ASKED} scenes",
            "text",
        ),
    ]
    if chart.explained:
        both = sum(chart.explained)
        facts.append(Fact("Shown by two axes", f"{both:.0%}", "of the variance; the rest is flattened away", "latent"))
    else:
        facts.append(Fact("Axes", "no meaning", "UMAP keeps who is near whom, not distances", "latent"))
    return facts


def pin_groups(chart: LatentMap, pins: list[Pin]) -> list[Group]:
    """Return every pinned scene beside what its latent decodes to, and the neighbours of the last one."""
    if not pins:
        return []
    tiles = []
    for letter, pin in zip("ABCDEF", pins, strict=False):
        said = f"{letter}: scene {pin.index}"
        tiles.append(Tile(said, "pixel", to_picture(pin.picture[0]), f"{said}, {pin.caption}"))
        tiles.append(Tile(f"{letter} decoded", "decoder", to_picture(pin.decoded[0]), f"the latent of {said}, decoded"))
    return [Group("Pinned", tuple(tiles), pins[-1].caption.capitalize() + "."), _neighbours(chart, pins[-1])]


def _neighbours(chart: LatentMap, pin: Pin) -> Group:
    near, distances = nearest_points(chart, pin.index), distances_from(chart, pin.index)
    pictures = from_bytes(Scenes(split="test").pictures(near))
    tiles = tuple(
        Tile(f"{distances[i]:.1f}", "pixel", to_picture(picture), f"scene {i} at distance {distances[i]:.1f}")
        for i, picture in zip(near, pictures, strict=True)
    )
    shipped = chart.points is not None and chart.points.shipped
    share = 1.0 if chart.points is None else chart.points.share
    how = "in all numbers of the latent" if share > 0.999 else f"in components that hold {share:.0%} of the variance"
    note = f"The 8 scenes nearest to {pin.index} {how}; any two are {np.median(distances):.1f} apart (median)."
    return Group("Nearest neighbours", tiles, note, stamp=WITH_CHECKPOINT if shipped else MEASURED_NOW)
