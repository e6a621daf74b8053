"""Change your mind: the caption is replaced in the middle of a run. What still follows, and until when?

One batched run: every row changes its caption at its own step, the noise is the same in all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor

from app.core.errors import BadRequest
from app.core.randomness import MOST_SEED, make_generator
from app.core.runtime import Runtime
from app.diffusion.guidance import guided
from app.diffusion.samplers.base import Denoise, timesteps
from app.diffusion.samplers.ddim import ddim
from app.diffusion.schedule import SCHEDULES
from app.diffusion.targets import Prediction
from app.evaluation.sampling import decode_samples, predictor, starting_noise
from app.labs.generate import GenerateRequest
from app.labs.prompt import Work, check_size, finished, readings, wishes
from app.models.text import TextFeatures, tokenise
from app.store.catalogue import LoadedDenoiser, LoadedJudge

MOST_SEEDS = 8
Side: TypeAlias = Literal["first", "second", "neither"]


@dataclass(frozen=True)
class SwitchRequest:
    """ask: the first caption and how to run (DDIM); then: the second caption; seeds: runs from so many noises.

    after: for each run, how many steps the first caption is kept: 0 is the second alone, all steps the first alone.
    """

    ask: GenerateRequest
    then: str
    after: tuple[int, ...] = (0, 2, 4, 6, 8, 10, 12, 16, 20)
    seeds: int = 1

    def __post_init__(self) -> None:
        if self.ask.sampler != "ddim":
            raise BadRequest(f"The caption cannot change under '{self.ask.sampler}'.", hint="Use ddim.")
        if not self.after or len(self.after) > 32 or not all(0 <= k <= self.ask.steps for k in self.after):
            raise BadRequest(
                f"A run of {self.ask.steps} steps cannot change its caption there.",
                hint=f"Change it after 0 to {self.ask.steps} steps, at 32 moments at most.",
            )
        if not 1 <= self.seeds <= MOST_SEEDS or self.ask.seed + self.seeds - 1 > MOST_SEED:
            raise BadRequest(f"{self.seeds} noises from seed {self.ask.seed}.", hint=f"Use 1 to {MOST_SEEDS} noises.")


@dataclass(frozen=True, eq=False)
class SwitchResult:
    """pictures[i][j]: changed after request.after[i] steps, noise j. followed: for each label column in which the
    captions differ, whose wish each picture [i][j] shows. signal: signal power left where the caption changes, 0 to 1.
    """

    request: SwitchRequest
    pictures: Float[Tensor, "moments seeds 3 H W"]
    followed: dict[str, tuple[tuple[Side, ...], ...]]
    signal: tuple[float, ...]

    def share(self, column: str) -> tuple[float, ...]:
        """Return the share of pictures that show the second caption's wish, for each moment of change."""
        return tuple(sum(side == "second" for side in row) / len(row) for row in self.followed[column])


def switch_caption(
    model: LoadedDenoiser, judge: LoadedJudge | None, request: SwitchRequest, runtime: Runtime
) -> SwitchResult:
    """Run every moment of change and every noise in one batch, and let the judge say which caption each follows."""
    return finished(switch_caption_steps(model, judge, request, runtime))


@torch.inference_mode()
def switch_caption_steps(
    model: LoadedDenoiser, judge: LoadedJudge | None, request: SwitchRequest, runtime: Runtime
) -> Work[SwitchResult]:
    """The same, step by step."""
    ask, shape = request.ask, (len(request.after), request.seeds)
    check_size(shape[0] * shape[1], ask.steps)
    schedule = SCHEDULES[model.network.config.schedule]()
    levels = timesteps(schedule.steps, ask.steps)
    changes = [levels[k] for k in request.after for _ in range(request.seeds)]
    seeds = [ask.seed + j for j in range(request.seeds)] * len(request.after)
    generators = [make_generator(seed, "sampler") for seed in seeds]
    denoise = switching(model, request, changes, runtime)
    for state in ddim(denoise, schedule, starting_noise(model, seeds), ask.steps, generators):
        yield state.step / ask.steps
    pictures = decode_samples(model, state.x, runtime)
    followed = _followed(request, readings(judge, pictures, runtime))
    signal = tuple(float(schedule.alpha_bar[levels[k]]) for k in request.after)
    return SwitchResult(request, pictures.unflatten(0, shape), followed, signal)


def switching(model: LoadedDenoiser, request: SwitchRequest, changes: Sequence[int], runtime: Runtime) -> Denoise:
    """Return a denoiser in which row i reads the second caption from level changes[i] on; the text is encoded once."""
    network, config, ask = model.network, model.network.config, request.ask
    schedule, predict = SCHEDULES[config.schedule](), predictor(network, runtime)
    ids = tokenise([ask.caption, request.then, ask.negative], config.text).to(runtime.device)
    encoded = network.encode_text(ids)
    uncond, last = _rows(encoded, [2]), torch.tensor(changes)

    def denoise(x: Float[Tensor, "b ..."], t: int) -> Prediction:
        now = _rows(encoded, (t <= last).long().tolist())
        return guided(predict, now, uncond, ask.guidance, schedule, config.target)(x, t)

    return denoise


def _rows(text: TextFeatures, numbers: list[int]) -> TextFeatures:
    return TextFeatures(*(part[numbers] for part in text))


def _followed(request: SwitchRequest, read: Sequence[dict[str, str]]) -> dict[str, tuple[tuple[Side, ...], ...]]:
    first, second = wishes(request.ask.caption), wishes(request.then)
    differing = [name for name in first if name in second and first[name] != second[name] and name in read[0]]
    found = {}
    for name in differing:
        sides = [_side(row[name], first[name], second[name]) for row in read]
        found[name] = tuple(tuple(sides[at : at + request.seeds]) for at in range(0, len(sides), request.seeds))
    return found


def _side(read: str, first: str, second: str) -> Side:
    return "first" if read == first else "second" if read == second else "neither"
