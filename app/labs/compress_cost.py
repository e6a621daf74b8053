"""The cost calculator: what a picture of any size costs on this machine, counted from shapes and timed by a self-test.

The denoiser is the race's, the VAE the ladder's: what changes with the size is counted, not what was learnt.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from statistics import median

import torch

from app.core.errors import BadRequest
from app.core.randomness import make_generator, normal
from app.core.runtime import Runtime
from app.evaluation.cost_at_size import Size
from app.evaluation.dry_run import DryRun, dry_decode, dry_step
from app.labs.compress_race import fresh_runner, race_config
from app.labs.prompt import Work, counted, finished
from app.models.denoiser import DenoiserConfig
from app.models.text import tokenise
from app.models.vae import VAEConfig
from app.training.recipes import WIDTHS

FACTORS = (1, 2, 4, 8, 16)
LONGEST, MOST_CHANNELS, MOST_STEPS, MOST_GUIDANCE = 2048, 64, 250, 30.0
SELF_TEST_SECONDS = 2.0
SIDES = (8, 32)
"""Sides of the latents on which the self-test runs: between them speed grows from waiting to computing."""


@dataclass(frozen=True)
class CostRequest:
    """height, width: of the picture in pixels. f, c: of the latent; f = 1 is pixels, always 3 channels."""

    height: int = 512
    width: int = 512
    f: int = 8
    c: int = 4
    steps: int = 50
    guidance: float = 7.5

    def __post_init__(self) -> None:
        if self.f not in FACTORS:
            raise BadRequest(f"f = {self.f}.", hint=f"Use one of: {', '.join(map(str, FACTORS))}.")
        _within("height", self.height, 1, LONGEST)
        _within("width", self.width, 1, LONGEST)
        _within("number of channels", self.c, 1, MOST_CHANNELS)
        _within("number of steps", self.steps, 1, MOST_STEPS)
        _within("guidance weight", self.guidance, 0.0, MOST_GUIDANCE)

    @property
    def channels(self) -> int:
        """Of what is diffused."""
        return 3 if self.f == 1 else self.c

    @property
    def calls(self) -> int:
        """Rows of a step: the caption alone, or the caption and its opposite."""
        return 1 if self.guidance in (0.0, 1.0) else 2


@dataclass(frozen=True)
class Speed:
    """What the self-test found: seconds of a step = wait + operations / step_rate; decoding likewise without a wait."""

    wait: float
    step_rate: float
    decode_rate: float


@dataclass(frozen=True)
class Estimate:
    """height, width: of the picture after rounding up to what the networks can halve. values: of what is diffused.

    step, decode: counted. peak_bytes: of the more demanding of the two. denoise_seconds and decode_seconds: estimated.
    """

    request: CostRequest
    height: int
    width: int
    values: int
    step: DryRun
    decode: DryRun
    denoise_seconds: float
    decode_seconds: float

    @property
    def values_in(self) -> int:
        """Of the picture."""
        return 3 * self.height * self.width

    @property
    def operations(self) -> int:
        """All steps and the decoder."""
        return self.request.steps * self.step.operations + self.decode.operations

    @property
    def peak_bytes(self) -> int:
        """Most memory at once."""
        return max(self.step.peak_bytes, self.decode.peak_bytes)

    @property
    def seconds(self) -> float:
        """From noise to picture."""
        return self.denoise_seconds + self.decode_seconds


def estimate(request: CostRequest, speed: Speed, runtime: Runtime) -> Estimate:
    """Count and time one size."""
    config = denoiser_for(request)
    multiple = request.f * config.patch * 2 ** (len(config.widths) - 1)
    height, width = (-(-side // multiple) * multiple for side in (request.height, request.width))
    step = dry_step(config, Size(height // request.f, width // request.f, request.calls), runtime.dtype)
    decode = DryRun(0, 0)
    if request.f > 1:
        decode = dry_decode(vae_for(request), Size(height, width), runtime.dtype)
    values = request.channels * (height // request.f) * (width // request.f)
    denoise = request.steps * (speed.wait + step.operations / speed.step_rate)
    return Estimate(request, height, width, values, step, decode, denoise, decode.operations / speed.decode_rate)


def compare_factors(request: CostRequest, speed: Speed, runtime: Runtime) -> tuple[Estimate, ...]:
    """Estimate the same picture for every f, pixels first."""
    return finished(factor_steps(request, speed, runtime))


def factor_steps(request: CostRequest, speed: Speed, runtime: Runtime) -> Work[tuple[Estimate, ...]]:
    """The same, f by f."""
    estimates = (estimate(replace(request, f=f), speed, runtime) for f in FACTORS)
    return tuple((yield from counted(estimates, len(FACTORS))))


def denoiser_for(request: CostRequest) -> DenoiserConfig:
    """Return the race's design for these channels."""
    return replace(race_config("pixels"), channels=request.channels)


def vae_for(request: CostRequest) -> VAEConfig:
    """Return the ladder's design for this f and c."""
    return VAEConfig(f=request.f, c=request.c, widths=WIDTHS[: request.f.bit_length() - 1])


def self_test(runtime: Runtime, seconds: float = SELF_TEST_SECONDS) -> Speed:
    """Time a guided step on a small and a larger latent and a decoding; each gets a third of the time."""
    return finished(self_test_steps(runtime, seconds))


@torch.inference_mode()
def self_test_steps(runtime: Runtime, seconds: float = SELF_TEST_SECONDS) -> Work[Speed]:
    """The same, measurement by measurement."""
    count = len(SIDES) + 1
    (small, quick), (large, slow), (decoded, took) = yield from counted(_measured(runtime, seconds / count), count)
    rate = (large - small) / max(slow - quick, 1e-9) if slow > quick else large / slow
    return Speed(max(0.0, quick - small / rate), rate, decoded / took)


def _measured(runtime: Runtime, seconds: float) -> Iterator[tuple[int, float]]:
    """Yield operations and seconds of a guided step on 8 x 8 and on 32 x 32 latents, and of decoding 64 x 64 pixels."""
    for name, side in zip(("f8c4", "f2c4"), SIDES, strict=True):
        network = fresh_runner(name, runtime).network
        x = runtime.put(normal((2, network.config.channels, side, side), make_generator("self-test")))
        text = network.encode_text(tokenise(["", ""], network.config.text).to(runtime.device))
        t = torch.full((2,), 500, device=runtime.device)
        operations = dry_step(race_config(name), Size(side, side, 2), runtime.dtype).operations
        yield operations, _timed(partial(network.predict, x, t, text), seconds)
    vae = fresh_runner("f8c4", runtime).vae
    assert vae is not None
    z = runtime.put(normal((1, 4, 8, 8), make_generator("self-test")))
    operations = dry_decode(vae.network.config, Size(64, 64), runtime.dtype).operations
    yield operations, _timed(partial(vae.network.decode, z), seconds)


def _timed(call: Callable[[], object], seconds: float) -> float:
    """Return the median time of a call, repeated for so many seconds and at least three times after a first one."""
    call()
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return median(times)


def _within(what: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:  # also refuses NaN
        raise BadRequest(f"The {what} is {value}.", hint=f"Use {low:g} to {high:g}.")
