"""One run with everything kept: it is the run that `generate` makes, and what was asked explains what was done."""

import math

import pytest
import torch

from app.core.errors import BadRequest, UnknownName, UnknownWord
from app.core.runtime import Runtime, choose_runtime
from app.diffusion.samplers import SAMPLERS
from app.evaluation.sampling import decode_samples
from app.labs.denoise import DenoiseRequest, denoise_run, denoise_steps, trajectory
from app.labs.generate import GenerateRequest, generate
from app.store.catalogue import LoadedDenoiser, open_catalogue
from tests.checkpoints import make_zoo

RUNTIME: Runtime = choose_runtime("cpu", "float32")
CAPTION = "a small red star on a blue background"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LoadedDenoiser:
    return open_catalogue(make_zoo(tmp_path_factory.mktemp("models")), RUNTIME).denoiser("generator")


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_picture_is_the_one_that_generate_makes(model: LoadedDenoiser, sampler: str) -> None:
    kept = denoise_run(model, DenoiseRequest(CAPTION, seed=3, steps=4, sampler=sampler), RUNTIME)
    alone = generate(model, GenerateRequest(CAPTION, seed=3, steps=4, sampler=sampler), RUNTIME)
    assert torch.allclose(kept.picture, alone.picture, atol=1e-4)
    assert torch.equal(kept.x[0], alone.start[0])
    assert torch.allclose(kept.x[1:], torch.cat([state.x for state in alone.trail]), atol=1e-4)
    assert len(kept.x) == len(kept.decoded) == len(kept.levels) == 5
    assert kept.levels[-1] == 0


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_guided_lies_on_the_line_through_both_answers(model: LoadedDenoiser, sampler: str) -> None:
    """uncond + w (cond - uncond) holds for x0 too; a pair from heun's second call would break it."""
    result = denoise_run(model, DenoiseRequest(CAPTION, steps=3, guidance=4.0, sampler=sampler), RUNTIME)
    assert result.cond is not None
    assert result.uncond is not None
    mixed = result.uncond + 4.0 * (result.cond - result.uncond)
    assert torch.allclose(mixed, result.x0[:-1], atol=1e-3)
    assert not torch.allclose(result.cond, result.uncond, atol=1e-3)


def test_moments_obey_the_forward_equation(model: LoadedDenoiser) -> None:
    result = denoise_run(model, DenoiseRequest(CAPTION, steps=5), RUNTIME)
    for k, signal in enumerate(result.signal[:-1]):
        rebuilt = math.sqrt(signal) * result.x0[k] + math.sqrt(1 - signal) * result.eps[k]
        assert torch.allclose(rebuilt, result.x[k], atol=1e-4)
    assert result.eps[-1].abs().max() == 0


def test_decoded_rows_belong_to_their_samples(model: LoadedDenoiser) -> None:
    result = denoise_run(model, DenoiseRequest(CAPTION, steps=3), RUNTIME)
    for k in range(4):
        assert torch.allclose(result.decoded[k], decode_samples(model, result.x0[k : k + 1], RUNTIME)[0], atol=1e-4)
        assert torch.allclose(result.decoded_x[k], decode_samples(model, result.x[k : k + 1], RUNTIME)[0], atol=1e-4)


@pytest.mark.parametrize(("weight", "asked"), [(0.0, "uncond"), (1.0, "cond")])
def test_without_guidance_only_one_question_is_asked(model: LoadedDenoiser, weight: float, asked: str) -> None:
    result = denoise_run(model, DenoiseRequest(CAPTION, steps=2, guidance=weight), RUNTIME)
    other = {"cond": "uncond", "uncond": "cond"}[asked]
    assert getattr(result, other) is None
    assert torch.allclose(getattr(result, asked), result.x0[:-1], atol=1e-5)


def test_eta_adds_noise_to_ddim(model: LoadedDenoiser) -> None:
    still, noisy = (denoise_run(model, DenoiseRequest(CAPTION, steps=4, eta=eta), RUNTIME) for eta in (0.0, 1.0))
    assert not torch.allclose(still.x[1], noisy.x[1], atol=0.1)
    again = denoise_run(model, DenoiseRequest(CAPTION, steps=4, eta=1.0), RUNTIME)
    assert torch.equal(noisy.x, again.x)


def test_the_plane_holds_a_run_that_is_flat(model: LoadedDenoiser) -> None:
    result = denoise_run(model, DenoiseRequest(CAPTION, steps=1, guidance=1.0), RUNTIME)
    plane = trajectory(result)  # x, and x0 twice (it is also the end): they span a line
    assert plane.share == pytest.approx(1.0)
    true = (result.x[0] - result.x[1]).norm()
    assert (plane.path[0] - plane.path[1]).norm() == pytest.approx(float(true), rel=1e-4)


def test_guided_is_on_the_line_in_the_plane_too(model: LoadedDenoiser) -> None:
    plane = trajectory(denoise_run(model, DenoiseRequest(CAPTION, steps=6, guidance=2.0), RUNTIME))
    assert plane.cond is not None
    assert plane.uncond is not None
    assert torch.allclose(plane.uncond + 2.0 * (plane.cond - plane.uncond), plane.guided, atol=1e-3)
    assert 0 < plane.share <= 1


def test_a_run_can_be_stopped_at_every_step(model: LoadedDenoiser) -> None:
    request = DenoiseRequest(CAPTION, steps=3)
    whole = [asked.state.x for asked in denoise_steps(model, request, RUNTIME)]
    for count in (1, 2):
        run = denoise_steps(model, request, RUNTIME)
        some = [next(run).state.x for _ in range(count)]
        run.close()
        assert torch.equal(torch.cat(some), torch.cat(whole[:count]))


@pytest.mark.parametrize(
    "bad",
    [
        {"steps": 0}, {"steps": 101}, {"guidance": -1.0}, {"guidance": math.nan}, {"guidance": 31.0},
        {"seed": -1}, {"seed": 2**31}, {"eta": 1.1}, {"eta": math.nan},
    ],
)  # fmt: skip
def test_numbers_out_of_range_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(BadRequest):
        DenoiseRequest(CAPTION, **bad)  # type: ignore[arg-type]


def test_names_and_words_that_are_not_there_are_named(model: LoadedDenoiser) -> None:
    with pytest.raises(UnknownName, match="ddim"):
        DenoiseRequest(CAPTION, sampler="ddimm")
    for caption in ("umberella", "красная звезда", "<b>red</b>", "x" * 10_000):
        with pytest.raises(UnknownWord):
            denoise_run(model, DenoiseRequest(caption, steps=1), RUNTIME)
    with pytest.raises(BadRequest, match="words"):
        denoise_run(model, DenoiseRequest("red " * 2500, steps=1), RUNTIME)
    assert denoise_run(model, DenoiseRequest("", steps=1), RUNTIME).picture.isfinite().all()
