"""What a scene is, in names for people and in class numbers for networks, and how the two translate."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

from app.core.errors import UnknownName
from app.core.registry import did_you_mean
from app.data.scenes.attributes import (
    BACKGROUNDS,
    COLOURS,
    KINDS,
    LAYOUTS,
    PLACES,
    SIZES,
    TEXTURES,
)


@dataclass(frozen=True)
class Thing:
    """One thing by the names in `attributes`; None for what a caption leaves open."""

    kind: str | None
    colour: str | None = None
    size: str | None = None
    texture: str | None = None


@dataclass(frozen=True)
class Scene:
    """One thing at a place, or two things of which the first is `relation` the second ('above', 'to the left of').

    place is None with two things, relation is None with one; any other None is left open.
    """

    things: tuple[Thing, ...]
    background: str | None = None
    place: str | None = None
    relation: str | None = None


LABEL_TABLES: dict[str, tuple[str, ...]] = {
    "layout": LAYOUTS,
    "background": BACKGROUNDS,
    "place": PLACES,
    "kind_a": KINDS,
    "colour_a": COLOURS,
    "size_a": SIZES,
    "texture_a": TEXTURES,
    "kind_b": KINDS,
    "colour_b": COLOURS,
    "size_b": SIZES,
    "texture_b": TEXTURES,
}
"""What class number i of each label column means."""
LABEL_COLUMNS = tuple(LABEL_TABLES)
LABEL_SIZES = tuple(len(names) for names in LABEL_TABLES.values())
COLUMN = {name: position for position, name in enumerate(LABEL_COLUMNS)}
UNKNOWN = -1
"""The label of what does not apply (the place of two things) or is not said."""

ONE, SIDE_BY_SIDE, STACKED = range(3)
RELATION_LAYOUT = {
    "to the left of": (SIDE_BY_SIDE, False),
    "to the right of": (SIDE_BY_SIDE, True),
    "above": (STACKED, False),
    "below": (STACKED, True),
}
"""Each relation's layout, and whether the thing that is said first is slot b (the right or the lower one)."""
LAYOUT_RELATION = {value: relation for relation, value in RELATION_LAYOUT.items()}


def scene_to_labels(scene: Scene) -> Int64[np.ndarray, "11"]:
    """Return the class number of every label column, -1 for what does not apply or is not said.

    Slot a is the single, left or upper thing *in the picture*, so 'below' and 'to the right of' swap the two.
    """
    layout, swapped = _layout_of(scene)
    names: dict[str, str | None] = {"background": scene.background, "place": scene.place}
    for slot, thing in zip("ab", scene.things[::-1] if swapped else scene.things, strict=False):
        names |= {f"kind_{slot}": thing.kind, f"colour_{slot}": thing.colour}
        names |= {f"size_{slot}": thing.size, f"texture_{slot}": thing.texture}
    labels = np.full(len(LABEL_COLUMNS), UNKNOWN, np.int64)
    labels[COLUMN["layout"]] = layout
    for column, name in names.items():
        labels[COLUMN[column]] = UNKNOWN if name is None else class_number(column, name)
    return labels


def class_number(column: str, name: str) -> int:
    """Return the label of a name in a column; raises UnknownName with the nearest known names."""
    table = LABEL_TABLES[column]
    if name not in table:
        what = column.removesuffix("_a").removesuffix("_b")
        raise UnknownName(f"No scene has the {what} '{name}'.", hint=did_you_mean(name, list(table)))
    return table.index(name)


def _layout_of(scene: Scene) -> tuple[int, bool]:
    if len(scene.things) == 1:
        return ONE, False
    return RELATION_LAYOUT[scene.relation] if scene.relation is not None else (UNKNOWN, False)


def labels_to_scene(labels: Int64[np.ndarray, "11"], swapped: bool = False) -> Scene:
    """Return the scene that has these labels; `swapped` says slot b first ('below' rather than 'above')."""
    name = {
        column: table[number] if number >= 0 else None
        for (column, table), number in zip(LABEL_TABLES.items(), labels.tolist(), strict=True)
    }
    first = Thing(name["kind_a"], name["colour_a"], name["size_a"], name["texture_a"])
    layout = int(labels[COLUMN["layout"]])
    if layout == ONE:
        return Scene((first,), name["background"], place=name["place"])
    second = Thing(name["kind_b"], name["colour_b"], name["size_b"], name["texture_b"])
    things = (second, first) if swapped else (first, second)
    return Scene(things, name["background"], relation=LAYOUT_RELATION[layout, swapped])
