"""Claim 1: the three stages are what runs. Claim 10: the caption shapes the latent, the decoder shows it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from app.core.errors import BadCheckpoint
from app.evaluation.claims.material import (
    ATTRIBUTES,
    CHANCE,
    Pictures,
    attribute_hits,
    graded,
    hit_figures,
    mean_figures,
    moved_on,
    one_thing,
)
from app.evaluation.claims.statistics import Hits, Values, exceeds, hits_more_often, larger
from app.evaluation.claims.study import Study
from app.evaluation.claims.verdict import Check, Figure, Finding, Outcome, conclude, every, unmet
from app.evaluation.sampling import starting_noise
from app.store.catalogue import LoadedDenoiser, LoadedVAE

WHOLE, LINEAR = "every stage", "a linear map of each cell for the decoder"
HALF = 0.5
"""A stage carries the result if leaving it out costs at least half of what the whole has above chance: where more than
half survives, the rest could do without it."""
GRADED_AGAINST_IT = "another, graded against it"
THROUGH_MAP, ANOTHER_THROUGH_MAP = "own, through a linear map", "another, through a linear map"
HEARD = 0.1
"""A caption that moves less than a tenth of the readings its way would not be noticed in a sheet of pictures."""


@dataclass
class Calls:
    """How often each part ran while it was watched."""

    of: dict[str, int] = field(default_factory=dict)


@contextmanager
def watching(parts: dict[str, nn.Module]) -> Iterator[Calls]:
    """Count the calls of some modules inside the block."""
    calls = Calls(dict.fromkeys(parts, 0))

    def count(name: str) -> None:
        calls.of[name] += 1

    handles = [part.register_forward_hook(lambda *_, name=name: count(name)) for name, part in parts.items()]
    try:
        yield calls
    finally:
        for handle in handles:
            handle.remove()


def three_stages(study: Study) -> Finding:
    """Draw with every stage, then with one left out or replaced at a time, from the same captions and seeds."""
    model, scenes = study.catalogue.denoiser("generator"), study.scenes
    vae, latents = _vae_of(model), study.run(model, scenes.captions).last
    arms = {
        WHOLE: study.decoded(model, latents),
        "without the caption": study.draw(model, [""] * len(latents)),
        "without the denoiser": study.decoded(model, starting_noise(model, range(len(latents)))),
        "latents shown as colours": latents_as_pictures(latents, scenes.pictures.shape[-1]),
        LINEAR: study.linear_map(vae).pictures(latents),
    }
    scores = {name: graded(scenes.labels, study.read(x)) for name, x in arms.items()}
    calls = _calls_of_one_picture(model, study)
    figures = mean_figures([(f"{name}: share of attributes right", values) for name, values in scores.items()], "", 3)
    figures += [Figure("a blind guess", f"{CHANCE:.3f} (exact)")]
    figures += [Figure(f"calls of the {part} for one picture", f"{calls[part]} (n = 1 picture)") for part in calls]
    return conclude(figures, stage_checks(scores))


def stage_checks(scores: dict[str, Values]) -> list[Check]:
    """Core: the whole is above chance, and each stage costs half of that when left out. Limit: a decoder that a linear
    map could replace. That generating never calls the encoder is a figure: no run could show otherwise.
    """
    whole = scores[WHOLE]
    asked = f"above the {CHANCE:.0%} of a blind guess"
    checks = [
        Check(f"all stages together get {whole.mean():.0%} of the attributes right", asked, exceeds(whole, CHANCE))
    ]
    half = float(CHANCE + HALF * (whole.mean() - CHANCE))
    for name, values in scores.items():
        lost = larger(HALF * (whole - CHANCE), values - CHANCE)
        asked = f"below {half:.0%}, half of what the whole has above a guess"
        if name == LINEAR:
            seen = f"a linear map of each cell already shows {values.mean():.0%}: what the decoder adds is in claim 12"
            checks.append(Check(seen, asked, lost, core=False))
        elif name != WHOLE:
            checks.append(Check(f"{name} {values.mean():.0%}", asked, lost))
    return checks


def _vae_of(model: LoadedDenoiser) -> LoadedVAE:
    if model.vae is None:
        raise BadCheckpoint("The generator works on pixels: it has no VAE.", hint="Train the recipe `generator`.")
    return model.vae


def latents_as_pictures(x: Float[Tensor, "n c k l"], side: int) -> Pictures:
    """Show unit-variance latents themselves: three channels as red, green and blue, two deviations to each side."""
    colours = x[:, torch.arange(3) % x.shape[1]] / 2
    return nn.functional.interpolate(colours, size=(side, side), mode="nearest").clamp(-1, 1)


def _calls_of_one_picture(model: LoadedDenoiser, study: Study) -> dict[str, int]:
    vae = _vae_of(model)
    parts = {
        "text encoder": model.network.text,
        "VAE encoder": vae.network.encoder,
        "denoiser": model.network.entry,
        "VAE decoder": vae.network.decoder,
    }
    with watching(parts) as calls:
        Study(study.catalogue, 1).draw(model, one_thing(1).captions)
    return calls.of


def caption_guides(study: Study) -> Finding:
    """Draw from the same seeds with the own caption, with none and with another picture's; look at the latents too."""
    model, scenes = study.catalogue.denoiser("generator"), study.scenes
    arms = {"own": scenes.captions, "empty": [""] * len(scenes.captions), "another": moved_on(scenes.captions)}
    read = {name: study.read(study.draw(model, captions)) for name, captions in arms.items()}
    shown = study.linear_map(_vae_of(model))
    for name, arm in ((THROUGH_MAP, "own"), (ANOTHER_THROUGH_MAP, "another")):
        read[name] = study.read(shown.pictures(study.run(model, arms[arm]).last))
    scores = {name: graded(scenes.labels, labels) for name, labels in read.items()}
    scores[GRADED_AGAINST_IT] = graded(np.roll(scenes.labels, -1, axis=0), read["another"])
    own, other = (attribute_hits(scenes.labels, read[name]) for name in ("own", "another"))
    rows = [(f"caption {name}: share of attributes right", values) for name, values in scores.items()]
    figures = mean_figures(rows, "", 3) + hit_figures("own caption", own) + hit_figures("another caption", other)
    return conclude(figures, caption_checks(scores, own, other))


