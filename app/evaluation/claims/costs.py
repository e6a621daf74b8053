"""Claim 3: smaller latents, cheaper steps. Claim 8: latents against pixels. Claim 15: the price of detail.

Operations are exact; memory is PyTorch's own count of one call; seconds are measured now, beside whatever else runs
here, so that no core check rests on seconds alone.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import torch

from app.core.randomness import make_generator
from app.core.runtime import Runtime
from app.evaluation.claims.claim import Check, Figure, Finding, conclude, every
from app.evaluation.claims.material import decibels, held_out, mean_figures, rebuilt
from app.evaluation.claims.statistics import Values, larger
from app.evaluation.cost import Cost, measure_cost
from app.evaluation.model_cost import calls_of
from app.models.build import build
from app.models.denoiser import Denoiser
from app.models.vae import VAE
from app.store.catalogue import Catalogue

RACE = ("race_pixels", "race_f2c4", "race_f4c4", "race_f8c4", "race_f16c4")
LADDER = RACE[1:]
SUBSTANTIAL = 4.0
"""Times fewer operations: what halving the side of a picture saves a convolution is the least to call substantial."""
NOTICEABLE = 1.1
"""A tenth: the least difference in speed that shows beside the noise of a shared machine."""
STEPS = 20
REPEATS = 10
MORE_CHANNELS = 4
"""Times as many channels, for what few channels save: c = 16 beside c = 4."""

WIDE = "race_f8c4 with four times the channels"

Costs = dict[str, Cost]


def cheaper_steps(catalogue: Catalogue, count: int) -> Finding:
    """Cost of one step along the ladder, and with four times the channels."""
    costs = step_costs(catalogue, RACE, count)
    config = catalogue.denoiser("race_f8c4").network.config
    wide = replace(config, channels=MORE_CHANNELS * config.channels)
    network = build(Denoiser, wide, make_generator("claims", "wide")).eval()
    catalogue.runtime.place(network)
    costs[WIDE] = _cost(network, "network_call", catalogue.runtime, count)
    return conclude(cost_figures(costs, count), step_cost_checks(costs))


def step_cost_checks(costs: Costs) -> list[Check]:
    """Core: f = 8 saves substantially, and each rung costs less than the one before. A limit: what channels save."""
    times = costs["race_pixels"].operations / costs["race_f8c4"].operations
    falling = [costs[a].operations > costs[b].operations for a, b in pairwise(RACE)]
    channels = costs[WIDE].operations / costs["race_f8c4"].operations
    return [
        Check(f"a step at f = 8 takes {times:.0f} times fewer operations than on pixels", times >= SUBSTANTIAL),
        Check("and each rung takes fewer than the one before", all(falling)),
        Check(
            f"channels matter little: {MORE_CHANNELS} times as many cost {channels:.2f} times the operations, as only "
            "the first and the last layer see them",
            channels >= NOTICEABLE,
            core=False,
        ),
    ]


def latents_and_pixels(catalogue: Catalogue, count: int) -> Finding:
    """Cost of equally many steps on pixels and on latents; the decoder's call counts for the latents."""
    costs = step_costs(catalogue, ("race_pixels", "race_f4c4", "race_f8c4"), count)
    for name in ("f4c4", "f8c4"):
        costs[f"decoder of {name}"] = _cost(catalogue.vae(name).network, "decode", catalogue.runtime, count)
    return conclude(cost_figures(costs, count), race_checks(costs))


