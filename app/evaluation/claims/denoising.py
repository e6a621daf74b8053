"""Claim 4: a posterior instead of a code, drawn so that gradients pass. Claim 7: what a denoiser's step predicts."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from app.core.randomness import make_generator, normal, picture_noise
from app.core.runtime import Runtime
from app.diffusion.schedule import SCHEDULES
from app.diffusion.targets import add_noise, to_prediction
from app.evaluation.claims.claim import Check, Figure, Finding, conclude, every, unmet
from app.evaluation.claims.material import GradedScenes, Pictures, held_out, mean_figures, one_thing, runs
from app.evaluation.claims.statistics import Values, exceeds, numbers
from app.evaluation.reconstruction import reconstruct
from app.evaluation.sampling import predictor
from app.models.posterior import reparameterise
from app.models.text import tokenise
from app.models.vae import VAE
from app.store.catalogue import Catalogue, LoadedDenoiser, LoadedVAE

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
SIGNALS = (0.99, 0.9, 0.5, 0.1, 0.01)
"""Share of the power that is signal, from nearly clean to nearly only noise."""
FOUND = 0.5
"""A prediction that correlates less than this with the truth explains less than a quarter of its variance."""


@dataclass(frozen=True)
class Gradients:
    """reached: share of mean and logvar values with a gradient; error: relative, against a central difference."""

    reached: float
    error: float
    reached_without: float
    n: int


def reparameterisation(catalogue: Catalogue, count: int) -> Finding:
    """Follow gradients through a draw, with the trick and without; decode several draws of a VAE and of its twin."""
    vae, plain = catalogue.vae("small_kl1e-4"), catalogue.vae("small_kl0")
    pictures = held_out("scenes", count)
    found = follow_gradients(vae.network, pictures[:MOST_GRADIENTS])
    moved = {model.card.name: _spread_of_draws(model, pictures, catalogue.runtime) for model in (vae, plain)}
    width = _posterior_width(vae, pictures, catalogue.runtime)
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
        Check(f"with the trick the gradient reaches {found.reached:.0%} of means and log-variances", passes),
        Check(f"without it {found.reached_without:.0%}", found.reached_without == 0),
        Check(
            f"draws of the VAE differ by {drawn.mean():.4f} once decoded, those of a plain autoencoder by "
            f"{code.mean():.4f}",
            every([exceeds(drawn, float(code.mean())), bool(code.max() < VISIBLE)]),
        ),
        Check(f"draws differ by less than a grey level ({VISIBLE:.4f})", exceeds(drawn, VISIBLE), core=False),
        Check(f"the posterior is only {width.mean():.3f} channel stds wide", exceeds(width, POINT), core=False),
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


def _spread_of_draws(model: LoadedVAE, pictures: Pictures, runtime: Runtime) -> Values:
    """RMS deviation of a pixel value over DRAWS decoded draws of each picture's posterior."""
    draws = [
        torch.cat([reconstruct(model, part, runtime, seed)[0] for part in pictures.split(64)]) for seed in range(DRAWS)
    ]
    return numbers(torch.stack(draws).double().var(dim=0).mean(dim=(1, 2, 3)).sqrt())


@torch.inference_mode()
def _posterior_width(model: LoadedVAE, pictures: Pictures, runtime: Runtime) -> Values:
    """Mean posterior std of each picture, in stds of the channel over the training set."""
    std = torch.tensor(model.scale.std)[None, :, None, None]
    parts = [model.network.encode(runtime.put(part)).logvar.float().cpu() for part in pictures.split(64)]
    return numbers(((0.5 * torch.cat(parts)).exp() / std).mean(dim=(1, 2, 3)))


def predicts_noise(catalogue: Catalogue, count: int) -> Finding:
    """Noise known latents, ask three denoisers for noise and clean latent; then watch a run come to rest."""
    scenes, runtime = one_thing(count), catalogue.runtime
    models = {name: catalogue.denoiser(name) for name in ("race_eps", "race_x0", "race_f4c4")}
    found = {name: correlations(model, scenes, runtime) for name, model in models.items()}
    nearer = _steps_that_come_nearer(models["race_eps"], scenes, runtime)
    rows = [
        (f"{name}, {signal:.0%} signal: correlation of the predicted {what}", values)
        for name, levels in found.items()
        for signal, pair in levels.items()
        for what, values in zip(("noise", "clean latent"), pair, strict=True)
    ]
    rows.append(("race_eps: share of steps that bring the sample nearer to its end", nearer))
    return conclude(mean_figures(rows, "", 3), step_checks(found["race_eps"], found["race_x0"], nearer))


