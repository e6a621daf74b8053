"""The histogram is a density, its comparison is N(0, 1), and the spreads are those of the numbers."""

import math
from dataclasses import replace

import pytest
import torch

from app.core.errors import BadRequest
from app.core.randomness import make_generator, normal
from app.labs.encode import EncodeRequest, encode
from app.labs.gallery import NAMES, gallery_picture
from app.labs.latent_values import ValuesRequest, latent_values
from app.models.latents import LatentScale
from app.store.catalogue import LoadedVAE, open_catalogue
from tests.checkpoints import RUNTIME, make_vae

SCALE = LatentScale((0.5, -1.0, 0.0, 2.0), (1.0, 2.0, 3.0, 4.0))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    root = tmp_path_factory.mktemp("vae")
    make_vae(root, "f4c4", 4, 4)
    loaded = open_catalogue(root, RUNTIME).vae("f4c4")
    return LoadedVAE(loaded.network, SCALE, loaded.card)


@pytest.fixture(scope="module")
def encoded(model):
    result = encode(model, gallery_picture(NAMES[0]), EncodeRequest("f4c4"), RUNTIME)
    rest = torch.zeros(1, 4, 64, 64)
    return replace(result, mean=rest, logvar=rest, z=2.0 * normal((1, 4, 64, 64), make_generator(1)) + 1.0)


def test_bars_add_up_to_one_and_hold_every_value(model, encoded):
    result = latent_values(model, encoded, ValuesRequest(bars=31))
    histogram = result.histogram
    assert sum(histogram.density) * histogram.width == pytest.approx(1.0, abs=1e-6)
    assert len(histogram.centres) == 31
    assert result.count == 4 * 64 * 64
    assert sum(histogram.normal) * histogram.width == pytest.approx(1.0, abs=0.01)
    assert histogram.normal[15] == pytest.approx(1 / math.sqrt(2 * math.pi), abs=1e-6)


def test_density_follows_the_values_own_distribution(model, encoded):
    result = latent_values(model, encoded, ValuesRequest(bars=21))
    for x, density in zip(result.histogram.centres, result.histogram.density, strict=True):
        expected = math.exp(-(((x - 1.0) / 2.0) ** 2) / 2) / (2.0 * math.sqrt(2 * math.pi))
        assert density == pytest.approx(expected, abs=0.02)
    assert (result.mean, result.std) == (pytest.approx(1.0, abs=0.05), pytest.approx(2.0, abs=0.05))


def test_one_channel_before_and_after_the_scale(model, encoded):
    raw = latent_values(model, encoded, ValuesRequest(channel=3))
    assert raw.count == 64 * 64
    scaled = latent_values(model, encoded, ValuesRequest(channel=3, scaled=True))
    assert scaled.mean == pytest.approx((raw.mean - 2.0) / 4.0, abs=1e-5)
    assert scaled.std == pytest.approx(raw.std / 4.0, abs=1e-5)


def test_spreads_name_this_pictures_and_the_training_sets_numbers(model, encoded):
    spreads = latent_values(model, encoded, ValuesRequest()).channels
    assert [spread.scale_std for spread in spreads] == list(SCALE.std)
    assert spreads[2].std == pytest.approx(encoded.z[0, 2].double().std(correction=0).item())


def test_the_share_beyond_three_is_what_it_says(model, encoded):
    z = torch.zeros(1, 4, 64, 64)
    z[0, 0, 0, :8] = 5.0
    assert latent_values(model, replace(encoded, z=z), ValuesRequest()).outside == pytest.approx(8 / z.numel())


def test_impossible_requests_are_refused(model, encoded):
    with pytest.raises(BadRequest):
        ValuesRequest(bars=2)
    with pytest.raises(BadRequest, match="no channel 4"):
        latent_values(model, encoded, ValuesRequest(channel=4))
