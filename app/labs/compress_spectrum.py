"""What is lost, wave by wave: the radial power spectra of a picture, its reconstruction and their difference."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from app.core.runtime import Runtime
from app.evaluation.frequency import CUT, radius, split_error
from app.labs.compress_ladder import rebuild_mean
from app.labs.prompt import Work, counted, finished, spread_over
from app.store.catalogue import LoadedVAE

HIGHEST = 0.5
"""Cycles a pixel: the finest wave along a side, one light and one dark pixel. Corners of the spectrum, up to 0.71, hold
diagonal waves alone and are left out of the curves; the shares count them."""
REBUILT = 0.5
"""Share of the work that encoding and decoding are taken to be."""
Picture = Float[Tensor, "1 3 h w"]


@dataclass(frozen=True, eq=False)
class SpectrumResult:
    """frequency: of each ring, in cycles a pixel; the three powers: mean squared amplitude of a wave in the ring, in
    squared units of [-1, 1] (white noise of variance v has power v everywhere).

    coarse, fine: pairs (power of the picture, power of the error) in waves longer and shorter than 8 pixels; each adds
    up to the variance and to the mean squared error. grid: the finest wave that a smaller picture on the latent's grid
    could hold.
    """

    vae: str
    picture: Picture
    copy: Picture
    frequency: Float[np.ndarray, " k"]
    original: Float[np.ndarray, " k"]
    rebuilt: Float[np.ndarray, " k"]
    error: Float[np.ndarray, " k"]
    coarse: tuple[float, float]
    fine: tuple[float, float]
    grid: float


def measure_spectrum(model: LoadedVAE, picture: Picture, runtime: Runtime) -> SpectrumResult:
    """Encode, decode the mean, and split both pictures and their difference into waves."""
    return finished(spectrum_steps(model, picture, runtime))


def spectrum_steps(model: LoadedVAE, picture: Picture, runtime: Runtime) -> Work[SpectrumResult]:
    """The same: yields after the reconstruction and after each picture that is split."""
    copy = rebuild_mean(model, picture, runtime)
    yield REBUILT
    split = (radial_power(each) for each in (picture, copy, picture - copy))
    (frequency, original), (_, rebuilt), (_, error) = yield from spread_over((REBUILT, 1), counted(split, 3))
    bands = split_error(picture - picture.mean(dim=(2, 3), keepdim=True), torch.zeros_like(picture))
    wrong = split_error(picture, copy)
    return SpectrumResult(
        model.card.name, picture, copy, frequency, original, rebuilt, error,
        (float(bands[0][0]), float(wrong[0][0])), (float(bands[1][0]), float(wrong[1][0])),
        1 / (2 * model.network.config.f),
    )  # fmt: skip


def radial_power(picture: Picture) -> tuple[Float[np.ndarray, " k"], Float[np.ndarray, " k"]]:
    """Return the frequencies of rings and the mean power of the waves in each; the mean colour is no wave."""
    height, width = picture.shape[-2:]
    power = torch.fft.fft2(picture, norm="ortho").abs().square().mean(dim=(0, 1)).double().flatten().numpy()
    rings = min(height, width) // 2
    number = (radius(height, width).flatten().numpy() / HIGHEST * rings).round().astype(np.int64)
    counted = np.bincount(number, minlength=rings + 1)[1 : rings + 1]
    summed = np.bincount(number, power, minlength=rings + 1)[1 : rings + 1]
    return np.arange(1, rings + 1) * HIGHEST / rings, summed / np.maximum(counted, 1)


def band_pictures(picture: Picture) -> tuple[Picture, Picture]:
    """Split a picture into its waves longer than 8 pixels, mean colour included, and the rest; the two add up to it."""
    keep = (radius(*picture.shape[-2:]) < CUT)[None, None]
    coarse = torch.fft.ifft2(torch.fft.fft2(picture) * keep).real
    return coarse, picture - coarse
