"""Training everything: the order, what is skipped, and a smoke run that makes a whole zoo."""

import pytest

from app.labs.train_all import is_finished, train_all, training_order
from app.labs.training_run import TrainRequest
from app.store.catalogue import open_catalogue
from app.training.recipes import RECIPES
from tests.checkpoints import RUNTIME, make_vae


def test_each_recipe_comes_after_those_it_needs():
    order = training_order()
    assert sorted(order) == sorted(RECIPES)
    for name, recipe in RECIPES.items():
        assert all(order.index(needed) < order.index(name) for needed in recipe.needs)


def test_another_models_folder_is_not_mistaken_for_a_finished_recipe(tmp_path):
    make_vae(tmp_path, "f4c4", 4, 4)
    assert not is_finished(TrainRequest("f4c4", tmp_path / "f4c4", checkpoints=tmp_path))
    assert not is_finished(TrainRequest("f8c4", tmp_path / "f8c4", checkpoints=tmp_path))


@pytest.mark.slow
def test_a_smoke_run_makes_every_model_and_a_second_one_has_nothing_to_do(tmp_path):
    first = list(train_all(tmp_path, RUNTIME, smoke=True))
    assert all(progress.report for progress in first)
    catalogue = open_catalogue(tmp_path, RUNTIME)
    assert sorted(catalogue.cards) == sorted(RECIPES)
    assert catalogue.problems == {}
    for name in catalogue.names("denoiser"):
        catalogue.denoiser(name)
    second = list(train_all(tmp_path, RUNTIME, smoke=True))
    assert [progress.report for progress in second] == [None] * len(RECIPES)
