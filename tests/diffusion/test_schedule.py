"""Schedules against the numbers and formulas of the papers they come from."""

import math

import pytest
import torch

from app.core.errors import UnknownName
from app.diffusion.schedule import SCHEDULES, NoiseSchedule, cosine_schedule, linear_schedule, scaled_linear_schedule


def test_linear_schedule_is_the_product_of_ho_et_al():
    schedule, left = linear_schedule(), 1.0
    for t in range(1, 1001):
        left *= 1 - (1e-4 + (t - 1) / 999 * (0.02 - 1e-4))
        assert schedule.alpha_bar[t].item() == pytest.approx(left, rel=1e-12)
    assert left == pytest.approx(4.0358e-5, rel=1e-4)  # sqrt is .00635: hardly any signal is left


def test_scaled_linear_schedule_is_the_product_of_rombach_et_al():
    schedule, left = scaled_linear_schedule(), 1.0
    for t in range(1, 1001):
        left *= 1 - (0.00085**0.5 + (t - 1) / 999 * (0.012**0.5 - 0.00085**0.5)) ** 2
        assert schedule.alpha_bar[t].item() == pytest.approx(left, rel=1e-12)
    assert schedule.sigma[-1].item() == pytest.approx(14.6146, rel=1e-5)  # the sigma_max known of Stable Diffusion


def test_cosine_schedule_follows_the_squared_cosine_up_to_the_clipped_last_step():
    schedule = cosine_schedule()

    def f(t: int) -> float:
        return math.cos((t / 1000 + 0.008) / 1.008 * math.pi / 2) ** 2

    for t in range(1000):
        assert schedule.alpha_bar[t].item() == pytest.approx(f(t) / f(0), rel=1e-9)
    assert (schedule.alpha_bar[1000] / schedule.alpha_bar[999]).item() == pytest.approx(0.001, rel=1e-9)


@pytest.mark.parametrize("name", SCHEDULES)
def test_another_number_of_steps_samples_the_same_curve(name):
    coarse, fine = SCHEDULES[name](200), SCHEDULES[name](1000)
    assert coarse.steps == 200
    assert coarse.name == name
    difference = (coarse.alpha_bar - fine.alpha_bar[::5]).abs().max()
    assert difference < 0.004


def test_the_three_noise_measures_agree_with_each_other():
    schedule = linear_schedule()
    assert schedule.sigma[0] == 0
    torch.testing.assert_close(schedule.snr[1:], schedule.sigma[1:] ** -2, rtol=1e-12, atol=0)
    torch.testing.assert_close(schedule.log_snr[1:].exp(), schedule.snr[1:], rtol=1e-12, atol=0)
    torch.testing.assert_close(1 / (1 + schedule.sigma**2), schedule.alpha_bar, rtol=1e-12, atol=0)


@pytest.mark.parametrize(
    "values",
    [[0.9, 0.5], [1.0, 0.5, 0.5], [1.0, 0.5, 0.0], [1.0, 0.5, float("nan")], [1.0]],
    ids=["noisy at 0", "not strict", "reaches 0", "nan", "too short"],
)
def test_a_broken_schedule_is_refused(values):
    with pytest.raises(ValueError, match="alpha_bar must"):
        NoiseSchedule("broken", torch.tensor(values, dtype=torch.float64))


def test_a_float32_schedule_is_refused():
    with pytest.raises(ValueError, match="float64"):
        NoiseSchedule("coarse", torch.tensor([1.0, 0.5]))


def test_a_misspelt_schedule_gets_the_nearest_name():
    with pytest.raises(UnknownName, match="Did you mean 'cosine'"):
        SCHEDULES["cosin"]
