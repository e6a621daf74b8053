"""What it means that the encoder gives a distribution: draw from it again and again, and let the gradient through.

`resample` shows which pixels depend on the draw. `read_cell` shows the reparameterisation as numbers for one latent
cell. `check_gradient` runs a backward pass with the trick and without it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from app.core.errors import BadRequest
from app.core.randomness import make_generator, normal_like
from app.core.runtime import Runtime
from app.labs.encode import EncodeResult
from app.models.posterior import kl_to_standard_normal, nats_to_bits, reparameterise
from app.store.catalogue import LoadedVAE

MOST_DRAWS, MOST_TEMPERATURE = 16, 1000.0


@dataclass(frozen=True)
class ResampleRequest:
    """draws: how often; temperature: factor on the posterior's std (1 is the model's own, 0 the mean every time)."""

    draws: int = 8
    temperature: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not 2 <= self.draws <= MOST_DRAWS:
            raise BadRequest(f"{self.draws} draws were asked for.", hint=f"Use 2 to {MOST_DRAWS}.")
        if not 0 <= self.temperature <= MOST_TEMPERATURE:
            raise BadRequest(f"The temperature is {self.temperature}.", hint=f"Use 0 to {MOST_TEMPERATURE:g}.")


@dataclass(frozen=True, eq=False)
class ResampleResult:
    """z and pictures of every draw; spread: std over the draws of each pixel, averaged over colours, 0 and up.

    Pictures are in [-1, 1] nominally; all tensors are float32 on the CPU.
    """

    request: ResampleRequest
    z: Float[Tensor, "n c h w"]
    pictures: Float[Tensor, "n 3 H W"]
    spread: Float[Tensor, "1 1 H W"]


@torch.inference_mode()
def resample(model: LoadedVAE, encoded: EncodeResult, request: ResampleRequest, runtime: Runtime) -> ResampleResult:
    """Draw z several times from the posterior of an encoded picture and decode all draws in one batch."""
    eps = torch.cat(
        [normal_like(encoded.mean, make_generator(request.seed, "resample", k)) for k in range(request.draws)]
    )
    z = encoded.mean + request.temperature * encoded.std * eps
    pictures = model.network.decode(runtime.put(z)).float().cpu()
    return ResampleResult(request, z, pictures, pictures.std(dim=0, keepdim=True).mean(dim=1, keepdim=True))


@dataclass(frozen=True)
class CellReading:
    """One latent cell of one channel: z = mean + std * eps. kl_bits: what this value costs, in bits.

    A plain autoencoder gives a point: std and eps are 0, and there is no distribution to cost anything (NaN).
    """

    channel: int
    row: int
    column: int
    mean: float
    std: float
    eps: float
    z: float
    kl_bits: float


def read_cell(encoded: EncodeResult, row: int, column: int) -> tuple[CellReading, ...]:
    """Return the numbers of one cell, a reading for each channel; eps is the noise that this encoding drew.

    With sample = False nothing was drawn: eps is 0. Raises BadRequest for a cell outside the latent.
    """
    _, channels, height, width = encoded.mean.shape
    if not (0 <= row < height and 0 <= column < width):
        raise BadRequest(
            f"There is no cell in row {row}, column {column}.", hint=f"The latent has {height} rows, {width} columns."
        )
    nats = kl_to_standard_normal(encoded.mean, encoded.logvar)
    plain, readings = encoded.kl_bits is None, []
    for channel in range(channels):
        at = (0, channel, row, column)
        mean, std, z = (float(part[at]) for part in (encoded.mean, encoded.std, encoded.z))
        drawn = (0.0, 0.0, z, math.nan) if plain else (std, (z - mean) / std, z, nats_to_bits(float(nats[at])))
        readings.append(CellReading(channel, row, column, mean, *drawn))
    return tuple(readings)


@dataclass(frozen=True)
class GradientCheck:
    """Lengths of the reconstruction error's gradient with respect to mean and logvar."""

    with_trick: tuple[float, float]
    without: tuple[float, float]


def check_gradient(model: LoadedVAE, encoded: EncodeResult, runtime: Runtime, seed: int = 0) -> GradientCheck:
    """Backpropagate the squared error to mean and logvar, once through mean + std * eps, once through a bare draw.

    The bare draw is PyTorch's own, of the same distribution. A sampled number has no derivative with respect to its
    distribution's parameters (Kingma & Welling 2014, section 2.4), so what arrives is zero.
    """
    generator = make_generator(seed, "gradient check")

    def trick(mean: Tensor, logvar: Tensor) -> Tensor:
        return reparameterise(mean, logvar, normal_like(mean, generator))

    def bare(mean: Tensor, logvar: Tensor) -> Tensor:
        return torch.normal(mean, torch.exp(0.5 * logvar), generator=generator)

    def lengths(draw: Callable[[Tensor, Tensor], Tensor]) -> tuple[float, float]:
        mean, logvar = (part.clone().requires_grad_() for part in (encoded.mean, encoded.logvar))
        decoded = model.network.decode(runtime.put(draw(mean, logvar))).float().cpu()
        at_mean, at_logvar = torch.autograd.grad((decoded - encoded.picture).square().sum(), (mean, logvar))
        return float(at_mean.norm()), float(at_logvar.norm())

    return GradientCheck(lengths(trick), lengths(bare))
