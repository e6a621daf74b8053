"""Checkpoints: what is saved comes back; what was tampered with, is missing or does not fit is refused in words."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from app.core.errors import BadCheckpoint
from app.core.files import sha256
from app.core.randomness import make_generator, normal
from app.models import VAEConfig
from app.models.build import build
from app.models.vae import VAE
from app.store import checkpoint as module
from app.store.catalogue import open_catalogue
from app.store.checkpoint import CARD, NEXT_CARD, WEIGHTS, load_checkpoint, matching_card, save_checkpoint
from tests.checkpoints import RUNTIME, awake, make_vae, make_zoo


@pytest.fixture
def folder(tmp_path):
    make_vae(tmp_path, "f4c4", 4, 4)
    return tmp_path / "f4c4"


def edit_card(folder, **changes):
    values = json.loads((folder / CARD).read_text())
    (folder / CARD).write_text(json.dumps(values | changes))


def test_a_loaded_model_computes_what_the_saved_one_did(folder):
    loaded = load_checkpoint(folder, runtime=RUNTIME)
    original = awake(VAE, VAEConfig(4, 4, widths=(8, 8, 8, 8)), make_generator("test", "f4c4"))
    x = normal((1, 3, 16, 16), make_generator(0))
    assert torch.allclose(loaded.network.encode(x).mean, original.encode(x).mean, atol=2e-3)  # stored in float16
    assert not loaded.network.training
    assert not any(weight.requires_grad for weight in loaded.network.parameters())


def test_one_flipped_byte_is_noticed(folder):
    data = bytearray((folder / WEIGHTS).read_bytes())
    data[-1] ^= 1
    (folder / WEIGHTS).write_bytes(data)
    with pytest.raises(BadCheckpoint, match="changed or is damaged"):
        load_checkpoint(folder, runtime=RUNTIME)


def test_missing_weights_and_missing_card(folder):
    (folder / WEIGHTS).rename(folder / "gone")
    with pytest.raises(BadCheckpoint, match=r"weights.safetensors is missing"):
        load_checkpoint(folder, runtime=RUNTIME)
    (folder / "gone").rename(folder / WEIGHTS)
    (folder / CARD).unlink()
    with pytest.raises(BadCheckpoint, match="There is no"):
        load_checkpoint(folder, runtime=RUNTIME)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"format": 99}, "format 99"),
        ({"kind": "gan"}, "no kind of model called 'gan'"),
        ({"surprise": 1}, "unknown field 'surprise'"),
        ({"parameters": "many"}, "must be of type int"),
        ({"config": {"f": 4}}, "lacks the field 'c'"),
        ({"config": {"f": 4, "c": 4, "widths": [16, 16, 16, 16]}}, "do not fit the network"),
    ],
)
def test_a_card_that_is_off_is_refused_by_name(folder, changes, said):
    edit_card(folder, **changes)
    with pytest.raises(BadCheckpoint, match=said):
        load_checkpoint(folder, runtime=RUNTIME)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"card"'])
def test_a_card_that_is_no_card(folder, text):
    (folder / CARD).write_text(text)
    with pytest.raises(BadCheckpoint):
        load_checkpoint(folder, runtime=RUNTIME)


def test_misnamed_weights_are_refused_even_with_a_matching_hash(folder):
    weights = load_file(folder / WEIGHTS)
    save_file({f"other.{name}": value for name, value in weights.items()}, folder / WEIGHTS)
    edit_card(folder, weights_sha256=sha256(folder / WEIGHTS))
    with pytest.raises(BadCheckpoint, match="do not fit"):
        load_checkpoint(folder, runtime=RUNTIME)


@pytest.mark.parametrize("survived", range(4))
def test_a_kill_while_saving_leaves_the_old_pair_or_the_new(folder, monkeypatch, survived):
    """The save is stopped after 0, 1, 2 or 3 of its steps: write weights aside, lay new card, swap, rename card."""
    old = matching_card(folder)
    other = build(VAE, VAEConfig(4, 4, widths=(8, 8, 8, 8)), make_generator("other"))
    left = [survived]

    class Killed(BaseException):
        pass

    def mortal(function):
        def step(*arguments, **options):
            if left[0] == 0:
                raise Killed
            left[0] -= 1
            return function(*arguments, **options)

        return step

    monkeypatch.setattr(module, "write_weights", mortal(module.write_weights))
    monkeypatch.setattr(module, "write_card", mortal(module.write_card))
    monkeypatch.setattr(module.Path, "replace", mortal(module.Path.replace))
    with pytest.raises(Killed):
        save_checkpoint(folder, other.state_dict(), old)
    monkeypatch.undo()
    found = matching_card(folder)
    assert (found.weights_sha256 == old.weights_sha256) == (survived < 3)
    load_checkpoint(folder, runtime=RUNTIME)
    assert (folder / NEXT_CARD).exists() == (survived >= 2)


def test_one_bad_folder_never_stops_the_rest(tmp_path):
    make_zoo(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "f8c4" / WEIGHTS).write_bytes(b"nonsense")
    (tmp_path / "notes.txt").write_text("a file is no model")
    catalogue = open_catalogue(tmp_path, RUNTIME)
    assert sorted(catalogue.cards) == ["f4c4", "generator", "judge"]
    assert sorted(catalogue.problems) == ["empty", "f8c4"]
    with pytest.raises(BadCheckpoint, match="damaged"):
        catalogue.vae("f8c4")
    assert catalogue.vae("f4c4").scale.std == (1.0,) * 4


def test_a_misspelt_name_is_answered_with_the_nearest(tmp_path):
    make_zoo(tmp_path)
    with pytest.raises(BadCheckpoint) as caught:
        open_catalogue(tmp_path, RUNTIME).vae("f4c5")
    assert "Did you mean 'f4c4'?" in caught.value.hint


def test_the_wrong_partner_is_refused(tmp_path):
    make_zoo(tmp_path)
    make_vae(tmp_path, "f4c4", 4, 4, kl_weight=1e-2)
    folder = tmp_path / "f4c4"
    weights = {name: value + 0.1 for name, value in load_file(folder / WEIGHTS).items()}
    save_checkpoint(folder, weights, matching_card(folder))
    with pytest.raises(BadCheckpoint, match="another 'f4c4'"):
        open_catalogue(tmp_path, RUNTIME).denoiser("generator")


def test_a_partner_whose_decoder_was_trained_further_still_fits(tmp_path):
    make_zoo(tmp_path)
    folder = tmp_path / "f4c4"
    weights = load_file(folder / WEIGHTS)
    weights |= {name: value + 0.1 for name, value in weights.items() if name.startswith("decoder.")}
    save_checkpoint(folder, weights, matching_card(folder))
    assert open_catalogue(tmp_path, RUNTIME).denoiser("generator").vae is not None


def test_a_changed_latent_scale_is_noticed(folder):
    edit_card(folder, latent_scale={"mean": [0.0] * 4, "std": [2.0] * 4})
    with pytest.raises(BadCheckpoint, match="latent scale"):
        load_checkpoint(folder, runtime=RUNTIME)


def test_a_name_cannot_leave_the_checkpoint_folder(tmp_path):
    make_zoo(tmp_path / "inside")
    make_vae(tmp_path, "outside", 4, 4)
    with pytest.raises(BadCheckpoint):
        open_catalogue(tmp_path / "inside", RUNTIME).vae("../outside")
