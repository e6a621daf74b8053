"""Measuring a model of the catalogue: on which pictures, how many, and onto which card the figures go."""

import json
from dataclasses import asdict, replace

import pytest
from safetensors.torch import load_file

from app.core.errors import BadCheckpoint, BadRequest
from app.data import open_dataset
from app.evaluation import evaluate as module
from app.evaluation.evaluate import MEASURES, evaluate_model, held_out
from app.evaluation.generation import FEWEST
from app.evaluation.rates import Rate
from app.evaluation.reconstruction import evaluate_refiner, evaluate_vae
from app.models import MODELS, VAEConfig
from app.models.latents import LatentScale
from app.store.catalogue import open_catalogue
from app.store.checkpoint import CARD, WEIGHTS, matching_card, save_checkpoint
from tests.checkpoints import RUNTIME, TRAINING, make_checkpoint, make_refiner, make_vae, make_zoo


@pytest.fixture
def root(tmp_path):
    make_refiner(tmp_path, "refiner", make_vae(tmp_path, "f4c4", 4, 4))
    return tmp_path


def make_digits(root):
    config, scale = VAEConfig(16, 2, widths=(8, 8, 8, 8)), LatentScale((0.0, 0.0), (1.0, 1.0))
    training = replace(TRAINING, data="digits", side=16)
    return make_checkpoint(root, "digits", "vae", config, latent_scale=scale, training=training)


def test_every_kind_of_model_can_be_measured():
    assert set(MEASURES) == set(MODELS)


def test_a_model_is_measured_at_the_side_it_was_trained_at_on_all_there_is(tmp_path):
    card = make_digits(tmp_path)
    (data,) = held_out(card).values()
    assert data.side == 16
    catalogue = open_catalogue(tmp_path, RUNTIME)
    metrics = evaluate_model(catalogue, "digits", 10_000, write=False)
    assert metrics["held_out_digits"]["n"] == len(data) < 10_000
    exact = evaluate_vae(catalogue.vae("digits"), open_dataset("digits", split="test", side=16), len(data), RUNTIME)
    assert metrics["held_out_digits"] == exact


@pytest.mark.parametrize("data", ["scenes+photos", "photos+scenes", "scenes*2+photos*1", "photos + scenes*3"])
def test_scenes_and_photos_are_measured_apart_however_their_sum_is_written(tmp_path, data):
    card = make_vae(tmp_path, "mine", 4, 4, training=replace(TRAINING, data=data))
    found = held_out(card)
    assert {name: opened.name for name, opened in found.items()} == {
        "held_out_scenes": "scenes",
        "held_out_photos": "photos",
    }


def test_a_data_set_keeps_its_argument_and_loses_its_weight(tmp_path):
    for data, name in (("scenes:unseen*3+photos", "held_out_scenes:unseen"), ("scenes*2", "held_out_scenes")):
        card = make_vae(tmp_path, "mine", 4, 4, training=replace(TRAINING, data=data))
        assert next(iter(held_out(card))) == name


@pytest.mark.parametrize("count", [0, -3])
def test_nothing_cannot_be_measured(root, count):
    with pytest.raises(BadRequest):
        evaluate_model(open_catalogue(root, RUNTIME), "f4c4", count)


def test_a_refiner_is_measured_before_and_after_on_the_same_pictures(root):
    catalogue = open_catalogue(root, RUNTIME)
    scenes = open_dataset("scenes", split="test")
    refined = evaluate_refiner(catalogue.refiner("refiner"), scenes, 6, RUNTIME)
    plain = evaluate_vae(catalogue.vae("f4c4"), scenes, 6, RUNTIME)
    assert (refined["n"], refined["psnr_db_before"], refined["ssim_before"]) == (6, plain["psnr_db"], plain["ssim"])
    assert refined["psnr_db"] != refined["psnr_db_before"]
    metrics = evaluate_model(catalogue, "refiner", 6)
    assert set(metrics) == {"held_out_scenes", "held_out_photos", "cost"}
    assert metrics["held_out_scenes"] == refined
    assert matching_card(root / "refiner").metrics == metrics


@pytest.mark.parametrize("name", ["f4c4", "generator", "judge"])
def test_every_figure_is_a_number_a_list_or_a_rate(tmp_path, name):
    """What the command line prints, and the report: no figure is a group of its own."""
    metrics = evaluate_model(open_catalogue(make_zoo(tmp_path), RUNTIME), name, FEWEST)
    for figures in metrics.values():
        for value in figures.values():
            assert value is None or isinstance(value, int | float | list) or set(value) == set(asdict(Rate(None, 0)))
    assert matching_card(tmp_path / name).metrics == metrics


def test_figures_never_reach_the_card_of_other_weights(root, monkeypatch):
    """A training that finishes while the old weights are measured keeps its own card."""
    folder = root / "f4c4"

    def measured_meanwhile(*_):
        weights = {name: value + 0.1 for name, value in load_file(folder / WEIGHTS).items()}
        save_checkpoint(folder, weights, replace(matching_card(folder), about="new"))
        return {"held_out_scenes": {"n": 1}}

    monkeypatch.setattr(module, "MEASURES", {"vae": measured_meanwhile})
    with pytest.raises(BadCheckpoint, match="changed since it was opened"):
        evaluate_model(open_catalogue(root, RUNTIME), "f4c4", 1)
    card = matching_card(folder)
    assert (card.about, card.metrics) == ("new", {})


def test_what_else_the_card_says_stays(root):
    values = json.loads((root / "f4c4" / CARD).read_text())
    catalogue = open_catalogue(root, RUNTIME)
    (root / "f4c4" / CARD).write_text(json.dumps(values | {"about": "reworded meanwhile"}))
    evaluate_model(catalogue, "f4c4", 2)
    assert matching_card(root / "f4c4").about == "reworded meanwhile"


def test_a_card_that_cannot_be_written_is_said_in_words(root, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "write_card", full)
    with pytest.raises(BadRequest, match="No space left"):
        evaluate_model(open_catalogue(root, RUNTIME), "f4c4", 2)
