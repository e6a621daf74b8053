"""What one call of each network costs: operations, memory, and seconds, timed by turns with the calls beside it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from app.core.runtime import Runtime
from app.evaluation.claims.statistics import Values, exceeds
from app.evaluation.claims.study import Study
from app.evaluation.claims.verdict import Figure, Outcome
from app.evaluation.cost import peak_memory, time_by_turns
from app.evaluation.model_cost import calls_of
from app.models.denoiser import Denoiser
from app.models.vae import VAE

REPEATS = 10
SIDE = 64


@dataclass(frozen=True, eq=False)
class CallCost:
    """operations and peak_bytes of one call (None: not counted on this device); rounds: seconds in each round."""

    operations: int
    peak_bytes: int | None
    rounds: Values

    @property
    def seconds(self) -> float:
        """Median over the rounds."""
        return float(np.median(self.rounds))


CallCosts = dict[str, CallCost]


@torch.inference_mode()
def cost_of_calls(networks: dict[str, VAE | Denoiser], runtime: Runtime, count: int) -> CallCosts:
    """Measure one call of each network for one picture of 64 pixels: a denoiser's step, a VAE's decoding."""
    calls = {}
    for name, network in networks.items():
        found: dict[str, Any] = calls_of(network, SIDE, SIDE, runtime)
        calls[name] = found["network_call" if isinstance(network, Denoiser) else "decode"]
    peaks = [peak_memory(call) for call in calls.values()]
    timings = time_by_turns(list(calls.values()), repeats=min(REPEATS, count))
    return {
        name: CallCost(timing.operations, peak, np.array(timing.rounds))
        for name, timing, peak in zip(calls, timings, peaks, strict=True)
    }


def denoisers(study: Study, names: tuple[str, ...]) -> dict[str, VAE | Denoiser]:
    """Return the networks of some denoisers."""
    return {name: study.catalogue.denoiser(name).network for name in names}


def times_faster(slow: Values, fast: Values, times: float) -> Outcome:
    """Whether one is more than so many times as fast as another in the rounds that both were timed in."""
    return exceeds(np.log(slow / fast), float(np.log(times)))


def cost_figures(costs: CallCosts) -> list[Figure]:
    """Return operations, memory and time of each call."""
    return [Figure(f"{name}, one call", _cost_text(cost)) for name, cost in costs.items()]


def _cost_text(cost: CallCost) -> str:
    memory = "memory not counted on this device"
    if cost.peak_bytes is not None:
        memory = f"{cost.peak_bytes / 1e6:.2f} MB of activations at the peak"
    timed = f"{1000 * cost.seconds:.2f} ms (median of n = {len(cost.rounds)} calls)"
    return f"{cost.operations / 1e6:.0f} million operations and {memory} (n = 1 call), {timed}"
