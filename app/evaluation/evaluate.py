"""Measure one model of the catalogue by its kind, and write the figures to its card."""

from dataclasses import replace
from typing import Any

from app.core.errors import UnknownName
from app.core.registry import did_you_mean
from app.data import open_dataset
from app.evaluation.generation import evaluate_generator, reconstruction_ceiling
from app.evaluation.judging import evaluate_judge
from app.evaluation.reconstruction import evaluate_vae
from app.store.card import write_card
from app.store.catalogue import Catalogue
from app.store.checkpoint import CARD

Metrics = dict[str, dict[str, Any]]
"""Figures in groups; each group says its n."""


def evaluate_model(catalogue: Catalogue, name: str, count: int, *, write: bool = True) -> Metrics:
    """Measure a model on `count` held-out pictures or captions a group; the card is rewritten if `write`.

    Raises UnknownName for a name that is not in the catalogue, BadCheckpoint for one that cannot be loaded.
    """
    if name not in catalogue.cards and name not in catalogue.problems:
        raise UnknownName(f"No model called '{name}' is in {catalogue.root}.", hint=_known(catalogue, name))
    kind = catalogue.cards[name].kind if name in catalogue.cards else "vae"
    metrics = MEASURES[kind](catalogue, name, count)
    if write:
        write_card(catalogue.root / name / CARD, replace(catalogue.cards[name], metrics=metrics))
    return metrics


def _known(catalogue: Catalogue, name: str) -> str:
    known = sorted(catalogue.cards)
    return did_you_mean(name, known) if known else "Train one first: python -m app train --list"


def _measure_vae(catalogue: Catalogue, name: str, count: int) -> Metrics:
    model, runtime = catalogue.vae(name), catalogue.runtime
    data = model.card.training.data
    metrics: Metrics = {}
    for spec in ("scenes", "photos") if data == "scenes+photos" else (data,):
        metrics[f"held_out_{spec}"] = evaluate_vae(model, open_dataset(spec, split="test"), count, runtime)
    if "judge" in catalogue.names("judge") and "scenes" in data:
        metrics["judge_reads_reconstructions"] = reconstruction_ceiling(model, catalogue.judge(), count, runtime)
    return metrics


def _measure_denoiser(catalogue: Catalogue, name: str, count: int) -> Metrics:
    return evaluate_generator(catalogue.denoiser(name), catalogue.judge(), count, catalogue.runtime)


def _measure_judge(catalogue: Catalogue, name: str, count: int) -> Metrics:
    return evaluate_judge(catalogue.judge(name), count, catalogue.runtime)


MEASURES = {"vae": _measure_vae, "denoiser": _measure_denoiser, "judge": _measure_judge}
