"""Two captions, one noise: how far the two runs are apart at every step, and where."""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from app.core.runtime import Runtime
from app.diffusion.schedule import SCHEDULES
from app.evaluation.sampling import decode_samples, sample, starting_noise
from app.labs.generate import GenerateRequest
from app.labs.prompt import Marks, Work, finished, marks, readings, wishes
from app.store.catalogue import LoadedDenoiser, LoadedJudge


@dataclass(frozen=True)
class PairRequest:
    """ask: the first caption and how to run; other: the second caption, run from the same noise."""

    ask: GenerateRequest
    other: str

    @property
    def captions(self) -> tuple[str, str]:
        """Both, in order."""
        return self.ask.caption, self.other


@dataclass(frozen=True, eq=False)
class PairResult:
    """x: what is diffused, from the common noise to the end. decoded: the clean picture expected at each step, then the
    finished one. signal: signal power left at the beginning of each step, then 1. marks: of the finished pictures.
    """

    request: PairRequest
    x: Float[Tensor, "moments 2 c h w"]
    decoded: Float[Tensor, "moments 2 3 H W"]
    signal: tuple[float, ...]
    marks: tuple[Marks, Marks]
    read: tuple[dict[str, str], dict[str, str]]

    @property
    def apart(self) -> Float[Tensor, "moments"]:
        """Root mean square distance of the two samples at each moment; two independent noises are sqrt(2) apart."""
        return (self.x[:, 0] - self.x[:, 1]).square().mean(dim=(1, 2, 3)).sqrt()

    @property
    def pictures_apart(self) -> Float[Tensor, "moments"]:
        """Root mean square distance of the two expected pictures, in [-1, 1], at each moment."""
        shown = self.decoded.clamp(-1, 1)
        return (shown[:, 0] - shown[:, 1]).square().mean(dim=(1, 2, 3)).sqrt()

    @property
    def end(self) -> "PairResult":
        """Return the finished pictures alone, without the way to them."""
        return replace(self, x=self.x[-1:], decoded=self.decoded[-1:], signal=self.signal[-1:])

    @property
    def parted(self) -> int | None:
        """Steps done when the samples are first half as far apart as at the end; None if they end as the same."""
        return _halfway(self.apart)

    @property
    def pictures_parted(self) -> int | None:
        """The same for the expected pictures."""
        return _halfway(self.pictures_apart)


def _halfway(apart: Float[Tensor, "moments"]) -> int | None:
    return int((apart >= apart[-1] / 2).nonzero()[0]) if apart[-1] > 0 else None


def compare_captions(
    model: LoadedDenoiser, judge: LoadedJudge | None, request: PairRequest, runtime: Runtime
) -> PairResult:
    """Run both captions from one noise in one batch."""
    return finished(compare_captions_steps(model, judge, request, runtime))


@torch.inference_mode()
def compare_captions_steps(
    model: LoadedDenoiser, judge: LoadedJudge | None, request: PairRequest, runtime: Runtime
) -> Work[PairResult]:
    """The same, step by step."""
    ask, schedule = request.ask, SCHEDULES[model.network.config.schedule]()
    seeds = [ask.seed, ask.seed]
    x, expected, levels = [starting_noise(model, seeds)], [], [schedule.steps]
    for state in sample(model, list(request.captions), seeds, ask.options, runtime):
        x.append(state.x)
        expected.append(state.x0)
        levels.append(state.t)
        yield state.step / ask.steps
    decoded = decode_samples(model, torch.cat([*expected, x[-1]]), runtime).unflatten(0, (-1, 2))
    first, second = readings(judge, decoded[-1], runtime)
    given = (marks(wishes(ask.caption), first), marks(wishes(request.other), second))
    signal = tuple(float(schedule.alpha_bar[t]) for t in levels)
    return PairResult(request, torch.stack(x), decoded, signal, given, (first, second))
