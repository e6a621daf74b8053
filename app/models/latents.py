"""The scale of a VAE's latents, measured on its training set: diffusion works on latents of unit variance."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class LatentScale:
    """mean and std of each latent channel over the training set; std is of z itself, posterior noise included."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

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
