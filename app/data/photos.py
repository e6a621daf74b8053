"""Photographs: random multi-scale crops of the real photographs inside the scikit-learn and scikit-image wheels.

The right-most third of every photograph is held out. A photograph is cut in two *before* anything is resized, so no
filter ever mixes the two sides: train crops come from the left part alone, test crops from the right part alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from app.core.errors import BadRequest
from app.core.registry import Registry
from app.data.base import Split, check_indices
from app.data.hashing import uniforms
from app.data.wheels import wheel_file

HELD_OUT = 1 / 3
"""Share of a photograph's columns, counted from the right edge, that no training ever sees."""

SCALE_STEP = 2**-0.5
"""Each level of a pyramid holds half the pixels of the level before."""

MOST_ENLARGED = 2.6
"""held_out_views takes no photograph that it would have to enlarge more than this, while there is another."""

Pyramid = list[UInt8[np.ndarray, "3 _ _"]]
"""One photograph at several scales, each (3, H, W) with its own H and W."""


@dataclass(frozen=True)
class Photograph:
    """One file inside a wheel. weight: how often it is cropped, relative to the others."""

    package: str
    path: str
    weight: int = 2


def _skimage(file: str, weight: int = 2) -> Photograph:
    return Photograph("skimage", f"data/{file}", weight)


def _sklearn(file: str, weight: int = 2) -> Photograph:
    return Photograph("sklearn", f"datasets/images/{file}", weight)


# Left out: test patterns, scans of text, and motorcycle_right, which shows motorcycle_left's held-out band
# from 10 cm further on. Grey pictures count half, so that colour stays what a model mostly sees.
PHOTOGRAPHS: Registry[Photograph] = Registry(
    "photograph",
    china=_sklearn("china.jpg"),
    flower=_sklearn("flower.jpg"),
    astronaut=_skimage("astronaut.png"),
    chelsea=_skimage("chelsea.png"),
    coffee=_skimage("coffee.png"),
    rocket=_skimage("rocket.jpg"),
    motorcycle_left=_skimage("motorcycle_left.png"),
    hubble_deep_field=_skimage("hubble_deep_field.jpg"),
    retina=_skimage("retina.jpg"),
    ihc=_skimage("ihc.png"),
    camera=_skimage("camera.png", weight=1),
    coins=_skimage("coins.png", weight=1),
    moon=_skimage("moon.png", weight=1),
    brick=_skimage("brick.png", weight=1),
    grass=_skimage("grass.png", weight=1),
    gravel=_skimage("gravel.png", weight=1),
)


def photo_names() -> list[str]:
    """Return the names of all photographs, colour first."""
    return list(PHOTOGRAPHS)


def load_photo(name: str) -> Image.Image:
    """Return the whole photograph as RGB. Its left two thirds are training data: say so where a number is shown."""
    photograph = PHOTOGRAPHS[name]
    with Image.open(wheel_file(photograph.package, photograph.path)) as picture:
        return picture.convert("RGB")


def part_of(picture: Image.Image, split: Split) -> Image.Image:
    """Cut out what a split may see: the only place that knows where the held-out band lies."""
    edge = round(picture.width * (1 - HELD_OUT))
    return picture.crop((0, 0, edge, picture.height) if split == "train" else (edge, 0, picture.width, picture.height))


def build_pyramid(part: Image.Image, side: int) -> Pyramid:
    """Return the part at scales 1, 2**-0.5, 1/2, ... down to the last at which a `side` x `side` crop still fits.

    A part that is too small at scale 1 gives one level: enlarged until its shorter edge is `side`.
    """
    shorter = min(part.size)
    scales = [side / shorter] if shorter <= side else []
    while shorter > side and shorter * SCALE_STEP ** len(scales) >= side:
        scales.append(SCALE_STEP ** len(scales))
    return [_resized(part, scale, side) for scale in scales]


def _resized(part: Image.Image, scale: float, side: int) -> UInt8[np.ndarray, "3 h w"]:
    width, height = (max(side, round(edge * scale)) for edge in part.size)
    pixels = np.asarray(part.resize((width, height), Image.Resampling.LANCZOS))
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))


