"""Measure one model of the catalogue by its kind, and write the figures to its card."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from app.core.errors import BadRequest
from app.core.files import writing_to
from app.core.registry import Registry
from app.data import open_dataset, terms_of
from app.data.base import PictureSet
from app.evaluation.generation import (
    FEWEST,
    evaluate_generator,
    judge_agreement,
    read_reconstructions,
    reconstruction_distance,
)
from app.evaluation.judging import evaluate_judge, held_out_groups
from app.evaluation.large_views import evaluate_large_views
from app.evaluation.latent_figures import describe_latents
from app.evaluation.model_cost import model_cost
from app.evaluation.reconstruction import evaluate_refiner, evaluate_vae
from app.store.card import Card, write_card
from app.store.catalogue import Catalogue
from app.store.checkpoint import CARD, matching_card

Metrics = dict[str, dict[str, Any]]
"""Figures in groups; each group says its n."""


def evaluate_model(catalogue: Catalogue, name: str, count: int, *, write: bool = True) -> Metrics:
    """Measure a model on `count` held-out pictures or captions a group; the card is rewritten if `write`.

    Raises BadRequest for a count below 1, BadCheckpoint for a name that is not in the catalogue, that cannot be
    loaded, or whose checkpoint changed while it was measured.
    """
    if count < 1:
        raise BadRequest(f"Nothing can be measured on {count} pictures.", hint="Use a count of at least 1.")
    metrics = MEASURES[catalogue.card(name).kind](catalogue, name, count)
    metrics["cost"] = model_cost(catalogue, name)
    if write:
        _write(catalogue, name, metrics)
    return metrics


def measure_cost_again(catalogue: Catalogue, name: str) -> dict[str, Any]:
    """Time a model's calls anew and replace that group of its card alone; a card without figures stays without.

    Times can be compared if they come from one run on one machine. Raises as `evaluate_model` does.
    """
    figures = model_cost(catalogue, name)
    if catalogue.card(name).metrics:
        _write(catalogue, name, {**catalogue.card(name).metrics, "cost": figures})
    return figures


def _write(catalogue: Catalogue, name: str, metrics: Metrics) -> None:
    """Write the figures to the card that is there now, if it is still the one of the weights that were measured."""
    folder = catalogue.root / name
    card = matching_card(folder)
    catalogue.refuse_change(name, card)
    with writing_to(folder):
        write_card(folder / CARD, replace(card, metrics=metrics))


def held_out(card: Card) -> dict[str, PictureSet]:
    """Open the held-out pictures of what a model learnt from, at its side; data sets of a sum are measured apart."""
    specs = [term.spec for term in terms_of(card.training.data)]
    return {f"held_out_{spec}": open_dataset(spec, split="test", side=card.training.side) for spec in specs}


def _measure_vae(catalogue: Catalogue, name: str, count: int) -> Metrics:
    model, runtime = catalogue.vae(name), catalogue.runtime
    metrics: Metrics = {
        group: evaluate_vae(model, data, count, runtime) for group, data in held_out(model.card).items()
    }
    if "held_out_photos" in metrics:
        metrics["held_out_photos_512"] = evaluate_large_views(model, count, runtime)
    metrics["latents"] = describe_latents(model, next(iter(held_out(model.card).values())), count, runtime)
    if "judge" in catalogue.names("judge") and "held_out_scenes" in metrics:
        judge = catalogue.judge()
        if judge.network.config.side == model.card.training.side:
            one_thing = held_out_groups(judge.network.config.side)[0]
            metrics["judge_reads_reconstructions"] = read_reconstructions(model, judge, one_thing, count, runtime)
            metrics["judge_agrees"] = judge_agreement(model, judge, count, runtime)
            if count >= FEWEST:
                metrics["frechet"] = reconstruction_distance(model, judge, count, runtime)
    return metrics


def _measure_refiner(catalogue: Catalogue, name: str, count: int) -> Metrics:
    model, runtime = catalogue.refiner(name), catalogue.runtime
    return {group: evaluate_refiner(model, data, count, runtime) for group, data in held_out(model.card).items()}


def _measure_denoiser(catalogue: Catalogue, name: str, count: int) -> Metrics:
    return evaluate_generator(catalogue.denoiser(name), catalogue.judge(), count, catalogue.runtime)


def _measure_judge(catalogue: Catalogue, name: str, count: int) -> Metrics:
    return evaluate_judge(catalogue.judge(name), count, catalogue.runtime)


Measure = Callable[[Catalogue, str, int], Metrics]
"""(catalogue, name, how many pictures or captions a group) -> figures."""

MEASURES: Registry[Measure] = Registry(
    "kind of model that can be measured",
    vae=_measure_vae,
    denoiser=_measure_denoiser,
    judge=_measure_judge,
    refiner=_measure_refiner,
)
