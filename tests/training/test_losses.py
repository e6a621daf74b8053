"""The losses against values worked out by hand."""

import math

import numpy as np
import pytest
import torch

from app.core.randomness import make_generator, normal
from app.data.scenes import Scenes
from app.diffusion.schedule import SCHEDULES
from app.models.build import build
from app.models.denoiser import Denoiser, DenoiserConfig
from app.models.judge import Judge, JudgeConfig
from app.models.text import TextConfig
from app.training.config import TrainConfig
from app.training.denoiser_task import DenoiserBatch, Examples, denoiser_loss, denoiser_task, stratified_steps
from app.training.judge_task import JudgeBatch, judge_task, masked_cross_entropy
from app.training.vae_task import laplacian, mse

TEXT = TextConfig(("a", "star"), length=4, width=8, layers=1, heads=1)
CONFIG = DenoiserConfig(TEXT, channels=2, side=4, widths=(8,), attention_levels=(0,), heads=1, condition_width=8)


def test_mse_of_a_constant_error_is_its_square():
    x = torch.zeros(2, 3, 8, 8)
    assert mse(x, x + 0.5).item() == pytest.approx(0.25)


def test_the_laplacian_loss_of_a_constant_error_is_its_size():
    """A constant has no detail in any band, so only the L1 part counts."""
    x = torch.zeros(2, 3, 16, 16)
    assert laplacian(x, x - 0.5).item() == pytest.approx(0.5)


def test_the_laplacian_loss_counts_fine_detail_twice():
    """A one-pixel checkerboard of height 1 averages to 0 at once: L1 gives 1, the finest band 1, the others 0."""
    board = torch.from_numpy(np.indices((16, 16)).sum(0) % 2 * 2.0 - 1).float().expand(1, 3, 16, 16)
    assert laplacian(board, torch.zeros_like(board)).item() == pytest.approx(2.0)


def test_cross_entropy_skips_what_does_not_apply_and_divides_by_the_batch():
    scores = torch.zeros(4, 5)
    labels = torch.tensor([0, 3, -1, -1])
    assert masked_cross_entropy(scores, labels).item() == pytest.approx(2 * math.log(5) / 4, rel=1e-6)


def test_the_judges_losses_have_the_names_of_its_columns():
    config = JudgeConfig(("kind", "colour"), (3, 4), side=8, widths=(8,), feature_width=8)
    task = judge_task(build(Judge, config, make_generator(0)), Scenes(side=32), TrainConfig(steps=1, batch_size=2))
    batch = JudgeBatch(torch.zeros(2, 3, 8, 8), torch.tensor([[0, -1], [2, -1]]))
    for network in (task.model, torch.nn.Sequential(task.model)):  # the second as several processes wrap it
        loss = task.loss(network, batch)
        assert list(loss.parts) == ["kind", "colour"]
        assert loss.parts["kind"].item() > 0 == loss.parts["colour"].item()
        assert loss.total.item() == pytest.approx(sum(part.item() for part in loss.parts.values()))


@pytest.mark.parametrize("target", ["eps", "x0", "v"])
def test_a_perfect_denoiser_has_no_loss_and_a_silent_one_the_targets_power(target):
    schedule = SCHEDULES["cosine"]()
    x0, eps = normal((64, 2, 4, 4), make_generator(0)), normal((64, 2, 4, 4), make_generator(1))
    t = torch.arange(1, 65) * 15
    batch = DenoiserBatch(x0, eps, t, torch.ones(64, 4, dtype=torch.int64))
    ab = schedule.alpha_bar[t].float()[:, None, None, None]
    truth = {"eps": eps, "x0": x0, "v": ab.sqrt() * eps - (1 - ab).sqrt() * x0}[target]
    perfect, silent = _fixed(truth), _fixed(torch.zeros_like(truth))
    assert denoiser_loss(perfect, batch, schedule, target).total.item() < 1e-10
    assert denoiser_loss(silent, batch, schedule, target).total.item() == pytest.approx(1.0, abs=0.1)


def test_the_noised_input_is_what_the_forward_process_says():
    schedule = SCHEDULES["cosine"]()
    x0, eps = torch.full((2, 2, 4, 4), 3.0), torch.full((2, 2, 4, 4), -1.0)
    seen = []

    class Spy(torch.nn.Linear):
        def forward(self, x, t, ids):
            seen.append(x)
            return x

    denoiser_loss(Spy(1, 1), DenoiserBatch(x0, eps, torch.tensor([1, 700]), torch.ones(2, 4)), schedule, "eps")
    for row, t in enumerate((1, 700)):
        ab = schedule.alpha_bar[t].item()
        expected = math.sqrt(ab) * 3.0 - math.sqrt(1 - ab)
        assert seen[0][row].mean().item() == pytest.approx(expected, abs=1e-5)


def test_steps_are_one_from_each_stratum_and_mostly_noisy():
    t = stratified_steps(50, 100_000, make_generator(0))
    strata = 50 * (1 - (1 - (t - 0.5) / 100_000).sqrt())
    assert sorted(strata.long().tolist()) == list(range(50))
    many = stratified_steps(10_000, 1000, make_generator(1))
    assert (many > 940).float().mean().item() == pytest.approx(0.245, abs=0.01)
    assert (many.min().item(), many.max().item()) == (1, 1000)


def test_a_tenth_of_the_captions_is_dropped():
    model = build(Denoiser, CONFIG, make_generator(0))
    examples = Examples(torch.zeros(100, 2, 4, 4, dtype=torch.float16), torch.tensor([[1, 2, 3, 0]]).repeat(100, 1))
    task = denoiser_task(model, examples, TrainConfig(steps=40, batch_size=100))
    dropped = np.mean([(task.batch_at(step).ids[:, 1] == 0).float().mean().item() for step in range(1, 41)])
    assert dropped == pytest.approx(0.1, abs=0.02)


def _fixed(output):
    """A network that always answers `output`."""

    class Fixed(torch.nn.Linear):
        def forward(self, x, t, ids):
            return output

    return Fixed(1, 1)
