"""Claim 5: reconstruction against regularity. Claim 6: whether regularity makes latents smooth and easy to denoise."""

from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from app.core.randomness import make_generator, normal
from app.core.runtime import Runtime
from app.evaluation.claims.claim import Check, Figure, Finding, Outcome, conclude, every, some, unmet
from app.evaluation.claims.material import (
    Pictures,
    decibels,
    draw,
    graded,
    held_out,
    mean_figures,
    one_thing,
    rebuilt,
)
from app.evaluation.claims.statistics import Values, exceeds, larger, numbers
from app.evaluation.distributions import frechet_distance, judge_features
from app.evaluation.generation import FEWEST
from app.evaluation.judging import read_pictures
from app.models.posterior import kl_to_standard_normal, nats_to_bits
from app.store.catalogue import Catalogue, LoadedVAE

WEIGHTS = ("small_kl1e-6", "small_kl1e-4", "small_kl1e-2", "small_kl1")
"""Rungs by rising KL weight: 1e-6, 1e-4, 1e-2, 1."""
PLAIN = "small_kl0"
STRONG = WEIGHTS[2:]
NEAR_NORMAL = 0.5
"""A posterior that is half a bit a value from the prior says next to nothing: it is 'near' the standard normal."""
PUSHES = (0.1, 0.3)
"""Perturbations, in standard deviations of each channel over the training set: equally large in every latent space."""
SMOOTHER = 0.1
"""Share by which pictures must move less for one latent space to count as smoother than another."""
REBUILDS_DB = 3.0
"""Gain over the mean picture from which a VAE is said to rebuild: half of what pictures differ by is recovered."""
SAME = 1e-6
"""Decoded pictures nearer than this (RMS) are the same picture."""
RACES = ("race_kl0", "race_kl1e-4", "race_kl1")
WORSE = 0.03
"""Share of attributes right by which a generator must fall behind: one attribute in 33."""


def two_terms(catalogue: Catalogue, count: int) -> Finding:
    """Rebuild scenes along the KL ladder and measure how far each posterior is from a standard normal."""
    pictures, runtime = held_out("scenes", count), catalogue.runtime
    quality, bits = {}, {}
    for name in (PLAIN, *WEIGHTS):
        vae = catalogue.vae(name)
        quality[name] = decibels(pictures, rebuilt(vae, pictures, runtime))
        if name != PLAIN:
            bits[name] = kl_bits(vae, pictures, runtime)
    figures = mean_figures([(f"{name}: PSNR of scenes", values) for name, values in quality.items()], "dB")
    figures += mean_figures([(f"{name}: KL", values) for name, values in bits.items()], "bits a value", 3)
    return conclude(figures, balance_checks(quality, bits))


def balance_checks(quality: dict[str, Values], bits: dict[str, Values]) -> list[Check]:
    """Core: from end to end KL and PSNR both fall. Limits: rungs where they do not, and the usual weight."""
    low, usual, *_, high = WEIGHTS
    falls = {f"{a} to {b}": larger(quality[a], quality[b]) for a, b in pairwise(WEIGHTS)}
    return [
        Check(
            f"from weight 1e-6 to 1 the KL falls from {bits[low].mean():.2f} to {bits[high].mean():.3f} bits a value",
            every(larger(bits[a], bits[b]) for a, b in pairwise(WEIGHTS)),
        ),
        Check(
            f"and scenes from {quality[low].mean():.1f} to {quality[high].mean():.1f} dB",
            larger(quality[low], quality[high]),
        ),
        Check(f"the balance costs nothing from {unmet(falls)}", every(falls.values()), core=False),
        Check(
            f"at the usual weight, 1e-4, posteriors stay {bits[usual].mean():.2f} bits a value from a standard normal",
            exceeds(-bits[usual], -NEAR_NORMAL),
            core=False,
        ),
    ]


@torch.inference_mode()
def kl_bits(vae: LoadedVAE, pictures: Pictures, runtime: Runtime) -> Values:
    """Mean KL of a latent value to the standard normal, in bits, for each picture."""
    found = []
    for part in pictures.split(64):
        mean, logvar = (moment.float().cpu() for moment in vae.network.encode(runtime.put(part)))
        found.append(kl_to_standard_normal(mean, logvar).mean(dim=(1, 2, 3)))
    return numbers(torch.cat(found)) * nats_to_bits(1.0)


def smoothness(catalogue: Catalogue, count: int) -> Finding:
    """Push latents by equal shares of their spread, decode draws of the prior, and grade three equal generators."""
    pictures, runtime, judge = held_out("scenes", count), catalogue.runtime, catalogue.judge()
    models = {name: catalogue.vae(name) for name in (PLAIN, *WEIGHTS)}
    moved = {name: {push: _moved(model, pictures, push, runtime) for push in PUSHES} for name, model in models.items()}
    gains = {name: gain_over_mean(pictures, rebuilt(model, pictures, runtime)) for name, model in models.items()}
    scenes = one_thing(count)
    scores = {}
    for name in RACES:
        drawn = draw(catalogue.denoiser(name), scenes.captions, runtime)
        scores[name] = graded(scenes.labels, read_pictures(judge, drawn, runtime))
    rows = [(f"{name}: decoded change for {push} stds", v) for name, run in moved.items() for push, v in run.items()]
    figures = mean_figures(rows, "of the distance between two pictures", 4)
    figures += mean_figures([(f"{name}: PSNR above the mean picture's", v) for name, v in gains.items()], "dB")
    figures += mean_figures([(f"{name}: share of attributes right", v) for name, v in scores.items()], "", 3)
    return conclude(figures + _prior_figures(catalogue, pictures), smoothness_checks(moved, gains, scores))


