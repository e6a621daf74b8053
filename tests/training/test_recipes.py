"""The recipes: every one can be made and bound, frozen parts stay as they were, a refiner starts as the identity."""

from dataclasses import replace

import pytest
import torch

from app.core.errors import BadRequest
from app.core.randomness import make_generator, normal
from app.data import open_dataset
from app.data.scenes import HELD_OUT, Scenes
from app.diffusion.schedule import SCHEDULES
from app.models import MODELS, DenoiserConfig, Refiner, RefinerConfig, VAEConfig
from app.models.build import build, outline
from app.models.latents import LatentScale, measure_scale
from app.training.config import TrainConfig
from app.training.loop import Run, train
from app.training.recipe import Partner, Recipe, bind, make_model
from app.training.recipes import RECIPES
from tests.checkpoints import RUNTIME, awake
from tests.training.small import ROUNDED

TINY = VAEConfig(f=4, c=2, widths=(8, 8, 8, 8))
CONFIG = TrainConfig(steps=4, batch_size=4, warmup_steps=1)


def test_every_recipe_names_a_kind_and_recipes_that_exist():
    for name, recipe in RECIPES.items():
        assert isinstance(recipe.model, MODELS[recipe.kind].config), name
        assert all(needed in RECIPES for needed in recipe.needs), name
        if isinstance(recipe.model, DenoiserConfig) and recipe.partner:
            vae = RECIPES[recipe.partner].model
            assert (recipe.model.channels, recipe.model.side) == (vae.c, recipe.side // vae.f), name


def test_the_whole_zoo_can_be_shipped():
    """Weights are stored in float16: a model takes at most 20 MB, all together at most 120."""
    networks = {name: outline(MODELS[recipe.kind].network, recipe.model) for name, recipe in RECIPES.items()}
    megabytes = {name: 2e-6 * sum(w.numel() for w in network.parameters()) for name, network in networks.items()}
    assert max(megabytes.values()) < 20
    assert sum(megabytes.values()) < 120


def test_noise_is_predicted_where_its_error_stays_small():
    """At pure noise an error of the predicted noise reaches the clean signal sqrt((1 - a) / a) times as large."""
    for name, recipe in RECIPES.items():
        if isinstance(recipe.model, DenoiserConfig) and recipe.model.target == "eps":
            left = SCHEDULES[recipe.model.schedule]().alpha_bar[-1]
            assert ((1 - left) / left).sqrt() < 20, name
    eps, x0 = (RECIPES[name].model for name in ("race_eps", "race_x0"))
    assert replace(eps, target="x0") == x0


def test_no_recipe_trains_on_held_out_combinations():
    for name, side in {(recipe.data, recipe.side) for recipe in RECIPES.values() if "scenes" in recipe.data}:
        data = open_dataset(name, split="train", side=side)
        scenes = data if isinstance(data, Scenes) else next(part for part in data.parts if isinstance(part, Scenes))
        shown = {(thing.kind, thing.colour) for scene in scenes.scenes(range(3000)) for thing in scene.things}
        assert shown
        assert not shown & set(HELD_OUT.items())


@pytest.mark.parametrize("runtime", [RUNTIME, ROUNDED], ids=["float32", "bfloat16"])
def test_a_frozen_encoder_keeps_its_weights_and_the_decoder_learns(runtime):
    recipe = Recipe("vae", "", TINY, CONFIG, data="digits", side=16, reconstruction="mse", frozen=("encoder",))
    model = make_model(recipe, 0)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    run = Run(bind(model, recipe, CONFIG, open_dataset("digits", split="train", side=16), runtime), CONFIG, runtime)
    list(train(run))
    after = run.averaged_weights()
    assert all(torch.equal(before[name], after[name]) for name in before if name.startswith("encoder"))
    assert any(not torch.equal(before[name], after[name]) for name in before if name.startswith("decoder"))


def test_the_judge_takes_scenes_only():
    with pytest.raises(BadRequest, match="digits"):
        bind(make_model(RECIPES["judge"], 0), RECIPES["judge"], CONFIG, open_dataset("digits", split="train"), RUNTIME)


def test_a_refiner_starts_as_the_identity_and_then_repairs():
    config = RefinerConfig("tiny", width=16, blocks=1)
    x = normal((2, 3, 16, 16), make_generator(0))
    assert torch.equal(build(Refiner, config, make_generator(1))(x), x)
    recipe = Recipe("refiner", "", config, replace(CONFIG, steps=60), data="digits", side=16, reconstruction="mse")
    vae = awake(MODELS["vae"].network, TINY, make_generator(2))
    data = open_dataset("digits", split="train", side=16)
    partner = Partner(vae, LatentScale((0.0, 0.0), (1.0, 1.0)))
    run = Run(bind(make_model(recipe, 0), recipe, recipe.train, data, RUNTIME, partner), recipe.train, RUNTIME)
    *_, last = train(run)
    assert last.parts["after"] < 0.9 * last.parts["before"]


def test_latents_have_unit_variance_after_scaling_and_come_back():
    z = 3.0 * normal((50, 2, 4, 4), make_generator(0)) + torch.tensor([1.0, -2.0])[None, :, None, None]
    scale = measure_scale(z)
    x = scale.normalise(z)
    assert x.mean(dim=(0, 2, 3)).tolist() == pytest.approx([0, 0], abs=1e-5)
    assert x.std(dim=(0, 2, 3)).tolist() == pytest.approx([1, 1], abs=1e-5)
    assert torch.allclose(scale.restore(x), z, atol=1e-5)
