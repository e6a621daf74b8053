"""Claim 7: what a denoiser predicts of a noisy latent, and where a step with that leads."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from app.core.randomness import picture_noise
from app.core.runtime import Runtime
from app.diffusion.samplers.ddim import ddim_mean
from app.diffusion.schedule import SCHEDULES
from app.diffusion.targets import add_noise, to_prediction
from app.evaluation.claims.material import GradedScenes, Pictures
from app.evaluation.claims.statistics import Values, exceeds, mean_of, numbers
from app.evaluation.claims.study import Study
from app.evaluation.claims.verdict import Check, Figure, Finding, Outcome, conclude, every, unmet
from app.evaluation.sampling import predictor
from app.models.text import tokenise
from app.store.catalogue import LoadedDenoiser

SIGNALS = (0.99, 0.9, 0.5, 0.1, 0.01)
"""Share of the power that is signal, from nearly clean to nearly only noise."""
MIDDLE = 0.5
FOUND = 0.5
"""Half of the error that the best scaled copy of the network's input leaves: who removes less has found little."""
NEARER = 0.01
"""Least rise of the correlation with the clean latent for which a step is said to lead there."""


@dataclass(frozen=True, eq=False)
class Level:
    """Correlations of each picture at one noise level, with the true noise and with the true clean latent.

    noise, clean: of what the network predicts; copy_noise, copy_clean: of its input, and so of any scaled copy of that.
    moved: with the clean latent, after one step of DDIM to the next cleaner level; None at the cleanest.
    """

    noise: Values
    clean: Values
    copy_noise: Values
    copy_clean: Values
    moved: Values | None


Levels = dict[float, Level]
"""Share of signal -> what was found there."""


def predicts_noise(study: Study) -> Finding:
    """Noise known latents, ask three denoisers for noise and clean latent, and take one step with the answer."""
    names = ("race_eps", "race_x0", "race_f4c4")
    models = {name: study.catalogue.denoiser(name) for name in names}
    found = {name: correlations(model, study.scenes, study.runtime) for name, model in models.items()}
    figures = [each for name, levels in found.items() for each in _figures(models[name], levels)]
    return conclude(figures, step_checks(found["race_eps"], found["race_x0"]))


def _figures(model: LoadedDenoiser, levels: Levels) -> list[Figure]:
    """Return each correlation beside that of the network's input, with what the network predicts and its schedule."""
    config, figures = model.network.config, []
    for signal, level in levels.items():
        rows = [("noise", level.noise, level.copy_noise), ("clean latent", level.clean, level.copy_clean)]
        if level.moved is not None:
            rows.append(("clean latent after a step", level.moved, level.copy_clean))
        for what, values, copied in rows:
            label = f"{model.card.name} ({config.target}, {config.schedule}), {signal:.0%} signal: {what}"
            figures.append(
                Figure(label, f"correlation {mean_of(values).text('', 3)}, of its input {copied.mean():.3f}")
            )
    return figures


def step_checks(eps: Levels, x0: Levels) -> list[Check]:
    """Core: at half signal noise and clean latent are found, each by the network trained for it, and a step leads on.

    Limits: levels where not.
    """
    noise = {signal: beyond(level.noise, level.copy_noise) for signal, level in eps.items()}
    clean = {signal: beyond(level.clean, level.copy_clean) for signal, level in x0.items()}
    parts = [_found_checks("noise", noise), _found_checks("clean latent", clean), _move_checks({"eps": eps, "x0": x0})]
    return [check for part in zip(*parts, strict=True) for check in part]


def _found_checks(what: str, removed: dict[float, Values]) -> tuple[Check, Check]:
    """Core at half signal; a limit where not. removed: what `beyond` says at each share of signal."""
    asked = f"above {FOUND:.0%} of the error that a scaled copy of the input leaves"
    there: dict[str, Outcome] = {f"{s:.0%} ({v.mean():.0%} removed)": exceeds(v, FOUND) for s, v in removed.items()}
    middle = removed[MIDDLE]
    return (
        Check(f"the network for the {what} removes {middle.mean():.0%} at half signal", asked, exceeds(middle, FOUND)),
        Check(
            f"the {what} is not found at a signal of {unmet(there)}",
            asked,
            every(there.values()),
            core=False,
        ),
    )


