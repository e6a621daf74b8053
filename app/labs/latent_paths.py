"""All four walks between two pictures, and an answer to: which of them stays among pictures?"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, TypeVar

from jaxtyping import Float
from torch import Tensor

from app.core.errors import BadRequest
from app.core.pictures import from_bytes, to_tensor
from app.core.runtime import Runtime
from app.data.scenes import Scenes
from app.labs.gallery import NAMES, gallery_picture
from app.labs.latent_manifold import Levels, distance_to_scenes
from app.labs.latent_map import MOST
from app.labs.walk import PATHS, Walk, WalkRequest, walk_steps
from app.store.catalogue import LoadedDenoiser, LoadedJudge

Result = TypeVar("Result")


@dataclass(frozen=True)
class Score:
    """How a walk did. away: distance of each frame from the scene it is taken for, in units of real scenes
    (app.labs.latent_manifold). on: share of the frames between the ends that are no farther than 1; mean: of
    their distances; jump: its longest step, in mean steps (1: it moves evenly).
    """

    path: str
    away: tuple[float, ...]
    on: float
    mean: float
    jump: float


def score(walk: Walk, judge: LoadedJudge, real: Levels, runtime: Runtime) -> Score:
    """Score a walk of at least three frames; real: the distances that real scenes keep (`real_distance`)."""
    away = distance_to_scenes(judge, walk.pictures, real, runtime)
    inner, steps = away[1:-1], walk.moved
    on = sum(each <= 1 for each in inner) / len(inner)
    jump = max(steps) * len(steps) / max(sum(steps), 1e-9)
    return Score(walk.request.path, away, on, sum(inner) / len(inner), jump)


def best(scores: list[Score]) -> str:
    """Return the path that stays among pictures: the smallest mean distance."""
    return min(scores, key=lambda each: each.mean).path


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


def finish(steps: Generator[Any, None, Result]) -> Result:
    """Run a lab that tells how far it is to its end, and return its result."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def _named(path: str, running: Generator[float, None, Walk]) -> Generator[tuple[str, float], None, Walk]:
    while True:
        try:
            yield path, next(running)
        except StopIteration as end:
            return end.value
