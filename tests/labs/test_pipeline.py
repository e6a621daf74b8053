"""The pipeline lab keeps what `generate` throws away, and changes nothing."""

from pathlib import Path

import pytest
import torch

from app.core.errors import UnknownWord
from app.core.runtime import Runtime, choose_runtime
from app.data.scenes import WORDS
from app.diffusion.samplers import SAMPLERS
from app.diffusion.schedule import SCHEDULES
from app.evaluation.sampling import decode_samples, starting_noise
from app.labs.generate import GenerateRequest, generate
from app.labs.pipeline import MOST_MOMENTS, Seconds, run_pipeline, spread
from app.models.denoiser import DenoiserConfig
from app.models.text import TextConfig
from app.store.catalogue import LoadedDenoiser, open_catalogue
from tests.checkpoints import make_checkpoint, make_zoo

RUNTIME: Runtime = choose_runtime("cpu", "float32")
REQUEST = GenerateRequest("a small red star on a blue background", seed=3, steps=4)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LoadedDenoiser:
    root = tmp_path_factory.mktemp("models")
    return open_catalogue(make_zoo(root), RUNTIME).denoiser("generator")


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_picture_is_the_one_that_generate_makes(model: LoadedDenoiser, sampler: str) -> None:
    request = GenerateRequest(REQUEST.caption, seed=3, steps=4, sampler=sampler)
    alone, kept = generate(model, request, RUNTIME), run_pipeline(model, request, RUNTIME)
    assert torch.equal(kept.generated.picture, alone.picture)
    assert torch.equal(kept.generated.start, alone.start)
    assert torch.equal(kept.moments.decoded[-1:], alone.picture)


def test_the_moments_start_at_the_noise_and_end_at_the_last_sample(model: LoadedDenoiser) -> None:
    result = run_pipeline(model, REQUEST, RUNTIME)
    moments, trail = result.moments, result.generated.trail
    assert moments.done == (0, 1, 2, 3, 4)
    assert torch.equal(moments.x, torch.cat([starting_noise(model, [REQUEST.seed]), *(state.x for state in trail)]))
    assert torch.equal(moments.x0, torch.cat([*(state.x0 for state in trail), trail[-1].x]))


def test_what_is_expected_at_a_moment_explains_its_sample(model: LoadedDenoiser) -> None:
    """x = sqrt(alpha_bar) x0 + sqrt(1 - alpha_bar) eps holds row by row only if sample and expectation match."""
    result = run_pipeline(model, REQUEST, RUNTIME)
    moments = result.moments
    for k, state in enumerate(result.generated.trail):
        signal = moments.signal[k]
        rebuilt = signal**0.5 * moments.x0[k] + (1 - signal) ** 0.5 * state.eps[0]
        assert torch.allclose(rebuilt, moments.x[k], atol=1e-4)


def test_signal_runs_from_the_schedule_s_noise_end_to_one(model: LoadedDenoiser) -> None:
    signal = run_pipeline(model, REQUEST, RUNTIME).moments.signal
    schedule = SCHEDULES[model.network.config.schedule]()
    assert signal[0] == float(schedule.alpha_bar[-1])
    assert signal[-1] == 1.0
    assert list(signal) == sorted(signal)


def test_decoding_in_one_batch_changes_no_picture(model: LoadedDenoiser) -> None:
    moments = run_pipeline(model, REQUEST, RUNTIME).moments
    for k in range(4):
        alone = decode_samples(model, moments.x0[k : k + 1], RUNTIME)[0]
        assert torch.allclose(moments.decoded[k], alone, atol=1e-4)


def test_features_are_one_vector_a_token_and_know_their_place(model: LoadedDenoiser) -> None:
    result = run_pipeline(model, REQUEST, RUNTIME)
    assert result.words == tuple(REQUEST.caption.split())
    assert result.features.shape == (len(result.words) + 1, model.network.config.text.width)
    swapped = GenerateRequest("a small blue star on a red background", seed=3, steps=1)
    assert not torch.allclose(result.features, run_pipeline(model, swapped, RUNTIME).features)


def test_each_stage_took_time_and_their_sum_is_the_total(model: LoadedDenoiser) -> None:
    seconds = run_pipeline(model, REQUEST, RUNTIME).seconds
    assert min(seconds.text, seconds.denoise, seconds.decode) > 0
    assert Seconds(1.0, 2.0, 4.0).total == 7.0


def test_a_long_run_shows_some_of_its_moments(model: LoadedDenoiser) -> None:
    result = run_pipeline(model, GenerateRequest("a red star", steps=MOST_MOMENTS + 9), RUNTIME)
    assert len(result.moments.done) == len(result.moments.decoded) == MOST_MOMENTS
    assert torch.equal(result.moments.x[-1:], result.generated.trail[-1].x)
    assert torch.equal(result.moments.x[7:8], result.generated.trail[result.moments.done[7] - 1].x)


def test_spread_is_even_and_keeps_both_ends() -> None:
    assert spread(4, 10) == (0, 1, 2, 3, 4)
    assert spread(100, 5) == (0, 25, 50, 75, 100)
    assert spread(99, 50)[-1] == 99
    assert {b - a for a, b in zip(spread(99, 50)[:-1], spread(99, 50)[1:], strict=True)} == {2, 3}


def test_a_denoiser_on_pixels_needs_no_decoder(tmp_path: Path) -> None:
    text = TextConfig(tuple(WORDS), width=16, layers=1, heads=2)
    config = DenoiserConfig(text, channels=3, side=64, patch=4, widths=(16, 16), heads=2, condition_width=16)
    make_checkpoint(tmp_path, "generator", "denoiser", config)
    model = open_catalogue(tmp_path, RUNTIME).denoiser("generator")
    result = run_pipeline(model, REQUEST, RUNTIME)
    assert not result.in_latents
    assert torch.equal(result.generated.picture, result.generated.trail[-1].x)


def test_an_unknown_word_is_named(model: LoadedDenoiser) -> None:
    with pytest.raises(UnknownWord, match="umberella"):
        run_pipeline(model, GenerateRequest("a red umberella"), RUNTIME)
