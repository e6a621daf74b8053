"""The scale of a VAE's latents, measured on its training set: diffusion works on latents of unit variance."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from app.core.errors import BadRequest


@dataclass(frozen=True)
class LatentScale:
    """mean and std of each latent channel over the training set; std is of z itself, posterior noise included."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __post_init__(self) -> None:
        finite = all(math.isfinite(value) for value in self.mean + self.std)
        if len(self.mean) != len(self.std) or not finite or min(self.std, default=1.0) <= 0:
            raise BadRequest(
                "A latent scale is one finite mean and one positive std a channel; this one is not.",
                hint="Measure it again: retrain the VAE.",
            )

    def normalise(self, z: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        """Return x = (z - mean) / std, channel by channel: what the denoiser sees."""
        return (z - _column(self.mean, z)) / _column(self.std, z)

    def restore(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        """The inverse of normalise: what the decoder sees."""
        return x * _column(self.std, x) + _column(self.mean, x)


def measure_scale(z: Float[Tensor, "b c h w"]) -> LatentScale:
    """Measure mean and std of each channel over pictures and positions; std is at least 1e-6."""
    per_channel = z.to(torch.float64).transpose(0, 1).flatten(1)
    std = per_channel.std(dim=1).clamp_min(1e-6)
    return LatentScale(tuple(per_channel.mean(dim=1).tolist()), tuple(std.tolist()))


def _column(values: tuple[float, ...], like: Tensor) -> Tensor:
    return torch.tensor(values, dtype=like.dtype, device=like.device)[None, :, None, None]
