"""Claim 4: a posterior instead of a code, drawn so that gradients pass."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from app.core.randomness import make_generator, normal
from app.core.runtime import Runtime
from app.evaluation.claims.material import Pictures, held_out, mean_figures
from app.evaluation.claims.statistics import Values, exceeds, numbers
from app.evaluation.claims.study import Study
from app.evaluation.claims.verdict import Check, Figure, Finding, conclude, every
from app.models.posterior import reparameterise, sample_posterior
from app.models.vae import VAE
from app.store.catalogue import LoadedVAE

REACHED = 0.99
"""Share of the values that a gradient must reach; a few may be exactly zero where activations vanish."""
AGREES = 0.01
"""Relative difference from a central difference in float64, whose own error is far below."""
DRAWS = 8
VISIBLE = 2 / 255
"""One grey level of an 8-bit picture, in [-1, 1]."""
POINT = 0.05
"""A posterior narrower than a twentieth of its channel's spread is close to the single code of an autoencoder."""
MOST_GRADIENTS = 16
"""Pictures whose gradients are followed: they agree to many digits, so more would say the same."""
CHUNK = 64
"""Pictures whose draws are held at a time: 50 MB at 64 pixels in float64."""


@dataclass(frozen=True)
class Gradients:
    """reached: share of mean and logvar values with a gradient; error: relative, against a central difference."""

    reached: float
    error: float
    reached_without: float
    n: int


def reparameterisation(study: Study) -> Finding:
    """Follow gradients through a draw, with the trick and without; decode several draws of a VAE and of its twin."""
    vae, plain = study.catalogue.vae("small_kl1e-4"), study.catalogue.vae("small_kl0")
    pictures = held_out("scenes", study.count)
    found = follow_gradients(vae.network, pictures[:MOST_GRADIENTS])
    moved = {model.card.name: spread_of_draws(model, pictures, study.runtime) for model in (vae, plain)}
    width = _posterior_width(vae, pictures, study.runtime)
    n = f"n = {found.n} pictures"
    figures = [
        Figure("values that a gradient reaches, with the trick", f"{found.reached:.1%} ({n})"),
        Figure("… without it", f"{found.reached_without:.1%} ({n})"),
        Figure("gradient against a central difference", f"{found.error:.1e} relative ({n})"),
        *mean_figures(
            [(f"{name}: deviation of {DRAWS} decoded draws", v) for name, v in moved.items()], "of [-1, 1]", 4
        ),
        *mean_figures([(f"{vae.card.name}: posterior std beside its channel's", width)], "stds", 3),
    ]
    return conclude(figures, posterior_checks(found, moved["small_kl1e-4"], moved["small_kl0"], width))


def posterior_checks(found: Gradients, drawn: Values, code: Values, width: Values) -> list[Check]:
    """Core: the trick passes the right gradient and nothing else does; draws differ. A limit: a needle's width."""
    passes = found.reached >= REACHED and found.error <= AGREES
    return [
        Check(
            f"with the trick the gradient reaches {found.reached:.0%} of means and log-variances, and differs by "
            f"{found.error:.1e} from a measured slope",
            f"at least {REACHED:.0%}, at most {AGREES:.0%}",
            passes,
        ),
        Check(f"without it {found.reached_without:.0%}", "none", found.reached_without == 0),
        Check(
            f"draws of the VAE differ by {drawn.mean():.4f} once decoded, those of a plain autoencoder by "
            f"{code.mean():.4f}",
            f"more, and the autoencoder's by less than a grey level, {VISIBLE:.4f}",
            every([exceeds(drawn, float(code.mean())), bool(code.max() < VISIBLE)]),
        ),
        Check(
            f"draws differ by {drawn.mean():.4f} once decoded",
            f"above a grey level, {VISIBLE:.4f}",
            exceeds(drawn, VISIBLE),
            core=False,
        ),
        Check(
            f"the posterior is only {width.mean():.3f} channel stds wide",
            f"above {POINT}",
            exceeds(width, POINT),
            core=False,
        ),
    ]


def follow_gradients(network: VAE, pictures: Pictures) -> Gradients:
    """Differentiate the reconstruction error by mean and logvar, in float64 on the CPU, where differences are exact."""
    exact = deepcopy(network).to("cpu", torch.float64)
    x = pictures.double()
    mean, logvar = (part.detach().requires_grad_() for part in exact.encode(x))
    eps = normal(tuple(mean.shape), make_generator("claims", "eps")).double()

    def loss(mean: Tensor, logvar: Tensor) -> Tensor:
        return (exact.decode(reparameterise(mean, logvar, eps)) - x).square().sum()

    gradients = torch.autograd.grad(loss(mean, logvar), (mean, logvar))
    drawn = torch.normal(mean, logvar.exp().sqrt(), generator=make_generator("claims", "eps"))
    without = torch.autograd.grad((exact.decode(drawn) - x).square().sum(), (mean, logvar))
    return Gradients(_reached(gradients), _error(loss, (mean, logvar), gradients), _reached(without), len(x))


def _reached(gradients: tuple[Tensor, ...]) -> float:
    """Share of the values with a gradient that is not zero."""
    return float(torch.cat([part.flatten() for part in gradients]).ne(0).double().mean())


def _error(loss: Callable[..., Tensor], at: tuple[Tensor, ...], gradients: tuple[Tensor, ...]) -> float:
    """Compare the slope along the gradient, as calculated and as measured by stepping to both sides."""
    length = torch.cat([part.flatten() for part in gradients]).norm().clamp_min(1e-12)
    step = 1e-5
    with torch.no_grad():
        ends = [loss(*(a + sign * step * g / length for a, g in zip(at, gradients, strict=True))) for sign in (1, -1)]
    return float(((ends[0] - ends[1]) / (2 * step) - length).abs() / length)


@torch.inference_mode()
def spread_of_draws(model: LoadedVAE, pictures: Pictures, runtime: Runtime) -> Values:
    """RMS deviation of a pixel value over DRAWS decoded draws of each picture's posterior."""
    found = []
    for at, part in enumerate(pictures.split(CHUNK)):
        mean, logvar = (moment.float().cpu() for moment in model.network.encode(runtime.put(part)))
        drawn = (
            sample_posterior(mean, logvar, generator=make_generator("claims", "draw", at, n)) for n in range(DRAWS)
        )
        found.append(_variance([model.network.decode(runtime.put(z)).double().cpu() for z in drawn]))
    return numbers(torch.cat(found).sqrt())


def _variance(draws: list[Tensor]) -> Float[Tensor, " n"]:
    """Mean over each picture's values of their variance over draws."""
    return torch.stack(draws).var(dim=0).mean(dim=(1, 2, 3))


@torch.inference_mode()
def _posterior_width(model: LoadedVAE, pictures: Pictures, runtime: Runtime) -> Values:
    """Mean posterior std of each picture, in stds of the channel over the training set."""
    std = torch.tensor(model.scale.std)[None, :, None, None]
    parts = [model.network.encode(runtime.put(part)).logvar.float().cpu() for part in pictures.split(64)]
    return numbers(((0.5 * torch.cat(parts)).exp() / std).mean(dim=(1, 2, 3)))
