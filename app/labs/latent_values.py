"""Are the latent's values a standard normal? Their histogram beside N(0, 1), and the measured std that is the scale."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from app.core.errors import BadRequest
from app.labs.encode import EncodeResult
from app.store.catalogue import LoadedVAE

FEWEST_BARS, MOST_BARS = 5, 200


@dataclass(frozen=True)
class ValuesRequest:
    """channel: counted from 0, None for all together; scaled: after the latent scale, as the denoiser sees them.

    bars: how many equal intervals the histogram has. Raises BadRequest when a number is out of range.
    """

    channel: int | None = None
    scaled: bool = False
    bars: int = 41

    def __post_init__(self) -> None:
        if not FEWEST_BARS <= self.bars <= MOST_BARS:
            raise BadRequest(f"A histogram of {self.bars} bars.", hint=f"Use {FEWEST_BARS} to {MOST_BARS}.")


@dataclass(frozen=True)
class Histogram:
    """centres and density of equal intervals (densities times width add up to 1), and N(0, 1)'s density there.

    width: of an interval, in the units of the values.
    """

    centres: tuple[float, ...]
    density: tuple[float, ...]
    normal: tuple[float, ...]
    width: float


@dataclass(frozen=True)
class ChannelSpread:
    """One channel: mean and std of z in this picture, and over the training set, where they become the scale."""

    channel: int
    mean: float
    std: float
    scale_mean: float
    scale_std: float


@dataclass(frozen=True)
class ValuesResult:
    """count: how many values are in the histogram; outside: their share beyond +-3, 0.27 % for a standard normal.

    mean, std: of the values in the histogram.
    """

    request: ValuesRequest
    histogram: Histogram
    count: int
    mean: float
    std: float
    outside: float
    channels: tuple[ChannelSpread, ...]


def latent_values(model: LoadedVAE, encoded: EncodeResult, request: ValuesRequest) -> ValuesResult:
    """Count the values of an encoded picture's z; raises BadRequest for a channel that is not there."""
    channels = encoded.z.shape[1]
    if request.channel is not None and not 0 <= request.channel < channels:
        raise BadRequest(f"There is no channel {request.channel}.", hint=f"Use 0 to {channels - 1}, or all of them.")
    z = model.scale.normalise(encoded.z) if request.scaled else encoded.z
    values = (z if request.channel is None else z[:, request.channel]).flatten().double()
    std = float(values.std(correction=0))
    outside = float((values.abs() > 3).double().mean())
    return ValuesResult(
        request,
        _histogram(values, request.bars),
        len(values),
        float(values.mean()),
        std,
        outside,
        _spreads(model, encoded),
    )


def _histogram(values: Float[Tensor, " n"], bars: int) -> Histogram:
    """Count in `bars` intervals from -limit to limit, where limit is the largest value, and at least 3."""
    limit = max(3.0, float(values.abs().max()) * 1.001)
    width = 2 * limit / bars
    counts = torch.histc(values, bars, -limit, limit)
    centres = [-limit + (k + 0.5) * width for k in range(bars)]
    normal = tuple(math.exp(-(x**2) / 2) / math.sqrt(2 * math.pi) for x in centres)
    return Histogram(tuple(centres), tuple((counts / len(values) / width).tolist()), normal, width)


def _spreads(model: LoadedVAE, encoded: EncodeResult) -> tuple[ChannelSpread, ...]:
    flat = encoded.z[0].flatten(1).double()
    mean, std = flat.mean(dim=1).tolist(), flat.std(dim=1, correction=0).tolist()
    scale = zip(model.scale.mean, model.scale.std, strict=True)
    return tuple(ChannelSpread(k, mean[k], std[k], *of_training) for k, of_training in enumerate(scale))