def race_checks(costs: Costs) -> list[Check]:
    """Core: a run on latents, decoder included, takes fewer operations and less memory. A limit: the clock."""
    pixels, checks = costs["race_pixels"], []
    for name in ("f4c4", "f8c4"):
        step, decoder = costs[f"race_{name}"], costs[f"decoder of {name}"]
        fewer = STEPS * pixels.operations / (STEPS * step.operations + decoder.operations)
        faster = STEPS * pixels.seconds / (STEPS * step.seconds + decoder.seconds)
        checks.append(
            Check(f"{STEPS} steps and the decoder of {name} take {fewer:.1f} times fewer operations", fewer > 1)
        )
        if pixels.peak_bytes is not None and step.peak_bytes and decoder.peak_bytes:
            smaller = pixels.peak_bytes / max(step.peak_bytes, decoder.peak_bytes)
            seen = f"their memory peak is {smaller:.1f} times smaller, the decoder's own included"
            checks += [
                Check(f"a step on {name} holds {pixels.peak_bytes / step.peak_bytes:.1f} times less memory",
                      step.peak_bytes < pixels.peak_bytes),
                Check(f"{name}: {seen}", smaller > 1, core=False),
            ]  # fmt: skip
        seen = f"the clock shows less: {name} is {faster:.1f} times faster where operations say {fewer:.1f}"
        checks.append(Check(seen, faster >= fewer / 2, core=False))
    return checks


def speed_and_detail(catalogue: Catalogue, count: int) -> Finding:
    """Along the ladder: what a VAE rebuilds, and what a step in its latents costs."""
    costs = step_costs(catalogue, LADDER, count)
    pictures = held_out("scenes", count)
    quality = {}
    for name in LADDER:
        vae = catalogue.vae(name.removeprefix("race_"))
        quality[name] = decibels(pictures, rebuilt(vae, pictures, catalogue.runtime))
    rows = [(f"{name.removeprefix('race_')}: PSNR of scenes", values) for name, values in quality.items()]
    return conclude(mean_figures(rows, "dB") + cost_figures(costs, count), trade_checks(quality, costs))


def trade_checks(quality: dict[str, Values], costs: Costs) -> list[Check]:
    """Core: with f both detail and operations fall at every rung. A limit: rungs that save no time."""
    paired = list(pairwise(LADDER))
    idle = [
        f"{b.removeprefix('race_')} ({1000 * costs[b].seconds:.1f} ms a step after {1000 * costs[a].seconds:.1f})"
        for a, b in paired
        if costs[a].seconds < NOTICEABLE * costs[b].seconds
    ]
    first, last = LADDER[0], LADDER[-1]
    saved = costs[first].operations / costs[last].operations
    return [
        Check(
            f"from f = 2 to f = 16 scenes fall from {quality[first].mean():.1f} to {quality[last].mean():.1f} dB",
            every(larger(quality[a], quality[b]) for a, b in paired),
        ),
        Check(
            f"a step takes {saved:.0f} times fewer operations",
            all(costs[a].operations > costs[b].operations for a, b in paired),
        ),
        Check(f"hardly any time is saved by {', '.join(idle)}", not idle, core=False),
    ]


def step_costs(catalogue: Catalogue, names: Sequence[str], count: int) -> Costs:
    """Cost of one call of each denoiser for one sample."""
    return {name: _cost(catalogue.denoiser(name).network, "network_call", catalogue.runtime, count) for name in names}


def cost_figures(costs: Costs, count: int) -> list[Figure]:
    """Return operations, memory and time of each call."""
    return [Figure(f"{name}, one call", _cost_text(cost, count)) for name, cost in costs.items()]


def _cost_text(cost: Cost, count: int) -> str:
    memory = "memory not counted on this device" if cost.peak_bytes is None else f"{cost.peak_bytes / 1e6:.2f} MB peak"
    timed = f"{1000 * cost.seconds:.2f} ms (median of n = {_repeats(count)} calls)"
    return f"{cost.operations / 1e6:.0f} million operations and {memory} (n = 1 call), {timed}"


def _repeats(count: int) -> int:
    return min(REPEATS, count)


@torch.inference_mode()
def _cost(network: VAE | Denoiser, call: str, runtime: Runtime, count: int) -> Cost:
    calls: dict[str, Any] = calls_of(network, 64, 64, runtime)
    return measure_cost(calls[call], repeats=_repeats(count))
