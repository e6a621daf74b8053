"""A small zoo of random models with a name for every one that a claim needs."""

from dataclasses import asdict

import pytest

from app.data.scenes import WORDS
from app.evaluation.claims import (
    codecs,
    linear_map,
)
from app.evaluation.claims.material import (
    ATTRIBUTES,
)
from app.evaluation.rates import wilson
from app.models import DenoiserConfig
from app.models.text import TextConfig
from app.store.catalogue import open_catalogue
from tests.checkpoints import RUNTIME, make_checkpoint, make_refiner, make_vae, make_zoo

VAES = {"f2c4": (2, 4), "f16c4": (16, 4), "f8c16": (8, 16), "f8c4_decoder": (8, 4)}
WEIGHTS = {"small_kl0": 0.0, "small_kl1e-6": 1e-6, "small_kl1e-4": 1e-4, "small_kl1e-2": 1e-2, "small_kl1": 1.0}
RACES = {
    "race_pixels": "", "race_f2c4": "f2c4", "race_f4c4": "f4c4", "race_f8c4": "f8c4", "race_f16c4": "f16c4",
    "race_kl0": "small_kl0", "race_kl1e-4": "small_kl1e-4", "race_kl1": "small_kl1",
    "race_eps": "f4c4", "race_x0": "f4c4",
}  # fmt: skip


@pytest.fixture(autouse=True)
def fewer_pictures_to_learn_from(monkeypatch):
    monkeypatch.setattr(codecs, "LEARNT_FROM", 32)
    monkeypatch.setattr(linear_map, "LEARNT_FROM", 32)


def make_denoiser(root, name, partner):
    card = open_catalogue(root, RUNTIME).cards[partner] if partner else None
    c, f = (card.config["c"], card.config["f"]) if card else (3, 1)
    config = DenoiserConfig(
        TextConfig(tuple(WORDS), width=16, layers=1, heads=2), channels=c, side=64 // f, partner=partner,
        target={"race_eps": "eps", "race_x0": "x0"}.get(name, "v"), widths=(16, 16), heads=2, condition_width=16,
    )  # fmt: skip
    rates = {name: asdict(wilson(90, 100)) for name in ATTRIBUTES}
    bound = {"partner": partner, "partner_sha256": card.latents_sha256 if card else ""}
    make_checkpoint(root, name, "denoiser", config, metrics={"one_thing": rates}, **bound)


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory):
    root = make_zoo(tmp_path_factory.mktemp("zoo"))
    for name, (f, c) in VAES.items():
        make_vae(root, name, f, c)
    for name, weight in WEIGHTS.items():
        make_vae(root, name, 8, 4, weight)
    make_refiner(root, "refiner", open_catalogue(root, RUNTIME).cards["f8c4"])
    for name, partner in RACES.items():
        make_denoiser(root, name, partner)
    return open_catalogue(root, RUNTIME)
