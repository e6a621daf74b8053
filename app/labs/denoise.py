"""The way back from noise to a picture, with everything that was asked and answered on the way.

The picture is the one that `generate` makes for the same settings; this keeps the predicted noise, the predicted clean
sample, and what the network says with the caption and without it. All of it is decoded in one batch.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from time import perf_counter

import torch
from jaxtyping import Float
from torch import Tensor

from app.core.errors import BadRequest
from app.core.randomness import MOST_SEED, make_generator
from app.core.runtime import Runtime
from app.diffusion.guidance import guided
from app.diffusion.samplers import SAMPLERS
from app.diffusion.samplers.base import Denoise, Sampler, SamplerState
from app.diffusion.samplers.ddim import ddim
from app.diffusion.schedule import SCHEDULES, NoiseSchedule
from app.diffusion.targets import to_prediction
from app.evaluation.sampling import decode_samples, predictor, starting_noise
from app.models.text import TextFeatures, tokenise
from app.store.catalogue import LoadedDenoiser

MOST_STEPS, MOST_GUIDANCE = 100, 30.0


def check_range(what: str, value: float, low: float, high: float) -> None:
    """Raise BadRequest unless low <= value <= high; also for NaN."""
    if not low <= value <= high:
        raise BadRequest(f"The {what} is {value:g}.", hint=f"Use {low:g} to {high:g}.")


@dataclass(frozen=True)
class DenoiseRequest:
    """sampler: a name in SAMPLERS; eta: share of fresh noise, for ddim alone; guidance: weight w, 1 = off.

    Raises BadRequest when a number is out of range, UnknownName for a sampler that is not there.
    """

    caption: str
    seed: int = 0
    steps: int = 20
    guidance: float = 3.0
    sampler: str = "ddim"
    eta: float = 0.0
    negative: str = ""

    def __post_init__(self) -> None:
        check_range("number of steps", self.steps, 1, MOST_STEPS)
        check_range("guidance weight", self.guidance, 0.0, MOST_GUIDANCE)
        check_range("seed", self.seed, 0, MOST_SEED)
        check_range("share of fresh noise eta", self.eta, 0.0, 1.0)
        SAMPLERS[self.sampler]


@dataclass(frozen=True, eq=False)
class Asked:
    """One step: x is the sample before it at level t; cond and uncond are the clean samples that the network expects
    of x with the caption and without it; None for the one that was not asked (weight 0 or 1). state: after the step.
    """

    x: Float[Tensor, "b c h w"]
    t: int
    cond: Float[Tensor, "b c h w"] | None
    uncond: Float[Tensor, "b c h w"] | None
    state: SamplerState


@dataclass(frozen=True, eq=False)
class DenoiseResult:
    """A run of n steps as n + 1 moments, in order; the last one is clean. All float32 on the CPU.

    levels: the schedule step t of each moment; signal: the share of its power that is signal, alpha_bar.
    x: the sample; x0, eps: the clean sample and the noise expected of it; at the end x itself, and no noise.
    cond, uncond: the clean sample expected with the caption and without it, n rows; None if it was not asked.
    decoded, decoded_x: x0 and x through the decoder, in [-1, 1]. seconds: of denoising, and of decoding.
    """

    request: DenoiseRequest
    target: str
    in_latents: bool
    levels: tuple[int, ...]
    signal: tuple[float, ...]
    x: Float[Tensor, "m c h w"]
    x0: Float[Tensor, "m c h w"]
    eps: Float[Tensor, "m c h w"]
    cond: Float[Tensor, "n c h w"] | None
    uncond: Float[Tensor, "n c h w"] | None
    decoded: Float[Tensor, "m 3 H W"]
    decoded_x: Float[Tensor, "m 3 H W"]
    seconds: tuple[float, float]

    @property
    def picture(self) -> Float[Tensor, "1 3 H W"]:
        """The finished picture."""
        return self.decoded[-1:]


def denoise_run(model: LoadedDenoiser, request: DenoiseRequest, runtime: Runtime) -> DenoiseResult:
    """Run and decode everything. Raises UnknownWord for a word outside the vocabulary."""
    begin = perf_counter()
    asked = tuple(denoise_steps(model, request, runtime))
    return finish_run(model, request, asked, perf_counter() - begin, runtime)


def denoise_steps(model: LoadedDenoiser, request: DenoiseRequest, runtime: Runtime) -> Iterator[Asked]:
    """Yield the steps of one run as they are done; to cancel, stop iterating."""
    start = starting_noise(model, [request.seed])
    return run_steps(model, [request.caption], [request.seed], start, request, runtime)


@torch.inference_mode()
def run_steps(
    model: LoadedDenoiser,
    captions: Sequence[str],
    seeds: Sequence[int],
    start: Float[Tensor, "b c h w"],
    request: DenoiseRequest,
    runtime: Runtime,
    *,
    start_t: int | None = None,
    steps: int | None = None,
) -> Iterator[Asked]:
    """Yield the steps of a batch from `start`, at level start_t (default: pure noise); steps: default the request's.

    Captions (one a row, or one for all) and negative are encoded once; guidance pairs run as one batch. The request's
    own caption and seed are not used. Draws of samplers that add noise depend on each row's seed.
    """
    schedule = SCHEDULES[model.network.config.schedule]()
    denoise, answers = _recorded(model, captions, request, schedule, runtime)
    generators = [make_generator(seed, "sampler") for seed in seeds]
    sampler: Sampler = partial(ddim, eta=request.eta) if request.sampler == "ddim" else SAMPLERS[request.sampler]
    states = sampler(denoise, schedule, start, steps or request.steps, generators, start_t=start_t)
    x = start
    for state in states:
        t, cond, uncond = answers[0]
        answers.clear()
        yield Asked(x, t, cond, uncond, state)
        x = state.x


Answer = tuple[int, Tensor | None, Tensor | None]
"""(t, clean sample expected with the caption, and without it)."""


def _recorded(
    model: LoadedDenoiser, captions: Sequence[str], request: DenoiseRequest, schedule: NoiseSchedule, runtime: Runtime
) -> tuple[Denoise, list[Answer]]:
    """Return the guided denoiser, and the list to which each call adds what the network answered."""
    config, weight = model.network.config, request.guidance
    cond, uncond = (
        model.network.encode_text(tokenise(list(texts), config.text).to(runtime.device))
        for texts in (captions, [request.negative])
    )
    plain, answers = predictor(model.network, runtime), list[Answer]()

    def predict(x: Tensor, t: Tensor, text: TextFeatures) -> Tensor:
        output = plain(x, t, text)
        x0 = to_prediction(config.target, output, x, schedule.alpha_bar[t.cpu()]).x0
        if weight in (0.0, 1.0):
            answers.append((int(t[0]), x0 if weight else None, None if weight else x0))
        else:
            with_text, without = x0.chunk(2)
            answers.append((int(t[0]), with_text, without))
        return output

    return guided(predict, cond, uncond, weight, schedule, config.target), answers


def finish_run(
    model: LoadedDenoiser, request: DenoiseRequest, asked: Sequence[Asked], seconds: float, runtime: Runtime
) -> DenoiseResult:
    """Lay the steps of one run out as moments and decode samples and expected clean samples in one batch."""
    begin, end = perf_counter(), asked[-1].state
    schedule = SCHEDULES[model.network.config.schedule]()
    levels = (*(each.t for each in asked), end.t)
    x = torch.cat([*(each.x for each in asked), end.x])
    x0 = torch.cat([*(each.state.x0 for each in asked), end.x])
    eps = torch.cat([*(each.state.eps for each in asked), torch.zeros_like(end.x)])
    decoded, decoded_x = decode_samples(model, torch.cat([x0, x]), runtime).chunk(2)
    return DenoiseResult(
        request=request,
        target=model.network.config.target,
        in_latents=model.vae is not None,
        levels=levels,
        signal=tuple(float(schedule.alpha_bar[t]) for t in levels),
        x=x,
        x0=x0,
        eps=eps,
        cond=_stacked([each.cond for each in asked]),
        uncond=_stacked([each.uncond for each in asked]),
        decoded=decoded,
        decoded_x=decoded_x,
        seconds=(seconds, perf_counter() - begin),
    )


def _stacked(rows: list[Tensor | None]) -> Tensor | None:
    known = [row for row in rows if row is not None]
    return torch.cat(known) if len(known) == len(rows) else None


@dataclass(frozen=True, eq=False)
class Plane:
    """The plane in which the run moves most: PCA of its samples and guided expectations (Pearson 1901).

    path: the sample at each moment; cond, uncond, guided: what was expected at each step, or None if not asked.
    share: how much of their variance lies in the plane, 0 to 1.
    """

    path: Float[Tensor, "m 2"]
    guided: Float[Tensor, "n 2"]
    cond: Float[Tensor, "n 2"] | None
    uncond: Float[Tensor, "n 2"] | None
    share: float


def trajectory(result: DenoiseResult) -> Plane:
    """Project a run onto the two directions in which its samples and expectations spread most.

    Signs are fixed so that the largest component of each direction is positive: the same run gives the same plane.
    """
    rows = torch.cat([result.x, result.x0[:-1]]).flatten(1).double()
    centre = rows.mean(0)
    power, mixes = torch.linalg.eigh((rows - centre) @ (rows - centre).T)  # fewer rows than columns: the small way
    axes = torch.nn.functional.normalize(mixes[:, [-1, -2]].T @ (rows - centre), dim=1)
    plane = axes * axes.gather(1, axes.abs().argmax(1, keepdim=True)).sign()
    onto = _projection(centre, plane)
    total = float(power.sum())
    return Plane(
        path=onto(result.x),
        guided=onto(result.x0[:-1]),
        cond=None if result.cond is None else onto(result.cond),
        uncond=None if result.uncond is None else onto(result.uncond),
        share=float(power[-2:].sum()) / total if total > 0 and math.isfinite(total) else 0.0,
    )


def _projection(centre: Tensor, plane: Tensor) -> Callable[[Tensor], Float[Tensor, "n 2"]]:
    return lambda samples: ((samples.flatten(1).double() - centre) @ plane.T).float()
