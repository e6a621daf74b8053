"""Data so simple that the perfect denoiser and the exact solutions are formulas; the oracles of these tests."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from app.diffusion.samplers.base import Denoise
from app.diffusion.schedule import NoiseSchedule
from app.diffusion.targets import Prediction


def gaussian_flow(schedule: NoiseSchedule, mean: float, std: float) -> tuple[Denoise, Callable[[Tensor, int], Tensor]]:
    """Return the perfect denoiser for data N(mean, std^2) and the exact end of the probability-flow ODE.

    x_t is N(sqrt(ab) mean, ab std^2 + 1 - ab), and the flow keeps an x at the same number of standard deviations.
    """
    ab = schedule.alpha_bar

    def denoise(x: Tensor, t: int) -> Prediction:
        gain = ab[t].sqrt() * std**2 / (ab[t] * std**2 + 1 - ab[t])
        x0 = mean + gain * (x - ab[t].sqrt() * mean)
        return Prediction(x0, (x - ab[t].sqrt() * x0) / (1 - ab[t]).sqrt())

    def exact_end(x: Tensor, t: int) -> Tensor:
        return mean + std * (x - ab[t].sqrt() * mean) / (ab[t] * std**2 + 1 - ab[t]).sqrt()

    return denoise, exact_end


def mixture_denoiser(schedule: NoiseSchedule, centres: Tensor, std: float) -> Denoise:
    """Return the perfect denoiser for an even mixture of isotropic Gaussians; centres: (K, D), x: (B, D)."""
    ab = schedule.alpha_bar

    def denoise(x: Tensor, t: int) -> Prediction:
        variance = float(ab[t] * std**2 + 1 - ab[t])
        from_centre = x[:, None] - ab[t].sqrt() * centres  # (B, K, D)
        share = torch.softmax(-from_centre.square().sum(-1) / (2 * variance), dim=1)
        means = centres + ab[t].sqrt() * std**2 / variance * from_centre
        x0 = (share[..., None] * means).sum(1)
        return Prediction(x0, (x - ab[t].sqrt() * x0) / (1 - ab[t]).sqrt())

    return denoise


def made_up_denoiser(schedule: NoiseSchedule) -> Denoise:
    """Return a smooth non-linear denoiser that depends on x and t: nothing cancels, so every coefficient shows."""

    def denoise(x: Tensor, t: int) -> Prediction:
        x0 = torch.tanh(1.3 * x + math.sin(t / 100))
        ab = float(schedule.alpha_bar[t])
        return Prediction(x0, (x - math.sqrt(ab) * x0) / math.sqrt(1 - ab))

    return denoise


def even_lambda_schedule(T: int) -> NoiseSchedule:
    """Return a schedule whose lambda = log(alpha / sigma) falls in even steps from 12 at t = 0 (then clean) to -4 at T.

    On it, evenly spaced t are evenly spaced lambda, and the last level before 0 is nearly clean: a multistep solver
    shows its order undisturbed by its first-order last step.
    """
    lambdas = torch.linspace(12, -4, T + 1, dtype=torch.float64)
    alpha_bar = torch.sigmoid(2 * lambdas)
    alpha_bar[0] = 1
    return NoiseSchedule("even_lambda", alpha_bar)
