"""All four walks between two pictures, and an answer to: which of them stays among pictures?

A frame counts as a picture of this world if the judge reads it with the certainty of an ordinary scene: at least that
of the lowest twentieth of held-out scenes.
"""

from collections.abc import Generator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from app.core.errors import BadRequest
from app.core.pictures import from_bytes, to_tensor
from app.core.runtime import Runtime
from app.data.scenes import Scenes
from app.labs.gallery import NAMES, gallery_picture
from app.labs.latent_map import MOST
from app.labs.walk import PATHS, Walk, WalkRequest, certainty, walk_steps
from app.store.catalogue import LoadedDenoiser, LoadedJudge

LOWEST = 0.05
"""Share of held-out scenes that the judge reads with less certainty than an 'ordinary' one."""
ORDINARY_COUNT = 64


@dataclass(frozen=True)
class Score:
    """How a walk did. on: share of the frames between its ends that are read as ordinary scenes are; weakest: the
    lowest certainty among them; jump: its longest step, in mean steps (1: it moves evenly).
    """

    path: str
    on: float
    weakest: float
    jump: float


def score(walk: Walk, ordinary: float) -> Score:
    """Score a walk of at least three frames; ordinary: the certainty that an ordinary scene is read with."""
    inner = walk.certainty[1:-1]
    mean = sum(walk.moved) / len(walk.moved)
    on = sum(each >= ordinary for each in inner) / len(inner)
    return Score(walk.request.path, on, min(inner), max(walk.moved) / max(mean, 1e-9))


def best(scores: list[Score]) -> str:
    """Return the path that stays among pictures: most frames on, then the best weakest frame."""
    return max(scores, key=lambda each: (round(each.on, 6), each.weakest)).path


def ordinary_certainty(judge: LoadedJudge, runtime: Runtime) -> float:
    """Return the certainty that all but LOWEST of ORDINARY_COUNT held-out scenes are read with."""
    scenes = Scenes(split="test", side=judge.network.config.side)
    sure = certainty(judge, from_bytes(scenes.pictures(range(ORDINARY_COUNT))), runtime)
    return float(torch.quantile(torch.tensor(sure), LOWEST))


def end_picture(name: str, scene: int = 0) -> Float[Tensor, "1 3 s s"]:
    """Return an end of a walk: a picture of the gallery, or, for any other name, held-out scene number `scene`."""
    if name in NAMES:
        return to_tensor(gallery_picture(name))[None]
    if not 0 <= scene < MOST:
        raise BadRequest(f"There is no scene {scene} on the map.", hint=f"Use 0 to {MOST - 1}.")
    return from_bytes(Scenes(split="test").pictures([scene]))


def all_walks(
    model: LoadedDenoiser,
    judge: LoadedJudge,
    ends: tuple[Float[Tensor, "1 3 s s"], Float[Tensor, "1 3 s s"]],
    frames: int,
    steps: int,
    runtime: Runtime,
) -> Generator[tuple[str, float], None, list[Walk]]:
    """Walk along every path; yields the path and its share done, returns the walks in the order of PATHS."""
    walks = []
    for path in PATHS:
        running = walk_steps(model, judge, *ends, WalkRequest(path, frames, steps), runtime)
        walk = yield from _named(path, running)
        walks.append(walk)
    return walks


def _named(path: str, running: Generator[float, None, Walk]) -> Generator[tuple[str, float], None, Walk]:
    while True:
        try:
            yield path, next(running)
        except StopIteration as end:
            return end.value
