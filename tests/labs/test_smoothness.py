"""The smoothness meter against a decoder whose answer is known, and prior draws."""

import pytest
import torch
from torch import nn

from app.core.errors import BadRequest
from app.labs.smoothness import SmoothnessRequest, compare_smoothness, decode_prior, measure_smoothness
from app.models.latents import LatentScale
from app.store.catalogue import LoadedVAE, open_catalogue
from tests.checkpoints import RUNTIME, make_vae


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    root = tmp_path_factory.mktemp("vae")
    make_vae(root, "f4c4", 4, 4)
    return open_catalogue(root, RUNTIME).vae("f4c4")


class Magnify(nn.Module):
    """Shows the first channel three times as strong, in all colours, enlarged: an RMS gain of exactly 3."""

    def forward(self, z):
        return nn.functional.interpolate(3 * z[:, :1].expand(-1, 3, -1, -1), scale_factor=4.0)


def test_a_decoder_that_magnifies_by_three_moves_three_times_the_std(model):
    loaded = LoadedVAE(model.network, LatentScale((0.0,) * 4, (0.5, 9.0, 9.0, 9.0)), model.card)
    decoder, model.network.decoder = model.network.decoder, Magnify()
    try:
        measured = measure_smoothness(loaded, SmoothnessRequest(sizes=(0.1, 1.0), pictures=64), RUNTIME)
    finally:
        model.network.decoder = decoder
    assert measured.moved == pytest.approx((0.15, 1.5), rel=0.02)
    assert all(low < moved < high for low, moved, high in zip(measured.low, measured.moved, measured.high, strict=True))


def test_the_same_request_gives_the_same_figures_for_each_model(model):
    one, two = compare_smoothness([model, model], SmoothnessRequest(pictures=4), RUNTIME)
    assert one == two
    assert one.n == 4


def test_prior_draws_scale_with_the_spread_and_share_their_noise(model):
    wide, still = (decode_prior(model, spread, 2, 64, 5, RUNTIME) for spread in (2.0, 0.0))
    assert wide.shape == (2, 3, 64, 64)
    assert torch.allclose(still[0], still[1], atol=1e-5)
    assert not torch.allclose(wide[0], wide[1], atol=1e-2)
    assert torch.equal(wide, decode_prior(model, 2.0, 2, 64, 5, RUNTIME))


def test_impossible_requests_are_refused(model):
    with pytest.raises(BadRequest):
        SmoothnessRequest(pictures=0)
    with pytest.raises(BadRequest):
        SmoothnessRequest(sizes=(0.0,))
    with pytest.raises(BadRequest):
        decode_prior(model, 6.0, 1, 64, 0, RUNTIME)
