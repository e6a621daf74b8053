"""The Prompt labs about single words: where each looks, and what changes without it."""

import pytest
import torch

from app.core.errors import BadRequest, UnknownWord
from app.core.randomness import picture_noise
from app.diffusion.schedule import SCHEDULES
from app.diffusion.targets import to_prediction
from app.evaluation.sampling import predictor
from app.labs.generate import GenerateRequest, generate
from app.labs.prompt_attention import START_WORD, attention, on_one_grid
from app.labs.prompt_words import compared_steps, drop_words, without_each
from app.models.text import tokenise
from app.store.catalogue import open_catalogue
from tests.checkpoints import RUNTIME, make_zoo

CAPTION = "a small red star at the top"


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    catalogue = open_catalogue(make_zoo(tmp_path_factory.mktemp("zoo")), RUNTIME)
    return catalogue.denoiser("generator"), catalogue.judge()


def ask(**settings):
    return GenerateRequest(**({"caption": CAPTION, "seed": 3, "steps": 3} | settings))


def test_attention_sums_to_one_over_the_words_of_the_caption(models):
    result = attention(models[0], ask(), RUNTIME)
    assert result.words == (START_WORD, *CAPTION.split())
    assert len(result.maps) == 3  # down, middle and up of the one level that attends
    for layer in result.maps:
        assert layer.shape == (3, 8, 8, 8)
        torch.testing.assert_close(layer.sum(1), torch.ones(3, 8, 8), rtol=0, atol=1e-4)
    assert on_one_grid(result).shape == (3, 8, 8, 8)


def test_recording_changes_nothing_and_shows_the_pictures_of_the_run(models):
    result, plain = attention(models[0], ask(), RUNTIME), generate(models[0], ask(), RUNTIME)
    torch.testing.assert_close(result.decoded[-1:], plain.picture, rtol=0, atol=1e-4)
    assert result.decoded.shape == (4, 3, 64, 64)


def test_the_maps_are_the_captions_and_not_the_empty_ones(models):
    """Step 1, all layers, against one call of the network with the caption alone."""
    model = models[0]
    x, record = picture_noise((4, 16, 16), [3]), []
    with torch.inference_mode():
        text = model.network.encode_text(tokenise([CAPTION], model.network.config.text))
        model.network.predict(x, torch.tensor([1000]), text, record)
    result = attention(model, ask(), RUNTIME)
    for layer, own in zip(result.maps, record, strict=True):
        torch.testing.assert_close(layer[0], own[0, :, :, :8].movedim(-1, 0), rtol=0, atol=1e-4)


@pytest.mark.parametrize("sampler", ["heun", "dpm"])
def test_there_is_one_map_a_step_under_every_sampler(models, sampler):
    assert len(attention(models[0], ask(sampler=sampler), RUNTIME).maps[0]) == 3


def test_a_run_that_does_not_read_the_caption_is_refused(models):
    with pytest.raises(BadRequest, match="not read"):
        attention(models[0], ask(guidance=0.0), RUNTIME)
    with pytest.raises(BadRequest):
        attention(models[0], ask(steps=51), RUNTIME)
    with pytest.raises(UnknownWord):
        attention(models[0], ask(caption="a dragon"), RUNTIME)
    assert attention(models[0], ask(caption=""), RUNTIME).words == (START_WORD,)


def test_each_word_is_left_out_once():
    assert without_each(["a", "red", "red", "star"]) == ["red red star", "a red star", "a red star", "a red red"]


def test_each_picture_is_that_of_the_shorter_caption(models):
    result = drop_words(*models, ask(caption="a red star"), RUNTIME)
    for row, caption in enumerate(["a red star", "red star", "a star", "a red"]):
        expected = generate(models[0], ask(caption=caption), RUNTIME).picture
        torch.testing.assert_close(result.pictures[row : row + 1], expected, rtol=0, atol=1e-4)
    distance = (result.pictures[2].clamp(-1, 1) - result.pictures[0].clamp(-1, 1)).square().mean().sqrt()
    torch.testing.assert_close(result.moved[1], distance)


def test_the_noise_is_compared_where_the_whole_captions_run_passes(models):
    """The second step, by hand: the network at the x of the whole caption's run after one step."""
    model, schedule = models[0], SCHEDULES["cosine"]()
    state = generate(model, ask(caption="a red star"), RUNTIME).trail[0]
    with torch.inference_mode():
        text = model.network.encode_text(tokenise(["a red star", "a star"], model.network.config.text))
        x = state.x.expand(2, -1, -1, -1)
        output = predictor(model.network, RUNTIME)(x, torch.full((2,), state.t), text)
        eps = to_prediction(model.network.config.target, output, x, schedule.alpha_bar[state.t]).eps
    result = drop_words(*models, ask(caption="a red star"), RUNTIME)
    change = (eps[1] - eps[0]).square()
    torch.testing.assert_close(result.maps[1, 1], change.mean(0).sqrt(), rtol=1e-3, atol=1e-5)
    assert float(result.noise[1, 1]) == pytest.approx(float(change.mean().sqrt()), rel=1e-3)
    assert result.signal[1] == pytest.approx(float(schedule.alpha_bar[state.t]))


def test_what_the_judge_reads_otherwise_is_named(models):
    result = drop_words(*models, ask(caption="a red star"), RUNTIME)
    for word in range(3):
        expected = {
            name: (value, result.read[word + 1][name])
            for name, value in result.read[0].items()
            if value != result.read[word + 1][name]
        }
        assert result.changed(word) == expected
    assert drop_words(models[0], None, ask(caption="a star"), RUNTIME).changed(0) == {}


def test_an_empty_caption_has_no_word_to_leave_out(models):
    for caption in ("", " , . "):
        with pytest.raises(BadRequest, match="no word"):
            drop_words(*models, ask(caption=caption), RUNTIME)


@pytest.mark.parametrize("steps", [1, 2, 5, 6, 20, 250])
def test_the_compared_steps_begin_and_end_with_the_run(steps):
    chosen = compared_steps(steps)
    assert chosen[0] == 1
    assert chosen[-1] == steps
    assert len(chosen) == len(set(chosen)) == min(5, steps)
