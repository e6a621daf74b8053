"""DDIM: a deterministic walk (eta = 0), DDPM's random one (eta = 1) or anything between; and the walk backwards.

Source: Song et al. 2021, "Denoising Diffusion Implicit Models", eq. 12 and 16.
"""

import math
from collections.abc import Iterator
from itertools import pairwise

from torch import Tensor

from app.core.errors import BadRequest
from app.diffusion.samplers.base import Denoise, Generators, SamplerState, first_level, fresh_noise, timesteps
from app.diffusion.schedule import NoiseSchedule


def ddim(
    denoise: Denoise,
    schedule: NoiseSchedule,
    start: Tensor,
    steps: int,
    generator: Generators,
    *,
    start_t: int | None = None,
    eta: float = 0.0,
) -> Iterator[SamplerState]:
    """Rebuild each next x from the expected x0 and eps. eta in [0, 1]: share of DDPM's noise; 0 draws none at all."""
    if not 0 <= eta <= 1:
        raise BadRequest(f"eta = {eta} is out of range.", hint="Use 0 (no fresh noise) to 1 (as much as DDPM).")
    alpha_bar, x = schedule.alpha_bar.tolist(), start
    levels = timesteps(first_level(schedule, start_t), steps)
    for step, (t, after) in enumerate(pairwise(levels), start=1):
        x0, eps = denoise(x, t)
        std = eta * full_std(alpha_bar[t], alpha_bar[after])
        x = ddim_mean(x0, eps, alpha_bar[after], std)
        if std > 0:
            x = x + std * fresh_noise(x, generator)
        yield SamplerState(step, after, x, x0, eps)


def ddim_mean(x0: Tensor, eps: Tensor, after: float, std: float = 0.0) -> Tensor:
    """Return the mean of the next x (eq. 12): x0 at its new size plus what is kept of eps.

    x0, eps: (B, ...); after: alpha_bar of the next level, in (0, 1]; std: of the fresh noise that will be added.
    """
    return math.sqrt(after) * x0 + math.sqrt(max(0.0, 1 - after - std**2)) * eps


def full_std(now: float, after: float) -> float:
    """Return the standard deviation of the fresh noise at eta = 1 (eq. 16); 0 for the last step, where after = 1."""
    return math.sqrt((1 - after) / (1 - now) * (1 - now / after))


def invert_ddim(
    denoise: Denoise,
    schedule: NoiseSchedule,
    x0: Tensor,
    steps: int,
    *,
    stop_t: int | None = None,
    refinements: int = 0,
) -> Iterator[SamplerState]:
    """Run DDIM (eta = 0) backwards from a clean x0 up to level stop_t (default T): which noise gives this picture?

    An exact step back would ask the denoiser at the x that the step leads to, which is not known yet. It is asked with
    that step's level but at the x where the step begins, so ddim finds back to x0 up to an error that falls as
    1 / steps (Song et al. 2021, section 5.4, reconstructs like this). Each of `refinements` asks again at the x just
    found, a fixed-point iteration that removes most of the error left, for one more call a step.
    Raises BadRequest at the first state if steps or stop_t is out of range.
    """
    alpha_bar, x = schedule.alpha_bar.tolist(), x0
    levels = timesteps(first_level(schedule, stop_t), steps)[::-1]
    for step, (t, after) in enumerate(pairwise(levels), start=1):
        ratio = math.sqrt(alpha_bar[after] / alpha_bar[t])
        weight_eps = math.sqrt(1 - alpha_bar[after]) - ratio * math.sqrt(1 - alpha_bar[t])
        begin = x
        for _ in range(1 + refinements):
            expected = denoise(x, after)
            x = ratio * begin + weight_eps * expected.eps
        yield SamplerState(step, after, x, expected.x0, expected.eps)
