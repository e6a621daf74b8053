"""Decisions, branches, wrong scales and the game: each against what it must equal."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from app.core.errors import BadRequest, UnknownWord
from app.core.pictures import to_bytes
from app.core.randomness import make_generator
from app.core.runtime import Runtime, choose_runtime
from app.data.scenes import LABEL_COLUMNS, Scenes
from app.diffusion.samplers import SAMPLERS
from app.diffusion.schedule import SCHEDULES
from app.evaluation.sampling import SamplingOptions, caption_denoiser
from app.labs.denoise import DenoiseRequest, denoise_run
from app.labs.denoise_branch import (
    MOST_BRANCHES,
    MOST_STEPS,
    BranchSpec,
    grow,
    make_tree,
    make_tree_steps,
    plant,
    specs_from_text,
    specs_to_text,
)
from app.labs.denoise_decide import DecideRequest, DecideResult, decide, wanted_of
from app.labs.denoise_game import DIFFERENCES, GameRequest, deal, nearest_candidate
from app.labs.denoise_noise import clean_latent, decode_latents
from app.labs.denoise_scale import LADDER, ScaleRequest, wrong_scale, wrong_scale_steps
from app.store.catalogue import Catalogue, open_catalogue
from tests.checkpoints import make_zoo

RUNTIME: Runtime = choose_runtime("cpu", "float32")
CAPTION = "a small red star at the top left on a blue background"
RUN = DenoiseRequest(CAPTION, seed=3, steps=4)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return open_catalogue(make_zoo(tmp_path_factory.mktemp("models")), RUNTIME)


def test_the_first_run_is_the_one_that_denoise_makes(models: Catalogue) -> None:
    model = models.denoiser("generator")
    result = decide(model, models.judge(), DecideRequest(RUN, runs=3), RUNTIME)
    alone = denoise_run(model, RUN, RUNTIME)
    assert result.read.shape == (5, 3, len(LABEL_COLUMNS))
    assert torch.allclose(result.pictures, alone.decoded, atol=1e-3)
    assert result.signal == alone.signal


def _decision(readings: list[list[int]], column: str) -> DecideResult:
    """A result whose judge read so in one column (moments x runs), and always class 0 of one thing elsewhere."""
    read = np.zeros((len(readings), len(readings[0]), len(LABEL_COLUMNS)), np.int64)
    read[:, :, [n for n, name in enumerate(LABEL_COLUMNS) if name.endswith("_b")]] = -1
    read[:, :, LABEL_COLUMNS.index(column)] = readings
    pictures = torch.zeros(len(readings), 3, 8, 8)
    signal = tuple(k / (len(readings) - 1) for k in range(len(readings)))
    return DecideResult(DecideRequest(RUN, 1), signal, read, wanted_of(CAPTION), pictures)


def test_decided_is_the_first_moment_without_a_later_change() -> None:
    result = _decision([[2, 1], [1, 1], [2, 1], [2, 1], [2, 1]], "colour_a")
    assert result.decided_after("colour") == (2, 0)
    assert result.decided_after("texture") == (0, 0)
    assert result.settled("colour").tolist() == [[False, True], [False, True], [True, True], [True, True], [True, True]]
    assert [result.reading(k, "colour") for k in (0, 1)] == ["yellow", "orange"]


def test_the_place_of_two_things_is_no_attribute() -> None:
    result = _decision([[1], [1]], "layout")
    two = replace(result, read=np.where(np.array(LABEL_COLUMNS) == "place", -1, result.read))
    assert "place" in result.attributes
    assert "place" not in two.attributes


def test_wanted_of_free_text_is_unknown() -> None:
    assert (wanted_of("red red red") == -1).all()
    assert (wanted_of(CAPTION) >= 0).sum() == 6


@pytest.mark.parametrize("step", [0, 1, 3])
@pytest.mark.parametrize("sampler", ["ddim", "dpm", "euler"])
def test_a_branch_with_nothing_changed_runs_on_from_its_step(models: Catalogue, step: int, sampler: str) -> None:
    """It ends where its parent does if nothing is forgotten at its step.

    4 divides T = 1000, so ddim's levels are the run's own; dpm forgets its last step, euler chooses new levels.
    """
    model = models.denoiser("generator")
    tree = plant(model, replace(RUN, sampler=sampler), RUNTIME)
    same = grow(model, tree, BranchSpec(0, step, CAPTION), RUNTIME)
    assert torch.equal(same.nodes[1].x[: step + 1], tree.nodes[0].x[: step + 1])
    assert same.nodes[1].x.shape == tree.nodes[0].x.shape
    if sampler == "ddim" or step == 0:
        assert torch.allclose(same.nodes[1].x, tree.nodes[0].x, atol=1e-4)
    schedule, start = SCHEDULES[model.network.config.schedule](), tree.nodes[0].x[step : step + 1]
    denoise = caption_denoiser(model, [CAPTION], SamplingOptions(guidance=RUN.guidance), RUNTIME)
    noises = [make_generator(RUN.seed, "sampler")]
    rest = SAMPLERS[sampler](denoise, schedule, start, 4 - step, noises, start_t=tree.levels[step])
    assert torch.allclose(same.nodes[1].x[step + 1 :], torch.cat([state.x for state in rest]), atol=1e-4)


def test_branches_differ_only_after_their_step_and_change_no_other_tree(models: Catalogue) -> None:
    model = models.denoiser("generator")
    tree = plant(model, RUN, RUNTIME)
    more = grow(model, tree, BranchSpec(0, 2, "a blue cup"), RUNTIME)
    most = grow(model, more, BranchSpec(1, 3, "a blue cup", seed=9), RUNTIME)
    assert (len(tree.nodes), len(more.nodes), len(most.nodes)) == (1, 2, 3)
    assert not torch.allclose(more.nodes[1].x[3], tree.nodes[0].x[3], atol=1e-3)
    assert torch.equal(most.nodes[2].x[2], more.nodes[1].x[2])
    assert not torch.allclose(most.nodes[2].x[3], more.nodes[1].x[3], atol=1e-1)


def test_another_seed_at_step_0_is_another_start(models: Catalogue) -> None:
    model = models.denoiser("generator")
    branch = grow(model, plant(model, RUN, RUNTIME), BranchSpec(0, 0, CAPTION, seed=8), RUNTIME).nodes[1]
    alone = denoise_run(model, replace(RUN, seed=8), RUNTIME)
    assert np.abs(branch.decoded.astype(int) - to_bytes(alone.decoded)).max() <= 1


def test_a_tree_is_made_again_from_its_text(models: Catalogue) -> None:
    model = models.denoiser("generator")
    tree = plant(model, RUN, RUNTIME)
    for spec in (BranchSpec(0, 2, "a blue cup", 1.0), BranchSpec(1, 3, "", seed=4)):
        tree = grow(model, tree, spec, RUNTIME)
    assert specs_from_text(specs_to_text(tree.specs)) == tree.specs
    assert specs_from_text("") == ()
    again = make_tree(model, RUN, tree.specs, RUNTIME, None)
    assert torch.equal(again.nodes[2].x, tree.nodes[2].x)
    assert make_tree(model, RUN, tree.specs, RUNTIME, tree) is tree
    other = make_tree(model, replace(RUN, seed=4), tree.specs, RUNTIME, tree)
    assert not torch.equal(other.nodes[0].x, tree.nodes[0].x)
    assert make_tree(model, RUN, tree.specs[:1], RUNTIME, tree).specs == tree.specs[:1]
    with pytest.raises(BadRequest, match="address"):
        specs_to_text(tuple(BranchSpec(0, 0, "x" * 60) for _ in range(8)))


def test_a_tree_that_grows_says_how_far_it_is_and_keeps_what_is_known(models: Catalogue) -> None:
    model, specs = models.denoiser("generator"), (BranchSpec(0, 2, CAPTION), BranchSpec(0, 3, CAPTION))
    shares = list(make_tree_steps(model, RUN, specs, RUNTIME, None))
    assert shares == pytest.approx([1 / 12, 2 / 12, 3 / 12, 4 / 12, 6 / 12, 8 / 12, 1])
    tree = make_tree(model, RUN, specs[:1], RUNTIME, None)
    assert list(make_tree_steps(model, RUN, specs, RUNTIME, tree)) == pytest.approx([1])


@pytest.mark.parametrize("first", [0, 8, 16])
def test_eight_branches_with_captions_of_their_own_fit_into_an_address(first: int) -> None:
    captions = Scenes().captions(range(first, first + MOST_BRANCHES))
    specs = tuple(BranchSpec(n, MOST_STEPS - 1, one, 11.5, 2**31 - 1) for n, one in enumerate(captions))
    assert specs_from_text(specs_to_text(specs)) == specs


def test_letters_of_a_shared_link_stay_the_words_they_were() -> None:
    """A new word in the vocabulary must not change what old links say; nor must links with captions in full fail."""
    tree = (BranchSpec(0, 2, CAPTION),)
    assert specs_to_text(tree) == '[[0,2,["aUQXf03GKakg"],3.0,null]]'
    assert specs_from_text('[[0,2,["aUQXf03GKakg"],3.0,null]]') == tree
    assert specs_from_text(f'[[0,2,"{CAPTION}",3.0,null]]') == tree
    strange = tuple(BranchSpec(0, 0, text) for text in ("", " a", "a  star", "a Star", "a star!", "звезда"))
    assert specs_from_text(specs_to_text(strange)) == strange


@pytest.mark.parametrize(
    "text", ["[", "7", "[[1]]", '[[0,0,3,1,null]]', '[[0,true,"",1,null]]', '[[0,0,"",NaN,null]]', '[[-1,0,"",1,null]]',
             '[[0,0,"",1,-5]]', '[[0,0,["?"],1,null]]',
             '[[0,0,[],1,null]]', '[[0,0,[7],1,null]]', '[[0,0,[[[]]],1,null]]', "[" * 9000, '{"a":1}']
)  # fmt: skip
def test_a_text_that_is_no_tree_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        specs_from_text(text)


def test_a_tree_has_room_for_so_many_and_no_branch_in_the_air(models: Catalogue) -> None:
    model = models.denoiser("generator")
    tree = plant(model, replace(RUN, steps=1), RUNTIME)
    for bad in (BranchSpec(1, 0, ""), BranchSpec(0, 1, "")):
        with pytest.raises(BadRequest, match="no branch"):
            grow(model, tree, bad, RUNTIME)
    with pytest.raises(UnknownWord):
        grow(model, tree, BranchSpec(0, 0, "umberella"), RUNTIME)
    full = replace(tree, nodes=tree.nodes * (MOST_BRANCHES + 1))
    with pytest.raises(BadRequest, match="branches"):
        grow(model, full, BranchSpec(0, 0, ""), RUNTIME)


def test_a_ladder_of_scales_says_how_far_it_is(models: Catalogue) -> None:
    work = wrong_scale_steps(models.denoiser("generator"), torch.zeros(1, 3, 64, 64), ScaleRequest(RUN), RUNTIME)
    many = len(LADDER) / (len(LADDER) + 1)
    shares = [many * k / 4 for k in range(1, 5)] + [many + (1 - many) * k / 4 for k in range(1, 5)]
    assert list(work) == pytest.approx(shares)


def test_the_right_scale_is_the_ordinary_run(models: Catalogue) -> None:
    model = models.denoiser("generator")
    picture = torch.zeros(1, 3, 64, 64)
    result = wrong_scale(model, picture, ScaleRequest(RUN, factor=3.0), RUNTIME)
    assert result.factors == tuple(sorted((*LADDER, 3.0)))
    one = result.factors.index(1.0)
    assert torch.allclose(result.generated[one], denoise_run(model, RUN, RUNTIME).picture[0].clamp(-1, 1), atol=1e-4)
    assert result.ratio[result.factors.index(10.0)] == pytest.approx(100 * result.ratio[one])
    assert not torch.allclose(result.generated[0], result.generated[one], atol=0.01)


def test_k_times_larger_latents_carry_k_times_the_signal(models: Catalogue) -> None:
    model = models.denoiser("generator")
    assert model.vae is not None
    picture = torch.linspace(-1, 1, 3 * 64 * 64).reshape(1, 3, 64, 64)
    result = wrong_scale(model, picture, ScaleRequest(RUN), RUNTIME)
    a, b = (result.noised[result.factors.index(k)] for k in (2.0, 5.0))
    clean = clean_latent(model.vae, picture, RUNTIME)[0]
    assert torch.allclose((b - a) / (b - a).norm(), clean / clean.norm(), atol=1e-4)


@pytest.mark.parametrize("differ", DIFFERENCES)
def test_the_network_chooses_what_lies_nearest_to_its_expectation(models: Catalogue, differ: str) -> None:
    model = models.denoiser("generator")
    result = deal(model, GameRequest(0.5, differ, seed=1, rounds=2), RUNTIME)
    assert result.candidates.shape == (2, 4, 3, 64, 64)
    for round_ in result.candidates:
        assert len({tuple(np.round(picture.flatten().numpy(), 3)) for picture in round_}) == 4
    assert model.vae is not None
    assert torch.allclose(result.seen, decode_latents(model.vae, result.x, RUNTIME), atol=1e-4)
    denoise = caption_denoiser(model, [""], SamplingOptions(guidance=1.0), RUNTIME)
    with torch.inference_mode():
        expected = denoise(result.x, result.t).x0
    assert torch.allclose(result.expected, decode_latents(model.vae, expected, RUNTIME), atol=1e-4)
    for x0, four, chosen in zip(expected, result.candidates, result.network, strict=True):
        assert int((clean_latent(model.vae, four, RUNTIME) - x0).flatten(1).norm(dim=1).argmin()) == chosen


def test_bayes_is_right_when_there_is_hardly_any_noise(models: Catalogue) -> None:
    result = deal(models.denoiser("generator"), GameRequest(0.9, "place", seed=2, rounds=6), RUNTIME)
    assert result.bayes == result.answer
    assert len(set(result.answer)) > 1


def test_the_nearest_candidate_is_the_nearest() -> None:
    candidates = torch.tensor([0.0, 1.0, 4.0, 9.0]).reshape(1, 4, 1, 1, 1)
    assert nearest_candidate(torch.full((1, 1, 1, 1), 3.0), candidates) == (2,)


def test_other_requests_are_refused() -> None:
    for bad in (
        lambda: ScaleRequest(RUN, factor=0.01), lambda: ScaleRequest(RUN, strength=1.0),
        lambda: DecideRequest(RUN, runs=0), lambda: GameRequest(signal=0.0), lambda: GameRequest(differ="taste"),
        lambda: GameRequest(rounds=13),
    ):  # fmt: skip
        with pytest.raises(BadRequest):
            bad()
