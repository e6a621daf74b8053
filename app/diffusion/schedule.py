"""Noise schedules: how much of the signal's power is left at each diffusion step."""

import math
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from app.core.registry import Registry


@dataclass(frozen=True, eq=False)
class NoiseSchedule:
    """The forward process x_t = sqrt(alpha_bar[t]) x0 + sqrt(1 - alpha_bar[t]) eps.

    alpha_bar: (T + 1,) float64 on the CPU, the signal power left at step t. [0] is 1 (clean), [T] is almost only noise.
    name: the schedule's name in SCHEDULES, as it stands on a card.
    """

    name: str
    alpha_bar: Tensor

    def __post_init__(self) -> None:
        ab = self.alpha_bar
        if ab.dtype != torch.float64 or ab.ndim != 1 or len(ab) < 2:
            raise ValueError(f"alpha_bar must be (T + 1,) float64, got {tuple(ab.shape)} {ab.dtype}")
        if ab[0] != 1 or not (ab.diff() < 0).all() or not ab[-1] > 0:
            raise ValueError("alpha_bar must start at 1, strictly decrease and stay above 0")

    @property
    def steps(self) -> int:
        """T, the number of diffusion steps; t runs from 0 (clean) to T."""
        return len(self.alpha_bar) - 1

    @property
    def sigma(self) -> Tensor:
        """(T + 1,) noise level sqrt((1 - alpha_bar) / alpha_bar): noise std beside a signal of full size; [0] is 0.

        The sigma of Karras et al. 2022, "Elucidating the Design Space of Diffusion-Based Generative Models" (EDM).
        """
        return ((1 - self.alpha_bar) / self.alpha_bar).sqrt()

    @property
    def snr(self) -> Tensor:
        """(T + 1,) signal-to-noise ratio alpha_bar / (1 - alpha_bar), a ratio of powers; [0] is infinite."""
        return self.alpha_bar / (1 - self.alpha_bar)

    @property
    def log_snr(self) -> Tensor:
        """(T + 1,) natural logarithm of `snr`; [0] is infinite. Half of it is DPM-Solver's lambda."""
        return self.snr.log()


class MakeSchedule(Protocol):
    """A function that makes a schedule of T steps."""

    def __call__(self, T: int = 1000) -> NoiseSchedule:
        """Return the schedule; any T keeps the same curve, sampled more or less finely."""
        ...


def linear_schedule(T: int = 1000) -> NoiseSchedule:
    """Betas rise linearly from 1e-4 to 0.02 (Ho et al. 2020, "Denoising Diffusion Probabilistic Models", section 4).

    For another T than 1000 the betas are scaled by 1000 / T, so the end stays as noisy; T must be above 20.
    """
    return from_betas("linear", torch.linspace(1e-4, 0.02, T, dtype=torch.float64) * (1000 / T))


def scaled_linear_schedule(T: int = 1000) -> NoiseSchedule:
    """Square roots of the betas rise linearly, betas from 0.00085 to 0.012; 0.5 % of the power is left at T.

    Source: Rombach et al. 2022, "High-Resolution Image Synthesis with Latent Diffusion Models", and its released
    configurations. For another T than 1000 the betas are scaled by 1000 / T; T must be above 12.
    """
    roots = torch.linspace(math.sqrt(0.00085), math.sqrt(0.012), T, dtype=torch.float64)
    return from_betas("scaled_linear", roots.square() * (1000 / T))


def cosine_schedule(T: int = 1000) -> NoiseSchedule:
    """alpha_bar follows a squared cosine, offset s = 0.008, betas at most 0.999.

    Source: Nichol & Dhariwal 2021, "Improved Denoising Diffusion Probabilistic Models", eq. 17.
    """
    s = 0.008
    time = torch.arange(T + 1, dtype=torch.float64) / T
    curve = torch.cos((time + s) / (1 + s) * math.pi / 2).square()
    return from_betas("cosine", (1 - curve[1:] / curve[:-1]).clamp(max=0.999))


def from_betas(name: str, betas: Tensor) -> NoiseSchedule:
    """Build a schedule from (T,) float64 betas, each in (0, 1): beta_t is the share of power that step t replaces."""
    return NoiseSchedule(name, torch.cat([torch.ones(1, dtype=torch.float64), (1 - betas).cumprod(0)]))


SCHEDULES: Registry[MakeSchedule] = Registry(
    "noise schedule",
    linear=linear_schedule,
    cosine=cosine_schedule,
    scaled_linear=scaled_linear_schedule,
)
