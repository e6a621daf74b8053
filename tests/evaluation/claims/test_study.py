"""What experiments share: runs that are drawn once, and the linear map beside the decoder."""

import pytest
import torch

from app.core.pictures import from_bytes
from app.core.randomness import make_generator, normal
from app.data import open_dataset
from app.evaluation.claims import (
    linear_map,
)
from app.evaluation.claims.linear_map import LinearMap, fit_linear_map
from app.evaluation.claims.material import (
    held_out,
    latents_of,
    moved_on,
    one_thing,
)
from app.evaluation.claims.study import Study
from app.evaluation.generation import draw_captions
from app.evaluation.reconstruction import reconstruct
from app.evaluation.sampling import SamplingOptions
from tests.checkpoints import RUNTIME


def test_a_run_is_drawn_once_and_is_the_one_that_the_report_measures(catalogue, monkeypatch):
    model, study, captions = catalogue.denoiser("generator"), Study(catalogue, 3), one_thing(3).captions
    expected = draw_captions(model, captions, [0, 1, 2], SamplingOptions(), RUNTIME).clamp(-1, 1)
    calls = []
    monkeypatch.setattr(
        model.network.entry, "forward", lambda *a, f=model.network.entry.forward: calls.append(1) or f(*a)
    )
    assert torch.equal(study.draw(model, captions), expected)
    run = study.run(model, captions)
    assert len(calls) == 20
    assert run.x0.shape == (20, *run.last.shape)
    assert torch.allclose(run.x0[-1], run.last, atol=1e-5)  # DDIM ends on the clean latent that it expects
    study.draw(model, captions, SamplingOptions(steps=3))
    study.draw(model, moved_on(captions))
    assert len(calls) == 20 + 3 + 20
    Study(catalogue, 3).draw(model, captions)
    assert len(calls) == 63  # nothing outlives its study


def test_no_network_is_asked_twice_for_captions_that_say_nothing(catalogue, monkeypatch):
    model, study, rows = catalogue.denoiser("generator"), Study(catalogue, 2), []
    predict = model.network.predict
    guided = draw_captions(model, ["", ""], [0, 1], SamplingOptions(), RUNTIME).clamp(-1, 1)
    monkeypatch.setattr(model.network, "predict", lambda x, *rest: rows.append(len(x)) or predict(x, *rest))
    assert torch.allclose(study.draw(model, ["", ""]), guided, atol=1e-4)
    assert set(rows) == {2}
    study.draw(model, ["a red star", ""])
    assert set(rows) == {2, 4}


def test_the_linear_map_finds_a_linear_decoder_again(catalogue, monkeypatch):
    latents, vae = 0.5 * normal((32, 4, 8, 8), make_generator("latents")), catalogue.vae("f8c4")
    truth = LinearMap(8, 0.1 * normal((5, 192), make_generator("map")))
    monkeypatch.setattr(linear_map, "latents_of", lambda *_: latents)
    monkeypatch.setattr(linear_map, "from_bytes", lambda _: truth.pictures(latents))
    assert fit_linear_map(vae, RUNTIME).weights == pytest.approx(truth.weights, abs=1e-4)


def test_the_linear_map_of_training_scenes_fits_them_better_than_one_colour(catalogue):
    vae, x = catalogue.vae("f8c4"), from_bytes(open_dataset("scenes", split="train").pictures(range(32)))
    fitted = fit_linear_map(vae, RUNTIME).pictures(latents_of(vae, x, RUNTIME))
    assert fitted.shape == x.shape
    colour = x.mean(dim=(0, 2, 3), keepdim=True)
    assert (fitted - x).square().mean() < (colour - x).square().mean()


def test_latents_are_those_that_reconstruction_decodes(catalogue):
    vae, x = catalogue.vae("f4c4"), held_out("scenes", 2)
    decoded = vae.network.decode(vae.scale.restore(latents_of(vae, x, RUNTIME)))
    assert torch.allclose(decoded, reconstruct(vae, x, RUNTIME)[0], atol=1e-5)
