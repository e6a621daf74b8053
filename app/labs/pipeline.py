"""The whole walk from a caption to a picture with every tensor on the way: what the ribbon and the scrubber show.

The picture is the one that `generate` makes for the same request; this keeps what `generate` throws away.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter

import torch
from jaxtyping import Float
from torch import Tensor

from app.core.runtime import Runtime
from app.diffusion.samplers.base import SamplerState
from app.diffusion.schedule import SCHEDULES
from app.evaluation.sampling import decode_samples, starting_noise
from app.labs.generate import GenerateRequest, GenerateResult, generate_steps
from app.models.text import split_words, tokenise
from app.store.catalogue import LoadedDenoiser

MOST_MOMENTS = 51
"""A run with more steps shows so many of its moments, evenly spaced: the start, the end and 49 between."""


@dataclass(frozen=True)
class Seconds:
    """Wall clock measured in this run: caption to vectors, all denoising steps together, latent to picture."""

    text: float
    denoise: float
    decode: float

    @property
    def total(self) -> float:
        """All three stages."""
        return self.text + self.denoise + self.decode


@dataclass(frozen=True, eq=False)
class Moments:
    """Some moments of a run, in order; row i of each tensor belongs to the moment after done[i] steps.

    signal: share of the power that is signal there, alpha_bar. x: the sample. x0: the clean sample that the denoiser
    expects of it; at the last moment x itself. decoded: x0 through the decoder, in [-1, 1].
    """

    done: tuple[int, ...]
    signal: tuple[float, ...]
    x: Float[Tensor, "n c h w"]
    x0: Float[Tensor, "n c h w"]
    decoded: Float[Tensor, "n 3 H W"]


@dataclass(frozen=True, eq=False)
class PipelineResult:
    """words: the tokens that the network reads, the start token left out; features: one vector for each token.

    in_latents: False for a denoiser that works on pixels.
    """

    generated: GenerateResult
    words: tuple[str, ...]
    features: Float[Tensor, "l d"]
    moments: Moments
    seconds: Seconds
    in_latents: bool


def run_pipeline(model: LoadedDenoiser, request: GenerateRequest, runtime: Runtime) -> PipelineResult:
    """Generate a picture, timing each stage, then decode what was expected at each moment, all in one batch.

    Raises UnknownWord for a word outside the vocabulary.
    """
    *_, result = pipeline_steps(model, request, runtime)
    assert isinstance(result, PipelineResult)
    return result


def pipeline_steps(
    model: LoadedDenoiser, request: GenerateRequest, runtime: Runtime
) -> Iterator[SamplerState | PipelineResult]:
    """The same, step by step: the state after each step, the result at last. Only the time of the work is counted."""
    begin = perf_counter()
    features = caption_features(model, request.caption, runtime)
    text = perf_counter() - begin
    start = starting_noise(model, [request.seed])
    trail, denoise = [], 0.0
    for state, took in timed(generate_steps(model, request, runtime)):
        denoise += took
        trail.append(state)
        yield state
    begin = perf_counter()
    picture = decode_samples(model, trail[-1].x, runtime)
    seconds = Seconds(text, denoise, perf_counter() - begin)
    generated = GenerateResult(request, start, tuple(trail), picture)
    words, moments = tuple(split_words(request.caption)), collect_moments(model, generated, runtime)
    yield PipelineResult(generated, words, features, moments, seconds, model.vae is not None)


def timed(steps: Iterator[SamplerState]) -> Iterator[tuple[SamplerState, float]]:
    """Yield each step with the seconds that it took: what is done with it before the next one is not counted."""
    begin = perf_counter()
    for state in steps:
        yield state, perf_counter() - begin
        begin = perf_counter()


@torch.inference_mode()
def caption_features(model: LoadedDenoiser, caption: str, runtime: Runtime) -> Float[Tensor, "l d"]:
    """Return the vectors of the caption's tokens, the start token first; float32 on the CPU."""
    ids = tokenise([caption], model.network.config.text).to(runtime.device)
    text = model.network.text(ids)
    return text.tokens[0, text.mask[0]].float().cpu()


def collect_moments(model: LoadedDenoiser, run: GenerateResult, runtime: Runtime) -> Moments:
    """Lay out a finished run as moments and decode the expected clean samples."""
    return spread_moments(model, run.start, run.trail, run.picture, None, runtime)


def spread_moments(
    model: LoadedDenoiser,
    start: Float[Tensor, "1 c h w"],
    trail: tuple[SamplerState, ...],
    picture: Float[Tensor, "1 3 H W"],
    level: int | None,
    runtime: Runtime,
) -> Moments:
    """The same for a run that begins at a level of the schedule (None: its noisy end); it may have no steps at all."""
    schedule = SCHEDULES[model.network.config.schedule]()
    begin = schedule.steps if level is None else level
    done = spread(len(trail), MOST_MOMENTS)
    x = torch.cat([start if k == 0 else trail[k - 1].x for k in done])
    levels = [begin if k == 0 else trail[k - 1].t for k in done]
    x0 = torch.cat([trail[k].x0 for k in done[:-1]] + [trail[-1].x if trail else start])
    expected = [decode_samples(model, x0[:-1], runtime)] if trail else []
    decoded = torch.cat([*expected, picture])
    return Moments(done, tuple(float(schedule.alpha_bar[t]) for t in levels), x, x0, decoded)


def spread(last: int, most: int) -> tuple[int, ...]:
    """Return at most `most` whole numbers from 0 to `last`, both included, as evenly as rounding allows."""
    if last < most:
        return tuple(range(last + 1))
    return tuple(round(i * last / (most - 1)) for i in range(most))
