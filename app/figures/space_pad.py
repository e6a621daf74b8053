"""The plane of digits for the pad: dots, the decoded grid as one sprite sheet, and what lies near a point."""

import colorsys
import math

import numpy as np
from jaxtyping import Float
from torch import Tensor

from app.core.pictures import to_picture
from app.figures.parts import Fact, Group, Tile
from app.figures.sheets import Sprites, sprite_sheet
from app.labs.latent_pad import EDGE, GRID, Plane, nearest_digits, vote


def grid_sheet(plane: Plane) -> Sprites:
    """Return the decoded grid, row by row from the top left."""
    return sprite_sheet([to_picture(picture) for picture in plane.grid], GRID)


def digit_dots(plane: Plane) -> list[list[int]]:
    """Return [x, y, digit] of every digit on the pad: x and y from 0 to 1000, y downwards; none from outside."""
    places = np.round(500 * (1 + plane.z * [1, -1] / EDGE)).astype(int)
    inside = ((places >= 0) & (places <= 1000)).all(axis=1)
    return np.column_stack([places, plane.digits])[inside].tolist()


def digit_colours() -> list[str]:
    """Return ten hues, one a digit."""
    rgb = [colorsys.hls_to_rgb((0.03 + 0.1 * digit * 3) % 1.0, (0.42, 0.55)[digit % 2], 0.65) for digit in range(10)]
    return ["#" + "".join(f"{round(255 * value):02x}" for value in colour) for colour in rgb]


def pad_groups(plane: Plane, xy: Float[np.ndarray, "1 2"], decoded: Float[Tensor, "1 3 s s"]) -> list[Group]:
    """Return what the point decodes to, and the real digits whose latents lie nearest."""
    near = nearest_digits(plane, xy)
    tiles = [Tile("Decoded here", "decoder", to_picture(decoded[0]), "what the point decodes to")]
    for row in near:
        away = float(np.linalg.norm(plane.z[row] - xy[0]))
        tiles.append(
            Tile(f"a {plane.digits[row]}, {away:.2f} away", "pixel", to_picture(plane.pictures[row]), "a digit")
        )
    return [Group("At this point", tuple(tiles), "The decoder's picture, and the real digits nearest to it.")]


def pad_facts(plane: Plane, xy: Float[np.ndarray, "1 2"]) -> list[Fact]:
    """Say whose land the point lies in, and how far out."""
    digit, share = vote(plane, xy)
    radius = float(np.linalg.norm(xy))
    outside = math.exp(-0.5 * radius**2)
    std = plane.z.std(axis=0)
    return [
        Fact("The land of", f"{digit}", f"{share:.0%} of the 15 nearest digits", "text"),
        Fact("From the middle", f"{radius:.2f} std", f"{outside:.1%} of N(0, 1) lies farther out", "latent"),
        Fact("All digits", f"{std[0]:.2f} × {std[1]:.2f}", "standard deviations; the prior asks for 1 × 1", "latent"),
    ]
