"""Which levels a run visits."""

from itertools import pairwise

import pytest
import torch

from app.core.errors import BadRequest
from app.diffusion.samplers.base import timesteps
from app.diffusion.samplers.karras import karras_timesteps
from app.diffusion.schedule import SCHEDULES, cosine_schedule, linear_schedule, scaled_linear_schedule


@pytest.mark.parametrize("T", [1, 7, 50, 1000])
def test_even_levels_are_within_half_a_step_of_even(T):
    for steps in {1, T // 3 or 1, T // 2 or 1, T}:
        levels = timesteps(T, steps)
        assert levels[0] == T
        assert levels[-1] == 0
        for index, level in enumerate(levels):
            assert abs(level - T * (steps - index) / steps) <= 0.5


@pytest.mark.parametrize("steps", [-1, 0, 51])
def test_a_number_of_steps_that_does_not_fit_is_refused(steps):
    with pytest.raises(BadRequest, match="Use 1 to 50 steps"):
        timesteps(50, steps)
    with pytest.raises(BadRequest, match="Use 1 to 50 steps"):
        karras_timesteps(cosine_schedule(50), steps)


def test_karras_levels_follow_equation_5():
    """On a schedule of 100,000 steps snapping moves a sigma by less than half a percent."""
    schedule, N, rho = linear_schedule(100_000), 12, 7
    sigma = schedule.sigma[karras_timesteps(schedule, N)]
    low, high = schedule.sigma[1].item(), 80.0
    for i in range(N):
        wanted = (high ** (1 / rho) + i / (N - 1) * (low ** (1 / rho) - high ** (1 / rho))) ** rho
        assert sigma[i].item() == pytest.approx(wanted, rel=0.005)
    assert sigma[N] == 0


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_number_of_steps_gives_that_many_distinct_levels(name):
    schedule = SCHEDULES[name](60)
    for steps in range(1, 61):
        levels = karras_timesteps(schedule, steps)
        assert len(levels) == steps + 1
        assert levels[-1] == 0
        assert all(now > after for now, after in pairwise(levels))
        assert levels[0] <= 60


def test_karras_levels_begin_at_sigma_80_or_where_the_schedule_ends():
    cosine = cosine_schedule()
    assert abs(cosine.sigma - 80).argmin() == karras_timesteps(cosine, 20)[0] == 992
    assert karras_timesteps(scaled_linear_schedule(), 20)[0] == 1000  # its largest sigma is 14.6


def test_karras_levels_from_the_middle_are_the_rest_of_the_run():
    schedule = linear_schedule(100_000)
    levels = karras_timesteps(schedule, 20)
    rest = karras_timesteps(schedule, 12, start_t=levels[8])
    assert rest[0] == levels[8]
    difference = schedule.sigma[rest[:-1]].log() - schedule.sigma[levels[8:-1]].log()
    assert difference.abs().max() < 0.01


def test_crowded_levels_move_only_as_far_as_they_must():
    levels = karras_timesteps(cosine_schedule(), 50)
    assert levels[-6:-1] == [12, 7, 4, 2, 1]  # sigma .031, .020, .013, .0093, .0064: free, so only snapped
    gaps = torch.tensor(levels).diff()
    assert gaps.max() == -1
