"""The Prompt labs that run captions in one batch: guidance sweep, two captions, a caption that changes on the way."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from app.core.errors import BadRequest, UnknownWord
from app.core.randomness import make_generator
from app.diffusion.samplers.ddim import ddim
from app.diffusion.schedule import SCHEDULES
from app.evaluation.generation import wanted_labels
from app.evaluation.judging import agreement, read_pictures
from app.evaluation.sampling import SamplingOptions, caption_denoiser, decode_samples
from app.labs.generate import GenerateRequest, generate
from app.labs.prompt import MOST_ROW_STEPS, Mark, check_size, drawn, marks, readings, wishes
from app.labs.prompt_pair import PairRequest, compare_captions
from app.labs.prompt_sweep import SweepRequest, sweep, sweep_steps
from app.labs.prompt_switch import SwitchRequest, switch_caption
from app.store.catalogue import open_catalogue
from tests.checkpoints import RUNTIME, make_zoo

CAPTION = "a small striped red star at the top left on a blue background"
OTHER = "a large plain green cup at the bottom right on a pink background"


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    catalogue = open_catalogue(make_zoo(tmp_path_factory.mktemp("zoo")), RUNTIME)
    return catalogue.denoiser("generator"), catalogue.judge()


def ask(**settings):
    return GenerateRequest(**({"caption": CAPTION, "seed": 3, "steps": 4} | settings))


def alone(models, **settings):
    return generate(models[0], ask(**settings), RUNTIME).picture


def test_every_picture_of_a_sweep_is_what_its_weight_and_seed_give_alone(models):
    request = SweepRequest(ask(negative="a blue ring"), weights=(0.0, 1.0, 4.0), pictures=2)
    result = sweep(*models, request, RUNTIME)
    assert result.pictures.shape == (3, 2, 3, 64, 64)
    for row, weight in enumerate(request.weights):
        for column, seed in enumerate((3, 4)):
            expected = alone(models, guidance=weight, seed=seed, negative="a blue ring")
            torch.testing.assert_close(result.pictures[row, column : column + 1], expected, rtol=0, atol=1e-4)


def test_a_sweep_with_a_negative_caption_is_drawn_without_it_too(models):
    request = SweepRequest(ask(negative="a blue ring"), weights=(0.0, 4.0), pictures=2)
    without, plain = sweep(*models, request, RUNTIME).without, sweep(*models, replace(request, ask=ask()), RUNTIME)
    assert without is not None
    assert plain.without is None
    torch.testing.assert_close(without.pictures, plain.pictures, rtol=0, atol=1e-4)
    assert (without.marks, without.rates) == (plain.marks, plain.rates)
    assert sweep(*models, SweepRequest(ask(negative=" "), weights=(4.0,)), RUNTIME).without is None
    with pytest.raises(BadRequest, match="160 pictures"):
        next(sweep_steps(*models, SweepRequest(ask(negative="a star", steps=50), pictures=16), RUNTIME))


def test_the_marks_of_a_sweep_are_the_judges_readings(models):
    result = sweep(*models, SweepRequest(ask(), pictures=2), RUNTIME)
    read = read_pictures(models[1], result.pictures.flatten(0, 1), RUNTIME)
    right = agreement(np.repeat(wanted_labels([CAPTION]), len(read), 0), read)
    asked = wanted_labels([CAPTION])[0] != -1
    for picture, given in enumerate(mark for row in result.marks for mark in row):
        assert [mark.right for mark in given] == right[picture, asked].tolist()
    assert result.rates[0].n == 2
    assert result.shares[2] == pytest.approx(right[4:6][:, asked].mean())


def test_diversity_is_the_distance_between_seeds(models):
    result = sweep(*models, SweepRequest(ask(), weights=(2.0,), pictures=2), RUNTIME)
    one, two = result.pictures[0].clamp(-1, 1)
    assert result.diversity[0] == pytest.approx(float((one - two).square().mean().sqrt()), rel=1e-4)
    assert math.isnan(sweep(*models, SweepRequest(ask(), weights=(2.0,)), RUNTIME).diversity[0])


def test_a_sweep_says_how_far_it_is_and_can_be_left_at_every_step(models):
    shares = list(sweep_steps(*models, SweepRequest(ask(), weights=(2.0,)), RUNTIME))
    assert shares == [0.25, 0.5, 0.75, 1.0]
    for stop in range(4):
        work = sweep_steps(*models, SweepRequest(ask(), weights=(2.0,)), RUNTIME)
        for _ in range(stop):
            next(work)
        work.close()
    assert torch.is_inference_mode_enabled() is False


@pytest.mark.parametrize("caption", ["", "star star star"])
def test_what_cannot_be_graded_is_drawn_without_marks(models, caption):
    result = sweep(*models, SweepRequest(ask(caption=caption), weights=(2.0,)), RUNTIME)
    assert result.marks == (((),),)
    assert math.isnan(result.shares[0])
    assert result.rates[0].n == 0


def test_without_a_judge_there_are_pictures_and_no_marks(models):
    assert sweep(models[0], None, SweepRequest(ask(), weights=(2.0,)), RUNTIME).marks == (((),),)


@pytest.mark.parametrize(
    "bad",
    [{"weights": ()}, {"weights": (-1.0,)}, {"weights": (math.nan,)}, {"pictures": 0}, {"pictures": 99}],
)
def test_sweeps_out_of_range_are_refused(bad):
    with pytest.raises(BadRequest):
        SweepRequest(ask(), **bad)
    with pytest.raises(BadRequest):
        SweepRequest(ask(seed=2**31 - 1), pictures=2)


@pytest.mark.parametrize(
    "caption", ["dragon " * 1500, "a звезда", "<img src=x onerror=alert(1)>", "dragon unicorn", "あ"]
)
def test_captions_of_unknown_words_get_one_sentence(models, caption):
    with pytest.raises(UnknownWord) as error:
        sweep(*models, SweepRequest(ask(caption=caption)), RUNTIME)
    assert len(str(error.value)) < 300


def test_a_caption_of_ten_thousand_known_characters_gets_one_sentence(models):
    with pytest.raises(BadRequest, match="words; the model reads"):
        sweep(*models, SweepRequest(ask(caption="star " * 2000)), RUNTIME)


def test_runs_that_would_take_the_machine_are_refused(models):
    check_size(MOST_ROW_STEPS // 250, 250)
    with pytest.raises(BadRequest):
        next(drawn(models[0], [CAPTION] * 17, range(17), SamplingOptions(250), RUNTIME))


def test_marks_compare_only_what_was_asked_for():
    wanted = wishes("a red star above a blue cup")
    assert wanted["kind_a"] == "star"
    assert "size_a" not in wanted
    given = marks(wanted, {**wanted, "colour_b": "green", "size_a": "small"})
    assert Mark("colour of the second", "blue", "green") in given
    assert sum(mark.right for mark in given) == 4
    assert len(given) == 5
    assert wishes("red star cup") == {}


def test_a_pair_starts_together_and_each_ends_where_it_ends_alone(models):
    result = compare_captions(*models, PairRequest(ask(), OTHER), RUNTIME)
    assert result.x.shape == (5, 2, 4, 16, 16)
    assert result.decoded.shape == (5, 2, 3, 64, 64)
    assert result.apart[0] == 0
    assert (result.apart[1:] > 0).all()
    for side, caption in enumerate((CAPTION, OTHER)):
        torch.testing.assert_close(result.decoded[-1, side][None], alone(models, caption=caption), rtol=0, atol=1e-4)
    assert result.signal[0] < 0.01
    assert result.signal[-1] == 1
    [mark] = [mark for mark in result.marks[1] if mark.name == "kind"]
    assert (mark.wanted, mark.read) == ("cup", result.read[1]["kind_a"])


def test_a_switch_at_the_ends_is_one_caption_alone_and_between_it_is_neither(models):
    request = SwitchRequest(ask(), OTHER, after=(0, 2, 4), seeds=2)
    result = switch_caption(*models, request, RUNTIME)
    assert result.pictures.shape == (3, 2, 3, 64, 64)
    for seed in (0, 1):
        second = alone(models, caption=OTHER, seed=3 + seed)
        first = alone(models, seed=3 + seed)
        torch.testing.assert_close(result.pictures[0, seed][None], second, rtol=0, atol=1e-4)
        torch.testing.assert_close(result.pictures[2, seed][None], first, rtol=0, atol=1e-4)
        between = result.pictures[1, seed][None]
        assert min((between - first).abs().max(), (between - second).abs().max()) > 1e-3


def test_a_switch_in_the_middle_is_two_half_runs(models):
    """Two steps with the first caption, then the second caption from that state on."""
    half = generate(models[0], ask(), RUNTIME).trail[1]
    with torch.inference_mode():
        denoise = caption_denoiser(models[0], [OTHER], SamplingOptions(), RUNTIME)
        *_, end = ddim(denoise, SCHEDULES["cosine"](), half.x, 2, make_generator(0), start_t=half.t)
        expected = decode_samples(models[0], end.x, RUNTIME)
    result = switch_caption(*models, SwitchRequest(ask(), OTHER, after=(2,)), RUNTIME)
    torch.testing.assert_close(result.pictures[0], expected, rtol=0, atol=1e-4)


def test_what_follows_which_caption_is_what_the_judge_reads(models):
    request = SwitchRequest(ask(), OTHER, after=(0, 4), seeds=2)
    result = switch_caption(*models, request, RUNTIME)
    assert set(result.followed) == {"background", "place", "kind_a", "colour_a", "size_a", "texture_a"}
    first, second = wishes(CAPTION), wishes(OTHER)
    read = readings(models[1], result.pictures.flatten(0, 1), RUNTIME)
    for column, grid in result.followed.items():
        for number, side in enumerate(side for row in grid for side in row):
            found = read[number][column]
            assert side == {first[column]: "first", second[column]: "second"}.get(found, "neither")
        assert result.share(column)[0] == sum(side == "second" for side in grid[0]) / 2


@pytest.mark.parametrize("bad", [{"after": ()}, {"after": (5,)}, {"after": (-1,)}, {"seeds": 0}, {"seeds": 9}])
def test_switches_out_of_range_are_refused(bad):
    with pytest.raises(BadRequest):
        SwitchRequest(ask(), OTHER, **({"after": (1,)} | bad))
    with pytest.raises(BadRequest):
        SwitchRequest(ask(sampler="heun"), OTHER, after=(1,))
