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
from tests.checkpoints import RUNTIME, awake, make_refiner, make_vae, make_zoo


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
        ({"config": {"f": 4, "c": 4, "widths": []}}, "needs 2 widths"),
        ({"config": {"f": 4, "c": 4, "widths": [10**30] * 4}}, "widths are positive"),
        ({"config": {"f": 4, "c": 4, "encoder_blocks": 10**9}}, "0 to 64 blocks"),
        ({"config": {"f": 4, "c": 4, "kl_weight": 10**400}}, "too large a number"),
        ({"config": {"f": 4, "c": 4, "kl_weight": float("nan")}}, "KL weight = nan"),
        ({"latent_scale": {"mean": [0.0] * 3, "std": [1.0] * 3}}, "another number of channels"),
        ({"latent_scale": {"mean": [0.0] * 4, "std": [1.0] * 3}}, "latent scale"),
        ({"latent_scale": {"mean": [0.0] * 4, "std": [1.0, 1.0, 1.0, 0.0]}}, "latent scale"),
        ({"latent_scale": {"mean": [float("nan")] * 4, "std": [1.0] * 4}}, "latent scale"),
        ({"partner": "f8c4"}, "two partners"),
        ({"metrics": 3}, "metrics is not a table"),
    ],
)
def test_a_card_that_is_off_is_refused_by_name(folder, changes, said):
    edit_card(folder, **changes)
    with pytest.raises(BadCheckpoint, match=said):
        load_checkpoint(folder, runtime=RUNTIME)
    if "do not fit" not in said:  # the weights are only looked at when they are needed
        assert list(open_catalogue(folder.parent, RUNTIME).problems) == ["f4c4"]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"card"', '{"format": 1, "config": ' + "[" * 100_000])
def test_a_card_that_is_no_card(folder, text):
    (folder / CARD).write_text(text)
    with pytest.raises(BadCheckpoint):
        load_checkpoint(folder, runtime=RUNTIME)
    assert list(open_catalogue(folder.parent, RUNTIME).problems) == ["f4c4"]


def test_a_card_cannot_ask_for_more_memory_than_its_weights_take(folder, monkeypatch):
    """Networks of 10 GB are outlined on the meta device; nothing is allocated before names and shapes agree."""
    edit_card(folder, config={"f": 4, "c": 4, "widths": [4096] * 4, "decoder_blocks": 16})
    monkeypatch.setattr(torch.nn.Module, "to_empty", lambda *_, **__: pytest.fail("memory was taken"))
    with pytest.raises(BadCheckpoint, match="do not fit the network"):
        load_checkpoint(folder, runtime=RUNTIME)


def test_a_network_that_cannot_be_built_is_refused(folder, monkeypatch):
    def refuse(*_):
        raise OverflowError("no such size")

    monkeypatch.setattr(module, "outline", refuse)
    with pytest.raises(BadCheckpoint, match="makes no network"):
        load_checkpoint(folder, runtime=RUNTIME)


def test_files_that_may_not_be_read_are_named(folder, monkeypatch):
    def forbidden(*_, **__):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(module, "sha256", forbidden)
        with pytest.raises(BadCheckpoint, match=r"weights\.safetensors cannot be read: Permission denied"):
            matching_card(folder)
        assert list(open_catalogue(folder.parent, RUNTIME).problems) == ["f4c4"]
    with monkeypatch.context() as patch:
        patch.setattr(module.Path, "read_text", forbidden)
        with pytest.raises(BadCheckpoint, match=r"card\.json cannot be read: Permission denied"):
            matching_card(folder)


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
    with pytest.raises(BadCheckpoint, match="damaged") as caught:
        catalogue.vae("f8c4")
    assert "Fetch card.json" in caught.value.hint
    assert "Fetch card.json" in catalogue.problems["f8c4"]
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


def test_a_model_is_called_as_its_folder_is(tmp_path):
    make_zoo(tmp_path)
    (tmp_path / "f8c4").rename(tmp_path / "renamed")
    catalogue = open_catalogue(tmp_path, RUNTIME)
    assert catalogue.cards["renamed"].name == "renamed"
    assert catalogue.vae("renamed").card.name == "renamed"


def test_weights_that_were_exchanged_after_opening_are_not_mixed_with_the_old_card(tmp_path):
    make_zoo(tmp_path)
    catalogue, folder = open_catalogue(tmp_path, RUNTIME), tmp_path / "f4c4"
    weights = {name: value + 0.1 for name, value in load_file(folder / WEIGHTS).items()}
    save_checkpoint(folder, weights, matching_card(folder))
    with pytest.raises(BadCheckpoint, match="changed since it was opened"):
        catalogue.vae("f4c4")
    assert open_catalogue(tmp_path, RUNTIME).vae("f4c4").card.weights_sha256 == matching_card(folder).weights_sha256


def test_a_denoiser_for_other_channels_than_its_partners_is_refused(tmp_path):
    make_zoo(tmp_path)
    two_channels = make_vae(tmp_path, "f4c4", 4, 2)
    edit_card(tmp_path / "generator", partner_sha256=two_channels.latents_sha256)
    with pytest.raises(BadCheckpoint, match="4 channels"):
        open_catalogue(tmp_path, RUNTIME).denoiser("generator")


def test_a_refiner_comes_with_its_vae_and_no_other(tmp_path):
    make_refiner(tmp_path, "refiner", make_vae(tmp_path, "f4c4", 4, 4))
    loaded = open_catalogue(tmp_path, RUNTIME).refiner("refiner")
    assert loaded.vae.card.name == "f4c4"
    make_vae(tmp_path / "elsewhere", "other", 4, 4)
    (tmp_path / "f4c4").rename(tmp_path / "gone")
    (tmp_path / "elsewhere" / "other").rename(tmp_path / "f4c4")
    with pytest.raises(BadCheckpoint, match="another 'f4c4'"):
        open_catalogue(tmp_path, RUNTIME).refiner("refiner")
