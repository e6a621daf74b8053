"""The Encode lab: its numbers follow from its tensors."""

import math

import numpy as np
import pytest
import torch
from PIL import Image

from app.core.errors import BadRequest
from app.labs.encode import EncodeRequest, encode
from app.store.catalogue import open_catalogue
from tests.checkpoints import BFLOAT16, RUNTIME, make_vae, make_zoo


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    root = make_zoo(tmp_path_factory.mktemp("zoo"))
    make_vae(root, "plain", 4, 4, kl_weight=0.0)
    make_vae(root, "f2c4", 2, 4)
    return open_catalogue(root, RUNTIME)


PICTURE = Image.radial_gradient("L").convert("RGB").resize((90, 75))


def test_the_sampled_latent_is_mean_plus_std_times_the_drawn_noise(catalogue):
    model = catalogue.vae("f4c4")
    drawn = encode(model, PICTURE, EncodeRequest("f4c4", seed=1), RUNTIME)
    eps = (drawn.z - drawn.mean) / drawn.std
    assert abs(eps.mean().item()) < 0.15
    assert eps.std().item() == pytest.approx(1.0, abs=0.1)
    still = encode(model, PICTURE, EncodeRequest("f4c4", seed=1, sample=False), RUNTIME)
    assert torch.equal(still.z, still.mean)


def test_equal_seeds_give_equal_latents(catalogue):
    model = catalogue.vae("f4c4")
    one, two, other = (encode(model, PICTURE, EncodeRequest("f4c4", seed=seed), RUNTIME) for seed in (1, 1, 2))
    assert torch.equal(one.z, two.z)
    assert not torch.equal(one.z, other.z)


def test_numbers_follow_from_the_tensors(catalogue):
    result = encode(catalogue.vae("f8c4"), PICTURE, EncodeRequest("f8c4", side=None), RUNTIME)
    assert result.picture.shape == (1, 3, 72, 88)
    assert result.summary()["numbers_in"] == 3 * 72 * 88
    assert result.summary()["numbers_out"] == 4 * 9 * 11
    assert result.reduction == pytest.approx(48.0)
    variance = result.logvar.double().exp()
    nats = 0.5 * (result.mean.double() ** 2 + variance - 1 - result.logvar.double())
    assert result.kl_bits == pytest.approx(nats.sum().item() / math.log(2), rel=1e-4)
    difference = (result.picture - result.reconstruction.clamp(-1, 1)).abs().numpy()
    assert np.allclose(result.error[0, 0].numpy(), difference[0].mean(axis=0), atol=1e-6)


def test_a_plain_autoencoder_has_no_kl(catalogue):
    result = encode(catalogue.vae("plain"), PICTURE, EncodeRequest("plain"), RUNTIME)
    assert result.kl_bits is None
    assert result.summary()["kl_bits"] is None


def test_any_size_goes_through(catalogue):
    model = catalogue.vae("f8c4")
    wide = encode(model, Image.new("RGB", (1024, 40)), EncodeRequest("f8c4", side=None), RUNTIME)
    assert wide.z.shape == (1, 4, 5, 128)
    tiny = encode(model, Image.new("RGB", (1, 1)), EncodeRequest("f8c4", side=None), RUNTIME)
    assert tiny.z.shape == (1, 4, 1, 1)


@pytest.mark.parametrize("bad", [{"side": 0}, {"side": -8}, {"side": 1025}, {"seed": -1}, {"seed": 2**40}])
def test_numbers_out_of_range_are_refused(bad):
    with pytest.raises(BadRequest):
        EncodeRequest("f4c4", **bad)


def test_a_picture_of_two_pixels_has_no_ssim_and_still_an_encoding(catalogue):
    result = encode(catalogue.vae("f2c4"), PICTURE, EncodeRequest("f2c4", side=2), RUNTIME)
    assert result.z.shape == (1, 4, 1, 1)
    assert result.summary()["ssim"] is None


def test_bfloat16_gives_nearly_what_float32_does(catalogue):
    rounded = open_catalogue(catalogue.root, BFLOAT16)
    exact = encode(catalogue.vae("f4c4"), PICTURE, EncodeRequest("f4c4", sample=False), RUNTIME)
    nearly = encode(rounded.vae("f4c4"), PICTURE, EncodeRequest("f4c4", sample=False), BFLOAT16)
    assert nearly.reconstruction.dtype == nearly.mean.dtype == torch.float32
    for part in ("mean", "logvar", "reconstruction"):
        a, b = getattr(exact, part), getattr(nearly, part)
        assert 0 < (a - b).std() < 0.03 * a.std(), part
