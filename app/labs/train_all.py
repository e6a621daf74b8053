"""Train every recipe in an order in which each finds what it needs, going on where an earlier call was stopped."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from graphlib import TopologicalSorter
from pathlib import Path

from app.core.errors import BadRequest, LabError
from app.core.runtime import Runtime
from app.labs.training_run import TrainRequest, run_training, settled
from app.store.card import Card, read_card
from app.store.checkpoint import CARD, NEXT_CARD, config_of, matching_card
from app.training.loop import StepReport
from app.training.recipe import Recipe
from app.training.recipes import RECIPES
from app.training.state import UselessState, discard_unfinished

SMOKE_STEPS, SMOKE_BATCH, SMOKE_EXAMPLES = 3, 8, 64
"""What a smoke run gives each recipe: enough to see that it trains, saves and can be used by those that need it."""


@dataclass(frozen=True)
class Progress:
    """Where a call of train_all is: a recipe begins (neither report nor card), made a step (report), or ended (card).

    seconds: what the recipe has trained so far, in all sessions. replaces: what the finished model that is there and
    will be replaced has other than its recipe; () if there is none. discards: why an unfinished training that was
    there is thrown away and the recipe begins anew; '' if none is. before: it was finished before this call.
    """

    recipe: str
    number: int
    of: int
    seconds: float = 0.0
    replaces: tuple[str, ...] = ()
    discards: str = ""
    report: StepReport | None = None
    card: Card | None = None
    before: bool = False


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
    """Train what is not finished in `root`, one folder a recipe; returns its progress, to be iterated over.

    What is finished but is not what its recipe makes (`differences`) is trained anew and replaced; an unfinished
    training that cannot be taken up, as recipe or partner changed since, is thrown away. Raises BadRequest at once if a
    smoke run would go to a folder that holds models which are not from one.
    """
    if smoke:
        _check_smoke_folder(root)
    names, requests = training_order(), _smoke_request if smoke else _request
    begun = (Progress(name, number, len(names)) for number, name in enumerate(names, start=1))
    return (step for each in begun for step in _train_one(each, requests(each.recipe, root), runtime))


def _request(recipe: str, root: Path) -> TrainRequest:
    return TrainRequest(recipe, root / recipe, resume=True, overwrite=True, checkpoints=root)


def _smoke_request(recipe: str, root: Path) -> TrainRequest:
    request = replace(_request(recipe, root), steps=SMOKE_STEPS, batch_size=SMOKE_BATCH)
    return replace(request, examples=SMOKE_EXAMPLES, scale_pictures=SMOKE_EXAMPLES)


def _check_smoke_folder(root: Path) -> None:
    """Refuse a folder in which a smoke run would replace a model that was trained for longer, or stand beside one."""
    cards = [path for name in (CARD, NEXT_CARD) for path in root.glob(f"*/{name}")]
    real = sorted({path.parent.name for path in cards if not _is_from_smoke(path)})
    if real:
        raise BadRequest(
            f"{root} holds models that are not from a smoke run, and it would replace them: {', '.join(real)}.",
            hint="Leave --out away, and a smoke run takes a temporary folder, or give it a folder of its own.",
        )


def _is_from_smoke(path: Path) -> bool:
    try:
        training = read_card(path).training
    except LabError:
        return False
    return (training.steps, training.batch_size) == (SMOKE_STEPS, SMOKE_BATCH)


def _train_one(begun: Progress, request: TrainRequest, runtime: Runtime) -> Iterator[Progress]:
    wrong = unlike_recipe(request)
    if wrong:
        yield replace(begun, replaces=tuple(sorted(wrong)) if (request.out / CARD).exists() else ())
        try:
            yield from _steps(begun, request, runtime)
        except UselessState as error:  # raised before the first step
            discard_unfinished(request.unfinished)
            yield replace(begun, discards=error.message)
            yield from _steps(begun, request, runtime)
    else:
        tidy_finished(request)
    card = matching_card(request.out)
    yield replace(begun, seconds=card.training.seconds, card=card, before=not wrong)


def _steps(begun: Progress, request: TrainRequest, runtime: Runtime) -> Iterator[Progress]:
    for report in run_training(request, runtime):
        yield replace(begun, seconds=report.seconds, report=report)


def tidy_finished(request: TrainRequest) -> None:
    """Remove what a kill left beside the finished checkpoint of this request, if that is what the folder holds."""
    if is_finished(request):
        discard_unfinished(request.unfinished)


def is_finished(request: TrainRequest) -> bool:
    """Say whether the folder holds the checkpoint that this request would make."""
    return not unlike_recipe(request)


def unlike_recipe(request: TrainRequest) -> set[str]:
    """Return the names of all that keeps the folder from holding the checkpoint that this request would make.

    They are those of `differences`, and: files (no sound checkpoint), recipe (it is of another one), partner and
    started_from (its VAE, or the model whose encoder it shares, is missing or has other latents now).
    """
    recipe = settled(request)
    try:
        card = matching_card(request.out)
        wrong = differences(card, recipe)
    except LabError:
        return {"files"}
    if card.training.recipe != request.recipe:
        wrong.add("recipe")
    latents = {"partner": (recipe.partner, card.partner_sha256)}
    if "encoder" in recipe.frozen:
        latents["started_from"] = (recipe.start_from, card.latents_sha256)
    return wrong | {what for what, (name, wanted) in latents.items() if name and wanted != _latents_of(request, name)}


def _latents_of(request: TrainRequest, name: str) -> str | None:
    """Return the hash of a VAE's latents, None where there is no sound checkpoint of that name."""
    try:
        return matching_card(request.checkpoints / name).latents_sha256
    except LabError:
        return None


def differences(card: Card, recipe: Recipe) -> set[str]:
    """Return the names of everything on a card that the recipe would make otherwise.

    Raises BadCheckpoint if the card's config cannot be.
    """
    training, wanted = card.training, asdict(recipe.train)
    wanted |= {"reconstruction": recipe.reconstruction, "crop": recipe.crop, "examples": recipe.examples}
    begun = {"started_from"} if recipe.start_from else set()
    made = {name: value for name, value in training.settings.items() if name not in begun}
    wrong = {name for name in wanted | made if wanted.get(name) != made.get(name)}
    facts = {
        "kind": card.kind == recipe.kind,
        "config": config_of(card) == recipe.model,
        "data": (training.data, training.side) == (recipe.data, recipe.side),
        "steps": training.steps == recipe.train.steps,
        "batch_size": training.batch_size == recipe.train.batch_size,
        "seed": training.seed == recipe.train.seed,
        "partner": card.partner == recipe.partner,
        "started_from": training.settings.get("started_from", {}).get("recipe", "") == recipe.start_from,
    }
    return wrong | {name for name, same in facts.items() if not same}
