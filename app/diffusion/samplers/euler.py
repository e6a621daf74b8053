"""Euler's method on the probability-flow ODE, in the variables of Karras et al. 2022.

With y = x / sqrt(alpha_bar) and sigma = sqrt((1 - alpha_bar) / alpha_bar) the ODE is dy / dsigma = eps: noise of size
sigma on a signal that keeps its size. On equal levels an Euler step is a DDIM step with eta = 0, in other letters.
"""

from collections.abc import Iterator
from itertools import pairwise

from torch import Tensor

from app.diffusion.samplers.base import Denoise, Generators, SamplerState
from app.diffusion.samplers.karras import karras_timesteps
from app.diffusion.schedule import NoiseSchedule


def euler(
    denoise: Denoise,
    schedule: NoiseSchedule,
    start: Tensor,
    steps: int,
    generator: Generators,
    *,
    start_t: int | None = None,
    rho: float = 7.0,
) -> Iterator[SamplerState]:
    """One straight line a step (Karras et al. 2022, algorithm 1 without lines 6 to 8); draws no noise.

    Without start_t, `start` counts as being at the level whose sigma is nearest 80, the first of karras_timesteps:
    standard normal noise differs from what is there by 1/80 of the signal. rho: larger gives more small-noise levels.
    """
    scale, sigma = schedule.alpha_bar.sqrt().tolist(), schedule.sigma.tolist()
    levels = karras_timesteps(schedule, steps, rho, start_t=start_t)
    x = start
    for step, (t, after) in enumerate(pairwise(levels), start=1):
        x0, slope = denoise(x, t)
        y = x / scale[t] + (sigma[after] - sigma[t]) * slope
        x = scale[after] * y
        yield SamplerState(step, after, x, x0, slope)
