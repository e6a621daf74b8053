"""DDPM: ancestral sampling, which adds fresh noise after every step.

Source: Ho et al. 2020, "Denoising Diffusion Probabilistic Models", algorithm 2 with the posterior of eq. 6 and 7, on a
respaced sequence of levels as in Nichol & Dhariwal 2021, section 4.
"""

import math
from collections.abc import Iterator
from itertools import pairwise

from torch import Tensor

from app.diffusion.samplers.base import Denoise, Generators, SamplerState, first_level, fresh_noise, timesteps
from app.diffusion.schedule import NoiseSchedule


def ddpm(
    denoise: Denoise,
    schedule: NoiseSchedule,
    start: Tensor,
    steps: int,
    generator: Generators,
    *,
    start_t: int | None = None,
) -> Iterator[SamplerState]:
    """Draw each next x from the posterior q(x_after | x, x0) at the expected x0; the last step has no noise."""
    alpha_bar, x = schedule.alpha_bar.tolist(), start
    levels = timesteps(first_level(schedule, start_t), steps)
    for step, (t, after) in enumerate(pairwise(levels), start=1):
        x0, eps = denoise(x, t)
        weight_x0, weight_x, std = posterior(alpha_bar[t], alpha_bar[after])
        x = weight_x0 * x0 + weight_x * x
        if after > 0:
            x = x + std * fresh_noise(x, generator)
        yield SamplerState(step, after, x, x0, eps)


def posterior(now: float, after: float) -> tuple[float, float, float]:
    """Return (weight of x0, weight of x, standard deviation) of the Gaussian q(x_after | x_now, x0), eq. 6 and 7.

    now, after: alpha_bar of the two levels, 0 < now < after <= 1. after = 1 gives (1, 0, 0).
    """
    kept = now / after
    weight_x0 = math.sqrt(after) * (1 - kept) / (1 - now)
    weight_x = math.sqrt(kept) * (1 - after) / (1 - now)
    variance = (1 - after) / (1 - now) * (1 - kept)
    return weight_x0, weight_x, math.sqrt(variance)
