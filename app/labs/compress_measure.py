"""The calculator's estimates, checked: encoding, a step, decoding and a training step of one size, measured here."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from app.core.errors import BadRequest
from app.core.runtime import Runtime
from app.evaluation.cost import Cost
from app.evaluation.cost_at_size import (
    Size,
    decode_cost,
    denoiser_training_cost,
    encode_cost,
    guided_step_cost,
    network_call_cost,
)
from app.labs.compress_cost import Estimate, denoiser_for, vae_for
from app.labs.prompt import Work, counted

REPEATS, CALLS = 3, 6
"""Times of which the median is taken, and how often that calls what is measured: to warm up, to count, for memory."""
MOST_SECONDS, MOST_BYTES = 60.0, 2_000_000_000
"""What the estimate may ask for, so that one visitor does not hold the machine."""
MOST_TRAINED = 64 * 64
"""Cells of the largest latent of a training step: backwards, attention holds the square of its positions."""


@dataclass(frozen=True)
class MeasuredSize:
    """Of one picture; encode and decode are None on pixels, training (a step of the denoiser) where it is too large."""

    encode: Cost | None
    step: Cost
    decode: Cost | None
    training: Cost | None


def measure_size(found: Estimate, runtime: Runtime) -> Work[MeasuredSize]:
    """Measure what was estimated, one after another, with networks of random weights: they cost the same.

    Raises BadRequest where the estimate is too long or too large to try.
    """
    if CALLS * (found.denoise_seconds / found.request.steps + 2 * found.decode_seconds) > MOST_SECONDS:
        raise BadRequest("Measuring this size would take minutes.", hint="Take a smaller picture or a larger f.")
    if found.peak_bytes > MOST_BYTES:
        raise BadRequest("This size needs too much memory to be tried.", hint="Take a smaller picture or a larger f.")
    calls = _calls(found, runtime)
    costs = yield from counted((call() for call in calls.values()), len(calls))
    by_name = dict(zip(calls, costs, strict=True))
    return MeasuredSize(by_name.get("encode"), by_name["step"], by_name.get("decode"), by_name.get("training"))


def _calls(found: Estimate, runtime: Runtime) -> dict[str, Callable[[], Cost]]:
    request, config = found.request, denoiser_for(found.request)
    picture = Size(found.height, found.width)
    latent = Size(found.height // request.f, found.width // request.f)
    step = guided_step_cost if request.calls == 2 else network_call_cost
    calls: dict[str, Callable[[], Cost]] = {"step": partial(step, config, latent, runtime, repeats=REPEATS)}
    if request.f > 1:
        vae = vae_for(request)
        calls["encode"] = partial(encode_cost, vae, picture, runtime, repeats=REPEATS)
        calls["decode"] = partial(decode_cost, vae, picture, runtime, repeats=REPEATS)
    if latent.height * latent.width <= MOST_TRAINED:
        calls["training"] = partial(denoiser_training_cost, config, latent, runtime, repeats=REPEATS)
    return calls