def caption_checks(scores: dict[str, Values], own: dict[str, Hits], other: dict[str, Hits]) -> list[Check]:
    """Core: the own caption beats none and another, another one is obeyed as well, and the latent shows it already.

    A limit: attributes in which the caption is not heard.
    """
    named = {name: f"{values.mean():.0%}" for name, values in scores.items()}
    heard: dict[str, Outcome] = {name: hits_more_often(own[name], other[name]) for name in ATTRIBUTES}
    against = larger(scores[GRADED_AGAINST_IT], scores["another"], HEARD)
    asked = f"more than {100 * HEARD:.0f} points apart"
    return [
        Check(
            f"with its own caption a picture has {named['own']} of the attributes right, with none {named['empty']}",
            asked,
            larger(scores["own"], scores["empty"], HEARD),
        ),
        Check(
            f"with another's {named['another']}, beside {named[GRADED_AGAINST_IT]} of what that one asks",
            f"{asked}, and from the own caption's",
            every([larger(scores["own"], scores["another"], HEARD), against]),
        ),
        Check(
            f"a linear map of each latent cell, in the decoder's place, shows {named[THROUGH_MAP]} with the own "
            f"caption, {named[ANOTHER_THROUGH_MAP]} with another's",
            asked,
            larger(scores[THROUGH_MAP], scores[ANOTHER_THROUGH_MAP], HEARD),
        ),
        Check(
            f"the caption is not heard in: {unmet(heard)}",
            "each attribute right more often with the own caption than with another's",
            every(heard.values()),
            core=False,
        ),
    ]
