"""One stage left out at a time, and what of the blueprint stands when."""

import numpy as np
import pytest
import torch

from app.core.errors import BadRequest
from app.core.pictures import from_bytes
from app.data import open_dataset
from app.evaluation.claims.linear_map import LEARNT_FROM, LinearMap
from app.evaluation.claims.material import latents_of
from app.evaluation.sampling import decode_samples, sample, starting_noise
from app.labs.blueprint import STANDS, blueprint, stands_after
from app.labs.generate import GenerateRequest, generate
from app.labs.leave_out import (
    ARMS,
    EVERY,
    LINEAR,
    NO_CAPTION,
    NO_DECODER,
    NO_DENOISER,
    LeaveOutRequest,
    leave_out,
    leave_out_stages,
)
from app.labs.pipeline import run_pipeline
from app.store.catalogue import open_catalogue
from tests.checkpoints import RUNTIME, make_zoo

RUN = GenerateRequest("a small red star on a blue background", seed=3, steps=3)
REQUEST = LeaveOutRequest(RUN, pictures=2)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    return open_catalogue(make_zoo(tmp_path_factory.mktemp("models")), RUNTIME)


@pytest.fixture(scope="module")
def arms(catalogue):
    result = leave_out(catalogue.denoiser("generator"), catalogue.judge(), REQUEST, RUNTIME)
    assert tuple(arm.name for arm in result.arms) == ARMS
    return {arm.name: arm for arm in result.arms}


def test_with_every_stage_it_is_what_generate_makes(catalogue, arms):
    model = catalogue.denoiser("generator")
    for row, seed in enumerate((3, 4)):
        alone = generate(model, GenerateRequest(RUN.caption, seed=seed, steps=3), RUNTIME)
        assert torch.allclose(arms[EVERY].pictures[row], alone.picture[0], atol=1e-4)


def test_each_other_arm_lacks_its_stage(catalogue, arms):
    model = catalogue.denoiser("generator")
    unasked = generate(model, GenerateRequest("", seed=3, steps=3), RUNTIME)
    assert torch.allclose(arms[NO_CAPTION].pictures[0], unasked.picture[0], atol=1e-4)
    noise = decode_samples(model, starting_noise(model, [3, 4]), RUNTIME)
    assert torch.equal(arms[NO_DENOISER].pictures, noise)
    bare = arms[NO_DECODER].pictures
    assert bare.shape == arms[EVERY].pictures.shape
    assert torch.equal(bare[:, :, 0, 0], bare[:, :, 3, 3])  # one latent cell is a square of f x f equal pixels


def test_the_last_arm_is_the_best_weighted_sum_of_a_cell_for_each_pixel(catalogue, arms):
    """Found by numpy from the same training scenes; and a map that is handed in is used."""
    model = catalogue.denoiser("generator")
    pictures = from_bytes(open_dataset("scenes", split="train").pictures(range(LEARNT_FROM)))
    z = latents_of(model.vae, pictures, RUNTIME).permute(0, 2, 3, 1).reshape(-1, 4).numpy()
    x = pictures.reshape(-1, 3, 16, 4, 16, 4).permute(0, 2, 4, 1, 3, 5).reshape(-1, 48).numpy()
    weights = np.linalg.lstsq(np.c_[z, np.ones(len(z))].astype(float), x.astype(float), rcond=None)[0]
    *_, end = sample(model, [RUN.caption] * 2, REQUEST.seeds, RUN.options, RUNTIME)
    cells = end.x.permute(0, 2, 3, 1).numpy()
    squares = (cells @ weights[:4] + weights[4]).reshape(2, 16, 16, 3, 4, 4)
    wanted = squares.transpose(0, 3, 1, 4, 2, 5).reshape(2, 3, 64, 64).clip(-1, 1)
    np.testing.assert_allclose(arms[LINEAR].pictures.numpy(), wanted, atol=1e-3)
    grey = LinearMap(4, torch.zeros(5, 48))
    *_, shown = leave_out(model, None, REQUEST, RUNTIME, grey).arms
    assert not shown.pictures.any()


def test_the_judge_grades_only_what_the_caption_asks(catalogue, arms):
    assert all(0 <= share <= 1 for arm in arms.values() for share in arm.right)
    attributes = 5  # layout, background, kind, colour, size
    assert all((share * attributes) == pytest.approx(round(share * attributes)) for share in arms[EVERY].right)


def test_without_a_judge_or_a_scene_there_is_no_grade(catalogue):
    model = catalogue.denoiser("generator")
    for judge, caption in ((None, RUN.caption), (catalogue.judge(), "red red red")):
        result = leave_out(model, judge, LeaveOutRequest(GenerateRequest(caption, steps=1), 1), RUNTIME)
        assert {arm.mean_right for arm in result.arms} == {None}


def test_progress_grows_to_the_end(catalogue):
    stages = list(leave_out_stages(catalogue.denoiser("generator"), None, REQUEST, RUNTIME))
    shares = [stage.done for stage in stages]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len(stages) == 2 * RUN.steps + 1


def test_too_many_pictures_are_refused():
    for count in (0, 9):
        with pytest.raises(BadRequest):
            LeaveOutRequest(RUN, count)


def test_the_blueprint_is_complete_at_the_end_and_compares_with_it(catalogue):
    model = catalogue.denoiser("generator")
    run = run_pipeline(model, RUN, RUNTIME)
    result = blueprint(model, run, RUNTIME)
    assert result.coarse[-1] == result.fine[-1] == result.latent[-1] == 1.0
    assert torch.allclose(result.as_it_is[:1], decode_samples(model, run.moments.x[:1], RUNTIME), atol=1e-4)
    last = run.moments.x0[-1]
    power = (last - last.mean(dim=(1, 2), keepdim=True)).square().mean()
    by_hand = 1 - (run.moments.x0[1] - last).square().mean() / power
    assert result.latent[1] == pytest.approx(by_hand.item(), rel=1e-4)


@pytest.mark.parametrize(
    ("held", "stands"),
    [((0.1, 0.95, 0.5, 0.92, 1.0), 3), ((1.0, 1.0, 1.0, 1.0, 1.0), 0), ((0.0, 0.0, 0.0, 0.0, 1.0), 9)],
)
def test_what_stands_never_falls_again(held, stands):
    assert STANDS == 0.9
    assert stands_after(held, (0, 1, 2, 3, 9)) == stands