@cache
def _pyramids(split: Split, side: int) -> tuple[list[Pyramid], list[int]]:
    """All photographs' pyramids (25 MB at side 64) and weights; built once in a process, in about half a second."""
    pyramids = [build_pyramid(part_of(load_photo(name), split), side) for name in PHOTOGRAPHS]
    return pyramids, [photograph.weight for photograph in PHOTOGRAPHS.values()]


class Photos:
    """Random crops with random horizontal flips; item i depends on (seed, split, i) alone. No captions.

    One item: a photograph by weight, a scale of its pyramid evenly, a place evenly, a flip half of the time.
    `source` (pyramids and their weights) replaces the built-in photographs; the caller has split them.
    """

    name = "photos"

    def __init__(
        self,
        split: Split = "train",
        seed: int = 0,
        length: int = 1_000_000,
        side: int = 64,
        source: tuple[list[Pyramid], list[int]] | None = None,
    ) -> None:
        self.split: Split = split
        self.seed, self.length, self.side = seed, length, side
        self._pyramids, weights = source or _pyramids(split, side)
        self._shares = np.cumsum(weights) / np.sum(weights)

    def __len__(self) -> int:
        return self.length

    def pictures(self, indices: Sequence[int]) -> UInt8[np.ndarray, "b 3 h w"]:
        """Return the crops of these items; raises IndexError for an item that is not there."""
        wanted = check_indices(indices, self.length)
        numbers = uniforms(("photos", self.split, self.seed), wanted, draws=5)
        crops = np.empty((len(wanted), 3, self.side, self.side), np.uint8)
        photographs = np.searchsorted(self._shares, numbers[:, 0], side="right")
        for crop, photograph, (_, *rest) in zip(crops, photographs.tolist(), numbers.tolist(), strict=True):
            crop[:] = self._crop(self._pyramids[photograph], *rest)
        return crops

    def _crop(self, pyramid: Pyramid, u_scale: float, u_top: float, u_left: float, u_flip: float) -> np.ndarray:
        """Cut one crop; each u is a number in [0, 1) that makes one choice."""
        level = pyramid[int(u_scale * len(pyramid))]
        top = int(u_top * (level.shape[1] - self.side + 1))
        left = int(u_left * (level.shape[2] - self.side + 1))
        crop = level[:, top : top + self.side, left : left + self.side]
        return crop[:, :, ::-1] if u_flip < 0.5 else crop

    def captions(self, indices: Sequence[int]) -> list[str]:
        """Return '' for every item: a crop of a photograph has no caption."""
        return [""] * len(check_indices(indices, self.length))


def held_out_views(side: int, count: int) -> UInt8[np.ndarray, "b 3 h w"]:
    """Return `count` squares of the held-out bands for evaluation at `side` pixels, the least enlarged first.

    The photographs take turns; each next turn looks at another height. At side 512 retina is enlarged 1.1 x,
    hubble 1.5 x, motorcycle 2.1 x, the 640-pixel ones 2.4 x; photographs beyond MOST_ENLARGED are left out.
    """
    if side < 1 or count < 1:
        raise BadRequest(
            "A view needs a side and a count of at least 1.", hint="Ask for example for side 256, count 8."
        )
    bands = sorted((part_of(load_photo(name), "test") for name in PHOTOGRAPHS), key=lambda band: -min(band.size))
    chosen = [band for band in bands if side <= MOST_ENLARGED * min(band.size)] or bands[:1]
    turns = -(-count // len(chosen))
    views = [_square(band, side, (turn + 0.5) / turns) for turn in range(turns) for band in chosen]
    return np.stack(views[:count])


def _square(band: Image.Image, side: int, height: float) -> UInt8[np.ndarray, "3 h w"]:
    """Cut the largest square out of a band, `height` of the way down (0 top, 1 bottom), resized to `side`."""
    edge = min(band.size)
    left, top = (band.width - edge) // 2, int(height * (band.height - edge))
    return _resized(band.crop((left, top, left + edge, top + edge)), side / edge, side)
