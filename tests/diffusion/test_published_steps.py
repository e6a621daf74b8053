"""Whole runs against the papers' algorithms, written out here once more in the papers' own letters."""

import math
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from app.core.randomness import make_generator, normal_like
from app.diffusion.samplers import SAMPLERS
from app.diffusion.samplers.base import timesteps
from app.diffusion.samplers.ddim import ddim
from app.diffusion.samplers.karras import karras_timesteps
from app.diffusion.schedule import SCHEDULES, linear_schedule
from tests.diffusion.closed_forms import made_up_denoiser

EXACT = {"rtol": 0.0, "atol": 1e-10}


def noise(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=make_generator(11), dtype=torch.float64)


def test_ddpm_is_algorithm_2_of_ho_et_al():
    """x_{t-1} = 1 / sqrt(alpha_t) (x_t - beta_t / sqrt(1 - alpha_bar_t) eps) + sigma_t z, sigma_t^2 of eq. 7."""
    T = 50
    schedule, x, generator = linear_schedule(T), noise(4, 3), make_generator(2)
    denoise = made_up_denoiser(schedule)
    betas = [0.0] + [(1e-4 + (t - 1) / (T - 1) * (0.02 - 1e-4)) * 1000 / T for t in range(1, T + 1)]
    alpha_bars = [math.prod(1 - beta for beta in betas[: t + 1]) for t in range(T + 1)]
    states = SAMPLERS["ddpm"](denoise, schedule, x, T, make_generator(2))
    for t, state in zip(range(T, 0, -1), states, strict=True):
        eps = denoise(x, t).eps
        x = (x - betas[t] / math.sqrt(1 - alpha_bars[t]) * eps) / math.sqrt(1 - betas[t])
        if t > 1:
            beta_tilde = (1 - alpha_bars[t - 1]) / (1 - alpha_bars[t]) * betas[t]
            x = x + math.sqrt(beta_tilde) * normal_like(x, generator)
        torch.testing.assert_close(state.x, x, **EXACT)


@pytest.mark.parametrize("eta", [0.0, 0.6, 1.0])
@pytest.mark.parametrize("name", SCHEDULES)
def test_ddim_is_equation_12_of_song_et_al(name, eta):
    schedule, x, generator = SCHEDULES[name](), noise(4, 3), make_generator(2)
    denoise, a = made_up_denoiser(schedule), schedule.alpha_bar.tolist()
    states = ddim(denoise, schedule, x, 25, make_generator(2), eta=eta)
    for (t, before), state in zip(pairwise(range(1000, -1, -40)), states, strict=True):
        eps = denoise(x, t).eps
        sigma = eta * math.sqrt((1 - a[before]) / (1 - a[t])) * math.sqrt(1 - a[t] / a[before])
        predicted_x0 = (x - math.sqrt(1 - a[t]) * eps) / math.sqrt(a[t])
        pointing_to_x = math.sqrt(1 - a[before] - sigma**2) * eps
        x = math.sqrt(a[before]) * predicted_x0 + pointing_to_x
        if sigma > 0:
            x = x + sigma * normal_like(x, generator)
        torch.testing.assert_close(state.x, x, **EXACT)


@pytest.mark.parametrize("name", SCHEDULES)
def test_dpm_solver_is_algorithm_2_of_lu_et_al(name):
    """The data-prediction multistep solver; its last step, to lambda = infinity, is first order and gives x0."""
    schedule, x, M = SCHEDULES[name](), noise(4, 3), 12
    denoise, t = made_up_denoiser(schedule), timesteps(1000, M)
    alpha = [math.sqrt(schedule.alpha_bar[i]) for i in t]
    sigma = [math.sqrt(1 - schedule.alpha_bar[i]) for i in t]
    lam = [math.log(a / s) for a, s in zip(alpha[:-1], sigma[:-1], strict=True)]
    states = list(SAMPLERS["dpm"](denoise, schedule, x, M, make_generator(2)))
    buffer = [denoise(x, t[0]).x0]
    h = lam[1] - lam[0]
    x = sigma[1] / sigma[0] * x - alpha[1] * (math.exp(-h) - 1) * buffer[0]
    torch.testing.assert_close(states[0].x, x, **EXACT)
    for i in range(2, M):
        buffer.append(denoise(x, t[i - 1]).x0)
        h, h_before = lam[i] - lam[i - 1], lam[i - 1] - lam[i - 2]
        r = h_before / h
        D = (1 + 1 / (2 * r)) * buffer[-1] - 1 / (2 * r) * buffer[-2]
        x = sigma[i] / sigma[i - 1] * x - alpha[i] * (math.exp(-h) - 1) * D
        torch.testing.assert_close(states[i - 1].x, x, **EXACT)
    torch.testing.assert_close(states[-1].x, denoise(x, t[M - 1]).x0, **EXACT)


@pytest.mark.parametrize("second_order", [False, True], ids=["euler", "heun"])
def test_euler_and_heun_are_algorithm_1_of_karras_et_al(second_order):
    """In the paper's variables: x is clean plus noise of size sigma, D(x; sigma) is the denoised x."""
    schedule, start, N = linear_schedule(), noise(4, 3), 15
    denoise, levels = made_up_denoiser(schedule), karras_timesteps(schedule, N)
    t = [math.sqrt(1 / schedule.alpha_bar[level] - 1) for level in levels]

    def denoised(x: Tensor, i: int) -> Tensor:
        return denoise(x / math.sqrt(1 + t[i] ** 2), levels[i]).x0

    x = start * math.sqrt(1 + t[0] ** 2)
    states = SAMPLERS["heun" if second_order else "euler"](denoise, schedule, start, N, make_generator(0))
    for i, state in zip(range(N), states, strict=True):
        d = (x - denoised(x, i)) / t[i]
        x_next = x + (t[i + 1] - t[i]) * d
        if second_order and t[i + 1] != 0:
            d_prime = (x_next - denoised(x_next, i + 1)) / t[i + 1]
            x_next = x + (t[i + 1] - t[i]) * (d / 2 + d_prime / 2)
        x = x_next
        torch.testing.assert_close(state.x * math.sqrt(1 + t[i + 1] ** 2), x, **EXACT)


def test_on_equal_levels_euler_is_ddim_without_noise():
    """With as many steps as levels, both visit every t."""
    schedule, start = linear_schedule(40), noise(4, 3)
    denoise = made_up_denoiser(schedule)
    straight = SAMPLERS["euler"](denoise, schedule, start, 40, make_generator(0))
    implicit = SAMPLERS["ddim"](denoise, schedule, start, 40, make_generator(0))
    for left, right in zip(straight, implicit, strict=True):
        assert left.t == right.t
        torch.testing.assert_close(left.x, right.x, **EXACT)


def test_ddim_with_eta_one_is_ddpm():
    schedule, start = linear_schedule(), noise(4, 3)
    denoise = made_up_denoiser(schedule)
    ancestral = SAMPLERS["ddpm"](denoise, schedule, start, 30, make_generator(4))
    implicit = ddim(denoise, schedule, start, 30, make_generator(4), eta=1.0)
    for left, right in zip(ancestral, implicit, strict=True):
        torch.testing.assert_close(left.x, right.x, **EXACT)