def _move_checks(networks: dict[str, Levels]) -> tuple[Check, Check]:
    """Core at half signal; a limit where not: a step with each network's answer leads towards the clean latent."""
    rises = {
        (name, signal): level.moved - level.copy_clean
        for name, levels in networks.items()
        for signal, level in levels.items()
        if level.moved is not None
    }
    nearer = {key: exceeds(rise, NEARER) for key, rise in rises.items()}
    steps = ", ".join(f"{rises[name, MIDDLE].mean():+.3f} with {name}" for name in networks)
    idle = {f"{name} at {signal:.0%} ({rises[name, signal].mean():+.3f})": o for (name, signal), o in nearer.items()}
    asked = f"above {NEARER:+} each"
    return (
        Check(
            f"a step from half signal changes the correlation with the clean latent by {steps}",
            asked,
            every(nearer[name, MIDDLE] for name in networks),
        ),
        Check(
            f"a step leads hardly nearer to the clean latent with {unmet(idle)}",
            asked,
            every(nearer.values()),
            core=False,
        ),
    )


def beyond(found: Values, copied: Values) -> Values:
    """Share of the error left by the best scaled copy of the input that a scaled prediction removes; at most 1.

    Both are correlations with the truth, of whose variance the best scaled copy of something leaves 1 - r^2. A
    prediction of the wrong sign counts as one that adds as much.
    """
    return 1 - (1 - found * np.abs(found)) / np.maximum(1 - copied**2, 1e-12)


@torch.inference_mode()
def correlations(model: LoadedDenoiser, scenes: GradedScenes, runtime: Runtime) -> Levels:
    """Ask a denoiser about noisy versions of known latents, with the true caption, and step on with its answer."""
    schedule, config = SCHEDULES[model.network.config.schedule](), model.network.config
    x0 = clean_latents(model, scenes.pictures, runtime)
    eps = picture_noise(tuple(x0.shape[1:]), list(range(len(x0))))
    times = [int((schedule.alpha_bar - signal).abs().argmin()) for signal in SIGNALS]
    powers = [float(schedule.alpha_bar[t]) for t in times]
    found = {}
    for number, (signal, t) in enumerate(zip(SIGNALS, times, strict=True)):
        x = add_noise(x0, eps, powers[number])
        expected = to_prediction(config.target, _asked(model, x, t, scenes.captions, runtime), x, powers[number])
        moved = ddim_mean(expected.x0, expected.eps, powers[number - 1]) if number else None
        found[signal] = Level(
            noise=_alike(expected.eps, eps),
            clean=_alike(expected.x0, x0),
            copy_noise=_alike(x, eps),
            copy_clean=_alike(x, x0),
            moved=None if moved is None else _alike(moved, x0),
        )
    return found


def _asked(
    model: LoadedDenoiser, x: Float[Tensor, "n c k l"], t: int, captions: list[str], runtime: Runtime
) -> Float[Tensor, "n c k l"]:
    """Return the network's own output for each row, whatever it is trained to predict."""
    predict, text, raw = predictor(model.network, runtime), model.network.config.text, []
    for rows in torch.arange(len(x)).split(50):
        tokens = tokenise([captions[int(row)] for row in rows], text).to(runtime.device)
        raw.append(predict(x[rows], torch.full((len(rows),), t), model.network.encode_text(tokens)))
    return torch.cat(raw)


def clean_latents(model: LoadedDenoiser, pictures: Pictures, runtime: Runtime) -> Float[Tensor, "n c k l"]:
    """Return the latents of unit variance that a denoiser works on, without noise; pictures, if it has no VAE."""
    if model.vae is None:
        return pictures
    means = [model.vae.network.encode(runtime.put(part)).mean.float().cpu() for part in pictures.split(64)]
    return model.vae.scale.normalise(torch.cat(means))


def _alike(a: Float[Tensor, "n c h w"], b: Float[Tensor, "n c h w"]) -> Values:
    """Correlation over the values of each picture; 0 where one of them is constant."""
    first, second = (part.double().flatten(1) - part.double().flatten(1).mean(dim=1, keepdim=True) for part in (a, b))
    lengths = (first.norm(dim=1) * second.norm(dim=1)).clamp_min(1e-12)
    return numbers((first * second).sum(dim=1) / lengths)
