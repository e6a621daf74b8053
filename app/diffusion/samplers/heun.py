"""Heun's method on the probability-flow ODE: two denoiser calls a step, for an error that falls as 1 / steps^2.

The variables y = x / sqrt(alpha_bar) and sigma are those of euler.py.
"""

from collections.abc import Iterator
from itertools import pairwise

from torch import Tensor

from app.diffusion.samplers.base import Denoise, Generators, SamplerState
from app.diffusion.samplers.karras import karras_timesteps
from app.diffusion.schedule import NoiseSchedule


def heun(
    denoise: Denoise,
    schedule: NoiseSchedule,
    start: Tensor,
    steps: int,
    generator: Generators,
    *,
    start_t: int | None = None,
    rho: float = 7.0,
) -> Iterator[SamplerState]:
    """Follow the mean of the slopes at both ends of each step (Karras et al. 2022, algorithm 1); draws no noise.

    The last step is Euler's, as there is no slope at sigma = 0: `steps` steps make 2 steps - 1 calls. Levels, start_t
    and rho as in euler. The states' x0 and eps come from the first call of their step.
    """
    scale, sigma = schedule.alpha_bar.sqrt().tolist(), schedule.sigma.tolist()
    levels = karras_timesteps(schedule, steps, rho, start_t=start_t)
    x = start
    for step, (t, after) in enumerate(pairwise(levels), start=1):
        x0, slope = denoise(x, t)
        y, distance = x / scale[t], sigma[after] - sigma[t]
        x = scale[after] * (y + distance * slope)
        if after > 0:
            slope_there = denoise(x, after).eps
            x = scale[after] * (y + distance * (slope + slope_there) / 2)
        yield SamplerState(step, after, x, x0, slope)
