"""Noise or clean latent: the two denoisers that differ in nothing but their target, beside each other on one page."""

import contextlib
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest

from app.core.runtime import choose_runtime
from app.figures.denoise import run_film
from app.labs.denoise import denoise_run, trajectory
from app.models.denoiser import DenoiserConfig
from app.store import catalogue as store
from app.store.catalogue import open_catalogue
from app.store.checkpoint import config_of
from app.ui.part import Part, Progress
from app.ui.services import Services
from app.ui.settings import default_of
from app.ui.tabs import denoise
from app.ui.tabs import denoise_run as tab
from tests.checkpoints import make_checkpoint, make_zoo

RUNTIME = choose_runtime("cpu", "float32")


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Services:
    root = make_zoo(tmp_path_factory.mktemp("zoo"))
    cards = open_catalogue(root, RUNTIME).cards
    config: DenoiserConfig = config_of(cards["generator"])
    hashes = {"partner": "f4c4", "partner_sha256": cards["f4c4"].latents_sha256}
    for name, target in (("race_eps", "eps"), ("race_x0", "x0")):
        make_checkpoint(root, name, "denoiser", replace(config, target=target, schedule="scaled_linear"), **hashes)
    return Services(RUNTIME, open_catalogue(root, RUNTIME))


@pytest.fixture(scope="module")
def part(services: Services) -> Part:
    with gr.Blocks():
        made = tab.build_run(services)
    assert made is not None
    return made


def values_of(part: Part, **changed: Any) -> dict[str, Any]:
    settings = {name: default_of(one) for name, one in part.settings.items()}
    return {**settings, "guess": None, "model": tab.BOTH, "steps": 3, **changed}


def test_the_choice_is_there_with_the_pair_alone(part: Part, services: Services, tmp_path: Path) -> None:
    assert tab.BOTH in [value for _, value in part.settings["model"].choices]
    alone = Services(RUNTIME, open_catalogue(make_zoo(tmp_path), RUNTIME))
    with gr.Blocks():
        other = tab.build_run(alone)
    assert other is not None
    assert tab.BOTH not in [value for _, value in other.settings["model"].choices]
    described = next(one for one in denoise.PARTS if one.name == "run")
    offered, without = described.presets_for(part), described.presets_for(other)
    assert set(offered) - set(without) == {"Noise or clean latent?"}
    assert set(offered) == set(described.presets)


def test_both_runs_stand_side_by_side_from_one_noise(part: Part, services: Services) -> None:
    values = values_of(part)
    *_, (film, plane, facts, _) = [item for item in part.run(values) if not isinstance(item, Progress)]
    request = tab.request_of(values)
    eps, x0 = (denoise_run(services.catalogue.denoiser(name), request, RUNTIME) for name in tab.PAIR)
    np.testing.assert_array_equal(eps.x[0].numpy(), x0.x[0].numpy())
    assert not np.allclose(eps.picture.numpy(), x0.picture.numpy(), atol=0.05)
    titles = [view["title"] for view in json.loads(film["data"])["views"]]
    assert len(titles) == 8
    assert [title.rpartition(", ")[2] for title in titles] == ["asked for noise"] * 4 + ["asked for the clean one"] * 4
    planes = json.loads(plane["data"])["planes"]
    assert [one["name"] for one in planes] == ["predicts the noise", "predicts the clean sample"]
    for one, result in zip(planes, (eps, x0), strict=True):
        np.testing.assert_allclose(one["path"], trajectory(result).path.numpy(), atol=1e-3)
    assert "eps" in facts["data"]
    assert "x0" in facts["data"]


def test_the_copied_code_draws_the_same_sheet(
    part: Part, services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "CHECKPOINTS", services.catalogue.root)
    monkeypatch.chdir(tmp_path)
    values = values_of(part)
    made: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(part.code(values), "copied", "exec"), made)
    results = [denoise_run(services.catalogue.denoiser(name), tab.request_of(values), RUNTIME) for name in tab.PAIR]
    np.testing.assert_array_equal(np.asarray(run_film(made["results"])[0]), np.asarray(run_film(results)[0]))
