"""The film of a run says which step it shows, also of a run so long that not every step is shown."""

import json

import torch

from app.figures.pipeline import moment_sprites
from app.labs.pipeline import MOST_MOMENTS, Moments, spread
from app.ui.widgets.ribbon_value import scrubber_value


def test_only_the_last_moment_of_a_long_run_is_free_of_noise() -> None:
    done = spread(70, MOST_MOMENTS)
    signal = tuple(min(0.99, k / 70 + 0.002) for k in done)
    x = torch.zeros(len(done), 4, 2, 2)
    moments = Moments(done, signal, x, x, torch.zeros(len(done), 3, 8, 8))
    value = json.loads(scrubber_value(moment_sprites(moments, True), moments, True)["data"])
    assert value["steps"] == 70
    finished = [one["done"] for one in value["moments"] if "All noise is gone" in one["saying"]]
    assert finished == [70]
