"""What a generator draws, graded by the judge against its captions."""

from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from app.core.errors import BadRequest
from app.core.pictures import from_bytes
from app.core.runtime import Runtime
from app.data.scenes import Scenes, parse_caption, scene_to_labels
from app.evaluation.distributions import Features, frechet_distance, judge_features, nearest, precision_recall
from app.evaluation.judging import Group, Labels, compliance, held_out_groups, items_with, read_pictures
from app.evaluation.rates import wilson
from app.evaluation.reconstruction import reconstruct
from app.evaluation.sampling import SamplingOptions, decode_samples, sample
from app.store.catalogue import LoadedDenoiser, LoadedJudge, LoadedVAE

BATCH = 50
FEWEST = 5
"""Sets of fewer pictures have no covariance and no third neighbour to speak of: they are not compared."""
REFERENCES = 4096
"""Training scenes among which the nearest to a generated one is looked for, where a card does not say how many its
model learnt from."""
CHUNK = 1024
"""Training scenes that are drawn and read at a time: 50 MB at 64 pixels."""
SELDOM = 0.01
"""Share of held-out pictures that are as near to a training picture as what is called too near."""


def draw_captions(
    model: LoadedDenoiser, captions: list[str], seeds: list[int], options: SamplingOptions, runtime: Runtime
) -> Float[Tensor, "b 3 h w"]:
    """Generate one picture a caption, in batches; picture i depends on captions[i] and seeds[i] alone."""
    drawn = []
    for at in range(0, len(captions), BATCH):
        *_, last = sample(model, captions[at : at + BATCH], seeds[at : at + BATCH], options, runtime)
        drawn.append(decode_samples(model, last.x, runtime))
    return torch.cat(drawn)


def wanted_labels(captions: list[str]) -> Labels:
    """Return what each caption asks for, -1 where it leaves something open; BadRequest for one that says no scene."""
    return np.stack([_wanted(caption) for caption in captions])


def _wanted(caption: str) -> Int64[np.ndarray, " columns"]:
    scene = parse_caption(caption)
    if scene is None:
        raise BadRequest(
            f"The caption '{caption}' does not have the form of the training captions: it cannot be graded.",
            hint="Write it like 'a small striped red star at the top left on a blue background'.",
        )
    return scene_to_labels(scene)


def evaluate_generator(model: LoadedDenoiser, judge: LoadedJudge, count: int, runtime: Runtime) -> dict[str, Any]:
    """Grade pictures for held-out captions at guidance 3 and 20 steps, with the ceiling of the same captions beside.

    The ceiling is the judge's reading of the real scenes that the captions tell of, as the VAE rebuilds them (as they
    are, for a denoiser on pixels), graded on what the captions ask for. `distribution` and `memorisation` compare the
    pictures of the first `count` held-out captions as a set.
    """
    metrics: dict[str, Any] = {}
    for group in held_out_groups(judge.network.config.side):
        items = items_with(group.scenes, group.things, count)
        captions, real = group.scenes.captions(items), from_bytes(group.scenes.pictures(items))
        drawn = draw_captions(model, captions, list(range(len(captions))), SamplingOptions(), runtime)
        best = real if model.vae is None else rebuild(model.vae, real, runtime)
        for name, pictures in ((group.name, drawn), (f"ceiling_{group.name}", best)):
            metrics[name] = compliance(wanted_labels(captions), read_pictures(judge, pictures, runtime))
    return metrics | (compare_as_sets(model, judge, count, runtime) if count >= FEWEST else {})


def read_reconstructions(
    vae: LoadedVAE, judge: LoadedJudge, group: Group, count: int, runtime: Runtime
) -> dict[str, Any]:
    """Grade the VAE's reconstructions of held-out scenes on everything that the scenes show."""
    items = items_with(group.scenes, group.things, count)
    rebuilt = rebuild(vae, from_bytes(group.scenes.pictures(items)), runtime)
    return compliance(np.asarray(group.scenes.labels(items)), read_pictures(judge, rebuilt, runtime))


