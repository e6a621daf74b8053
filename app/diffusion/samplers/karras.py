"""Noise levels of Karras et al. 2022, snapped to the steps on which a discrete-time network was trained."""

import torch
from torch import Tensor

from app.diffusion.samplers.base import check_steps, first_level
from app.diffusion.schedule import NoiseSchedule


def karras_timesteps(
    schedule: NoiseSchedule,
    steps: int,
    rho: float = 7.0,
    sigma_max: float = 80.0,
    start_t: int | None = None,
) -> list[int]:
    """Return steps + 1 levels t, strictly descending, the last 0: sigma^(1/rho) evenly spaced, then snapped.

    Source: Karras et al. 2022, "Elucidating the Design Space of Diffusion-Based Generative Models", eq. 5.
    The first level is start_t or, without one, the t whose sigma is nearest sigma_max (T if the schedule ends below);
    the last before 0 is t = 1. Where two levels would snap to one t, neighbours move apart, so `steps` is always kept.
    """
    first = first_level(schedule, start_t)
    check_steps(first, steps)
    log_sigma = schedule.sigma[1:].log()
    if start_t is None:
        first = max(steps, _nearest(log_sigma, torch.tensor([sigma_max], dtype=torch.float64).log())[0])
    low, high = (log_sigma[[0, first - 1]] / rho).exp().tolist()
    wanted = rho * torch.linspace(low, high, steps, dtype=torch.float64).log()
    rising = [*_nearest(log_sigma, wanted)[:-1], first]
    return [*reversed(_spread(rising)), 0]


def _nearest(log_sigma: Tensor, wanted: Tensor) -> list[int]:
    """Return for each wanted log sigma the step t in 1..T whose log sigma is nearest; log_sigma: (T,), rising."""
    halfway = (log_sigma[1:] + log_sigma[:-1]) / 2
    return [int(index) + 1 for index in torch.bucketize(wanted, halfway)]


def _spread(rising: list[int]) -> list[int]:
    """Make a rising list strictly rising; levels stay within 1..the last one, which has room for all."""
    spread: list[int] = []
    for index, level in enumerate(rising):
        ceiling = rising[-1] - (len(rising) - 1 - index)
        floor = spread[-1] + 1 if spread else 1
        spread.append(min(max(level, floor), ceiling))
    return spread
