"""Claim 6: whether regularity makes latents smooth and easy to denoise."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from app.core.randomness import make_generator, normal
from app.core.runtime import Runtime
from app.evaluation.claims.balance import PLAIN, USUAL, WEIGHTS
from app.evaluation.claims.material import Pictures, decibels, graded, held_out, mean_figures, rebuilt
from app.evaluation.claims.statistics import Several, Values, exceeds, larger, lower_tail, tail_of
from app.evaluation.claims.study import Study
from app.evaluation.claims.verdict import Check, Figure, Finding, Outcome, conclude, every, some
from app.evaluation.distributions import frechet_distance, judge_features
from app.evaluation.generation import FEWEST
from app.store.catalogue import LoadedVAE

STRONG = ("small_kl1e-2", "small_kl1")
PUSHES = (0.1, 0.3)
"""Perturbations, in standard deviations of each channel over the training set: equally large in every latent space."""
TRIALS = 8
"""Pushes of each size a picture, in as many directions: 4,000 on 500 pictures, of which 200 make the tail."""
SMOOTHER = 0.1
"""Share by which pictures must move less for one latent space to count as smoother than another."""
REBUILDS_DB = 3.0
"""PSNR that a rung may lose beside the plain autoencoder, twice its error, and still be said to rebuild."""
SAME = 1e-6
"""Decoded pictures nearer than this (RMS) are the same picture."""
RACE_PLAIN, RACE_USUAL, RACE_STRONG = "race_kl0", "race_kl1e-4", "race_kl1"
WORSE = 0.03
"""Share of attributes right by which a generator must fall behind: one attribute in 33."""


@dataclass(frozen=True, eq=False)
class Smoothness:
    """moved: rung -> push in stds -> how far decoded pictures move, in units of what two of them differ by.

    quality: PSNR in dB of each rung. ceilings, scores: share of attributes right of what each race's VAE rebuilds, and
    of what its denoiser draws. steps: how long each VAE was trained.
    """

    moved: dict[str, dict[float, Several]]
    quality: dict[str, Values]
    ceilings: dict[str, Values]
    scores: dict[str, Values]
    steps: int

    def smoother(self, name: str) -> Outcome:
        """Whether a rung moves less than the plain one, in the mean and in the tail, and rebuilds about as well.

        A decoder that ignores its latents moves by nothing, however hard they are pushed: it is not smooth.
        """
        outcomes = [larger(self.quality[name], self.quality[PLAIN], -REBUILDS_DB)]
        for push in PUSHES:
            moved, plain = self.moved[name][push], self.moved[PLAIN][push]
            less = 1 - moved.mean(axis=1) / np.maximum(plain.mean(axis=1), 1e-9)
            outcomes += [exceeds(less, SMOOTHER), lower_tail(moved, plain, SMOOTHER)]
        return every(outcomes)

    def short(self, name: str) -> Values:
        """Share of attributes that the denoiser loses of what its VAE could show."""
        return self.ceilings[name] - self.scores[name]


def smoothness(study: Study) -> Finding:
    """Push latents by equal shares of their spread, decode draws of the prior, and grade three equal generators."""
    pictures, runtime, scenes = held_out("scenes", study.count), study.runtime, study.scenes
    models = {name: study.catalogue.vae(name) for name in (PLAIN, *WEIGHTS)}
    races = {name: study.catalogue.denoiser(name) for name in (RACE_PLAIN, RACE_USUAL, RACE_STRONG)}
    best = {name: scenes.pictures if race.vae is None else rebuilt(race.vae, scenes.pictures, runtime)
            for name, race in races.items()}  # fmt: skip
    seen = Smoothness(
        moved={name: moved_by(model, pictures, runtime) for name, model in models.items()},
        quality={name: decibels(pictures, rebuilt(model, pictures, runtime)) for name, model in models.items()},
        ceilings={name: graded(scenes.labels, study.read(x)) for name, x in best.items()},
        scores={name: graded(scenes.labels, study.read(study.draw(m, scenes.captions))) for name, m in races.items()},
        steps=models[USUAL].card.training.steps,
    )
    return conclude(_figures(seen) + _prior_figures(study, pictures), smoothness_checks(seen))


def _figures(seen: Smoothness) -> list[Figure]:
    figures = []
    for name, run in seen.moved.items():
        for push, several in run.items():
            label = f"{name}: decoded change for {push} stds"
            figures += mean_figures([(label, several.mean(axis=1))], "of the distance between two pictures", 4)
            figures += [Figure(f"{label}, 95th percentile", f"{tail_of(several):.4f} (n = {several.size} pushes)")]
    figures += mean_figures([(f"{name}: PSNR of scenes", v) for name, v in seen.quality.items()], "dB")
    for name, score in seen.scores.items():
        rows = [("right as its VAE rebuilds them", seen.ceilings[name]), ("right as drawn", score)]
        figures += mean_figures([(f"{name}: share of attributes {what}", v) for what, v in rows], "", 3)
    return figures


def smoothness_checks(seen: Smoothness) -> list[Check]:
    """Core: at least one of the parts shows: smoother at the usual weight, at a strong one, easier to denoise.

    Each part that does not is a limit; so is a strong weight that makes denoising harder again.
    """
    strong = {f"weight {WEIGHTS[name]}": seen.smoother(name) for name in STRONG}
    parts = {
        "smoother decoding at weight 1e-4": seen.smoother(USUAL),
        "smoother decoding at a strong weight": some(strong.values()),
        "easier denoising at weight 1e-4": larger(seen.short(RACE_PLAIN), seen.short(RACE_USUAL), WORSE),
    }
    shown = ", ".join(part for part, found in parts.items() if found) or "no part of it"
    seen_of = dict(zip(parts, (_moves(seen, (USUAL,)), _moves(seen, STRONG), _short(seen, RACE_PLAIN)), strict=True))
    smooth, easy = _asked_smooth(), f"above {100 * WORSE:.0f} points fewer than without"
    behind = larger(seen.short(RACE_STRONG), seen.short(RACE_USUAL), WORSE)
    where = f"measured at one capacity, {seen.steps:,} steps"
    return [
        Check(
            f"what shows is: {shown}; {where}; {_short(seen, *seen.scores)}", "one part of three", some(parts.values())
        ),
        *(
            Check(f"no {part}: {seen_of[part]}", easy if "denoising" in part else smooth, found, core=False)
            for part, found in parts.items()
        ),
        Check(
            f"too much of it does harm: {_short(seen, RACE_STRONG)}",
            f"at most {100 * WORSE:.0f} points more than at 1e-4",
            None if behind is None else not behind,
            core=False,
        ),
    ]


def _asked_smooth() -> str:
    pushes = " and ".join(str(push) for push in PUSHES)
    return (
        f"above {SMOOTHER:.0%} less movement than without, in mean and 95th percentile, at {pushes} stds, and at most "
        f"{REBUILDS_DB:.0f} dB less PSNR"
    )


def _moves(seen: Smoothness, names: tuple[str, ...]) -> str:
    """Say by how much less pictures move than without a KL term, for each push, and what PSNR is left."""
    return "; ".join(f"at {WEIGHTS[name]} {_less(seen, name)}" for name in names)


def _less(seen: Smoothness, name: str) -> str:
    falls = []
    for push in PUSHES:
        here, plain = seen.moved[name][push], seen.moved[PLAIN][push]
        mean = here.mean() / max(float(plain.mean()), 1e-9) - 1
        falls.append(f"{mean:+.0%} and {tail_of(here) / max(tail_of(plain), 1e-9) - 1:+.0%} for {push} stds")
    return f"{', '.join(falls)}, {float((seen.quality[name] - seen.quality[PLAIN]).mean()):+.1f} dB"


def _short(seen: Smoothness, *names: str) -> str:
    """Say what denoisers lose of what their VAEs show."""
    parts = (f"{name} {100 * seen.short(name).mean():.0f} points of {seen.ceilings[name].mean():.0%}" for name in names)
    return f"of the attributes that its VAE shows a denoiser loses: {', '.join(parts)}"


@torch.inference_mode()
def moved_by(model: LoadedVAE, pictures: Pictures, runtime: Runtime) -> dict[float, Several]:
    """RMS change of a decoded picture when every latent value is pushed by noise of so many stds of its channel.

    For each size of push, TRIALS of them a picture. In units of the RMS distance between the decoded pictures of two
    scenes: a pale decoder is not a smooth one.
    """
    std = torch.tensor(model.scale.std)[None, :, None, None]
    decoded, found = [], []
    for at, part in enumerate(pictures.split(64)):
        z = model.network.encode(runtime.put(part)).mean.float().cpu()
        decoded.append(_decoded(model, z, runtime))
        noises = [normal(tuple(z.shape), make_generator("claims", "push", at, trial)) for trial in range(TRIALS)]
        found.append(torch.stack([torch.stack([_distance(_decoded(model, z + push * std * noise, runtime), decoded[-1])
                                               for noise in noises], dim=1) for push in PUSHES]))  # fmt: skip
    moved = (torch.cat(found, dim=1) / _apart(torch.cat(decoded))).double().numpy()
    return dict(zip(PUSHES, moved, strict=True))


def _decoded(model: LoadedVAE, z: Float[Tensor, "n c k l"], runtime: Runtime) -> Pictures:
    return model.network.decode(runtime.put(z)).float().cpu()


def _distance(pictures: Pictures, others: Pictures) -> Float[Tensor, " n"]:
    return (pictures - others).square().mean(dim=(1, 2, 3)).sqrt()


def _apart(pictures: Pictures) -> Tensor:
    """RMS distance between a picture and the next one, over all of them; the last one's next is the first."""
    return (pictures - pictures.roll(1, dims=0)).square().mean().sqrt().clamp_min(SAME)


@torch.inference_mode()
def _prior_figures(study: Study, pictures: Pictures) -> list[Figure]:
    """How far decoded draws of N(0, I) are from scenes as a set; needs a few pictures to be a set at all."""
    if len(pictures) < FEWEST:
        return []
    judge, runtime, figures = study.catalogue.judge(), study.runtime, []
    real = judge_features(judge, pictures, runtime)
    for name in (PLAIN, *WEIGHTS):
        model = study.catalogue.vae(name)
        side = pictures.shape[-1] // model.network.config.f
        z = normal((len(pictures), model.network.config.c, side, side), make_generator("claims", "prior"))
        decoded = torch.cat([model.network.decode(runtime.put(part)).float().cpu() for part in z.split(64)])
        distance = frechet_distance(judge_features(judge, decoded, runtime), real)
        figures.append(
            Figure(f"{name}: Fréchet distance of decoded N(0, I) to scenes", f"{distance:.1f} (n = {len(z)})")
        )
    return figures
