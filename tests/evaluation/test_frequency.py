"""Errors by frequency, and latents as numbers, against cases whose answer is known."""

import math

import pytest
import torch
from torch import nn

from app.core.randomness import make_generator, normal
from app.data import open_dataset
from app.evaluation.frequency import split_error
from app.evaluation.latent_figures import count_active, describe_latents
from app.store.catalogue import open_catalogue
from tests.checkpoints import RUNTIME, make_vae


def test_the_bands_add_up_to_the_mean_squared_error():
    x, y = normal((3, 3, 32, 48), make_generator(0)), normal((3, 3, 32, 48), make_generator(1))
    low, high = split_error(x, y)
    assert (low + high).tolist() == pytest.approx((x - y).square().mean(dim=(1, 2, 3)).tolist(), rel=1e-5)
    assert high.min() > low.max()  # white noise: most of the plane lies above the cut


@pytest.mark.parametrize(("period", "band"), [(16, 0), (4, 1)])
def test_a_wave_is_counted_where_its_length_says(period, band):
    wave = torch.sin(2 * math.pi * torch.arange(64) / period).expand(1, 3, 64, 64)
    bands = split_error(wave, torch.zeros_like(wave))
    assert bands[band].item() == pytest.approx(0.5, rel=1e-4)
    assert bands[1 - band].item() == pytest.approx(0.0, abs=1e-6)


class Known(nn.Module):
    """Means of 1 + picture, a constant, and nothing, with deviations of 2, 2, 2."""

    def forward(self, x):
        red = nn.functional.avg_pool2d(x[:, :1], 4)
        mean = torch.cat([1 + red, 0 * red + 5, 0 * red], dim=1)
        return torch.cat([mean, torch.full_like(mean, math.log(4.0))], dim=1)


def test_channels_in_use_are_those_whose_mean_varies(tmp_path):
    make_vae(tmp_path, "vae", 4, 3)
    model = open_catalogue(tmp_path, RUNTIME).vae("vae")
    model.network.encoder = Known()
    figures = describe_latents(model, open_dataset("scenes", split="test"), 40, RUNTIME)
    assert figures["n"] == 40
    assert figures["active_channels"] == 1
    assert figures["mean"][1:] == pytest.approx([5.0, 0.0], abs=0.1)
    assert figures["std"][1:] == pytest.approx([2.0, 2.0], rel=0.03)
    assert figures["std"][0] > 2.02


def test_what_differs_between_positions_alone_is_no_channel_in_use():
    border = torch.arange(16.0).reshape(1, 1, 4, 4).expand(10, 1, 4, 4)
    faint, loud = (std * normal((10, 1, 4, 4), make_generator(2)) for std in (0.05, 0.2))
    assert [count_active(mean) for mean in (border, border + faint, border + loud)] == [0, 0, 1]
    assert count_active(torch.cat([border, loud, loud], dim=1)) == 2
    assert count_active(loud[:1]) == 0  # one picture varies with nothing
