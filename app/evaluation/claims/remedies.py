"""Claim 14: more capacity, a better decoder, a refinement stage: what each gives back."""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from app.evaluation.claims.material import Pictures, decibels, held_out, kept, mean_figures, rebuilt
from app.evaluation.claims.statistics import VISIBLE_DB, Values, larger, numbers
from app.evaluation.claims.study import Study
from app.evaluation.claims.verdict import Check, Finding, Outcome, conclude, every, some
from app.evaluation.reconstruction import ssim
from app.store.catalogue import Catalogue

CHANNELS, DECODER, REFINER = "four times the channels (f8c16)", "a decoder trained further", "a refiner"
"""Each begins with f8c4 or stands behind it, and so had more training than f8c4 alone."""


@dataclass(frozen=True, eq=False)
class Remedy:
    """before, after: PSNR in dB of the same pictures without the remedy and with it; fine_...: fine power kept."""

    before: Values
    after: Values
    fine_before: Values
    fine_after: Values

    def helps(self) -> Outcome:
        """Whether PSNR and detail both rise."""
        return every([larger(self.after, self.before, VISIBLE_DB), larger(self.fine_after, self.fine_before)])

    def gain(self) -> str:
        """Return both gains in words."""
        points = 100 * float((self.fine_after - self.fine_before).mean())
        return f"{float((self.after - self.before).mean()):+.2f} dB and {points:+.1f} points of the fine power"


def remedies(study: Study) -> Finding:
    """Rebuild held-out scenes and photographs with f8c4 and with each remedy."""
    runs: dict[str, dict[str, Remedy]] = {}
    rows, similarity, detail = [], [], []
    for spec in ("scenes", "photos"):
        pictures = held_out(spec, study.count)
        copies = {how: make(study.catalogue, pictures) for how, make in WAYS.items()}
        quality = {how: decibels(pictures, x) for how, x in copies.items()}
        fine = {how: kept(pictures, x)[1] for how, x in copies.items()}
        rows += [(f"{how}, {spec}: PSNR", values) for how, values in quality.items()]
        similarity += [(f"{how}, {spec}: SSIM", numbers(ssim(pictures, x))) for how, x in copies.items()]
        detail += [(f"{how}, {spec}: fine power kept", values) for how, values in fine.items()]
        runs[spec] = {
            how: Remedy(quality[BEFORE], quality[how], fine[BEFORE], fine[how]) for how in WAYS if how != BEFORE
        }
    figures = mean_figures(rows, "dB") + mean_figures(similarity, "", 3) + mean_figures(detail, "", 3)
    return conclude(figures, remedy_checks(runs))


def remedy_checks(runs: dict[str, dict[str, Remedy]]) -> list[Check]:
    """Core: at least one helps on scenes. Limits: each that does not, there or on photographs; and channels that give
    no more than training a decoder further does, as they came with more training too.
    """
    asked = f"above {VISIBLE_DB} dB, and more of the fine power"
    gains = ", ".join(f"{how} {remedy.gain()}" for how, remedy in runs["scenes"].items())
    core = Check(f"on scenes: {gains}", f"one {asked}", some(remedy.helps() for remedy in runs["scenes"].values()))
    limits = [
        Check(f"{how} gives {remedy.gain()} on {spec}", asked, remedy.helps(), core=False)
        for spec, run in runs.items()
        for how, remedy in run.items()
    ]
    wide, longer = runs["scenes"][CHANNELS].after, runs["scenes"][DECODER].after
    seen = (
        f"f8c4 was trained less than any remedy, and beside more training of its decoder more channels give "
        f"{float((wide - longer).mean()):+.2f} dB on scenes"
    )
    return [core, *limits, Check(seen, f"above {VISIBLE_DB} dB", larger(wide, longer, VISIBLE_DB), core=False)]


def _usual(catalogue: Catalogue, pictures: Pictures) -> Pictures:
    return rebuilt(catalogue.vae("f8c4"), pictures, catalogue.runtime)


def _more_channels(catalogue: Catalogue, pictures: Pictures) -> Pictures:
    return rebuilt(catalogue.vae("f8c16"), pictures, catalogue.runtime)


def _better_decoder(catalogue: Catalogue, pictures: Pictures) -> Pictures:
    return rebuilt(catalogue.vae("f8c4_decoder"), pictures, catalogue.runtime)


@torch.inference_mode()
def _refined(catalogue: Catalogue, pictures: Pictures) -> Pictures:
    model, runtime = catalogue.refiner("refiner"), catalogue.runtime
    decoded = rebuilt(model.vae, pictures, runtime)
    return torch.cat([model.network(runtime.put(x)).float().cpu() for x in decoded.split(64)]).clamp(-1, 1)


BEFORE = "f8c4"
WAYS: dict[str, Callable[[Catalogue, Pictures], Pictures]] = {
    BEFORE: _usual,
    CHANNELS: _more_channels,
    DECODER: _better_decoder,
    REFINER: _refined,
}
