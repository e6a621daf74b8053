"""What a generator draws, graded by the judge against its captions."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from app.core.errors import BadRequest
from app.core.pictures import from_bytes
from app.core.runtime import Runtime
from app.data.scenes import Scenes, parse_caption, scene_to_labels
from app.evaluation.judging import Labels, compliance, held_out_groups, items_with, read_pictures
from app.evaluation.reconstruction import reconstruct
from app.evaluation.sampling import SamplingOptions, decode_samples, sample
from app.store.catalogue import LoadedDenoiser, LoadedJudge, LoadedVAE

BATCH = 50


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
    """Grade pictures for held-out captions at guidance 3 and 20 steps, with the ceiling that the VAE sets beside."""
    metrics: dict[str, Any] = {}
    for group, scenes, things in held_out_groups(judge.network.config.side):
        captions = scenes.captions(items_with(scenes, things, count))
        pictures = draw_captions(model, captions, list(range(len(captions))), SamplingOptions(), runtime)
        metrics[group] = compliance(wanted_labels(captions), read_pictures(judge, pictures, runtime))
    if model.vae is not None:
        metrics["ceiling_one_thing"] = reconstruction_ceiling(model.vae, judge, count, runtime)
    return metrics


def reconstruction_ceiling(vae: LoadedVAE, judge: LoadedJudge, count: int, runtime: Runtime) -> dict[str, Any]:
    """Grade the VAE's reconstructions of held-out one-thing scenes: no generator in its latents can do better."""
    scenes = Scenes(split="test", side=judge.network.config.side)
    items = items_with(scenes, 1, count)
    pictures = from_bytes(scenes.pictures(items)).split(64)
    rebuilt = torch.cat([reconstruct(vae, chunk, runtime, seed=at)[0] for at, chunk in enumerate(pictures)])
    return compliance(np.asarray(scenes.labels(items)), read_pictures(judge, rebuilt, runtime))