def judge_agreement(vae: LoadedVAE, judge: LoadedJudge, count: int, runtime: Runtime) -> dict[str, Any]:
    """Say how often the judge reads the same off a held-out scene and off its reconstruction, right or wrong."""
    pictures = from_bytes(Scenes(split="test", side=judge.network.config.side).pictures(range(count)))
    rebuilt = rebuild(vae, pictures, runtime)
    return compliance(read_pictures(judge, pictures, runtime), read_pictures(judge, rebuilt, runtime))


def reconstruction_distance(vae: LoadedVAE, judge: LoadedJudge, count: int, runtime: Runtime) -> dict[str, Any]:
    """Frechet distance of `count` reconstructions to as many other real scenes, beside real against real."""
    here, there = real_halves(judge, count)
    features = [judge_features(judge, x, runtime) for x in (rebuild(vae, here, runtime), here, there)]
    return {
        "n": count,
        "reconstruction": round(frechet_distance(features[0], features[2]), 3),
        "floor": round(frechet_distance(features[1], features[2]), 3),
    }


def real_halves(judge: LoadedJudge, count: int) -> tuple[Tensor, Tensor]:
    """Return the first `count` held-out scenes, and the `count` after them."""
    scenes = Scenes(split="test", side=judge.network.config.side)
    return from_bytes(scenes.pictures(range(count))), from_bytes(scenes.pictures(range(count, 2 * count)))


def compare_as_sets(model: LoadedDenoiser, judge: LoadedJudge, count: int, runtime: Runtime) -> dict[str, Any]:
    """Measure generated pictures as a set against other real ones, and their distance to the training pictures."""
    side = judge.network.config.side
    captions = Scenes(split="test", side=side).captions(range(count))
    drawn = draw_captions(model, captions, list(range(count)), SamplingOptions(), runtime)
    here, there = real_halves(judge, count)
    generated, real, other = (judge_features(judge, x, runtime) for x in (drawn, here, there))
    trained = training_features(judge, model.card.training.settings.get("examples") or REFERENCES, runtime)
    ours, floor = precision_recall(other, generated), precision_recall(other, real)
    return {
        "distribution": {
            "n": count,
            "frechet": round(frechet_distance(generated, other), 3),
            "frechet_floor": round(frechet_distance(real, other), 3),
            "precision": asdict(ours.precision),
            "precision_floor": asdict(floor.precision),
            "recall": asdict(ours.recall),
            "recall_floor": asdict(floor.recall),
        },
        "memorisation": memorisation(generated, real, trained),
    }


def training_features(judge: LoadedJudge, count: int, runtime: Runtime) -> Features:
    """Return the judge's features of the first `count` training scenes: those that a denoiser learnt from."""
    scenes = Scenes(split="train", side=judge.network.config.side)
    chunks = (range(at, min(at + CHUNK, count)) for at in range(0, count, CHUNK))
    return np.concatenate([judge_features(judge, from_bytes(scenes.pictures(items)), runtime) for items in chunks])


def memorisation(generated: Features, real: Features, trained: Features) -> dict[str, Any]:
    """Compare how near generated and held-out pictures come to their nearest training picture.

    `too_near` is the share of generated pictures that come nearer than all but SELDOM of the held-out ones: about
    SELDOM of a generator that copies nothing.
    """
    ours, theirs = (nearest(samples, trained).distance for samples in (generated, real))
    limit = float(np.quantile(theirs, SELDOM))
    return {
        "n": len(generated),
        "references": len(trained),
        "nearest_of_generated": round(float(np.median(ours)), 3),
        "nearest_of_held_out": round(float(np.median(theirs)), 3),
        "held_out_1st_percentile": round(limit, 3),
        "too_near": asdict(wilson(int((ours < limit).sum()), len(ours))),
    }


def rebuild(vae: LoadedVAE, pictures: Float[Tensor, "b 3 h w"], runtime: Runtime) -> Float[Tensor, "b 3 h w"]:
    """Encode, draw and decode any number of pictures."""
    return torch.cat([reconstruct(vae, x, runtime, seed=at)[0] for at, x in enumerate(pictures.split(64))])
