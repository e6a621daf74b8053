"""DPM-Solver++(2M): second order at one denoiser call a step, by remembering the last expected clean signal.

Source: Lu et al. 2022, "DPM-Solver++: Fast Solver for Guided Sampling of Diffusion Probabilistic Models", algorithm 2.
"""

import math
from collections.abc import Iterator
from itertools import pairwise

from torch import Tensor

from app.diffusion.samplers.base import Denoise, Generators, SamplerState, first_level, timesteps
from app.diffusion.schedule import NoiseSchedule


def dpm_solver(
    denoise: Denoise,
    schedule: NoiseSchedule,
    start: Tensor,
    steps: int,
    generator: Generators,
    *,
    start_t: int | None = None,
) -> Iterator[SamplerState]:
    """Extrapolate x0 along lambda from the last two steps; the first and the last step are first order; no noise.

    lambda = log(sqrt(alpha_bar) / sqrt(1 - alpha_bar)). At the last step lambda is infinite, and x becomes x0.
    """
    alpha_bar, lambdas, x = schedule.alpha_bar.tolist(), (schedule.log_snr / 2).tolist(), start
    levels = timesteps(first_level(schedule, start_t), steps)
    x0_before, width_before = start, math.inf
    for step, (t, after) in enumerate(pairwise(levels), start=1):
        x0, eps = denoise(x, t)
        width = lambdas[after] - lambdas[t]
        direction = x0
        if 1 < step < steps:
            direction = x0 + width / (2 * width_before) * (x0 - x0_before)
        x = data_step(x, direction, alpha_bar[t], alpha_bar[after])
        x0_before, width_before = x0, width
        yield SamplerState(step, after, x, x0, eps)


def data_step(x: Tensor, x0: Tensor, now: float, after: float) -> Tensor:
    """Return the exact solution of the ODE from alpha_bar `now` to `after` if the expected signal stayed at x0.

    sigma_after / sigma_now x - alpha_after (exp(-h) - 1) x0, where exp(-h) is the ratio of alpha / sigma; after = 1
    gives x0 itself.
    """
    shrink = math.sqrt((1 - after) / (1 - now))
    return shrink * x + (math.sqrt(after) - shrink * math.sqrt(now)) * x0
