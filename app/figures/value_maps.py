"""Maps whose numbers can be read: small pictures of arrays that lie on one grid, with the arrays themselves."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from app.figures.maps import amount_legend, amount_map, signed_legend, signed_map
from app.figures.parts import MEASURED_NOW, Group, Kind, Legend, Tile

MOST_CELLS = 128
"""Cells along an edge that a map shows one by one; a larger grid is averaged in blocks, and the note says so."""


@dataclass(frozen=True, eq=False)
class ValueMap:
    """One array as a picture, one pixel a value. alt: what it is, in words."""

    title: str
    kind: Kind
    picture: Image.Image
    values: Float[np.ndarray, "h w"]
    alt: str


@dataclass(frozen=True, eq=False)
class MapSet:
    """Maps of one kind on one colour scale. unit: written behind each value, '' for none. note: one sentence."""

    title: str
    maps: tuple[ValueMap, ...]
    legend: Legend
    note: str = ""
    unit: str = ""
    stamp: str = MEASURED_NOW


@dataclass(frozen=True, eq=False)
class ValueMaps:
    """Sets of maps that share a grid of rows x columns. block: cells along the edge of one shown value, usually 1.

    cell: the (row, column) that is marked at first, None for none.
    """

    sets: tuple[MapSet, ...]
    rows: int
    columns: int
    block: int = 1
    cell: tuple[int, int] | None = None


def block_of(height: int, width: int) -> int:
    """Return how many cells along an edge must be averaged so that at most MOST_CELLS are shown."""
    return -(-max(height, width) // MOST_CELLS)


def averaged(values: Float[Tensor, "c h w"], block: int) -> Float[Tensor, "c k l"]:
    """Average blocks of block x block cells; what fills no block at the right and lower edge is averaged by itself."""
    return values if block == 1 else torch.nn.functional.avg_pool2d(values[None], block, ceil_mode=True)[0]


def signed_set(title: str, values: Float[Tensor, "c h w"], what: str, note: str, limit: float | None = None) -> MapSet:
    """One map a channel on a scale that is symmetric about zero; limit: where the colour is full, None: the largest."""
    full = float(values.abs().max()) if limit is None else limit
    maps = _maps(values, [signed_map(channel, full) for channel in values], what)
    return MapSet(title, maps, signed_legend(full), note)


def amount_set(
    title: str, values: Float[Tensor, "c h w"], what: str, note: str, unit: str = "", kind: Kind = "latent"
) -> MapSet:
    """One map a channel from the least value (dark) to the greatest (light)."""
    low, high = float(values.min()), float(values.max())
    maps = _maps(values, [amount_map(channel, low, high) for channel in values], what, kind)
    return MapSet(title, maps, amount_legend(low, high), note, unit)


def maps_groups(maps: ValueMaps) -> list[Group]:
    """Return the maps as pictures alone, for a file."""
    return [
        Group(
            one.title,
            tuple(Tile(each.title, each.kind, each.picture, each.alt) for each in one.maps),
            one.note,
            one.legend,
            one.stamp,
        )
        for one in maps.sets
    ]


def _maps(
    values: Float[Tensor, "c h w"], pictures: list[Image.Image], what: str, kind: Kind = "latent"
) -> tuple[ValueMap, ...]:
    names = [f"channel {k + 1}" for k in range(len(values))] if len(values) > 1 else [""]
    return tuple(
        ValueMap(name or what, kind, picture, channel.numpy(), f"{what} {('of ' + name) if name else ''}".strip())
        for name, picture, channel in zip(names, pictures, values, strict=True)
    )
