"""How many steps are enough? Share of what captions ask for that the judge finds, per sampler and number of steps.

The table is measured once by `measure_steps`, ships beside the weights as steps.json and is bound to their hash.
From the command line: python -c "from app.labs.denoise_quality import main; main()"
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from time import perf_counter

import numpy as np
import torch

from app.core.errors import BadCheckpoint
from app.core.files import write_json
from app.core.runtime import Runtime, choose_runtime
from app.data.scenes import Scenes
from app.data.scenes.factors import UNKNOWN
from app.diffusion.samplers import SAMPLERS
from app.evaluation.claims.statistics import mean_of
from app.evaluation.generation import wanted_labels
from app.evaluation.judging import agreement, items_with, read_pictures
from app.evaluation.sampling import decode_samples, starting_noise
from app.labs.denoise import DenoiseRequest, check_range, run_steps
from app.store.card import Card
from app.store.catalogue import CHECKPOINTS, LoadedDenoiser, LoadedJudge, open_catalogue
from app.store.fields import from_dict

FILE = "steps.json"
FORMAT = 1
USUAL_STEPS = (1, 2, 3, 5, 10, 20, 50)
MOST_PICTURES, BATCH = 500, 16


@dataclass(frozen=True)
class QualityPoint:
    """Mean share of the attributes that the captions ask for, 0 to 1, over n pictures, with its 95 % interval.

    everything: share of pictures with all of them. calls: denoiser calls a picture; seconds: a picture, in a batch.
    """

    sampler: str
    steps: int
    n: int
    share: float
    low: float
    high: float
    everything: float
    calls: int
    seconds: float


@dataclass(frozen=True)
class StepsTable:
    """weights_sha256, judge_sha256: of the networks that were measured; machine: where."""

    weights_sha256: str
    judge_sha256: str
    guidance: float
    machine: str
    points: tuple[QualityPoint, ...]
    format: int = FORMAT


@dataclass(frozen=True)
class QualityRequest:
    """One point: the first `count` held-out captions of one thing, seeds 0, 1, 2 ..."""

    sampler: str = "ddim"
    steps: int = 10
    count: int = 16
    guidance: float = 3.0

    def __post_init__(self) -> None:
        check_range("number of pictures", self.count, 2, MOST_PICTURES)
        DenoiseRequest("", steps=self.steps, sampler=self.sampler, guidance=self.guidance)


def measure_point(
    model: LoadedDenoiser, judge: LoadedJudge, request: QualityRequest, runtime: Runtime
) -> Iterator[tuple[int, QualityPoint | None]]:
    """Yield (pictures done, None) after each batch and at the end the point; stop iterating to give up."""
    scenes = Scenes(split="test", side=judge.network.config.side)
    captions = scenes.captions(items_with(scenes, 1, request.count))
    run = DenoiseRequest("", steps=request.steps, sampler=request.sampler, guidance=request.guidance)
    began, found = perf_counter(), list[np.ndarray]()
    for at in range(0, len(captions), BATCH):
        rows = range(at, min(at + BATCH, len(captions)))
        found.append(_graded(model, judge, captions[at : at + BATCH], list(rows), run, runtime))
        if rows.stop < len(captions):
            yield rows.stop, None
    shares = np.concatenate(found)
    yield len(shares), _point(request, shares, (perf_counter() - began) / len(shares))


def _point(request: QualityRequest, shares: np.ndarray, seconds: float) -> QualityPoint:
    found = mean_of(shares)
    calls = 2 * request.steps - 1 if request.sampler == "heun" else request.steps
    low, high = max(0.0, found.low), min(1.0, found.high)
    return QualityPoint(
        sampler=request.sampler,
        steps=request.steps,
        n=len(shares),
        share=round(found.mean, 4),
        low=round(low, 4),
        high=round(high, 4),
        everything=round(float((shares == 1).mean()), 4),
        calls=calls,
        seconds=round(seconds, 4),
    )


@torch.inference_mode()
def _graded(
    model: LoadedDenoiser,
    judge: LoadedJudge,
    captions: list[str],
    seeds: list[int],
    run: DenoiseRequest,
    runtime: Runtime,
) -> np.ndarray:
    """Return for each caption the share of its attributes that the judge finds in its picture."""
    *_, last = run_steps(model, captions, seeds, starting_noise(model, seeds), run, runtime)
    wanted = wanted_labels(captions)
    right = agreement(wanted, read_pictures(judge, decode_samples(model, last.state.x, runtime), runtime))
    asked = wanted != UNKNOWN
    return (right & asked).sum(1) / asked.sum(1)


def measure_steps(
    model: LoadedDenoiser,
    judge: LoadedJudge,
    runtime: Runtime,
    *,
    count: int = 48,
    samplers: Sequence[str] = tuple(SAMPLERS),
    steps: Sequence[int] = USUAL_STEPS,
    guidance: float = 3.0,
) -> Iterator[StepsTable]:
    """Yield the table after every point: it can be written each time, so that nothing is lost."""
    points: list[QualityPoint] = []
    for number, sampler in product(steps, samplers):
        *_, (_, point) = measure_point(model, judge, QualityRequest(sampler, number, count, guidance), runtime)
        points += [point] if point is not None else []
        hashes = model.card.weights_sha256, judge.card.weights_sha256
        yield StepsTable(*hashes, guidance, runtime.describe(), tuple(points))


def write_table(folder: Path, table: StepsTable) -> None:
    """Write steps.json beside the weights, atomically."""
    write_json(folder / FILE, asdict(table))


def read_table(folder: Path, card: Card, judge: Card) -> StepsTable:
    """Read steps.json; raises BadCheckpoint if it is missing, unreadable, or of other weights than these cards'."""
    path, hint = folder / FILE, "Measure again: see app/labs/denoise_quality.py."
    try:
        table = from_dict(StepsTable, json.loads(path.read_text(encoding="utf-8")), FILE)
    except FileNotFoundError as error:
        raise BadCheckpoint("No measurement of quality against steps is beside this model.", hint=hint) from error
    except (OSError, ValueError, RecursionError) as error:
        raise BadCheckpoint("The measurement beside this model cannot be read.", hint=hint) from error
    if table.format != FORMAT:
        raise BadCheckpoint("The measurement beside this model has another format.", hint=hint)
    if (table.weights_sha256, table.judge_sha256) != (card.weights_sha256, judge.weights_sha256):
        raise BadCheckpoint("The measurement beside this model was made with other weights.", hint=hint)
    return table


def main(name: str = "generator", count: int = 48, root: Path = CHECKPOINTS) -> None:
    """Measure the table of a model and write it, point by point: some minutes."""
    runtime = choose_runtime()
    catalogue = open_catalogue(root, runtime)
    for table in measure_steps(catalogue.denoiser(name), catalogue.judge(), runtime, count=count):
        write_table(root / name, table)
