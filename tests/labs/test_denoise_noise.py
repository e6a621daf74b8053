"""Into the noise: the forward equation, on latents and on pixels alike."""

import math

import pytest
import torch

from app.core.errors import BadRequest, UnknownName
from app.core.pictures import to_picture, to_tensor
from app.core.runtime import Runtime, choose_runtime
from app.diffusion.schedule import SCHEDULES
from app.labs.denoise_noise import NoiseRequest, add_noise_to, clean_latent, decode_latents, noise_curves
from app.labs.gallery import SCENES, gallery_picture
from app.store.catalogue import LoadedVAE, open_catalogue
from tests.checkpoints import make_zoo

RUNTIME: Runtime = choose_runtime("cpu", "float32")


@pytest.fixture(scope="module")
def vae(tmp_path_factory: pytest.TempPathFactory) -> LoadedVAE:
    return open_catalogue(make_zoo(tmp_path_factory.mktemp("models")), RUNTIME).vae("f4c4")


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_path_starts_clean_and_ends_in_the_schedule_s_noise(vae: LoadedVAE, schedule: str) -> None:
    picture = gallery_picture(SCENES[0])
    result = add_noise_to(vae, picture, NoiseRequest(schedule, levels=5), RUNTIME)
    x = to_tensor(picture)[None]
    assert result.t == (0, 250, 500, 750, 1000)
    assert result.signal[0] == 1.0
    assert torch.equal(result.pixels[:1], x)
    assert torch.allclose(result.x[:1], clean_latent(vae, x, RUNTIME))
    assert result.signal[-1] == float(SCHEDULES[schedule]().alpha_bar[-1])


def test_latent_and_pixels_get_as_much_noise(vae: LoadedVAE) -> None:
    """What is left after the signal's share is taken off has the standard deviation sqrt(1 - alpha_bar)."""
    result = add_noise_to(vae, gallery_picture(SCENES[0]), NoiseRequest(levels=6), RUNTIME)
    for k, signal in enumerate(result.signal):
        for clean, noised in ((result.x[0], result.x[k]), (result.pixels[0], result.pixels[k])):
            rest = noised - math.sqrt(signal) * clean
            assert float(rest.std()) == pytest.approx(math.sqrt(1 - signal), abs=0.05)


def test_decoded_belongs_to_its_latent(vae: LoadedVAE) -> None:
    result = add_noise_to(vae, gallery_picture(SCENES[0]), NoiseRequest(levels=4), RUNTIME)
    assert torch.allclose(result.decoded[2], decode_latents(vae, result.x[2:3], RUNTIME)[0], atol=1e-4)


def test_a_picture_of_any_size_is_cropped(vae: LoadedVAE) -> None:
    odd = to_picture(torch.zeros(3, 71, 133))
    assert add_noise_to(vae, odd, NoiseRequest(levels=2), RUNTIME).picture.shape == (1, 3, 64, 64)


def test_curves_are_the_schedules_own() -> None:
    curves = noise_curves(11)
    assert list(curves) == list(SCHEDULES)
    t, signal = curves["linear"]
    assert t[5] == 500
    assert signal[5] == float(SCHEDULES["linear"]().alpha_bar[500])


def test_bad_requests_are_refused(vae: LoadedVAE) -> None:
    for bad in ({"levels": 1}, {"levels": 1000}, {"seed": -1}):
        with pytest.raises(BadRequest):
            NoiseRequest(**bad)
    with pytest.raises(UnknownName, match="cosine"):
        NoiseRequest("cosin")
    with pytest.raises(BadRequest, match="multiple"):
        clean_latent(vae, torch.zeros(1, 3, 62, 62), RUNTIME)
