"""How strongly is the caption followed? One noise, several guidance weights, all in one batched run."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from app.core.errors import BadRequest
from app.core.runtime import Runtime
from app.evaluation.rates import Rate, wilson
from app.evaluation.sampling import SamplingOptions, decode_samples
from app.labs.generate import MOST_GUIDANCE, MOST_SEED, GenerateRequest
from app.labs.prompt import Marks, Work, drawn, finished, marks, readings, wishes
from app.store.catalogue import LoadedDenoiser, LoadedJudge

WEIGHTS = (0.0, 1.0, 2.0, 4.0, 8.0)
MOST_PICTURES = 16


@dataclass(frozen=True)
class SweepRequest:
    """ask: caption, first seed, steps and negative caption (its guidance is not used); pictures: seeds a weight."""

    ask: GenerateRequest
    weights: tuple[float, ...] = WEIGHTS
    pictures: int = 1

    def __post_init__(self) -> None:
        if not (1 <= len(self.weights) <= 12 and all(0 <= weight <= MOST_GUIDANCE for weight in self.weights)):
            raise BadRequest("These guidance weights cannot be tried.", hint=f"Use 1 to 12 from 0 to {MOST_GUIDANCE}.")
        if not 1 <= self.pictures <= MOST_PICTURES:
            raise BadRequest(f"{self.pictures} pictures a weight.", hint=f"Use 1 to {MOST_PICTURES}.")
        if self.ask.seed + self.pictures - 1 > MOST_SEED:
            raise BadRequest(f"The seed is {self.ask.seed}.", hint=f"Use at most {MOST_SEED - self.pictures + 1}.")

    @property
    def seeds(self) -> tuple[int, ...]:
        """The noise of each picture; the same for every weight."""
        return tuple(range(self.ask.seed, self.ask.seed + self.pictures))


@dataclass(frozen=True, eq=False)
class SweepResult:
    """pictures[w][i]: of weight w and seed i, in [-1, 1]; marks likewise, empty where the caption cannot be graded.

    diversity[w]: root mean square distance between pictures of different seeds, 0 upward; NaN with one picture.
    size[w]: root mean square of the last samples; training data has 1.
    """

    request: SweepRequest
    pictures: Float[Tensor, "w n 3 H W"]
    marks: tuple[tuple[Marks, ...], ...]
    diversity: tuple[float, ...]
    size: tuple[float, ...]

    @property
    def rates(self) -> tuple[Rate, ...]:
        """For each weight, how many pictures are as asked in everything."""
        return tuple(wilson(sum(_all_right(each) for each in row), sum(map(bool, row))) for row in self.marks)

    @property
    def shares(self) -> tuple[float, ...]:
        """For each weight, the share of all that was asked for that is right; NaN where nothing could be graded."""
        counts = [(sum(m.right for each in row for m in each), sum(map(len, row))) for row in self.marks]
        return tuple(right / asked if asked else float("nan") for right, asked in counts)


def _all_right(given: Marks) -> bool:
    return bool(given) and all(mark.right for mark in given)


def sweep(model: LoadedDenoiser, judge: LoadedJudge | None, request: SweepRequest, runtime: Runtime) -> SweepResult:
    """Draw every weight and seed in one batch and grade the pictures."""
    return finished(sweep_steps(model, judge, request, runtime))


@torch.inference_mode()
def sweep_steps(
    model: LoadedDenoiser, judge: LoadedJudge | None, request: SweepRequest, runtime: Runtime
) -> Work[SweepResult]:
    """The same, step by step. Row w * pictures + i is weight w, seed i; each depends on nothing else in the batch."""
    ask, count = request.ask, request.pictures
    weights = tuple(weight for weight in request.weights for _ in range(count))
    options = SamplingOptions(ask.steps, weights, ask.negative, ask.sampler)
    x = yield from drawn(model, [ask.caption] * len(weights), request.seeds * len(request.weights), options, runtime)
    pictures = decode_samples(model, x, runtime)
    wanted, read = wishes(ask.caption), readings(judge, pictures, runtime)
    given = [marks(wanted, row) for row in read]
    grid = pictures.unflatten(0, (len(request.weights), count))
    by_weight = tuple(tuple(given[at : at + count]) for at in range(0, len(given), count))
    size = x.unflatten(0, (len(request.weights), count)).square().mean(dim=(1, 2, 3, 4)).sqrt()
    return SweepResult(request, grid, by_weight, tuple(_diversity(row) for row in grid), tuple(size.tolist()))


def _diversity(pictures: Float[Tensor, "n 3 H W"]) -> float:
    """Root mean square difference over all pairs, from the variance: E (a - b)^2 = 2 var, n - 1 in its denominator."""
    if len(pictures) < 2:
        return float("nan")
    return float((2 * pictures.clamp(-1, 1).var(dim=0)).mean().sqrt())
