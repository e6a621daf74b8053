"""Estimates: a pace measured on each recipe, and what is finished already costs nothing."""

from dataclasses import replace
from itertools import count

import pytest

from app.core.errors import BadRequest
from app.labs import train_estimate as module
from app.labs.train_estimate import Estimate, estimate, estimate_all
from app.models import DenoiserConfig, RefinerConfig, VAEConfig
from app.models.text import TextConfig
from app.training.config import TrainConfig
from app.training.recipe import Recipe
from app.training.recipes import TEXT
from tests.checkpoints import RUNTIME

TRAIN = TrainConfig(steps=1000, batch_size=4)
SMALL = {
    "vae": Recipe("vae", "", VAEConfig(4, 4, widths=(8, 8)), TRAIN, side=32, reconstruction="sharp", crop=16),
    "refiner": Recipe("refiner", "", RefinerConfig("vae", width=8, blocks=1), TRAIN, side=32, reconstruction="mse"),
    "denoiser": Recipe(
        "denoiser",
        "",
        DenoiserConfig(
            TextConfig(TEXT.vocabulary, width=16, layers=1, heads=2), side=8, partner="vae", widths=(16, 16), heads=2
        ),
        TRAIN,
        side=32,
        examples=1024,
    ),
}


@pytest.fixture
def small_table(monkeypatch):
    monkeypatch.setattr(module, "RECIPES", SMALL)
    monkeypatch.setattr(module, "training_order", lambda: list(SMALL))


def test_every_kind_of_recipe_is_timed_without_the_results_of_others(small_table):
    found = {each.recipe: each for each in estimate_all(RUNTIME, 0.01)}
    assert list(found) == list(SMALL)
    for each in found.values():
        assert each.seconds == each.data_seconds + 1000 * each.step_seconds > 0
        assert each.samples_per_second == pytest.approx(4 / each.step_seconds)
    assert found["denoiser"].data_seconds > 0 == found["vae"].data_seconds


def test_encoding_is_counted_for_all_examples_though_few_are_encoded(small_table, monkeypatch):
    clock = count(0.0, 2.0)  # each look at the clock is two seconds later than the one before
    monkeypatch.setattr(module.time, "perf_counter", lambda: next(clock))
    monkeypatch.setattr(module, "_step_seconds", lambda *_: 0.5)
    assert estimate("denoiser", SMALL["denoiser"], RUNTIME, 1).data_seconds == 2.0 * 1024 / 256


def test_the_pace_is_the_median_of_the_steps_after_the_first():
    times = iter([0.0, 1.0, 2.0, 12.0, 13.0, 99.0])
    assert module._step_seconds(iter(range(100)), 12.5, lambda: next(times)) == 1.0


def test_what_is_finished_is_left_out(small_table, monkeypatch, tmp_path):
    monkeypatch.setattr(module, "is_finished", lambda request: request.out == tmp_path / "vae")
    monkeypatch.setattr(module, "estimate", lambda name, *_: Estimate(name, 10, 1.0, 2.0, 3.0))
    assert [each.seconds for each in estimate_all(RUNTIME, 1, tmp_path)] == [0.0, 23.0, 23.0]


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), 1e9])
def test_a_time_that_is_none_is_refused(seconds):
    with pytest.raises(BadRequest):
        next(estimate_all(RUNTIME, seconds))


def test_a_denoiser_on_pixels_needs_no_partner():
    config = replace(SMALL["denoiser"].model, partner="", channels=3, side=32)
    pixels = replace(SMALL["denoiser"], model=config, examples=8)
    assert estimate("pixels", pixels, RUNTIME, 0.01).step_seconds > 0
