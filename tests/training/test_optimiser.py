"""Muon: its update against the singular value decomposition, and who owns which weight."""

import pytest
import torch

from app.core.randomness import make_generator, normal
from app.training.config import TrainConfig
from app.training.optimiser import RMS, Muon, make_optimisers, orthogonalise
from tests.training.small import small_run


@pytest.mark.parametrize("shape", [(24, 40), (16, 90), (90, 16)])
def test_the_direction_is_the_matrix_without_its_singular_values(shape):
    """U V^T up to the spread that Jordan's quintic leaves: singular values from 0.7 to 1.2."""
    matrix = normal(shape, make_generator(0)) @ torch.diag(torch.logspace(0, -1.0, shape[1]))
    u, _, vt = torch.linalg.svd(matrix, full_matrices=False)
    inside = u.T @ orthogonalise(matrix, torch.float32) @ vt.T
    assert inside.diagonal().min() > 0.6
    assert inside.diagonal().max() < 1.3
    assert (inside - torch.diag(inside.diagonal())).abs().max() < 1e-3


def test_bfloat16_gives_nearly_the_same_direction():
    matrix = normal((32, 64), make_generator(1))
    exact, rounded = (orthogonalise(matrix, dtype).flatten() for dtype in (torch.float32, torch.bfloat16))
    assert torch.cosine_similarity(exact, rounded, dim=0) > 0.99


@pytest.mark.parametrize("shape", [(24, 200), (200, 24), (32, 32)])
def test_rounds_on_the_gram_matrix_are_the_rounds_on_the_matrix(shape):
    """Down to singular values a thousand times smaller than the largest."""
    matrix = normal(shape, make_generator(4)) @ torch.diag(torch.logspace(0, -3.0, shape[1]))
    x = matrix.double() / matrix.double().norm()
    for _ in range(5):
        gram = x @ x.T
        x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
    torch.testing.assert_close(orthogonalise(matrix, torch.float32).double(), x, atol=3e-4, rtol=0)


def test_a_step_moves_by_rate_times_rms_and_shrinks_by_the_decay():
    """A first step along G moves W by rate * 0.2 * sqrt(n) * U V^T: about 0.2 * rate in each number."""
    weight = normal((20, 50), make_generator(2)).requires_grad_()
    before = weight.detach().clone()
    weight.grad = normal((20, 50), make_generator(3))
    Muon([weight], lr=0.01, momentum=0.95, weight_decay=0.5, dtype=torch.float32).step()
    moved = weight.detach() - before * (1 - 0.01 * 0.5)
    assert moved.square().mean().sqrt().item() == pytest.approx(0.01 * RMS, rel=0.2)
    assert (moved * weight.grad).sum() < 0


def test_every_weight_has_one_owner_and_small_ones_are_not_muons():
    kernel, narrow, bias = (torch.zeros(shape, requires_grad=True) for shape in ((32, 16, 3, 3), (8, 99), (64,)))
    muon, adamw = make_optimisers([kernel, narrow, bias], TrainConfig(steps=1), torch.float32)
    assert [len(each.param_groups[0]["params"]) for each in (muon, adamw)] == [1, 2]
    assert muon.param_groups[0]["params"][0] is kernel
    (only,) = make_optimisers([kernel, narrow, bias], TrainConfig(steps=1, optimiser="adamw"), torch.float32)
    assert isinstance(only, torch.optim.AdamW)


def test_the_small_run_of_the_other_tests_has_weights_of_both_kinds():
    """So that resuming is tested for Muon too."""
    assert [type(each).__name__ for each in small_run().optimisers] == ["Muon", "AdamW"]
