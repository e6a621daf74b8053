"""Drawing from the posterior: what varies, the numbers of one cell, and where the gradient gets through."""

import math
from dataclasses import replace

import pytest
import torch

from app.core.errors import BadRequest
from app.labs.encode import EncodeRequest, encode
from app.labs.gallery import NAMES, gallery_picture
from app.labs.posterior import ResampleRequest, check_gradient, read_cell, resample
from app.store.catalogue import open_catalogue
from tests.checkpoints import RUNTIME, make_vae


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    root = tmp_path_factory.mktemp("vae")
    make_vae(root, "f4c4", 4, 4)
    return open_catalogue(root, RUNTIME).vae("f4c4")


@pytest.fixture(scope="module")
def encoded(model):
    return encode(model, gallery_picture(NAMES[0]), EncodeRequest("f4c4", seed=3), RUNTIME)


def test_draws_have_the_posteriors_mean_and_its_std_times_the_temperature(model, encoded):
    draws = torch.cat([resample(model, encoded, ResampleRequest(16, 2.0, seed), RUNTIME).z for seed in range(30)])
    standard = (draws - encoded.mean) / encoded.std
    assert standard.mean().item() == pytest.approx(0.0, abs=0.02)
    assert standard.std().item() == pytest.approx(2.0, abs=0.02)
    assert not torch.equal(draws[0], draws[1])


def test_temperature_zero_is_the_mean_every_time_and_nothing_varies(model, encoded):
    result = resample(model, encoded, ResampleRequest(temperature=0.0), RUNTIME)
    assert torch.equal(result.z, encoded.mean.expand_as(result.z))
    assert result.spread.max() < 1e-5


def test_the_spread_is_the_std_over_the_draws_of_each_pixel(model, encoded):
    result = resample(model, encoded, ResampleRequest(), RUNTIME)
    pixel = result.pictures[:, :, 10, 20]
    by_hand = ((pixel - pixel.mean(0)).square().sum(0) / 7).sqrt().mean()
    assert result.spread[0, 0, 10, 20].item() == pytest.approx(by_hand.item(), rel=1e-4)


def test_a_cell_of_a_plain_autoencoder_is_a_point_that_costs_nothing_anybody_could_count(encoded):
    plain = replace(encoded, kl_bits=None, z=encoded.mean)
    for reading in read_cell(plain, 2, 3):
        assert (reading.std, reading.eps, reading.z) == (0.0, 0.0, reading.mean)
        assert math.isnan(reading.kl_bits)


def test_a_cells_numbers_give_its_z_and_its_share_of_the_kl(encoded):
    readings = [read_cell(encoded, row, column) for row in range(16) for column in range(16)]
    for reading in readings[17]:
        assert reading.mean + reading.std * reading.eps == pytest.approx(reading.z, abs=1e-5)
        nats = 0.5 * (reading.mean**2 + reading.std**2 - 1 - 2 * math.log(reading.std))
        assert reading.kl_bits == pytest.approx(nats / math.log(2), abs=1e-4)
    total = sum(reading.kl_bits for cell in readings for reading in cell)
    assert total == pytest.approx(encoded.kl_bits, rel=1e-4)


def test_the_gradient_arrives_with_the_trick_and_not_without(model, encoded):
    check = check_gradient(model, encoded, RUNTIME)
    assert min(check.with_trick) > 0
    assert check.without == (0.0, 0.0)


@pytest.mark.parametrize("request_of", [{"draws": 1}, {"draws": 17}, {"temperature": -1.0}, {"temperature": math.nan}])
def test_impossible_requests_are_refused(request_of):
    with pytest.raises(BadRequest):
        ResampleRequest(**request_of)


def test_a_cell_outside_is_refused(encoded):
    with pytest.raises(BadRequest, match="row 16"):
        read_cell(encoded, 16, 0)
