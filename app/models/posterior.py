"""The Gaussian that the encoder gives for each latent value."""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from app.core.randomness import normal_like

LOGVAR_RANGE = (-30.0, 20.0)
"""logvar is clamped to this range; -30 is a deviation of 3e-7, in effect a plain autoencoder's single code."""


class Posterior(NamedTuple):
    """q(z | x) = N(mean, exp(logvar)) for every latent value; logvar is the log of the *variance*."""

    mean: Float[Tensor, "b c h w"]
    logvar: Float[Tensor, "b c h w"]


def sample_posterior(
    mean: Float[Tensor, "b c h w"], logvar: Float[Tensor, "b c h w"], *, generator: torch.Generator
) -> Float[Tensor, "b c h w"]:
    """Draw z ~ N(mean, exp(logvar)); gradients flow to both (Kingma & Welling 2014, section 2.4)."""
    return reparameterise(mean, logvar, normal_like(mean, generator))


def reparameterise(
    mean: Float[Tensor, "b c h w"], logvar: Float[Tensor, "b c h w"], eps: Float[Tensor, "b c h w"]
) -> Float[Tensor, "b c h w"]:
    """Return mean + std * eps for noise that was drawn elsewhere: the reparameterisation trick in one line."""
    return mean + torch.exp(0.5 * logvar) * eps


def kl_to_standard_normal(mean: Float[Tensor, "b c h w"], logvar: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
    """KL(N(mean, exp(logvar)) || N(0, 1)) of every latent value, in nats; always >= 0.

    Sum over c, h, w for one picture's ELBO term; divide by ln 2 for bits.
    Source: Kingma & Welling, "Auto-Encoding Variational Bayes" (2014), appendix B.
    """
    return 0.5 * (mean**2 + logvar.exp() - 1 - logvar)


def nats_to_bits(nats: float) -> float:
    """Convert an information content from nats to bits."""
    return nats / math.log(2.0)
