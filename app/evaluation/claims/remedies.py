"""Claim 14: more capacity, a better decoder, a refinement stage: what each gives back."""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from app.evaluation.claims.claim import Check, Finding, conclude, some
from app.evaluation.claims.material import Pictures, decibels, held_out, kept, mean_figures, rebuilt
from app.evaluation.claims.statistics import Values, larger, numbers
from app.evaluation.reconstruction import ssim
from app.store.catalogue import Catalogue

VISIBLE_DB = 0.3
"""The least gain that counts as help: a smaller one is lost in the differences between two trainings."""


@dataclass(frozen=True, eq=False)
class Remedy:
    """before, after: PSNR in dB of the same pictures without the remedy and with it."""

    before: Values
    after: Values


def remedies(catalogue: Catalogue, count: int) -> Finding:
    """Rebuild held-out scenes and photographs with f8c4 and with each remedy."""
    runs: dict[str, dict[str, Remedy]] = {}
    rows, similarity, detail = [], [], []
    for spec in ("scenes", "photos"):
        pictures = held_out(spec, count)
        copies = {how: make(catalogue, pictures) for how, make in WAYS.items()}
        quality = {how: decibels(pictures, x) for how, x in copies.items()}
        rows += [(f"{how}, {spec}: PSNR", values) for how, values in quality.items()]
        similarity += [(f"{how}, {spec}: SSIM", numbers(ssim(pictures, x))) for how, x in copies.items()]
        detail += [(f"{how}, {spec}: fine power kept", kept(pictures, x)[1]) for how, x in copies.items()]
        runs[spec] = {how: Remedy(quality["f8c4"], values) for how, values in quality.items() if how != "f8c4"}
    figures = mean_figures(rows, "dB") + mean_figures(similarity, "", 3) + mean_figures(detail, "", 3)
    return conclude(figures, remedy_checks(runs))


def remedy_checks(runs: dict[str, dict[str, Remedy]]) -> list[Check]:
    """Core: at least one helps on scenes. A limit: each that does not, there or on photographs."""
    helps = {how: larger(remedy.after, remedy.before, VISIBLE_DB) for how, remedy in runs["scenes"].items()}
    gains = ", ".join(f"{how} {_gain(remedy):+.2f} dB" for how, remedy in runs["scenes"].items())
    limits = [
        Check(
            f"{how} gives {_gain(remedy):+.2f} dB on {spec}",
            larger(remedy.after, remedy.before, VISIBLE_DB),
            core=False,
        )
        for spec, run in runs.items()
        for how, remedy in run.items()
    ]
    return [Check(f"on scenes: {gains}", some(helps.values())), *limits]


def _gain(remedy: Remedy) -> float:
    return float((remedy.after - remedy.before).mean())


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


WAYS: dict[str, Callable[[Catalogue, Pictures], Pictures]] = {
    "f8c4": _usual,
    "four times the channels (f8c16)": _more_channels,
    "a decoder trained further": _better_decoder,
    "a refiner": _refined,
}
