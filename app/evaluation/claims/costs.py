"""Claim 3: smaller latents, cheaper steps. Claim 8: latents against pixels.

Operations are exact; memory is PyTorch's own count of one call; seconds are measured now, beside whatever else runs
here, so that no core check rests on seconds alone.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from app.core.randomness import make_generator
from app.evaluation.claims.calls import CallCost, CallCosts, cost_figures, cost_of_calls, denoisers, times_faster
from app.evaluation.claims.study import Study
from app.evaluation.claims.verdict import Check, Figure, Finding, conclude
from app.models.build import build
from app.models.denoiser import Denoiser
from app.models.vae import VAE

PIXELS = "race_pixels"
RACE = (PIXELS, "race_f2c4", "race_f4c4", "race_f8c4", "race_f16c4")
SUBSTANTIAL = 4.0
"""Times fewer operations: what halving the side of a picture saves a convolution is the least to call substantial."""
NOTICEABLE = 1.1
"""A tenth: the least difference in cost that a user would notice."""
STEPS = 20
MORE_CHANNELS = 4
"""Times as many channels, for what few channels save: c = 16 beside c = 4."""
WIDE = "race_f8c4 with four times the channels"
VAES = ("f4c4", "f8c4")


def cheaper_steps(study: Study) -> Finding:
    """Cost of one step along the ladder, and with four times the channels."""
    networks = denoisers(study, RACE)
    config = study.catalogue.denoiser("race_f8c4").network.config
    wide = replace(config, channels=MORE_CHANNELS * config.channels)
    networks[WIDE] = build(Denoiser, wide, make_generator("claims", "wide")).eval()
    study.runtime.place(networks[WIDE])
    costs = cost_of_calls(networks, study.runtime, study.count)
    return conclude(cost_figures(costs), step_cost_checks(costs))


def step_cost_checks(costs: CallCosts) -> list[Check]:
    """Core: f = 8 saves substantially, and each rung costs less than the one before. A limit: what channels save."""
    times = costs[PIXELS].operations / costs["race_f8c4"].operations
    falling = [costs[a].operations > costs[b].operations for a, b in pairwise(RACE)]
    channels = costs[WIDE].operations / costs["race_f8c4"].operations
    return [
        Check(
            f"a step on pixels takes {times:.1f} times the operations of one at f = 8",
            f"{SUBSTANTIAL:.0f} times or more",
            times >= SUBSTANTIAL,
        ),
        Check(operations_along(costs, RACE), "fewer on each rung than before", all(falling)),
        Check(
            f"channels matter little: {MORE_CHANNELS} times as many cost {channels:.2f} times the operations, as only "
            "the first and the last layer see them",
            f"{NOTICEABLE} times or more",
            channels >= NOTICEABLE,
            core=False,
        ),
    ]


def operations_along(costs: CallCosts, names: Sequence[str]) -> str:
    """Say how many operations a step takes on each rung."""
    counts = ", ".join(f"{costs[name].operations / 1e6:.4g} on {name.removeprefix('race_')}" for name in names)
    return f"a step takes, in million operations: {counts}"


def latents_and_pixels(study: Study) -> Finding:
    """Cost of equally many steps on pixels and on latents; the decoder's call and weights count for the latents."""
    decoders = {name: study.catalogue.vae(name).network for name in VAES}
    networks: dict[str, VAE | Denoiser] = denoisers(study, (PIXELS, *(f"race_{name}" for name in VAES)))
    networks |= {f"decoder of {name}": network for name, network in decoders.items()}
    weights = {name: sum(p.nbytes for p in network.decoder.parameters()) for name, network in decoders.items()}
    costs = cost_of_calls(networks, study.runtime, study.count)
    figures = cost_figures(costs)
    figures += [
        Figure(f"decoder of {name}, its weights", f"{size / 1e6:.2f} MB (exact)") for name, size in weights.items()
    ]
    return conclude(figures, race_checks(costs, weights))


def race_checks(costs: CallCosts, weights: dict[str, int]) -> list[Check]:
    """Core: a run on latents, decoder included, takes fewer operations, and a step holds less memory.

    Limits: the decoder's activations, its weights (bytes of each are given), and the clock.
    """
    return [check for name in VAES for check in _race_checks(name, costs, weights[name])]


def _race_checks(name: str, costs: CallCosts, weights: int) -> list[Check]:
    pixels, step, decoder = costs[PIXELS], costs[f"race_{name}"], costs[f"decoder of {name}"]
    fewer = STEPS * pixels.operations / (STEPS * step.operations + decoder.operations)
    taken = STEPS * step.rounds + decoder.rounds
    faster = float(np.median(STEPS * pixels.rounds / taken))
    return [
        Check(
            f"{STEPS} steps on pixels take {fewer:.1f} times the operations of {STEPS} and the decoder of {name}",
            "above 1",
            fewer > 1,
        ),
        *_memory_checks(name, pixels, step, decoder, weights),
        Check(
            f"the clock shows less: {name} is {faster:.1f} times as fast where operations say {fewer:.1f}",
            "more than half of that",
            times_faster(STEPS * pixels.rounds, taken, fewer / 2),
            core=False,
        ),
    ]


def _memory_checks(name: str, pixels: CallCost, step: CallCost, decoder: CallCost, weights: int) -> list[Check]:
    """Compare activations, then with the decoder's weights, which pixels do without; none if nothing is counted."""
    if pixels.peak_bytes is None or step.peak_bytes is None or decoder.peak_bytes is None:
        return []
    peak, asked = max(step.peak_bytes, decoder.peak_bytes), "less than on pixels"
    saved = pixels.peak_bytes - peak
    turns = f"it turns at {weights // saved + 1} pictures at a time" if saved > 0 else "it never turns"
    held, whole = (f"{size / 1e6:.2f} MB" for size in (pixels.peak_bytes, peak + weights))
    return [
        Check(
            f"a step on pixels holds {pixels.peak_bytes / max(step.peak_bytes, 1):.1f} times the activations of one on "
            f"{name}",
            "above 1",
            step.peak_bytes < pixels.peak_bytes,
        ),
        Check(
            f"with the decoder's own activations {name} takes {peak / 1e6:.2f} MB where pixels take {held}",
            asked,
            saved > 0,
            core=False,
        ),
        Check(
            f"with the {weights / 1e6:.2f} MB of its decoder's weights {name} takes {whole} for one picture where "
            f"pixels take {held}; {turns}",
            asked,
            peak + weights < pixels.peak_bytes,
            core=False,
        ),
    ]
