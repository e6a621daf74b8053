"""Claim 11: what a run decides first. Claim 13: which fault leaves which mark."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from app.evaluation.claims.claim import Check, Figure, Finding, conclude, every, unmet
from app.evaluation.claims.material import (
    ATTRIBUTES,
    COLUMNS,
    SILENT,
    USUAL,
    Pictures,
    attribute_rates,
    bands,
    draw,
    mean_figures,
    moved_on,
    one_thing,
    rate_figures,
    rebuilt,
    runs,
)
from app.evaluation.claims.statistics import Values, exceeds, larger, more_often, rate_of, share
from app.evaluation.judging import Labels, read_pictures
from app.evaluation.rates import Rate
from app.evaluation.sampling import SamplingOptions, decode_samples
from app.store.catalogue import Catalogue, LoadedDenoiser

COMPOSITION, DETAIL = ("background", "place", "colour"), ("kind", "texture")
EARLIER = 1.0
"""Steps of 20 by which composition must be decided before detail: less than one step is no order."""
HALFWAY = 0.5
"""Share of the run after which a blueprint must stand to be called one."""
FEW = 1
"""Steps of the run with a fault in its diffusion."""
INTACT = 0.1
"""Share of pictures in which the VAE may change the kind that is read and still count as 'soft, not wrong'."""


def blueprint_first(catalogue: Catalogue, count: int) -> Finding:
    """Read the clean picture that is expected at each step; a decision falls when the reading stays as it ends."""
    model, scenes = catalogue.denoiser("generator"), one_thing(count)
    readings = _readings(model, scenes.captions, catalogue)
    decided = dict(zip(ATTRIBUTES, settled(readings).T, strict=True))
    rows = [(f"{name}: decided after", values) for name, values in decided.items()]
    figures = mean_figures(rows, f"of {USUAL.steps} steps", 1)
    figures += rate_figures("at the end, as asked", attribute_rates(scenes.labels, readings[-1]))
    return conclude(figures, order_checks(decided))


def order_checks(decided: dict[str, Values]) -> list[Check]:
    """Core: composition before detail, and standing halfway. A limit: an attribute of detail that comes first."""
    early, late = (np.mean([decided[name] for name in names], axis=0) for names in (COMPOSITION, DETAIL))
    later = {
        f"{fine} is not later than {coarse}": larger(decided[fine], decided[coarse])
        for fine in DETAIL
        for coarse in COMPOSITION
    }
    half = HALFWAY * USUAL.steps
    return [
        Check(
            f"background, place and colour stand after {early.mean():.1f} of {USUAL.steps} steps, kind and texture "
            f"after {late.mean():.1f}",
            every([larger(late, early, EARLIER), exceeds(-early, -half)]),
        ),
        Check(unmet(later), every(later.values()), core=False),
    ]


def settled(readings: np.ndarray) -> Float[np.ndarray, "n attributes"]:
    """Return the step, from 1, at which each attribute is first read as it stays to the end.

    readings: (steps, n, label columns), class numbers.
    """
    kept = readings[:, :, list(COLUMNS.values())] == readings[-1:, :, list(COLUMNS.values())]
    stays = np.flip(np.logical_and.accumulate(np.flip(kept, axis=0), axis=0), axis=0)
    return (len(readings) - stays.sum(axis=0) + 1).astype(np.float64)


def _readings(model: LoadedDenoiser, captions: list[str], catalogue: Catalogue) -> np.ndarray:
    """Return what the judge reads off the clean picture that is expected at each step: (steps, n, label columns)."""
    judge, runtime, parts = catalogue.judge(), catalogue.runtime, []
    for states in runs(model, captions, runtime):
        expected = (decode_samples(model, state.x0, runtime) for state in states)
        parts.append(np.stack([read_pictures(judge, x, runtime) for x in expected]))
    return np.concatenate(parts, axis=1)


@dataclass(frozen=True, eq=False)
class Marks:
    """What a fault changes against the same picture without it: readings; sharpness: of the fine power, in doublings.

    Doublings, log2 of the ratio, because a caption that asks for stripes gives as much as one that takes them away.
    """

    changed: dict[str, Rate]
    sharpness: Values


def faults_and_marks(catalogue: Catalogue, count: int) -> Finding:
    """Give a run another's caption, or one step; send real scenes through a VAE that compresses too much."""
    model, vae, runtime = catalogue.denoiser("generator"), catalogue.vae("f16c4"), catalogue.runtime
    scenes = one_thing(count)
    sound = draw(model, scenes.captions, runtime)
    hasty = draw(model, scenes.captions, runtime, SamplingOptions(steps=FEW))
    marks = {
        "conditioning": _marks(sound, draw(model, moved_on(scenes.captions), runtime), catalogue),
        "diffusion": _marks(sound, hasty, catalogue),
        "VAE": _marks(scenes.pictures, rebuilt(vae, scenes.pictures, runtime), catalogue),
    }
    figures: list[Figure] = []
    for fault, mark in marks.items():
        figures += rate_figures(f"fault in the {fault}, reading changes", mark.changed)
        figures += mean_figures([(f"fault in the {fault}: fine power changes by", mark.sharpness)], "doublings")
    return conclude(figures, fault_checks(marks))


def fault_checks(marks: dict[str, Marks]) -> list[Check]:
    """Core: a wrong caption moves places, a weak VAE sharpness. Limits: a hasty run blurs, a VAE changes kinds."""
    caption, hasty, vae = marks["conditioning"], marks["diffusion"], marks["VAE"]
    left = {fault: f"{2 ** float(mark.sharpness.mean()):.0%}" for fault, mark in marks.items()}
    kind = vae.changed["kind"]
    return [
        Check(
            f"a wrong caption changes the place in {share(caption.changed['place'])} of the pictures, the VAE in "
            f"{share(vae.changed['place'])}",
            more_often(caption.changed["place"], vae.changed["place"]),
        ),
        Check(
            f"the VAE leaves {left['VAE']} of the fine power, a wrong caption {left['conditioning']}",
            larger(caption.sharpness, vae.sharpness),
        ),
        Check(
            f"too few steps soften too: {left['diffusion']} of the fine power is left",
            larger(hasty.sharpness, vae.sharpness),
            core=False,
        ),
        Check(f"the VAE changes the kind that is read in {share(kind)}", _rarely(kind), core=False),
    ]


def _rarely(rate: Rate) -> bool | None:
    """Whether a rate is below INTACT: its whole interval, or none of it, or too few to tell."""
    if rate.low is None or rate.high is None:
        return None
    return True if rate.high < INTACT else False if rate.low >= INTACT else None


def _marks(sound: Pictures, faulty: Pictures, catalogue: Catalogue) -> Marks:
    before, after = (read_pictures(catalogue.judge(), x, catalogue.runtime) for x in (sound, faulty))
    rates = {name: rate_of(_changed(before, after, column)) for name, column in COLUMNS.items()}
    fine = [np.maximum(bands(x)[1], SILENT) for x in (sound, faulty)]
    return Marks(rates, np.log2(fine[1] / fine[0]))


def _changed(before: Labels, after: Labels, column: int) -> Bool[np.ndarray, " n"]:
    return before[:, column] != after[:, column]
