"""A picture through the whole model: with strength 0 it is the VAE alone, and more strength is more noise."""

import math

import pytest
import torch

from app.core.errors import BadRequest, UnknownWord
from app.data.scenes import WORDS
from app.diffusion.schedule import SCHEDULES
from app.evaluation.sampling import starting_noise
from app.labs.encode import EncodeRequest, encode
from app.labs.gallery import NAMES, gallery_picture
from app.labs.generate import GenerateRequest
from app.labs.pass_through import PassRequest, pass_through
from app.models.denoiser import DenoiserConfig
from app.models.text import TextConfig
from app.store.catalogue import open_catalogue
from tests.checkpoints import RUNTIME, make_checkpoint, make_zoo

RUN = GenerateRequest("a small red star on a blue background", seed=3, steps=5)
PICTURE = gallery_picture(NAMES[1])


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    root = make_zoo(tmp_path_factory.mktemp("models"))
    text = TextConfig(tuple(WORDS), width=16, layers=1, heads=2)
    pixels = DenoiserConfig(text, channels=3, side=64, patch=4, widths=(16, 16), heads=2, condition_width=16)
    make_checkpoint(root, "pixels", "denoiser", pixels)
    return open_catalogue(root, RUNTIME)


def test_without_strength_it_is_encode_and_decode_alone(catalogue):
    result = pass_through(catalogue.denoiser("generator"), PICTURE, PassRequest(RUN, 0.0), RUNTIME)
    alone = encode(catalogue.vae("f4c4"), PICTURE, EncodeRequest("f4c4", seed=3), RUNTIME)
    assert torch.allclose(result.picture, alone.reconstruction, atol=1e-5)
    assert torch.equal(result.encoded.z, alone.z)
    assert (result.level, result.signal, result.request.steps) == (0, 1.0, 0)
    assert result.moments.done == (0,)


def test_the_noisy_latent_is_signal_and_noise_of_the_level(catalogue):
    model = catalogue.denoiser("generator")
    result = pass_through(model, PICTURE, PassRequest(RUN, 0.6), RUNTIME)
    schedule = SCHEDULES[model.network.config.schedule]()
    signal = float(schedule.alpha_bar[600])
    assert (result.level, result.signal, result.request.steps) == (600, signal, 3)
    clean, noise = model.vae.scale.normalise(result.encoded.z), starting_noise(model, [3])
    expected = math.sqrt(signal) * clean + math.sqrt(1 - signal) * noise
    assert torch.allclose(result.moments.x[:1], expected, atol=1e-5)
    assert result.moments.done == (0, 1, 2, 3)
    assert result.moments.signal[0] == signal
    assert result.moments.signal[-1] == 1.0


def test_more_strength_forgets_more_of_the_picture(catalogue):
    model = catalogue.denoiser("generator")
    kept = []
    for strength in (0.1, 0.5, 1.0):
        start = pass_through(model, PICTURE, PassRequest(RUN, strength), RUNTIME).moments.x[0].flatten()
        clean = model.vae.scale.normalise(
            encode(model.vae, PICTURE, EncodeRequest("f4c4", seed=3), RUNTIME).z
        ).flatten()
        kept.append(torch.corrcoef(torch.stack([start, clean]))[0, 1].item())
    assert kept[0] > kept[1] > kept[2]


def test_every_stage_took_time(catalogue):
    seconds = pass_through(catalogue.denoiser("generator"), PICTURE, PassRequest(RUN), RUNTIME).seconds
    assert min(seconds.encode, seconds.text, seconds.denoise, seconds.decode) > 0
    assert seconds.total == pytest.approx(seconds.encode + seconds.text + seconds.denoise + seconds.decode)


def test_what_cannot_be_is_refused(catalogue):
    for strength in (-0.1, 1.1, math.nan):
        with pytest.raises(BadRequest):
            PassRequest(RUN, strength)
    with pytest.raises(BadRequest, match="no encoder"):
        pass_through(catalogue.denoiser("pixels"), PICTURE, PassRequest(RUN), RUNTIME)
    with pytest.raises(UnknownWord):
        pass_through(catalogue.denoiser("generator"), PICTURE, PassRequest(GenerateRequest("a red umberella")), RUNTIME)
