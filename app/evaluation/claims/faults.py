"""Claim 13: which fault leaves which mark."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from app.evaluation.claims.material import (
    COLUMNS,
    SILENT,
    Pictures,
    bands,
    mean_figures,
    moved_on,
    rate_figures,
    rebuilt,
)
from app.evaluation.claims.statistics import Values, exceeds, larger, more_often, rate_of, share
from app.evaluation.claims.study import Study
from app.evaluation.claims.verdict import Check, Figure, Finding, Outcome, conclude
from app.evaluation.judging import Labels
from app.evaluation.rates import Rate
from app.evaluation.sampling import SamplingOptions

CONDITIONING, WEAK, HASTY, VAE = "caption", "denoiser", "number of steps", "VAE"
FEW = 3
"""Steps of a hasty run: the fewest with one at the start, one in the middle and one at the end."""
SOFTENS = 0.25
"""Doublings of the fine power, a sixth of it, that must go for a picture to be called softer."""
INTACT = 0.1
"""Share of pictures in which the VAE may change the kind that is read and still count as 'soft, not wrong'."""


@dataclass(frozen=True, eq=False)
class Marks:
    """What a fault changes against the same picture without it: readings; sharpness: of the fine power, in doublings.

    Doublings, log2 of the ratio, because a caption that asks for stripes gives as much as one that takes them away.
    """

    changed: dict[str, Rate]
    sharpness: Values


def faults_and_marks(study: Study) -> Finding:
    """Give a run another's caption, a weak denoiser or few steps; send real scenes through a VAE that compresses too
    much. The weak denoiser works in the same latents.
    """
    catalogue, scenes = study.catalogue, study.scenes
    model = catalogue.denoiser("generator")
    sound = study.draw(model, scenes.captions)
    marks = {
        CONDITIONING: _marks(sound, study.draw(model, moved_on(scenes.captions)), study),
        WEAK: _marks(sound, study.draw(catalogue.denoiser("race_f4c4"), scenes.captions), study),
        HASTY: _marks(sound, study.draw(model, scenes.captions, SamplingOptions(steps=FEW)), study),
        VAE: _marks(scenes.pictures, rebuilt(catalogue.vae("f16c4"), scenes.pictures, study.runtime), study),
    }
    figures: list[Figure] = []
    for fault, mark in marks.items():
        figures += rate_figures(f"fault in the {fault}, reading changes", mark.changed)
        figures += mean_figures([(f"fault in the {fault}: fine power changes by", mark.sharpness)], "doublings")
    return conclude(figures, fault_checks(marks))


def fault_checks(marks: dict[str, Marks]) -> list[Check]:
    """Core: a wrong caption moves places, a weak denoiser changes kinds, a weak VAE takes sharpness.

    Limits: a weak denoiser that leaves places alone, one or a hasty run that blurs, a VAE that changes kinds.
    """
    caption, weak, vae = marks[CONDITIONING], marks[WEAK], marks[VAE]
    left = {fault: f"{2 ** float(mark.sharpness.mean()):.0%}" for fault, mark in marks.items()}
    kind = vae.changed["kind"]
    return [
        _moves("a wrong caption", "place", caption, vae),
        _moves("a weak denoiser", "kind", weak, vae),
        Check(
            f"the VAE leaves {left[VAE]} of the fine power, a wrong caption {left[CONDITIONING]}",
            "the VAE less",
            larger(caption.sharpness, vae.sharpness),
        ),
        _moves("a weak denoiser", "place", weak, vae, core=False),
        *(
            Check(
                f"{what} too: {left[fault]} of the fine power is left",
                f"more than {2**-SOFTENS:.0%}",
                exceeds(marks[fault].sharpness, -SOFTENS),
                core=False,
            )
            for fault, what in ((WEAK, "a weak denoiser softens"), (HASTY, f"too few steps, {FEW}, soften"))
        ),
        Check(
            f"the VAE changes the kind that is read in {share(kind)}", f"below {INTACT:.0%}", _rarely(kind), core=False
        ),
    ]


def _moves(who: str, attribute: str, mark: Marks, vae: Marks, core: bool = True) -> Check:
    """Whether a fault before the decoder changes a reading more often than the VAE does."""
    rates = [each.changed[attribute] for each in (mark, vae)]
    seen = f"{who} changes the {attribute} in {share(rates[0])} of the pictures, the VAE in {share(rates[1])}"
    return Check(seen, "the first more often", more_often(*rates), core)


def _rarely(rate: Rate) -> Outcome:
    """Whether a rate is below INTACT: its whole interval, or none of it, or too few to tell."""
    if rate.low is None or rate.high is None:
        return None
    return True if rate.high < INTACT else False if rate.low >= INTACT else None


def _marks(sound: Pictures, faulty: Pictures, study: Study) -> Marks:
    before, after = (study.read(x) for x in (sound, faulty))
    rates = {name: rate_of(_changed(before, after, column)) for name, column in COLUMNS.items()}
    fine = [np.maximum(bands(x)[1], SILENT) for x in (sound, faulty)]
    return Marks(rates, np.log2(fine[1] / fine[0]))


def _changed(before: Labels, after: Labels, column: int) -> Bool[np.ndarray, " n"]:
    return before[:, column] != after[:, column]
