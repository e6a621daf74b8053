"""Equal numbers of values; waves where they belong; sums that add up."""

import numpy as np
import pytest
import torch

from app.core.pictures import to_tensor
from app.core.randomness import make_generator, normal
from app.evaluation.judging import read_pictures
from app.evaluation.reconstruction import psnr
from app.labs.compress_ladder import rebuild_mean
from app.labs.compress_pictures import SIZES, named_picture
from app.labs.compress_spectrum import band_pictures, measure_spectrum, radial_power
from app.labs.compress_upscaling import WAYS, compare_upscaling, equal_size
from app.labs.gallery import SCENES
from app.store.catalogue import Catalogue, open_catalogue
from tests.checkpoints import RUNTIME, make_zoo


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return open_catalogue(make_zoo(tmp_path_factory.mktemp("zoo")), RUNTIME)


@pytest.mark.parametrize(("height", "width"), [(64, 64), (160, 512), (512, 160), (16, 16), (16, 512)])
@pytest.mark.parametrize(("f", "c"), [(2, 4), (8, 4), (8, 16), (16, 4), (16, 16)])
def test_the_small_picture_has_no_more_values_and_not_many_fewer(height: int, width: int, f: int, c: int) -> None:
    values = c * (height // f) * (width // f)
    down, across = equal_size(height, width, values)
    assert down >= 1 <= across
    assert 3 * down * across <= max(values, 3)
    assert 3 * down * (across + 1) > values or across == width
    if values > 1000:
        assert abs(across / down / (width / height) - 1) < 0.4


def test_three_ways_back_are_measured_against_the_picture(catalogue: Catalogue) -> None:
    picture, judge = to_tensor(named_picture(SCENES[0]))[None], catalogue.judge()
    result = compare_upscaling(catalogue.vae("f8c4"), picture, RUNTIME, judge)
    assert (result.values, tuple(result.small.shape)) == (256, (1, 3, 9, 9))
    assert tuple(way.way for way in result.ways) == WAYS
    assert torch.equal(result.ways[2].picture, rebuild_mean(catalogue.vae("f8c4"), picture, RUNTIME))
    for way in result.ways:
        assert way.psnr == pytest.approx(float(psnr(picture, way.picture)[0]))
        assert way.reading == tuple(read_pictures(judge, way.picture, RUNTIME)[0].tolist())
    assert len(torch.unique(result.ways[0].picture.flatten(2), dim=2).flatten(1)[0]) <= 81
    assert result.winner == max(result.ways, key=lambda way: way.psnr).way


def test_a_wave_lands_in_its_ring_and_noise_is_flat() -> None:
    x = torch.arange(64)
    wave = (0.5 * torch.cos(2 * torch.pi * 10 * x / 64)).expand(1, 3, 64, 64)
    frequency, power = radial_power(wave)
    assert frequency[power.argmax()] == pytest.approx(10 / 64)
    assert power.sum() - power.max() < 1e-6 * power.max()
    noise = 0.1 * normal((1, 3, 128, 128), make_generator("white"))
    np.testing.assert_allclose(radial_power(noise)[1][4:], 0.01, rtol=0.35)


def test_shares_add_up_to_variance_and_to_the_squared_error(catalogue: Catalogue) -> None:
    picture = to_tensor(named_picture("lake shore", SIZES[1]))[None]
    result = measure_spectrum(catalogue.vae("f8c4"), picture, RUNTIME)
    centred = picture - picture.mean(dim=(2, 3), keepdim=True)
    assert result.coarse[0] + result.fine[0] == pytest.approx(float(centred.square().mean()), rel=1e-4)
    error = (picture - result.copy).square().mean()
    assert result.coarse[1] + result.fine[1] == pytest.approx(float(error), rel=1e-4)
    assert len(result.frequency) == len(result.error) == min(picture.shape[-2:]) // 2
    assert result.grid == 1 / 16


def test_bands_add_up_and_keep_to_themselves() -> None:
    x = torch.arange(64)
    slow, fast = torch.cos(2 * torch.pi * 4 * x / 64), torch.cos(2 * torch.pi * 20 * x / 64)
    picture = (0.4 * slow + 0.3 * fast + 0.1).expand(1, 3, 64, 64)
    coarse, fine = band_pictures(picture)
    assert torch.allclose(coarse + fine, picture, atol=1e-5)
    assert torch.allclose(coarse, (0.4 * slow + 0.1).expand(1, 3, 64, 64), atol=1e-5)
