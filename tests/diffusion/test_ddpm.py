"""DDPM's randomness: one step against Bayes' rule, and where whole runs end."""

import math
from itertools import pairwise

import pytest
import torch

from app.core.randomness import make_generator, normal
from app.diffusion.samplers.base import timesteps
from app.diffusion.samplers.ddim import ddim
from app.diffusion.samplers.ddpm import ddpm, posterior
from app.diffusion.schedule import NoiseSchedule, cosine_schedule, linear_schedule
from app.diffusion.targets import Prediction
from tests.diffusion.closed_forms import gaussian_flow

PICTURES = 40_000


def bayes(now: float, after: float, x0: float, x: float) -> tuple[float, float]:
    """Mean and variance of x_after given x0 and x_now: precisions of the prior q(x_after | x0) and of the step add."""
    kept = now / after
    precision = 1 / (1 - after) + kept / (1 - kept)
    mean = (math.sqrt(after) * x0 / (1 - after) + math.sqrt(kept) * x / (1 - kept)) / precision
    return mean, 1 / precision


@pytest.mark.parametrize(("now", "after"), [(0.5, 0.6), (0.01, 0.9), (1e-6, 1e-3), (0.998, 0.999)])
def test_the_posterior_is_bayes_rule(now, after):
    weight_x0, weight_x, std = posterior(now, after)
    mean, variance = bayes(now, after, x0=0.8, x=-1.7)
    assert weight_x0 * 0.8 + weight_x * -1.7 == pytest.approx(mean, rel=1e-10)
    assert std**2 == pytest.approx(variance, rel=1e-10)


@pytest.mark.parametrize(
    "sampler", [ddpm, lambda *arguments, **more: ddim(*arguments, eta=1.0, **more)], ids=["ddpm", "ddim eta 1"]
)
@pytest.mark.parametrize("start_t", [1000, 500, 60])
def test_a_single_step_has_the_mean_and_variance_of_the_posterior(sampler, start_t):
    """40,000 equal starts, one step of 20: the spread is fresh noise alone. A halved variance fails only here."""
    schedule, x, x0 = linear_schedule(), -1.7, 0.8
    ab = schedule.alpha_bar.tolist()

    def denoise(x, t):
        clean = torch.full_like(x, x0)
        return Prediction(clean, (x - math.sqrt(ab[t]) * clean) / math.sqrt(1 - ab[t]))

    start = torch.full((PICTURES, 1), x, dtype=torch.float64)
    first = next(iter(sampler(denoise, schedule, start, 20, make_generator(6), start_t=start_t)))
    mean, variance = bayes(ab[start_t], ab[first.t], x0, x)
    assert first.t == start_t - start_t // 20
    assert first.x.mean().item() == pytest.approx(mean, abs=4 * math.sqrt(variance / PICTURES))
    assert first.x.var().item() == pytest.approx(variance, rel=4 * math.sqrt(2 / PICTURES))


def exact_run(schedule: NoiseSchedule, steps: int, mean: float, std: float) -> tuple[float, float]:
    """Mean and standard deviation after a DDPM run on data N(mean, std^2): every step is linear, so they add up."""
    ab, denoise = schedule.alpha_bar.tolist(), gaussian_flow(schedule, mean, std)[0]
    expected, variance = 0.0, 1.0
    for t, after in pairwise(timesteps(schedule.steps, steps)):
        at_0, at_1 = (denoise(torch.tensor([value], dtype=torch.float64), t).x0.item() for value in (0.0, 1.0))
        if after == 0:
            return at_0 + (at_1 - at_0) * expected, abs(at_1 - at_0) * math.sqrt(variance)
        offset, fresh = bayes(ab[t], ab[after], at_0, 0.0)
        slope = bayes(ab[t], ab[after], at_1, 1.0)[0] - offset
        expected, variance = offset + slope * expected, slope**2 * variance + fresh
    raise AssertionError


def test_runs_end_in_the_exact_distribution_for_their_number_of_steps():
    schedule = cosine_schedule()
    denoise, _ = gaussian_flow(schedule, mean=0.7, std=0.3)
    start = normal((PICTURES, 1), make_generator(7, "start")).double()
    *_, last = ddpm(denoise, schedule, start, 50, make_generator(7, "steps"))
    mean, std = exact_run(schedule, 50, mean=0.7, std=0.3)
    assert last.x.mean().item() == pytest.approx(mean, abs=4 * std / math.sqrt(PICTURES))
    assert last.x.std().item() == pytest.approx(std, rel=4 / math.sqrt(2 * PICTURES))


def test_with_all_steps_that_distribution_is_the_data_s():
    """Fewer steps end too narrow, 0.285 after 100: the posterior's variance is the smallest of Ho et al.'s two."""
    assert exact_run(cosine_schedule(), 1000, mean=0.7, std=0.3) == pytest.approx((0.7, 0.3), rel=0.008)
    assert exact_run(cosine_schedule(), 100, mean=0.7, std=0.3) == pytest.approx((0.7, 0.285), rel=0.005)


def test_the_noise_is_fresh_at_every_step():
    """With x0 known to be 0, what a step adds is x_after - weight_x x; these must not repeat or correlate."""
    schedule, ab = linear_schedule(), linear_schedule().alpha_bar.tolist()

    def denoise(x, t):
        return Prediction(torch.zeros_like(x), x / math.sqrt(1 - ab[t]))

    x, before, added = normal((PICTURES,), make_generator(8)).double(), 1000, []
    for state in ddpm(denoise, schedule, x, 5, make_generator(9)):
        added.append(state.x - posterior(ab[before], ab[state.t])[1] * x)
        x, before = state.x, state.t
    correlation = torch.corrcoef(torch.stack(added[:-1])) - torch.eye(4)
    assert correlation.abs().max() < 4 / math.sqrt(PICTURES)
    assert (added[-1] == 0).all()
