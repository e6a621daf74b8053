"""Claim 15: the price of detail along the ladder."""

from itertools import pairwise

from app.evaluation.claims.calls import CallCosts, cost_figures, cost_of_calls, denoisers, times_faster
from app.evaluation.claims.costs import NOTICEABLE, RACE, operations_along
from app.evaluation.claims.material import decibels, held_out, kept, mean_figures, rebuilt
from app.evaluation.claims.statistics import VISIBLE_DB, Values, larger
from app.evaluation.claims.study import Study
from app.evaluation.claims.verdict import Check, Finding, conclude, every, unmet

LADDER = RACE[1:]


def speed_and_detail(study: Study) -> Finding:
    """Along the ladder: what a VAE rebuilds, and what a step in its latents costs."""
    costs = cost_of_calls(denoisers(study, LADDER), study.runtime, study.count)
    pictures = held_out("scenes", study.count)
    quality, fine = {}, {}
    for name in LADDER:
        copies = rebuilt(study.catalogue.vae(name.removeprefix("race_")), pictures, study.runtime)
        quality[name], fine[name] = decibels(pictures, copies), kept(pictures, copies)[1]
    figures = mean_figures([(f"{_rung(name)}: PSNR of scenes", values) for name, values in quality.items()], "dB")
    figures += mean_figures([(f"{_rung(name)}: fine power kept", values) for name, values in fine.items()], "", 3)
    return conclude(figures + cost_figures(costs), trade_checks(quality, fine, costs))


def trade_checks(quality: dict[str, Values], fine: dict[str, Values], costs: CallCosts) -> list[Check]:
    """Core: PSNR, fine power and operations fall at every rung. A limit: rungs that save no time."""
    paired = list(pairwise(LADDER))
    saved = {
        f"{_rung(b)} ({1000 * costs[b].seconds:.1f} ms a step after {1000 * costs[a].seconds:.1f})": times_faster(
            costs[a].rounds, costs[b].rounds, NOTICEABLE
        )
        for a, b in paired
    }
    rebuilt_at = ", ".join(f"{_rung(name)} {values.mean():.1f} dB" for name, values in quality.items())
    fine_kept = ", ".join(f"{_rung(name)} {values.mean():.0%}" for name, values in fine.items())
    return [
        Check(
            f"scenes are rebuilt at: {rebuilt_at}",
            f"a fall above {VISIBLE_DB} dB at each rung",
            every(larger(quality[a], quality[b], VISIBLE_DB) for a, b in paired),
        ),
        Check(
            f"fine power kept: {fine_kept}",
            "less on each rung than before",
            every(larger(fine[a], fine[b]) for a, b in paired),
        ),
        Check(
            operations_along(costs, LADDER),
            "fewer on each rung than before",
            all(costs[a].operations > costs[b].operations for a, b in paired),
        ),
        Check(
            f"hardly any time is saved by {unmet(saved)}",
            f"each more than {NOTICEABLE} times as fast as the rung before",
            every(saved.values()),
            core=False,
        ),
    ]


def _rung(name: str) -> str:
    return name.removeprefix("race_")
