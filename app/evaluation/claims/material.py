"""What the experiments share: held-out pictures, captions that ask for everything, and how readings are graded."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from app.core.pictures import from_bytes
from app.core.randomness import make_generator
from app.core.runtime import Runtime
from app.data import open_dataset
from app.data.scenes import LABEL_COLUMNS, LABEL_TABLES, Scenes, canonical_caption
from app.evaluation.claims.statistics import Hits, Values, mean_of, numbers, rate_of
from app.evaluation.claims.verdict import Figure
from app.evaluation.frequency import split_error
from app.evaluation.generation import rebuild
from app.evaluation.judging import Labels, items_with
from app.evaluation.rates import Rate
from app.evaluation.reconstruction import psnr
from app.evaluation.sampling import SamplingOptions
from app.models.posterior import sample_posterior
from app.store.catalogue import LoadedVAE

ATTRIBUTES = ("background", "place", "colour", "size", "kind", "texture")
"""What a caption of one thing says, in the order from coarse to fine."""
COLUMNS = {name: LABEL_COLUMNS.index(name if name in LABEL_COLUMNS else f"{name}_a") for name in ATTRIBUTES}
CHANCE = float(np.mean([1 / len(LABEL_TABLES[LABEL_COLUMNS[column]]) for column in COLUMNS.values()]))
"""Share of the attributes that a blind guess gets right."""

USUAL = SamplingOptions()
"""20 steps of DDIM at guidance 3."""

SILENT = 1e-6
"""A band with less power than this, in squared units of [-1, 1], counts as having this much: a thousandth of a grey
level squared is no detail."""

Pictures = Float[Tensor, "n 3 h w"]


@dataclass(frozen=True, eq=False)
class GradedScenes:
    """Held-out scenes of one thing: pictures in [-1, 1], captions that say all attributes, and the labels."""

    pictures: Pictures
    captions: list[str]
    labels: Labels


def one_thing(count: int) -> GradedScenes:
    """Return the first `count` held-out scenes of one thing, at 64 pixels."""
    scenes = Scenes(split="test")
    items = items_with(scenes, 1, count)
    captions = [canonical_caption(scene) for scene in scenes.scenes(items)]
    return GradedScenes(from_bytes(scenes.pictures(items)), captions, np.asarray(scenes.labels(items)))


def held_out(spec: str, count: int) -> Pictures:
    """Return the first `count` held-out pictures of a data set, or all there are, at 64 pixels."""
    data = open_dataset(spec, split="test")
    return from_bytes(data.pictures(range(min(count, len(data)))))


def moved_on(captions: list[str]) -> list[str]:
    """Give each picture the caption of the next one: as good captions, but the wrong ones."""
    return captions[1:] + captions[:1]


def right(wanted: Labels, read: Labels) -> Bool[np.ndarray, "n attributes"]:
    """Return where each attribute of a single thing is read as wanted, in the order of ATTRIBUTES."""
    columns = list(COLUMNS.values())
    return wanted[:, columns] == read[:, columns]


def graded(wanted: Labels, read: Labels) -> Values:
    """Return the share of the attributes that are right, one number a picture."""
    return right(wanted, read).mean(axis=1)


def attribute_hits(wanted: Labels, read: Labels) -> dict[str, Hits]:
    """Return where each attribute is right."""
    return dict(zip(ATTRIBUTES, right(wanted, read).T, strict=True))


def attribute_rates(wanted: Labels, read: Labels) -> dict[str, Rate]:
    """Return how often each attribute is right."""
    return {name: rate_of(hits) for name, hits in attribute_hits(wanted, read).items()}


def rebuilt(vae: LoadedVAE, pictures: Pictures, runtime: Runtime) -> Pictures:
    """Encode, draw and decode pictures; in [-1, 1]."""
    return rebuild(vae, pictures, runtime).clamp(-1, 1)


@torch.inference_mode()
def latents_of(vae: LoadedVAE, pictures: Pictures, runtime: Runtime) -> Float[Tensor, "n c k l"]:
    """Encode and draw, as `rebuilt` does before it decodes; of unit variance."""
    drawn = []
    for at, part in enumerate(pictures.split(64)):
        mean, logvar = (moment.float().cpu() for moment in vae.network.encode(runtime.put(part)))
        drawn.append(sample_posterior(mean, logvar, generator=make_generator(at, "reconstruct")))
    return vae.scale.normalise(torch.cat(drawn))


def decibels(pictures: Pictures, copies: Pictures) -> Values:
    """PSNR of each picture in dB."""
    return numbers(psnr(pictures, copies))


def centred(pictures: Pictures) -> Pictures:
    """Take the mean colour out of each picture."""
    return pictures - pictures.mean(dim=(2, 3), keepdim=True)


def bands(pictures: Pictures) -> tuple[Values, Values]:
    """Return the power of each picture in waves longer than 8 pixels without its mean colour, and in shorter ones."""
    coarse, fine = split_error(centred(pictures), torch.zeros_like(pictures))
    return numbers(coarse), numbers(fine)


def kept(pictures: Pictures, copies: Pictures) -> tuple[Values, Values]:
    """Return the share of the coarse and of the fine power that copies keep, their mean colours left out: 1 - error /
    power, below 0 if it is worse than leaving the band empty.
    """
    coarse_error, fine_error = split_error(centred(pictures), centred(copies))
    coarse, fine = (np.maximum(power, SILENT) for power in bands(pictures))
    return 1 - numbers(coarse_error) / coarse, 1 - numbers(fine_error) / fine


def mean_figures(rows: Sequence[tuple[str, Values]], unit: str, digits: int = 2) -> list[Figure]:
    """Return a figure with interval and n for each label."""
    return [Figure(label, mean_of(values).text(unit, digits)) for label, values in rows]


def rate_figures(label: str, rates: dict[str, Rate]) -> list[Figure]:
    """Return a figure for each attribute's rate."""
    return [Figure(f"{label}: {name}", str(rate)) for name, rate in rates.items()]


def hit_figures(label: str, hits: dict[str, Hits]) -> list[Figure]:
    """Return a figure for how often each attribute is right."""
    return rate_figures(label, {name: rate_of(each) for name, each in hits.items()})
