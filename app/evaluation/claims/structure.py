"""Claim 1: the three stages are what runs. Claim 10: the caption shapes the latent, the decoder shows it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from app.core.errors import BadCheckpoint
from app.evaluation.claims.claim import Check, Figure, Finding, Outcome, conclude, every, unmet
from app.evaluation.claims.material import (
    ATTRIBUTES,
    CHANCE,
    Pictures,
    attribute_hits,
    draw,
    graded,
    hit_figures,
    mean_figures,
    moved_on,
    one_thing,
    runs,
)
from app.evaluation.claims.statistics import Hits, Values, exceeds, hits_more_often, larger, short
from app.evaluation.judging import read_pictures
from app.evaluation.sampling import decode_samples, starting_noise
from app.store.catalogue import Catalogue, LoadedDenoiser

HALF = 0.5
"""A stage carries the result if leaving it out costs at least half of what the whole has above chance: where more than
half survives, the rest could do without it."""
GRADED_AGAINST_IT = "another, graded against it"
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


def three_stages(catalogue: Catalogue, count: int) -> Finding:
    """Draw with every stage, then with one left out at a time, from the same captions and seeds."""
    model, judge, runtime = _on_latents(catalogue), catalogue.judge(), catalogue.runtime
    scenes = one_thing(count)
    latents = torch.cat([states[-1].x for states in runs(model, scenes.captions, runtime)])
    arms = {
        "every stage": decode_samples(model, latents, runtime),
        "without the caption": draw(model, [""] * len(latents), runtime),
        "without the denoiser": decode_samples(model, starting_noise(model, range(len(latents))), runtime),
        "without the decoder": latents_as_pictures(latents, scenes.pictures.shape[-1]),
    }
    scores = {name: graded(scenes.labels, read_pictures(judge, x, runtime)) for name, x in arms.items()}
    calls = _calls_of_one_picture(model, catalogue)
    figures = mean_figures([(f"{name}: share of attributes right", values) for name, values in scores.items()], "", 3)
    figures += [Figure("a blind guess", f"{CHANCE:.3f} (exact)")]
    figures += [Figure(f"calls of the {part} for one picture", f"{calls[part]} (n = 1 picture)") for part in calls]
    return conclude(figures, stage_checks(scores, calls))


def stage_checks(scores: dict[str, Values], calls: dict[str, int]) -> list[Check]:
    """Core: the whole is above chance, and each stage costs half of that when left out. A limit: a stage that rests."""
    whole = scores["every stage"]
    checks = [Check(f"all stages together get {whole.mean():.0%} of the attributes right", exceeds(whole, CHANCE))]
    for name, values in scores.items():
        if name != "every stage":
            lost = larger(HALF * (whole - CHANCE), values - CHANCE)
            checks.append(Check(f"{name} it is {values.mean():.0%} (a blind guess: {CHANCE:.0%})", lost))
    resting = [part for part, times in calls.items() if times == 0]
    seen = f"generating never calls the {' and the '.join(resting)}: it made the latents of the training"
    return [*checks, Check(seen, not resting, core=False)]


def _on_latents(catalogue: Catalogue) -> LoadedDenoiser:
    model = catalogue.denoiser("generator")
    if model.vae is None:
        raise BadCheckpoint("The generator works on pixels: it has no VAE.", hint="Train the recipe `generator`.")
    return model


def latents_as_pictures(x: Float[Tensor, "n c k l"], side: int) -> Pictures:
    """Show unit-variance latents themselves: three channels as red, green and blue, two deviations to each side."""
    colours = x[:, torch.arange(3) % x.shape[1]] / 2
    return nn.functional.interpolate(colours, size=(side, side), mode="nearest").clamp(-1, 1)


def _calls_of_one_picture(model: LoadedDenoiser, catalogue: Catalogue) -> dict[str, int]:
    assert model.vae is not None
    parts = {
        "text encoder": model.network.text,
        "VAE encoder": model.vae.network.encoder,
        "denoiser": model.network.entry,
        "VAE decoder": model.vae.network.decoder,
    }
    with watching(parts) as calls:
        draw(model, [one_thing(1).captions[0]], catalogue.runtime)
    return calls.of


def caption_guides(catalogue: Catalogue, count: int) -> Finding:
    """Draw from the same seeds with the own caption, with none and with another picture's."""
    model, judge, runtime = catalogue.denoiser("generator"), catalogue.judge(), catalogue.runtime
    scenes = one_thing(count)
    arms = {"own": scenes.captions, "empty": [""] * len(scenes.captions), "another": moved_on(scenes.captions)}
    read = {name: read_pictures(judge, draw(model, captions, runtime), runtime) for name, captions in arms.items()}
    scores = {name: graded(scenes.labels, labels) for name, labels in read.items()}
    scores[GRADED_AGAINST_IT] = graded(np.roll(scenes.labels, -1, axis=0), read["another"])
    own, other = (attribute_hits(scenes.labels, read[name]) for name in ("own", "another"))
    rows = [(f"caption {name}: share of attributes right", values) for name, values in scores.items()]
    figures = mean_figures(rows, "", 3) + hit_figures("own caption", own) + hit_figures("another caption", other)
    return conclude(figures, caption_checks(scores, own, other))


def caption_checks(scores: dict[str, Values], own: dict[str, Hits], other: dict[str, Hits]) -> list[Check]:
    """Core: the own caption beats none and another; another one is obeyed as well. A limit: attributes unheard."""
    named = {name: short(100 * float(values.mean()), "%", 0) for name, values in scores.items()}
    heard: dict[str, Outcome] = {name: hits_more_often(own[name], other[name]) for name in ATTRIBUTES}
    against = larger(scores[GRADED_AGAINST_IT], scores["another"], HEARD)
    return [
        Check(
            f"with its own caption a picture has {named['own']} of the attributes right, with none {named['empty']}",
            larger(scores["own"], scores["empty"], HEARD),
        ),
        Check(
            f"with another's {named['another']}, though {named[GRADED_AGAINST_IT]} of what that one asks",
            every([larger(scores["own"], scores["another"], HEARD), against]),
        ),
        Check(f"the caption is not heard in: {unmet(heard)}", every(heard.values()), core=False),
    ]
