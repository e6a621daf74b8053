"""When is it decided? The judge reads the predicted clean picture at every step of several runs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from app.core.runtime import Runtime
from app.data.scenes import LABEL_COLUMNS, LABEL_TABLES, parse_caption, scene_to_labels
from app.data.scenes.factors import UNKNOWN
from app.diffusion.schedule import SCHEDULES
from app.evaluation.judging import read_pictures
from app.evaluation.sampling import decode_samples, starting_noise
from app.labs.denoise import Asked, DenoiseRequest, check_range, run_steps
from app.store.catalogue import LoadedDenoiser, LoadedJudge

MOST_RUNS = 16
ATTRIBUTES = ("layout", "background", "place", "colour", "size", "kind", "texture")
"""From coarse to fine; 'kind' is what people call the shape."""


@dataclass(frozen=True)
class DecideRequest:
    """run: of the first run; the others differ in the seed alone, which counts on from the first. runs: how many."""

    run: DenoiseRequest
    runs: int = 8

    def __post_init__(self) -> None:
        check_range("number of runs", self.runs, 1, MOST_RUNS)


@dataclass(frozen=True, eq=False)
class DecideResult:
    """m moments of r runs; the last moment is the finished picture. signal: alpha_bar at each moment.

    read: what the judge reads, (m, r, label columns). wanted: what the caption says, UNKNOWN where it is silent.
    pictures: the first run's predicted clean picture at each moment.
    """

    request: DecideRequest
    signal: tuple[float, ...]
    read: Int64[np.ndarray, "m r columns"]
    wanted: Int64[np.ndarray, " columns"]
    pictures: Float[Tensor, "m 3 H W"]

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes that the judge reads off every finished picture, coarse to fine."""
        return tuple(name for name in ATTRIBUTES if self._columns(name))

    def settled(self, attribute: str) -> Bool[np.ndarray, "m r"]:
        """Whether from this moment on the judge reads the attribute as it will stand in the finished picture."""
        columns = self._columns(attribute)
        same = (self.read[..., columns] == self.read[-1][None, :, columns]).all(-1)
        return np.logical_and.accumulate(same[::-1], axis=0)[::-1]

    def decided_after(self, attribute: str) -> tuple[int, ...]:
        """Return for each run the first moment from which the attribute never changes again."""
        return tuple(int(column.argmax()) for column in self.settled(attribute).T)

    def reading(self, moment: int, attribute: str) -> str:
        """Return what the judge reads in the first run, in words; both things' if there are two."""
        names = [LABEL_TABLES[LABEL_COLUMNS[n]][value] for n in self._columns(attribute)
                 if (value := int(self.read[moment, 0, n])) != UNKNOWN]  # fmt: skip
        return " + ".join(names) or "–"

    def _columns(self, attribute: str) -> list[int]:
        """The label columns of an attribute that apply to every finished picture."""
        columns = [n for n, name in enumerate(LABEL_COLUMNS) if name.removesuffix("_a").removesuffix("_b") == attribute]
        return [n for n in columns if (self.read[-1, :, n] != UNKNOWN).all()]


def decide(model: LoadedDenoiser, judge: LoadedJudge, request: DecideRequest, runtime: Runtime) -> DecideResult:
    """Run all seeds as one batch, decode every predicted clean sample in one batch, and let the judge read them."""
    return read_decisions(model, judge, request, list(decide_steps(model, request, runtime)), runtime)


def decide_steps(model: LoadedDenoiser, request: DecideRequest, runtime: Runtime) -> Iterator[Asked]:
    """Yield the steps of all runs, as one batch."""
    run = request.run
    seeds = [run.seed + number for number in range(request.runs)]
    return run_steps(model, [run.caption], seeds, starting_noise(model, seeds), run, runtime)


def read_decisions(
    model: LoadedDenoiser, judge: LoadedJudge, request: DecideRequest, asked: Sequence[Asked], runtime: Runtime
) -> DecideResult:
    """Decode what was predicted at every step, and let the judge read it."""
    expected = torch.cat([*(each.state.x0 for each in asked), asked[-1].state.x])
    decoded = decode_samples(model, expected, runtime)
    moments = len(asked) + 1
    rows = read_pictures(judge, decoded, runtime).reshape(moments, request.runs, -1)
    alpha_bar = SCHEDULES[model.network.config.schedule]().alpha_bar
    signal = tuple(float(alpha_bar[t]) for t in (*(each.t for each in asked), 0))
    pictures = decoded.unflatten(0, (moments, request.runs))[:, 0]
    return DecideResult(request, signal, rows, wanted_of(request.run.caption), pictures)


def wanted_of(caption: str) -> Int64[np.ndarray, " columns"]:
    """Return the labels that a caption asks for; all UNKNOWN if it reads as no scene, as it may be free text."""
    scene = parse_caption(caption)
    return np.full(len(LABEL_COLUMNS), UNKNOWN, np.int64) if scene is None else scene_to_labels(scene)
