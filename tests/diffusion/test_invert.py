"""DDIM backwards: from a clean sample to the noise that leads to it."""

import pytest
import torch

from app.core.errors import BadRequest
from app.core.randomness import make_generator
from app.diffusion.samplers.ddim import ddim, invert_ddim
from app.diffusion.schedule import cosine_schedule
from tests.diffusion.closed_forms import gaussian_flow, mixture_denoiser

SCHEDULE = cosine_schedule()
CLEAN = torch.linspace(-0.2, 1.6, 7, dtype=torch.float64)
CENTRES = torch.tensor([[-1.0, 0.5], [1.0, -0.5]], dtype=torch.float64)
PICTURE = torch.tensor([[-1.2, 0.7], [0.9, -0.4], [1.3, -0.9], [-0.6, 0.2]], dtype=torch.float64)


def inversion_error(steps: int, **options: int) -> float:
    """Distance of the found noise from the exact one, the noise whose exact flow ends in CLEAN."""
    denoise, exact_end = gaussian_flow(SCHEDULE, mean=0.7, std=0.3)
    *_, last = invert_ddim(denoise, SCHEDULE, CLEAN, steps, **options)
    assert last.t == options.get("stop_t", 1000)
    return float((exact_end(last.x, last.t) - CLEAN).abs().max())


def test_the_error_of_the_inversion_falls_with_the_steps():
    errors = [inversion_error(steps) for steps in (100, 200, 400)]
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.15)
    assert errors[1] / errors[2] == pytest.approx(2, rel=0.15)


def test_going_back_and_forth_returns_to_the_picture():
    denoise = mixture_denoiser(SCHEDULE, CENTRES, std=0.3)

    def return_error(steps: int, refinements: int, t: int = 1000) -> float:
        *_, noise = invert_ddim(denoise, SCHEDULE, PICTURE, steps, stop_t=t, refinements=refinements)
        *_, again = ddim(denoise, SCHEDULE, noise.x, steps, make_generator(0), start_t=t)
        return float((again.x - PICTURE).abs().max())

    assert return_error(25, 0) / return_error(50, 0) == pytest.approx(2, rel=0.15)
    assert return_error(50, 1) < return_error(50, 0) / 10
    assert return_error(50, 25, t=900) < 1e-10  # at T itself x0 is 1/20,000 of x, and the iteration converges slowly


def test_the_inversion_may_stop_in_the_middle():
    assert inversion_error(100, stop_t=400) < 0.01
    with pytest.raises(BadRequest, match="level from 1 to 1000"):
        inversion_error(10, stop_t=1001)
    with pytest.raises(BadRequest, match="Use 1 to 400 steps"):
        inversion_error(401, stop_t=400)
