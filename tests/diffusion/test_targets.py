"""Targets: what a network is asked for, and back."""

import math

import pytest
import torch

from app.core.errors import BadRequest
from app.core.randomness import make_generator
from app.diffusion.schedule import cosine_schedule
from app.diffusion.targets import add_noise, check_target, target_of, to_prediction

LEVELS = torch.tensor([1 - 1e-6, 0.99, 0.5, 0.01, 1e-4], dtype=torch.float64)


def draw(*shape: int, dtype: torch.dtype = torch.float64) -> tuple[torch.Tensor, torch.Tensor]:
    generator = make_generator(3, "targets")
    x0, eps = torch.randn(2, *shape, generator=generator, dtype=torch.float64)
    return x0.to(dtype), eps.to(dtype)


@pytest.mark.parametrize("target", ["eps", "x0", "v"])
@pytest.mark.parametrize("shape", [(5, 2), (5, 3, 4, 4)], ids=["points", "pictures"])
def test_a_perfect_output_gives_back_x0_and_eps(target, shape):
    x0, eps = draw(*shape)
    x = add_noise(x0, eps, LEVELS)
    prediction = to_prediction(target, target_of(target, x0, eps, LEVELS), x, LEVELS)
    torch.testing.assert_close(prediction.x0, x0, rtol=0, atol=1e-12)
    torch.testing.assert_close(prediction.eps, eps, rtol=0, atol=1e-12)


@pytest.mark.parametrize("target", ["eps", "x0", "v"])
def test_any_output_gives_a_pair_that_adds_up_to_x(target):
    x, output = draw(5, 3, 2, 2)
    prediction = to_prediction(target, output, x, LEVELS)
    torch.testing.assert_close(add_noise(*prediction, LEVELS), x, rtol=0, atol=1e-10)


def test_v_is_the_velocity_along_the_circle_from_x0_to_eps():
    """Salimans & Ho 2022, appendix D: with alpha = cos(phi) and sigma = sin(phi), v = dx / dphi."""
    x0, eps = draw(1, 6)
    phi, width = 0.4, 1e-5

    def on_circle(angle: float) -> torch.Tensor:
        return math.cos(angle) * x0 + math.sin(angle) * eps

    velocity = (on_circle(phi + width) - on_circle(phi - width)) / (2 * width)
    torch.testing.assert_close(target_of("v", x0, eps, math.cos(phi) ** 2), velocity, rtol=0, atol=1e-9)


@pytest.mark.parametrize("target", ["eps", "x0", "v"])
def test_one_level_a_row_is_the_same_as_row_by_row(target):
    x0, eps = draw(5, 2, 3)
    x, output = add_noise(x0, eps, LEVELS), target_of(target, x0, eps, LEVELS)
    for row, level in enumerate(LEVELS.tolist()):
        one = slice(row, row + 1)
        assert torch.equal(add_noise(x0[one], eps[one], level), x[one])
        assert torch.equal(
            to_prediction(target, output[one], x[one], level).x0, to_prediction(target, output, x, LEVELS).x0[one]
        )


def test_almost_no_noise_is_not_rounded_away_in_float32():
    x0, eps = torch.zeros(1, 4), torch.ones(1, 4)
    noise = add_noise(x0, eps, 1 - 1e-9)
    torch.testing.assert_close(noise, torch.full((1, 4), 1e-9).sqrt(), rtol=1e-5, atol=0)


def test_predicting_noise_still_finds_x0_at_the_noisiest_level_in_float32():
    """At T of the cosine schedule the signal is 1/20,000 of x; float32 leaves an error of some thousandths in x0."""
    level = cosine_schedule().alpha_bar[-1]
    x0, eps = draw(64, 8, dtype=torch.float32)
    prediction = to_prediction("eps", eps, add_noise(x0, eps, level), level)
    assert (prediction.x0 - x0).abs().max() < 0.02


@pytest.mark.parametrize("target", ["eps", "x0", "v"])
def test_a_bfloat16_output_is_computed_with_in_float32(target):
    x, output = draw(5, 8, dtype=torch.float32)
    rounded = output.to(torch.bfloat16)
    prediction = to_prediction(target, rounded, x, 0.3)
    exact = to_prediction(target, rounded.float(), x, 0.3)
    assert prediction.x0.dtype == prediction.eps.dtype == torch.float32
    assert torch.equal(prediction.x0, exact.x0)
    assert torch.equal(prediction.eps, exact.eps)


def test_an_unknown_target_is_refused_with_the_known_ones():
    with pytest.raises(BadRequest, match="eps, x0, v"):
        check_target("score")
