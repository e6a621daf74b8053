"""Pictures as bytes: JPEG, WebP, and quantised numbers (latents, or principal components of blocks) packed by LZMA.

All pictures of a set are coded together, as one sheet or one stream, and what a file of one flat block takes is not
counted, so that no method pays for headers.
"""

import io
import lzma
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from app.core.pictures import from_bytes, to_sheet
from app.core.runtime import Runtime
from app.data import open_dataset
from app.evaluation.claims.material import Pictures
from app.store.catalogue import LoadedVAE

COLUMNS = 8
QUALITIES = {"JPEG": range(1, 96), "WebP": range(101)}
STEPS = tuple(float(2 ** (k / 16)) for k in range(32, -129, -1))
"""Quantiser steps from 4 to 1/256 standard deviations, coarse to fine."""
LEARNT_FROM = 512
"""Training pictures that the components of blocks are found on: 32,768 blocks of 8 x 8 pixels for 192 directions."""
LZMA = {"id": lzma.FILTER_LZMA1, "preset": 9, "dict_size": 2**21}
"""A dictionary as long as the streams here get; the preset's own, 64 MB, would take most of the time to set up."""
Setting = TypeVar("Setting")


@dataclass(frozen=True, eq=False)
class Coded:
    """What a set of pictures takes, in bytes a picture, and what comes back, in [-1, 1]."""

    size: float
    pictures: Pictures


def finest_within(budget: float, settings: Sequence[Setting], code: Callable[[Setting], Coded]) -> Coded:
    """Return the finest coding that takes no more bytes a picture; the coarsest there is if none does.

    settings: from coarse to fine; sizes are taken to grow along them.
    """
    best, low, high = code(settings[0]), 1, len(settings)
    while low < high:
        middle = (low + high) // 2
        tried = code(settings[middle])
        if tried.size <= budget:
            best, low = tried, middle + 1
        else:
            high = middle
    return best


def code_picture_file(pictures: Pictures, kind: Literal["JPEG", "WebP"], quality: int, *, halved: bool = True) -> Coded:
    """Write all pictures as one sheet; borders between 64-pixel pictures are borders of the format's blocks.

    halved: JPEG keeps colours at half of the resolution, as is usual, and as WebP always does.
    """
    file = _written(to_sheet(pictures, min(COLUMNS, len(pictures))), kind, quality, halved)
    header = len(_written(Image.new("RGB", (16, 16)), kind, quality, halved))
    with Image.open(io.BytesIO(file)) as sheet:
        array = np.asarray(sheet.convert("RGB"))
    side, across = pictures.shape[-1], min(COLUMNS, len(pictures))
    tiles = array.reshape(-1, side, across, side, 3).transpose(0, 2, 4, 1, 3).reshape(-1, 3, side, side)
    return Coded(max(0, len(file) - header) / len(pictures), from_bytes(np.ascontiguousarray(tiles[: len(pictures)])))


def _written(picture: Image.Image, kind: str, quality: int, halved: bool) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, quality=quality, optimize=True, method=6, subsampling=2 if halved else 0)
    return file.getvalue()


def packed(x: Float[Tensor, "n c h w"], step: float) -> tuple[Float[Tensor, "n c h w"], float]:
    """Round unit-variance numbers to multiples of a step; returns them and their packed size in bytes a picture."""
    levels = (x / step).round().clamp(1 - 2**15, 2**15 - 1)
    signed = levels.transpose(0, 1).numpy().astype(np.int32)
    folded = np.where(signed < 0, -2 * signed - 1, 2 * signed)  # 0, -1, 1, -2, 2, ... become 0, 1, 2, 3, 4, ...
    stream = b"".join((folded >> shift & 255).astype(np.uint8).tobytes() for shift in (8, 0))
    return levels * step, len(lzma.compress(stream, format=lzma.FORMAT_ALONE, filters=[LZMA])) / len(x)


@torch.inference_mode()
def code_latents(model: LoadedVAE, pictures: Pictures, step: float, runtime: Runtime) -> Coded:
    """Encode, round the posterior means to `step` channel stds, pack; decode what was packed."""
    means = torch.cat([model.network.encode(runtime.put(part)).mean.float().cpu() for part in pictures.split(64)])
    coarse, size = packed(model.scale.normalise(means), step)
    z = model.scale.restore(coarse)
    decoded = [model.network.decode(runtime.put(part)).float().cpu() for part in z.split(64)]
    return Coded(size, torch.cat(decoded).clamp(-1, 1))


@dataclass(frozen=True, eq=False)
class BlockComponents:
    """The best linear code of f x f blocks with c numbers each: mean, directions (c, 3 f f) and their std.

    Source: Pearson 1901; the Karhunen-Loeve transform, which JPEG's cosines approximate.
    """

    f: int
    mean: Float[Tensor, " d"]
    directions: Float[Tensor, "c d"]
    std: Float[Tensor, " c"]

    def code(self, pictures: Pictures, step: float) -> Coded:
        """Project every block, round to `step` stds, pack; put the blocks together again."""
        n, side = len(pictures), pictures.shape[-1] // self.f
        scaled = (_blocks(pictures, self.f) - self.mean) @ self.directions.T / self.std
        coarse, size = packed(scaled.reshape(n, side, side, -1).permute(0, 3, 1, 2), step)
        flat = (coarse.permute(0, 2, 3, 1) * self.std) @ self.directions + self.mean
        whole = torch.nn.functional.pixel_shuffle(flat.permute(0, 3, 1, 2), self.f)
        return Coded(size, whole.clamp(-1, 1))


def find_components(f: int, numbers: Sequence[int]) -> list[BlockComponents]:
    """Find the first so many components (for each of `numbers`) of blocks of the pictures that the VAEs learnt from."""
    blocks = _blocks(from_bytes(open_dataset("scenes+photos", split="train").pictures(range(LEARNT_FROM))), f).double()
    mean = blocks.mean(dim=0)
    values, vectors = torch.linalg.eigh(torch.cov((blocks - mean).T))
    std, directions = values.flip(0).clamp_min(1e-12).sqrt().float(), vectors.flip(1).T.float()
    return [BlockComponents(f, mean.float(), directions[:c].contiguous(), std[:c]) for c in numbers]


def _blocks(pictures: Pictures, f: int) -> Float[Tensor, "blocks d"]:
    """Cut pictures into blocks, row by row, each as one vector of 3 f f values."""
    return torch.nn.functional.pixel_unshuffle(pictures, f).permute(0, 2, 3, 1).flatten(0, 2)
