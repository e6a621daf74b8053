"""Is a decoder just an upscaler? The same number of values, once as a latent and once as a small picture, enlarged."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor, nn

from app.core.runtime import Runtime
from app.evaluation.judging import read_pictures
from app.evaluation.reconstruction import psnr, ssim
from app.labs.compress_ladder import fine_kept, rebuild_mean
from app.labs.prompt import Work, counted, finished
from app.store.catalogue import LoadedJudge, LoadedVAE

WAYS = ("nearest", "bicubic", "decoder")


@dataclass(frozen=True, eq=False)
class Enlarged:
    """One way back to full size. reading: what the judge reads off it, None where it was not asked."""

    way: str
    picture: Float[Tensor, "1 3 h w"]
    error: Float[Tensor, "1 1 h w"]
    psnr: float
    ssim: float
    fine_kept: float
    reading: tuple[int, ...] | None


@dataclass(frozen=True, eq=False)
class UpscalingResult:
    """values: in the latent; small: the picture averaged down to no more of them. ways: in the order of WAYS."""

    vae: str
    picture: Float[Tensor, "1 3 h w"]
    values: int
    small: Float[Tensor, "1 3 k l"]
    ways: tuple[Enlarged, ...]
    reading: tuple[int, ...] | None

    @property
    def winner(self) -> str:
        """The way with the least error."""
        return max(self.ways, key=lambda way: way.psnr).way


def compare_upscaling(
    model: LoadedVAE, picture: Float[Tensor, "1 3 h w"], runtime: Runtime, judge: LoadedJudge | None = None
) -> UpscalingResult:
    """Shrink and enlarge, encode and decode; judge: give it for scenes alone."""
    return finished(upscaling_steps(model, picture, runtime, judge))


def upscaling_steps(
    model: LoadedVAE, picture: Float[Tensor, "1 3 h w"], runtime: Runtime, judge: LoadedJudge | None = None
) -> Work[UpscalingResult]:
    """The same, way by way."""
    config, (height, width) = model.network.config, picture.shape[-2:]
    values = config.c * (height // config.f) * (width // config.f)
    small = nn.functional.interpolate(picture, size=equal_size(height, width, values), mode="area")
    ways = yield from counted(_ways_back(model, picture, small, runtime), len(WAYS))
    if judge is None:
        return UpscalingResult(model.card.name, picture, values, small, tuple(ways), None)
    rows = read_pictures(judge, torch.cat([picture, *(way.picture for way in ways)]), runtime)
    first, *others = [tuple(int(value) for value in row) for row in rows]
    read = (replace(way, reading=reading) for way, reading in zip(ways, others, strict=True))
    return UpscalingResult(model.card.name, picture, values, small, tuple(read), first)


def _ways_back(model: LoadedVAE, picture: Tensor, small: Tensor, runtime: Runtime) -> Iterator[Enlarged]:
    """Yield the ways back, in the order of WAYS; no judge has read them."""
    height, width = picture.shape[-2:]
    for way in WAYS[:-1]:
        yield _measured(way, picture, _enlarge(small, height, width, way))
    yield _measured(WAYS[-1], picture, rebuild_mean(model, picture, runtime))


def equal_size(height: int, width: int, values: int) -> tuple[int, int]:
    """Return the size of a colour picture of this shape with at most so many values: 3 h w <= values."""
    down = max(1, int(math.sqrt(values / 3 * height / width)))
    return down, max(1, min(width, values // (3 * down)))


def _enlarge(small: Tensor, height: int, width: int, mode: str) -> Float[Tensor, "1 3 h w"]:
    return nn.functional.interpolate(small, size=(height, width), mode=mode).clamp(-1, 1)


def _measured(way: str, picture: Float[Tensor, "1 3 h w"], copy: Float[Tensor, "1 3 h w"]) -> Enlarged:
    error = (picture - copy).abs().mean(dim=1, keepdim=True)
    quality = float(psnr(picture, copy)[0]), float(ssim(picture, copy)[0])
    return Enlarged(way, copy, error, *quality, fine_kept(picture, copy), None)