Levels = dict[float, tuple[Values, Values]]
"""Share of signal -> correlation of the predicted noise and of the predicted clean latent with the true ones."""


def step_checks(eps: Levels, x0: Levels, nearer: Values) -> list[Check]:
    """Core: noise and clean latent are found at half signal, and steps lead to the end. A limit: levels where not."""
    middle = 0.5
    noise = {f"{signal:.0%}": exceeds(pair[0], FOUND) for signal, pair in eps.items()}
    clean = {f"{signal:.0%}": exceeds(pair[1], FOUND) for signal, pair in x0.items()}
    return [
        Check(
            f"at half signal the noise is predicted with a correlation of {eps[middle][0].mean():.2f}",
            exceeds(eps[middle][0], FOUND),
        ),
        Check(
            f"the clean latent, by the network that is trained for it, with {x0[middle][1].mean():.2f}",
            exceeds(x0[middle][1], FOUND),
        ),
        Check(f"{nearer.mean():.0%} of the steps bring a sample nearer to where it ends", exceeds(nearer, FOUND)),
        Check(
            f"the noise is not found where the signal is {unmet(noise)} of the power", every(noise.values()), core=False
        ),
        Check(f"the clean latent is not found where it is {unmet(clean)}", every(clean.values()), core=False),
    ]


@torch.inference_mode()
def correlations(model: LoadedDenoiser, scenes: GradedScenes, runtime: Runtime) -> Levels:
    """Ask a denoiser about noisy versions of known latents, with the true caption."""
    schedule, config = SCHEDULES[model.network.config.schedule](), model.network.config
    x0 = _clean(model, scenes.pictures, runtime)
    eps = picture_noise(tuple(x0.shape[1:]), list(range(len(x0))))
    predict, found = predictor(model.network, runtime), {}
    for signal in SIGNALS:
        t = int((schedule.alpha_bar - signal).abs().argmin())
        x = add_noise(x0, eps, float(schedule.alpha_bar[t]))
        raw = []
        for rows in torch.arange(len(x)).split(50):
            text = model.network.encode_text(
                tokenise([scenes.captions[int(row)] for row in rows], config.text).to(runtime.device)
            )
            raw.append(predict(x[rows], torch.full((len(rows),), t), text))
        expected = to_prediction(config.target, torch.cat(raw), x, float(schedule.alpha_bar[t]))
        found[signal] = (_alike(expected.eps, eps), _alike(expected.x0, x0))
    return found


def _clean(model: LoadedDenoiser, pictures: Pictures, runtime: Runtime) -> Float[Tensor, "n c k l"]:
    if model.vae is None:
        return pictures
    means = [model.vae.network.encode(runtime.put(part)).mean.float().cpu() for part in pictures.split(64)]
    return model.vae.scale.normalise(torch.cat(means))


def _alike(a: Float[Tensor, "n c h w"], b: Float[Tensor, "n c h w"]) -> Values:
    """Correlation over the values of each picture; 0 where one of them is constant."""
    first, second = (part.double().flatten(1) - part.double().flatten(1).mean(dim=1, keepdim=True) for part in (a, b))
    lengths = (first.norm(dim=1) * second.norm(dim=1)).clamp_min(1e-12)
    return numbers((first * second).sum(dim=1) / lengths)


def _steps_that_come_nearer(model: LoadedDenoiser, scenes: GradedScenes, runtime: Runtime) -> Values:
    """Share of the steps of each run after which the sample is nearer to the last one than before."""
    found = []
    for states in runs(model, scenes.captions, runtime):
        trail = torch.stack([state.x for state in states])
        distance = (trail - trail[-1]).flatten(2).norm(dim=2)
        found.append((distance.diff(dim=0) < 0).double().mean(dim=0))
    return numbers(torch.cat(found))
