"""The generate lab: what the request promises, and that the trail leads to the picture."""

import math

import pytest
import torch

from app.core.errors import BadRequest, UnknownName, UnknownWord
from app.core.randomness import picture_noise
from app.labs.generate import GenerateRequest, generate
from app.store.catalogue import open_catalogue
from tests.checkpoints import BFLOAT16, RUNTIME, make_zoo

CAPTION = "a small striped red star at the top left on a blue background"


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    return open_catalogue(make_zoo(tmp_path_factory.mktemp("zoo")), RUNTIME)


@pytest.fixture(scope="module")
def model(catalogue):
    return catalogue.denoiser("generator")


def run(model, **settings):
    return generate(model, GenerateRequest(**({"caption": CAPTION, "seed": 3, "steps": 4} | settings)), RUNTIME)


def test_the_trail_starts_in_the_seeds_noise_and_ends_in_the_picture(model):
    result = run(model)
    assert torch.equal(result.start, picture_noise((4, 16, 16), [3]))
    assert [state.step for state in result.trail] == [1, 2, 3, 4]
    assert result.trail[-1].t == 0
    with torch.inference_mode():
        decoded = model.vae.network.decode(model.vae.scale.restore(result.trail[-1].x))
    assert torch.allclose(result.picture, decoded, atol=1e-5)


@pytest.mark.parametrize("sampler", ["ddpm", "ddim", "euler", "heun", "dpm"])
def test_every_sampler_is_repeatable_and_listens_to_the_seed(model, sampler):
    one, two, other = (run(model, sampler=sampler, seed=seed).picture for seed in (3, 3, 4))
    assert torch.equal(one, two)
    assert not torch.allclose(one, other, atol=1e-3)


def test_caption_guidance_and_negative_caption_each_change_the_picture(model):
    base = run(model).picture
    for change in ({"caption": "a large blue ring"}, {"guidance": 6.0}, {"negative": "a blue star"}):
        assert (run(model, **change).picture - base).abs().max() > 1e-4


def test_guidance_1_is_the_plain_conditional_model(model):
    """At weight 1 the negative caption has no say."""
    assert torch.equal(run(model, guidance=1.0).picture, run(model, guidance=1.0, negative="a blue star").picture)


@pytest.mark.parametrize(
    "bad", [{"steps": 0}, {"steps": 251}, {"guidance": -0.1}, {"guidance": math.nan}, {"seed": -1}, {"seed": 2**40}]
)
def test_numbers_out_of_range_are_refused(bad):
    with pytest.raises(BadRequest):
        GenerateRequest(CAPTION, **bad)


def test_unknown_words_and_samplers_are_refused(model):
    with pytest.raises(UnknownWord):
        run(model, caption="a small dragon")
    with pytest.raises(UnknownName):
        run(model, sampler="magic")


def test_an_empty_caption_is_the_unconditional_model(model):
    assert torch.allclose(run(model, caption="").picture, run(model, caption="", guidance=7.0).picture, atol=1e-3)


def test_bfloat16_gives_nearly_what_float32_does(catalogue):
    request = GenerateRequest(CAPTION, seed=3, steps=4)
    exact = generate(catalogue.denoiser("generator"), request, RUNTIME)
    nearly = generate(open_catalogue(catalogue.root, BFLOAT16).denoiser("generator"), request, BFLOAT16)
    assert torch.equal(exact.start, nearly.start)
    assert nearly.trail[-1].x.dtype == nearly.picture.dtype == torch.float32
    for a, b in ((exact.trail[-1].x, nearly.trail[-1].x), (exact.picture, nearly.picture)):
        assert 0 < (a - b).std() < 0.05 * a.std()
