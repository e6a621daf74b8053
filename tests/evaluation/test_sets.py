"""Sets of pictures: the groups that a card gets, and that real against real is the floor."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from app.core.pictures import from_bytes
from app.data.scenes import LABEL_COLUMNS, Scenes
from app.evaluation import evaluate, generation
from app.evaluation.distributions import judge_features
from app.evaluation.evaluate import evaluate_model
from app.evaluation.generation import (
    FEWEST,
    compare_as_sets,
    evaluate_generator,
    judge_agreement,
    memorisation,
    reconstruction_distance,
    training_features,
)
from app.evaluation.judging import held_out_groups, items_with
from app.store.catalogue import open_catalogue
from tests.checkpoints import RUNTIME, make_zoo
from tests.evaluation.conftest import REFERENCES

UNREAD = np.full(len(LABEL_COLUMNS), 99)
"""What a judge reads off a picture that is none of the scenes: no class that there is."""


def picture_key(picture):
    return picture.numpy().tobytes()


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    return open_catalogue(make_zoo(tmp_path_factory.mktemp("zoo")), RUNTIME)


@pytest.fixture(autouse=True)
def no_costs(monkeypatch):
    """How fast a model is asks for no set of pictures, and takes most of the time."""
    monkeypatch.setattr(evaluate, "model_cost", lambda *_: {})


def test_a_generator_is_measured_as_a_set_with_floors_and_every_group_has_its_ceiling(catalogue):
    metrics = evaluate_model(catalogue, "generator", FEWEST, write=False)
    for group in ("one_thing", "two_things", "unseen_combinations"):
        assert metrics[group]["all_attributes"]["n"] == metrics[f"ceiling_{group}"]["all_attributes"]["n"] == FEWEST
    distribution = metrics["distribution"]
    assert distribution["n"] == FEWEST
    assert distribution["frechet"] != distribution["frechet_floor"] > 0
    for name in ("precision", "precision_floor", "recall", "recall_floor"):
        assert distribution[name]["n"] == FEWEST
        assert 0 <= distribution[name]["low"] <= distribution[name]["rate"] <= distribution[name]["high"] <= 1
    assert metrics["memorisation"]["references"] == REFERENCES
    assert metrics["memorisation"]["nearest_of_held_out"] > 0


@pytest.mark.parametrize("partner", ["f4c4", ""])
def test_the_ceiling_is_graded_on_the_same_questions_as_the_generator(catalogue, monkeypatch, partner):
    """Equal n for every attribute; where the judge reads truly and nothing is lost, the ceiling is 100 %."""
    side, seen = 64, {}

    def read_truly(judge, pictures, runtime):
        return np.stack([seen.get(picture_key(picture), UNREAD) for picture in pictures])

    def remember(group, items):
        pictures = from_bytes(group.scenes.pictures(items))
        seen.update({picture_key(x): row for x, row in zip(pictures, group.scenes.labels(items), strict=True)})

    for group in held_out_groups(side):
        remember(group, items_with(group.scenes, group.things, 40))
    model = catalogue.denoiser("generator")
    model = replace(model, vae=model.vae if partner else None)
    monkeypatch.setattr(generation, "draw_captions", lambda m, captions, *_: torch.zeros(len(captions), 3, side, side))
    monkeypatch.setattr(generation, "compare_as_sets", lambda *_: {})
    monkeypatch.setattr(generation, "rebuild", lambda vae, pictures, runtime: pictures)
    monkeypatch.setattr(generation, "read_pictures", read_truly)
    metrics = evaluate_generator(model, catalogue.judge(), 40, RUNTIME)
    for group in ("one_thing", "two_things", "unseen_combinations"):
        asked = {name: rate["n"] for name, rate in metrics[group].items()}
        assert asked == {name: rate["n"] for name, rate in metrics[f"ceiling_{group}"].items()}
        assert min(asked[name] for name in ("background", "size", "texture")) < asked["kind"]  # some captions say less
        assert {rate["rate"] for rate in metrics[f"ceiling_{group}"].values()} == {1.0}
        assert metrics[group]["all_attributes"]["rate"] == 0.0


def test_memorisation_counts_the_pictures_that_come_nearer_than_held_out_ones():
    """Held-out pictures at distances 1 to 200 from the only training picture: their 1st percentile is just below 3."""
    trained = np.zeros((1, 2), np.float32)
    real = np.stack([np.arange(1, 201), np.zeros(200)], axis=1).astype(np.float32)
    generated = real[:100] - np.array([0.5, 0.0], np.float32)  # at 0.5, 1.5, 2.5, 3.5 ...
    figures = memorisation(generated, real, trained)
    assert figures["held_out_1st_percentile"] == pytest.approx(2.99)
    assert (figures["too_near"]["rate"], figures["too_near"]["n"], figures["n"]) == (0.03, 100, 100)
    assert figures["references"] == 1
    assert figures["nearest_of_held_out"] == pytest.approx(100.5)


def test_a_generator_is_compared_with_all_it_learnt_from(catalogue, monkeypatch):
    """In chunks, whose edges leave nothing out."""
    monkeypatch.setattr(generation, "CHUNK", 48)
    judge = catalogue.judge()
    features = training_features(judge, 100, RUNTIME)
    whole = judge_features(judge, from_bytes(Scenes(split="train").pictures(range(100))), RUNTIME)
    assert np.allclose(features, whole, atol=1e-5)
    model = catalogue.denoiser("generator")
    card = replace(model.card, training=replace(model.card.training, settings={"examples": 70}))
    sets = compare_as_sets(replace(model, card=card), judge, FEWEST, RUNTIME)
    assert sets["memorisation"]["references"] == 70


def test_too_few_pictures_are_not_compared_as_sets(catalogue):
    assert "distribution" not in evaluate_model(catalogue, "generator", FEWEST - 1, write=False)
    assert "frechet" not in evaluate_model(catalogue, "f4c4", FEWEST - 1, write=False)


def test_a_vae_that_rebuilds_perfectly_is_at_the_floor_and_always_agreed_with(catalogue, monkeypatch):
    monkeypatch.setattr(generation, "rebuild", lambda vae, pictures, runtime: pictures)
    model, judge = catalogue.vae("f4c4"), catalogue.judge()
    figures = reconstruction_distance(model, judge, 12, RUNTIME)
    assert figures["reconstruction"] == figures["floor"]
    agreed = judge_agreement(model, judge, 12, RUNTIME)
    assert agreed["all_attributes"]["rate"] == 1.0
