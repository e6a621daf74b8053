"""Latent surgery: each edit does what it says, where it says, and the change reaches as far as the decoder looks."""

import pytest
import torch

from app.core.errors import BadRequest
from app.core.randomness import make_generator, normal
from app.labs.surgery import CopyCell, EraseCell, ScaleChannel, ShiftChannel, operate
from app.models.latents import LatentScale
from app.store.catalogue import LoadedVAE, open_catalogue
from tests.checkpoints import RUNTIME, make_vae

Z = normal((1, 4, 16, 16), make_generator(0))
SCALE = LatentScale((0.5, -1.0, 0.0, 2.0), (1.0, 2.0, 3.0, 4.0))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    root = tmp_path_factory.mktemp("vae")
    make_vae(root, "f4c4", 4, 4)
    loaded = open_catalogue(root, RUNTIME).vae("f4c4")
    return LoadedVAE(loaded.network, SCALE, loaded.card)


def test_an_erased_cell_holds_the_training_mean_and_all_others_stay(model):
    z = operate(model, Z, (EraseCell(3, 5),), RUNTIME).z
    assert z[0, :, 3, 5].tolist() == pytest.approx(SCALE.mean)
    assert int((z != Z).any(dim=1).sum()) == 1


def test_a_copied_cell_is_in_both_places(model):
    z = operate(model, Z, (CopyCell(3, 5, 9, 2),), RUNTIME).z
    assert torch.equal(z[0, :, 9, 2], Z[0, :, 3, 5])
    assert torch.equal(z[0, :, 3, 5], Z[0, :, 3, 5])


def test_channels_shift_by_their_std_and_scale_about_their_mean(model):
    z = operate(model, Z, (ShiftChannel(1, 1.5), ScaleChannel(3, 0.5)), RUNTIME).z
    assert torch.allclose(z[0, 1], Z[0, 1] + 3.0)
    assert torch.allclose(z[0, 3], 2.0 + 0.5 * (Z[0, 3] - 2.0))
    assert torch.equal(z[0, [0, 2]], Z[0, [0, 2]])


def test_the_change_of_one_cell_reaches_its_pixels_and_not_the_whole_picture(model):
    result = operate(model, Z, (EraseCell(8, 8),), RUNTIME)
    assert result.reach is not None
    top, left, bottom, right = result.reach
    assert top <= 32 < bottom
    assert left <= 32 < right
    assert (bottom - top) * (right - left) < 64 * 64
    assert torch.equal(result.change, (result.after - result.before).abs().mean(1, keepdim=True))


def test_no_edit_changes_nothing(model):
    result = operate(model, Z, (), RUNTIME)
    assert result.reach is None
    assert torch.equal(result.before, result.after)


@pytest.mark.parametrize(
    "edit", [EraseCell(16, 0), EraseCell(0, -1), CopyCell(0, 0, 0, 16), ShiftChannel(4, 1.0), ScaleChannel(-1, 1.0)]
)
def test_places_outside_the_latent_are_refused(model, edit):
    with pytest.raises(BadRequest, match="There is no"):
        operate(model, Z, (edit,), RUNTIME)
