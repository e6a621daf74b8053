"""Never seen: combinations that no training showed, graded beside the same scenes in a colour that it did show."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from app.core.errors import BadRequest
from app.core.randomness import MOST_SEED, make_numpy_generator
from app.core.runtime import Runtime
from app.data.scenes import HELD_OUT, Scene, Scenes, canonical_caption, scene_to_labels
from app.data.scenes.attributes import COLOURS
from app.data.scenes.factors import COLUMN
from app.evaluation.judging import agreement, compliance, items_with, read_pictures
from app.evaluation.rates import Rate, wilson
from app.evaluation.sampling import SamplingOptions, decode_samples
from app.labs.generate import MOST_GUIDANCE, MOST_STEPS
from app.labs.prompt import Marks, Work, drawn, finished, marks, readings, spread_over, wishes
from app.store.catalogue import LoadedDenoiser, LoadedJudge

MOST_PAIRS = 100
BATCH = 8
"""Pairs that run together: between two batches the work can be stopped."""
_KIND_AND_COLOUR = [COLUMN["kind_a"], COLUMN["colour_a"]]
SHOWN = ("kind", "colour", "texture", "size", "place", "background", "all_attributes")


@dataclass(frozen=True)
class UnseenRequest:
    """pairs: scenes drawn twice, once in their never seen colour and once in a seen one; seed: of the first noise."""

    pairs: int = 8
    seed: int = 0
    steps: int = 20
    guidance: float = 3.0

    def __post_init__(self) -> None:
        limits = ((self.pairs, 1, MOST_PAIRS), (self.seed, 0, MOST_SEED - MOST_PAIRS), (self.steps, 1, MOST_STEPS))
        for value, low, high in (*limits, (self.guidance, 0, MOST_GUIDANCE)):
            if not low <= value <= high:  # also refuses NaN
                raise BadRequest(f"{value} is out of range.", hint=f"Use {low} to {high}.")


@dataclass(frozen=True, eq=False)
class Arm:
    """One half of the comparison: captions, their pictures in [-1, 1], what the judge marks, the rates of each
    attribute, and whether thing and colour are both right, for each picture.
    """

    captions: tuple[str, ...]
    pictures: Float[Tensor, "n 3 H W"]
    marks: tuple[Marks, ...]
    rates: dict[str, Rate]
    bound: tuple[bool, ...]


@dataclass(frozen=True, eq=False)
class UnseenResult:
    """unseen and seen: picture i of each from the same noise and, but for the colour, the same caption."""

    request: UnseenRequest
    unseen: Arm
    seen: Arm

    @property
    def only(self) -> tuple[int, int]:
        """In how many pairs thing and colour are right in the seen picture only, and in the unseen one only."""
        pairs = list(zip(self.seen.bound, self.unseen.bound, strict=True))
        return pairs.count((True, False)), pairs.count((False, True))

    def bound(self, arm: Arm) -> Rate:
        """Return how often thing and colour are both right."""
        return wilson(sum(arm.bound), len(arm.bound))


def matched_scenes(pairs: int) -> list[tuple[Scene, Scene]]:
    """Return held-out scenes of one thing in the colour that it never had in training, and in one that it had."""
    scenes = Scenes(split="test", combinations="unseen")
    unseen = scenes.scenes(items_with(scenes, 1, pairs))
    return [(scene, _seen_twin(scene, number)) for number, scene in enumerate(unseen)]


def _seen_twin(scene: Scene, number: int) -> Scene:
    [thing] = scene.things
    ruled_out = {HELD_OUT.get(str(thing.kind)), scene.background}
    colours = [colour for colour in COLOURS if colour not in ruled_out]
    colour = colours[int(make_numpy_generator("seen twin", number).integers(len(colours)))]
    return replace(scene, things=(replace(thing, colour=colour),))


def unseen(model: LoadedDenoiser, judge: LoadedJudge, request: UnseenRequest, runtime: Runtime) -> UnseenResult:
    """Draw all pairs and grade them."""
    return finished(unseen_steps(model, judge, request, runtime))


@torch.inference_mode()
def unseen_steps(
    model: LoadedDenoiser, judge: LoadedJudge, request: UnseenRequest, runtime: Runtime
) -> Work[UnseenResult]:
    """The same, batch by batch: the first 8 pairs, the next 8, and so on."""
    scenes = [half for pair in matched_scenes(request.pairs) for half in pair]
    captions = [canonical_caption(scene) for scene in scenes]
    seeds = [request.seed + number // 2 for number in range(len(scenes))]
    options, batch, pictures = SamplingOptions(request.steps, request.guidance), 2 * BATCH, []
    for at in range(0, len(scenes), batch):
        part = (at / len(scenes), min(1.0, (at + batch) / len(scenes)))
        work = drawn(model, captions[at : at + batch], seeds[at : at + batch], options, runtime)
        x = yield from spread_over(part, work)
        pictures.append(decode_samples(model, x, runtime))
    drawings = torch.cat(pictures)
    halves = [_graded(judge, scenes[k::2], captions[k::2], drawings[k::2], runtime) for k in (0, 1)]
    return UnseenResult(request, *halves)


def _graded(
    judge: LoadedJudge, scenes: list[Scene], captions: list[str], pictures: Float[Tensor, "n 3 H W"], runtime: Runtime
) -> Arm:
    wanted, read = np.stack([scene_to_labels(scene) for scene in scenes]), read_pictures(judge, pictures, runtime)
    rates = {name: Rate(**figures) for name, figures in compliance(wanted, read).items() if name in SHOWN}
    given = [marks(wishes(c), row) for c, row in zip(captions, readings(judge, pictures, runtime), strict=True)]
    both = [bool(row.all()) for row in agreement(wanted, read)[:, _KIND_AND_COLOUR]]
    return Arm(tuple(captions), pictures, tuple(given), rates, tuple(both))