def smoothness_checks(
    moved: dict[str, dict[float, Values]], gains: dict[str, Values], scores: dict[str, Values]
) -> list[Check]:
    """Core: at least one of the parts shows: smoother at the usual weight, at a strong one, easier to denoise.

    Each part that does not is a limit; so is a strong weight that makes denoising harder again. Only a rung that still
    rebuilds can be smoother: a decoder that ignores its latents moves by nothing, however hard they are pushed.
    """

    def smoother(name: str) -> Outcome:
        less = [1 - moved[name][push] / np.maximum(moved[PLAIN][push], 1e-9) for push in PUSHES]
        return every([exceeds(gains[name], REBUILDS_DB), *(exceeds(each, SMOOTHER) for each in less)])

    push = PUSHES[0]
    plain = moved[PLAIN][push].mean()
    near = moved["small_kl1e-4"][push].mean()
    usual, strong = smoother("small_kl1e-4"), some(smoother(name) for name in STRONG)
    easier = larger(scores["race_kl1e-4"], scores["race_kl0"], WORSE)
    means = {name: f"{values.mean():.0%}" for name, values in scores.items()}
    pushed = ", ".join(f"{name} {run[push].mean():.4f}" for name, run in moved.items())
    rebuild = ", ".join(f"{name} {gains[name].mean():.1f} dB" for name in STRONG)
    drawn = f"the generator on plain latents has {means['race_kl0']} right, on regularised ones {means['race_kl1e-4']}"
    parts = [
        Check(f"the usual weight is not smoother than none ({near:.4f} and {plain:.4f})", usual, core=False),
        Check(f"nor is a strong one (PSNR above the mean picture's: {rebuild})", strong, core=False),
        Check(f"denoising is not erratic without it: {drawn}", easier, core=False),
        Check(f"too much of it does harm: {means['race_kl1']} right", _not_behind(scores), core=False),
    ]  # fmt: skip
    return [
        Check(
            f"for {push} stds pictures move by such shares of what two differ by: {pushed}; {drawn}",
            some([usual, strong, easier]),
        ),
        *parts,
    ]


def _not_behind(scores: dict[str, Values]) -> Outcome:
    """Whether the over-regularised generator keeps up with the usual one."""
    behind = larger(scores["race_kl1e-4"], scores["race_kl1"], WORSE)
    return None if behind is None else not behind


@torch.inference_mode()
def _moved(model: LoadedVAE, pictures: Pictures, push: float, runtime: Runtime) -> Values:
    """RMS change of a decoded picture when every latent value is pushed by noise of so many stds of its channel.

    In units of the RMS distance between the decoded pictures of two scenes: a pale decoder is not a smooth one.
    """
    found, decoded, std = [], [], torch.tensor(model.scale.std)[None, :, None, None]
    for at, part in enumerate(pictures.split(64)):
        z = model.network.encode(runtime.put(part)).mean.float().cpu()
        noise = normal(tuple(z.shape), make_generator("claims", "push", at))
        pair = [model.network.decode(runtime.put(each)).float().cpu() for each in (z, z + push * std * noise)]
        decoded.append(pair[0])
        found.append((pair[1] - pair[0]).square().mean(dim=(1, 2, 3)).sqrt())
    return numbers(torch.cat(found) / _apart(torch.cat(decoded)))


def _apart(pictures: Pictures) -> Tensor:
    """RMS distance between a picture and the next one, over all of them; the last one's next is the first."""
    return (pictures - pictures.roll(1, dims=0)).square().mean().sqrt().clamp_min(SAME)


def gain_over_mean(pictures: Pictures, copies: Pictures) -> Values:
    """PSNR of each copy in dB above that of the mean picture of the set, the best guess that ignores the latent."""
    return decibels(pictures, copies) - decibels(pictures, pictures.mean(dim=0, keepdim=True).expand_as(pictures))


@torch.inference_mode()
def _prior_figures(catalogue: Catalogue, pictures: Pictures) -> list[Figure]:
    """How far decoded draws of N(0, I) are from scenes as a set; needs a few pictures to be a set at all."""
    if len(pictures) < FEWEST:
        return []
    judge, runtime, figures = catalogue.judge(), catalogue.runtime, []
    real = judge_features(judge, pictures, runtime)
    for name in (PLAIN, *WEIGHTS):
        model = catalogue.vae(name)
        side = pictures.shape[-1] // model.network.config.f
        z = normal((len(pictures), model.network.config.c, side, side), make_generator("claims", "prior"))
        decoded = torch.cat([model.network.decode(runtime.put(part)).float().cpu() for part in z.split(64)])
        distance = frechet_distance(judge_features(judge, decoded, runtime), real)
        figures.append(
            Figure(f"{name}: Fréchet distance of decoded N(0, I) to scenes", f"{distance:.1f} (n = {len(z)})")
        )
    return figures
