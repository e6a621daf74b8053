"""The posterior against closed forms: its moments, its gradients, its divergence."""

import math

import pytest
import torch

from app.core.randomness import make_generator
from app.models.posterior import kl_to_standard_normal, nats_to_bits, reparameterise, sample_posterior


def test_samples_have_the_posteriors_mean_and_deviation():
    mean, logvar = torch.full((4000, 1, 2, 2), 0.7), torch.full((4000, 1, 2, 2), math.log(0.3**2))
    z = sample_posterior(mean, logvar, generator=make_generator(0))
    assert z.mean().item() == pytest.approx(0.7, abs=0.01)
    assert z.std().item() == pytest.approx(0.3, abs=0.01)


def test_gradients_reach_mean_and_logvar_as_the_formula_says():
    mean = torch.randn(1, 1, 2, 2, generator=make_generator(1), dtype=torch.float64, requires_grad=True)
    logvar = torch.randn(1, 1, 2, 2, generator=make_generator(2), dtype=torch.float64, requires_grad=True)
    eps = torch.randn(1, 1, 2, 2, generator=make_generator(3), dtype=torch.float64)
    reparameterise(mean, logvar, eps).sum().backward()
    assert torch.equal(mean.grad, torch.ones_like(mean))
    assert torch.allclose(logvar.grad, 0.5 * torch.exp(0.5 * logvar.detach()) * eps)


def test_kl_agrees_with_torch_distributions():
    mean = torch.randn(2, 3, 4, 4, generator=make_generator(4), dtype=torch.float64)
    logvar = torch.randn(2, 3, 4, 4, generator=make_generator(5), dtype=torch.float64)
    normal = torch.distributions.Normal(mean, torch.exp(0.5 * logvar))
    expected = torch.distributions.kl_divergence(normal, torch.distributions.Normal(0.0, 1.0))
    assert torch.allclose(kl_to_standard_normal(mean, logvar), expected, atol=1e-12)


def test_a_nat_is_1_44_bits():
    assert nats_to_bits(math.log(2.0)) == pytest.approx(1.0)
    assert nats_to_bits(1.0) == pytest.approx(1.442695, abs=1e-6)
