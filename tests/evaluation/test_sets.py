"""Sets of pictures: the groups that a card gets, and that real against real is the floor."""

import pytest

from app.evaluation.evaluate import evaluate_model
from app.evaluation.generation import FEWEST, judge_agreement, reconstruction_distance
from app.store.catalogue import open_catalogue
from tests.checkpoints import RUNTIME, make_zoo


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    return open_catalogue(make_zoo(tmp_path_factory.mktemp("zoo")), RUNTIME)


def test_a_generator_is_measured_as_a_set_with_floors_and_every_group_has_its_ceiling(catalogue):
    metrics = evaluate_model(catalogue, "generator", FEWEST, write=False)
    for group in ("one_thing", "two_things", "unseen_combinations"):
        assert metrics[group]["all_attributes"]["n"] == metrics[f"ceiling_{group}"]["all_attributes"]["n"] == FEWEST
    distribution = metrics["distribution"]
    assert distribution["n"] == FEWEST
    assert distribution["frechet"] != distribution["frechet_floor"] > 0
    assert 0 <= distribution["precision"] <= 1
    assert metrics["memorisation"]["references"] == 4096
    assert metrics["memorisation"]["nearest_of_held_out"] > 0


def test_too_few_pictures_are_not_compared_as_sets(catalogue):
    assert "distribution" not in evaluate_model(catalogue, "generator", FEWEST - 1, write=False)
    assert "frechet" not in evaluate_model(catalogue, "f4c4", FEWEST - 1, write=False)


def test_a_vae_that_rebuilds_perfectly_is_at_the_floor_and_always_agreed_with(catalogue, monkeypatch):
    from app.evaluation import generation

    monkeypatch.setattr(generation, "rebuild", lambda vae, pictures, runtime: pictures)
    model, judge = catalogue.vae("f4c4"), catalogue.judge()
    figures = reconstruction_distance(model, judge, 12, RUNTIME)
    assert figures["reconstruction"] == figures["floor"]
    agreed = judge_agreement(model, judge, 12, RUNTIME)
    assert agreed["all_attributes"]["rate"] == 1.0
