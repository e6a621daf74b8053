"""The plane of a VAE whose latent is one point (x, y): where each digit lies, and what any point decodes to."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from app.core.errors import BadRequest
from app.core.pictures import from_bytes
from app.core.runtime import Runtime
from app.data.digits import open_digits
from app.store.catalogue import Catalogue, LoadedVAE

GRID, EDGE = 17, 4.0
"""Pictures a side of the decoded grid; it spans -EDGE to EDGE, in units of the prior's standard deviation."""


@dataclass(frozen=True, eq=False)
class Plane:
    """z: (n, 2), the posterior mean of each digit; digits: 0 to 9; pictures: as they are; grid: row by row from the top
    left (x = -EDGE, y = EDGE), what the decoder makes of GRID x GRID points.
    """

    z: Float[np.ndarray, "n 2"]
    digits: Int64[np.ndarray, " n"]
    pictures: Float[Tensor, "n 3 s s"]
    grid: Float[Tensor, "m 3 s s"]


def planar(catalogue: Catalogue) -> list[str]:
    """Return the VAEs that a pad can steer: on digits, with one latent cell of two numbers."""
    return [name for name in catalogue.names("vae") if _is_planar(catalogue, name)]


def _is_planar(catalogue: Catalogue, name: str) -> bool:
    card = catalogue.card(name)
    shape = (card.config.get("c"), card.config.get("f"), card.training.data)
    return shape == (2, card.training.side, "digits")


@torch.inference_mode()
def map_digits(model: LoadedVAE, runtime: Runtime, *, count: int = 1437) -> Plane:
    """Encode the first `count` training digits, and decode the grid."""
    data = open_digits("train", model.card.training.side)
    rows = range(min(count, len(data)))
    x = from_bytes(data.pictures(rows))
    z = torch.cat([model.network.encode(runtime.put(part)).mean.float().cpu() for part in x.split(256)])
    digits = np.asarray(data.classes, np.int64)[list(rows)]
    return Plane(z.flatten(1).numpy(), digits, x, decode_points(model, grid_points(), runtime))


def grid_points() -> Float[np.ndarray, "m 2"]:
    """Return the points of the grid, row by row from the top left."""
    line = np.linspace(-EDGE, EDGE, GRID, dtype=np.float32)
    return np.stack([np.tile(line, GRID), np.repeat(line[::-1], GRID)], axis=1)


@torch.inference_mode()
def decode_points(model: LoadedVAE, xy: Float[np.ndarray, "m 2"], runtime: Runtime) -> Float[Tensor, "m 3 s s"]:
    """Decode points of the plane; pictures in [-1, 1]."""
    z = torch.from_numpy(np.ascontiguousarray(xy))[:, :, None, None]
    return torch.cat([model.network.decode(runtime.put(part)).float().cpu() for part in z.split(128)]).clamp(-1, 1)


def checked_point(x: float, y: float) -> Float[np.ndarray, "1 2"]:
    """Return a point of the pad as a row; raises BadRequest for what lies outside."""
    if not (math.isfinite(x) and math.isfinite(y) and abs(x) <= EDGE and abs(y) <= EDGE):
        raise BadRequest(f"({x}, {y}) lies outside the pad.", hint=f"Use numbers from {-EDGE:g} to {EDGE:g}.")
    return np.array([[x, y]], np.float32)


def nearest_digits(plane: Plane, xy: Float[np.ndarray, "1 2"], count: int = 6) -> list[int]:
    """Return the rows of the digits nearest to a point, the nearest first."""
    return np.argsort(np.linalg.norm(plane.z - xy, axis=1), kind="stable")[:count].tolist()


def vote(plane: Plane, xy: Float[np.ndarray, "1 2"], count: int = 15) -> tuple[int, float]:
    """Return the digit that most of the nearest ones are, and their share."""
    counts = np.bincount(plane.digits[nearest_digits(plane, xy, count)], minlength=10)
    return int(counts.argmax()), float(counts.max() / counts.sum())
