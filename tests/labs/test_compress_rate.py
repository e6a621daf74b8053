"""Real files: what is shown was read back from bytes, and every byte is counted."""

from functools import partial

import numpy as np
import pytest
import torch

from app.core.errors import BadRequest
from app.core.pictures import to_tensor
from app.core.randomness import make_generator, make_numpy_generator, normal
from app.evaluation.reconstruction import psnr
from app.labs.compress_packing import (
    CODERS,
    COMPONENTS,
    LATENT,
    block_components,
    pack,
    read_components,
    read_latent,
    unpack,
    write_components,
    write_latent,
)
from app.labs.compress_pictures import named_picture
from app.labs.compress_rate import METHODS, RateRequest, RateResult, best_within, rate_distortion, rate_steps
from app.store.catalogue import Catalogue, open_catalogue
from tests.checkpoints import RUNTIME, make_zoo


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return open_catalogue(make_zoo(tmp_path_factory.mktemp("zoo")), RUNTIME)


@pytest.fixture(scope="module")
def result(catalogue: Catalogue) -> RateResult:
    picture = to_tensor(named_picture("lake shore"))[None]
    return rate_distortion(catalogue.vae("f8c4"), picture, RateRequest(bits=6), RUNTIME)


@pytest.mark.parametrize("bits", [1, 3, 8, 9, 12])
def test_packed_numbers_come_back(bits: int) -> None:
    draw = make_numpy_generator("packing", bits)
    for count in (1, 7, 1000):
        for values in (draw.integers(0, 2**bits, count), np.full(count, 2**bits - 1), np.arange(count) // 50 % 2):
            numbers = values.astype(np.uint16)
            coder, content = pack(numbers, bits)
            np.testing.assert_array_equal(unpack(coder, content, count, bits), numbers)


def test_each_coder_is_taken_where_it_is_smallest() -> None:
    draw = make_numpy_generator("coders")
    noise = draw.integers(0, 32, 500).astype(np.uint16)
    assert pack(noise, 5)[0] == 0
    assert len(pack(noise, 5)[1]) == -(-500 * 5 // 8)
    assert CODERS[pack(np.zeros(5000, np.uint16), 5)[0]] != "stored"


@pytest.mark.parametrize("bits", [1, 4, 8, 10])
def test_a_latent_comes_back_within_half_a_step(bits: int) -> None:
    z = 3 * normal((4, 8, 8), make_generator("latent")) + torch.tensor([0.0, 5.0, -2.0, 0.1])[:, None, None]
    file = write_latent(z, bits)
    back = read_latent(file.content)
    spread = z.amax(dim=(1, 2)) - z.amin(dim=(1, 2))
    worst = (z - back).abs().amax(dim=(1, 2))
    assert (worst <= 0.5 * spread / (2**bits - 1) + 0.004).all()
    assert file.header == LATENT.size + 16
    assert len(file.content) <= file.header + -(-z.numel() * bits // 8)


def test_a_flat_latent_comes_back_too() -> None:
    assert torch.allclose(read_latent(write_latent(torch.full((2, 3, 5), 0.5), 4).content), torch.full((2, 3, 5), 0.5))


def test_all_components_with_fine_steps_are_the_picture_itself() -> None:
    basis = block_components()
    assert torch.allclose(basis.directions @ basis.directions.T, torch.eye(192), atol=1e-4)
    x = to_tensor(named_picture("lake shore"))[None]
    file = write_components(x, 2**-8)
    assert float(psnr(x, read_components(file.content))[0]) > 50
    assert float(psnr(x, read_components(write_components(x, 2.0).content))[0]) < 30
    assert len(write_components(x, 2.0).content) < len(file.content)
    assert read_components(write_components(x, 1e3).content).shape == x.shape  # nothing but the mean is left
    assert file.header == COMPONENTS.size


def test_more_bytes_less_error(result: RateResult) -> None:
    for how in ("JPEG", "WebP", "PCA"):
        curve = result.curves[how]
        assert curve[-1].psnr > curve[0].psnr + 2, how
        assert [coded.size for coded in curve] == sorted(coded.size for coded in curve)


def test_no_rival_has_more_bytes_and_none_of_its_better_files_would_fit(result: RateResult) -> None:
    assert tuple(result.curves) == METHODS
    for how, coded in result.alike.items():
        fitting = [each for each in result.curves[how] if each.size <= result.chosen.size]
        assert (coded is None) == (not fitting)
        assert coded is None or coded.psnr == max(each.psnr for each in fitting)
    assert result.chosen.setting == "6 bits"


def test_without_headers_each_file_is_smaller_by_its_header(catalogue: Catalogue, result: RateResult) -> None:
    bare = rate_distortion(catalogue.vae("f8c4"), result.picture, RateRequest(bits=6, whole_files=False), RUNTIME)
    assert result.chosen.size - bare.chosen.size == LATENT.size + 16
    saved = {how: result.curves[how][0].size - bare.curves[how][0].size for how in METHODS}
    assert saved["PCA"] == COMPONENTS.size
    assert saved["JPEG"] > 200


def test_the_chosen_file_is_what_the_decoder_makes_of_its_bytes(catalogue: Catalogue, result: RateResult) -> None:
    model = catalogue.vae("f8c4")
    with torch.inference_mode():
        z = model.network.encode(result.picture).mean[0]
        copy = model.network.decode(read_latent(write_latent(z, 6).content)[None]).clamp(-1, 1)
    assert torch.allclose(result.chosen.picture, copy, atol=1e-5)


def test_each_method_is_announced_so_that_a_run_can_be_stopped_between(
    catalogue: Catalogue, result: RateResult
) -> None:
    steps = rate_steps(catalogue.vae("f8c4"), result.picture, RateRequest(), RUNTIME)
    assert next(steps)[0] is None
    assert [said for done, said in steps if done is None] == ["JPEG files", "WebP files", "principal components"]


def test_nothing_fits_into_no_bytes(result: RateResult) -> None:
    assert best_within(result.curves["JPEG"], 3) is None


@pytest.mark.parametrize("bits", [0, -1, 13, 10**9])
def test_bits_out_of_range_are_refused(bits: int) -> None:
    for wrong in (partial(RateRequest, bits), partial(write_latent, torch.zeros(1, 2, 2), bits)):
        with pytest.raises(BadRequest):
            wrong()


def test_of_jpeg_both_ways_to_keep_colours_are_tried_and_no_file_is_beaten_by_a_smaller_one(result: RateResult) -> None:
    settings = [coded.setting for coded in result.curves["JPEG"]]
    assert any("full colours" in setting for setting in settings)
    assert any("full colours" not in setting for setting in settings)
    assert not any("full colours" in coded.setting for coded in result.curves["WebP"])
    for how in ("JPEG", "WebP"):
        psnrs = [coded.psnr for coded in result.curves[how]]
        assert psnrs == sorted(set(psnrs))
