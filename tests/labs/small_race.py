"""The race's recipes in small, so that a race takes a moment in a test."""

from dataclasses import replace

import pytest

from app.data.scenes import WORDS
from app.labs import compress_race
from app.models import DenoiserConfig, VAEConfig
from app.models.text import TextConfig
from app.training.recipe import Recipe
from app.training.recipes import RECIPES


def small_recipes() -> dict[str, Recipe]:
    """The names and shapes of the race's recipes with narrow networks."""
    text = TextConfig(tuple(WORDS), width=16, layers=1, heads=2)
    recipes: dict[str, Recipe] = {}
    for name in ("pixels", *compress_race.RUNGS):
        race, f = RECIPES[f"race_{name}"], 1 if name == "pixels" else int(name[1:].split("c")[0])
        model = DenoiserConfig(text, channels=3 if f == 1 else 4, side=64 // f, partner="" if f == 1 else name,
                               widths=(16, 16, 16), attention_levels=(2,), heads=2, condition_width=16)  # fmt: skip
        recipes[f"race_{name}"] = replace(race, model=model)
        if f > 1:
            recipes[name] = replace(RECIPES[name], model=VAEConfig(f, 4, widths=(8, 8, 8, 8)))
    return recipes


def use_small_recipes(patch: pytest.MonkeyPatch) -> None:
    """Make the race and the cost calculator use small networks."""
    patch.setattr(compress_race, "RECIPES", small_recipes())
    compress_race.fresh_runner.cache_clear()
