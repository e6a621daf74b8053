"""Train every recipe in an order in which each finds what it needs, going on where an earlier call was stopped."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter
from pathlib import Path

from app.core.errors import LabError
from app.core.runtime import Runtime
from app.labs.training_run import TrainRequest, run_training
from app.store.card import Card
from app.store.checkpoint import config_of, matching_card
from app.training.loop import StepReport
from app.training.recipes import RECIPES

SMOKE_STEPS, SMOKE_BATCH, SMOKE_EXAMPLES = 3, 8, 64
"""What a smoke run gives each recipe: enough to see that it trains, saves and can be used by those that need it."""


@dataclass(frozen=True)
class Progress:
    """Where a call of train_all is. report is None when the recipe was finished before."""

    recipe: str
    number: int
    of: int
    report: StepReport | None


def training_order() -> list[str]:
    """Return the names of all recipes, each behind those it needs, otherwise in the order of the table."""
    sorter = TopologicalSorter({name: recipe.needs for name, recipe in RECIPES.items()})
    sorter.prepare()
    order, table = [], list(RECIPES)
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=table.index)
        order += ready
        sorter.done(*ready)
    return order


def train_all(root: Path, runtime: Runtime, *, smoke: bool = False) -> Iterator[Progress]:
    """Train what is not finished in `root`, one folder a recipe, yielding progress at every step.

    A recipe counts as finished if its folder holds a sound checkpoint of it with the recipe's config and steps.
    """
    names = training_order()
    for number, name in enumerate(names, start=1):
        request = TrainRequest(name, root / name, resume=True, overwrite=True, checkpoints=root)
        if smoke:
            request = replace(request, steps=SMOKE_STEPS, batch_size=SMOKE_BATCH)
            request = replace(request, examples=SMOKE_EXAMPLES, scale_pictures=SMOKE_EXAMPLES)
        if is_finished(request):
            yield Progress(name, number, len(names), None)
            continue
        for report in run_training(request, runtime):
            yield Progress(name, number, len(names), report)


def is_finished(request: TrainRequest) -> bool:
    """Say whether the folder holds the checkpoint that this request would make."""
    try:
        card = matching_card(request.out)
        config = config_of(card)
    except LabError:
        return False
    recipe = RECIPES[request.recipe]
    steps = request.steps or recipe.train.steps
    made = (card.training.recipe, card.training.steps) == (request.recipe, steps)
    return made and config == recipe.model and _partner_fits(card, request)


def _partner_fits(card: Card, request: TrainRequest) -> bool:
    """A denoiser or refiner whose VAE was trained anew must be trained anew too."""
    if not card.partner:
        return True
    return matching_card(request.checkpoints / card.partner).latents_sha256 == card.partner_sha256
