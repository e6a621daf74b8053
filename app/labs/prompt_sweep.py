"""How strongly is the caption followed? One noise, several guidance weights, all in one batched run."""

from dataclasses import dataclass, replace
from itertools import product

import torch
from jaxtyping import Float
from torch import Tensor

from app.core.errors import BadRequest
from app.core.randomness import MOST_SEED, make_generator
from app.core.runtime import Runtime
from app.diffusion.guidance import guided
from app.diffusion.samplers import SAMPLERS
from app.diffusion.samplers.base import Denoise
from app.diffusion.schedule import SCHEDULES
from app.evaluation.rates import Rate, wilson
from app.evaluation.sampling import decode_samples, predictor, starting_noise
from app.labs.generate import MOST_GUIDANCE, GenerateRequest
from app.labs.prompt import Marks, Work, check_size, finished, marks, readings, wishes
from app.models.text import TextFeatures, tokenise
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

    @property
    def negatives(self) -> tuple[str, ...]:
        """What is steered away from: the negative caption if there is one, and nothing."""
        return tuple(dict.fromkeys([self.ask.negative.strip(), ""]))


@dataclass(frozen=True, eq=False)
class SweepResult:
    """pictures[w][i]: of weight w and seed i, in [-1, 1]; marks likewise, empty where the caption cannot be graded.

    diversity[w]: root mean square distance between pictures of different seeds, 0 upward; NaN with one picture.
    size[w]: root mean square of the last samples; training data has 1. without: the same weights and noises without the
    negative caption; None if there is no negative caption.
    """

    request: SweepRequest
    pictures: Float[Tensor, "w n 3 H W"]
    marks: tuple[tuple[Marks, ...], ...]
    diversity: tuple[float, ...]
    size: tuple[float, ...]
    without: "SweepResult | None" = None

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
    """The same, step by step. A row depends on its own weight, seed and negative caption alone.

    With a negative caption every weight and seed is also drawn without it, in the same batch.
    """
    ask, negatives = request.ask, request.negatives
    rows = list(product(negatives, request.weights, request.seeds))
    check_size(len(rows), ask.steps)
    seeds = [seed for *_, seed in rows]
    generators = [make_generator(seed, "sampler") for seed in seeds]
    denoise, schedule = _asked(model, ask.caption, rows, runtime), SCHEDULES[model.network.config.schedule]()
    for state in SAMPLERS[ask.sampler](denoise, schedule, starting_noise(model, seeds), ask.steps, generators):
        yield state.step / ask.steps
    pictures = decode_samples(model, state.x, runtime)
    halves = zip(state.x.chunk(len(negatives)), pictures.chunk(len(negatives)), strict=True)
    result, *without = [_graded(judge, request, x, drawn, runtime) for x, drawn in halves]
    return replace(result, without=without[0]) if without else result


def _asked(model: LoadedDenoiser, caption: str, rows: list[tuple[str, float, int]], runtime: Runtime) -> Denoise:
    """Return the denoiser of rows of (negative caption, weight, seed); each text is encoded once."""
    network, config = model.network, model.network.config
    texts = [caption, *dict.fromkeys(negative for negative, *_ in rows)]
    encoded = network.encode_text(tokenise(texts, config.text).to(runtime.device))
    cond = TextFeatures(*(part[:1] for part in encoded))
    uncond = TextFeatures(*(part[[texts.index(negative, 1) for negative, *_ in rows]] for part in encoded))
    weights = torch.tensor([weight for _, weight, _ in rows])
    return guided(predictor(network, runtime), cond, uncond, weights, SCHEDULES[config.schedule](), config.target)


def _graded(
    judge: LoadedJudge | None, request: SweepRequest, x: Tensor, drawn: Tensor, runtime: Runtime
) -> SweepResult:
    """Lay rows out by weight and seed, and let the judge read them. x, drawn: samples and pictures, a row each."""
    shape = (len(request.weights), request.pictures)
    wanted, read = wishes(request.ask.caption), readings(judge, drawn, runtime)
    given = [marks(wanted, row) for row in read]
    by_weight = tuple(tuple(given[at : at + shape[1]]) for at in range(0, len(given), shape[1]))
    grid, size = drawn.unflatten(0, shape), x.unflatten(0, shape).square().mean(dim=(1, 2, 3, 4)).sqrt()
    return SweepResult(request, grid, by_weight, tuple(_diversity(row) for row in grid), tuple(size.tolist()))


def _diversity(pictures: Float[Tensor, "n 3 H W"]) -> float:
    """Root mean square difference over all pairs, from the variance: E (a - b)^2 = 2 var, n - 1 in its denominator."""
    if len(pictures) < 2:
        return float("nan")
    return float((2 * pictures.clamp(-1, 1).var(dim=0)).mean().sqrt())
