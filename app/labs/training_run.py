"""Train a recipe from start, or from where it stopped, to a finished checkpoint folder.

The folder holds `training/` (the unfinished state, a denoiser's encoded examples, log.csv) while training runs, and
weights.safetensors with card.json at the end. Held-out figures are written to the card by `app.evaluation`.
"""

import json
import platform
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import torch
from accelerate import Accelerator
from torch import nn

from app import __version__
from app.core.errors import BadRequest
from app.core.runtime import Runtime
from app.data import open_dataset
from app.data.base import PictureSet
from app.models.build import count_parameters
from app.models.latents import LatentScale
from app.models.vae import VAE, copy_outer_layers
from app.store.card import Card, Training
from app.store.catalogue import CHECKPOINTS, LoadedVAE, open_catalogue
from app.store.checkpoint import CARD, config_of, load_checkpoint, save_checkpoint
from app.training.loop import Run, StepReport, train
from app.training.recipe import Partner, Recipe, bind, make_model
from app.training.recipes import RECIPES
from app.training.state import (
    EXAMPLES,
    STATE,
    check_state,
    discard_unfinished,
    keeping,
    kept_examples,
    load_state,
    saving_to,
)
from app.training.vae_task import latent_scale

SCALE_PICTURES = 2048


@dataclass(frozen=True)
class TrainRequest:
    """data, steps, batch_size, seed, examples: None takes the recipe's.

    The state is saved every save_seconds, or save_steps. resume takes up an unfinished training if there is one;
    overwrite allows a finished model to be replaced. checkpoints: where a denoiser's partner VAE is looked up.
    start_from: a checkpoint folder whose weights to begin with, instead of fresh ones; its config must be the recipe's,
    or a VAE's that fits it from the picture inwards (`copy_outer_layers`).
    scale_pictures: how many training pictures the latent scale is measured on.
    """

    recipe: str
    out: Path
    data: str | None = None
    steps: int | None = None
    batch_size: int | None = None
    seed: int | None = None
    examples: int | None = None
    resume: bool = False
    overwrite: bool = False
    checkpoints: Path = CHECKPOINTS
    save_seconds: float = 60.0
    save_steps: int | None = None
    start_from: Path | None = None
    scale_pictures: int = SCALE_PICTURES

    @property
    def unfinished(self) -> Path:
        """The folder that holds the state, the examples and the log of a training under way."""
        return self.out / "training"


def run_training(request: TrainRequest, runtime: Runtime) -> Iterator[StepReport]:
    """Train and yield a report a step; the checkpoint is complete when the iterator ends.

    Raises BadRequest if the folder holds a finished model, or an unfinished training that the request does not resume;
    BadCheckpoint if what it should start from does not fit, UselessState if what it should resume does not;
    TrainingFailed, with the last good state on disk, if the loss, the gradient or the weights stop being finite.
    """
    begun = time.perf_counter()
    recipe, accelerator = settled(request), Accelerator(cpu=runtime.device.type == "cpu", mixed_precision="no")
    if accelerator.num_processes > 1:  # each has its own device; one alone has the one that was chosen
        runtime = replace(runtime, device=accelerator.device)
    material, folder = _gather(request, recipe, runtime), request.unfinished
    _check_folder(request, material.origin)
    data = open_dataset(recipe.data, split="train", side=recipe.side)
    keep = partial(kept_examples, folder / EXAMPLES, material.origin)
    task = bind(material.model, recipe, recipe.train, data, runtime, material.handed, keep)
    run = Run(task, recipe.train, runtime, begun)
    if (folder / STATE).exists():
        load_state(run, folder / STATE)
    reports = train(run, accelerator=accelerator)
    if accelerator.is_main_process:
        reports = keeping(reports, run, folder, material.origin, request.save_seconds, request.save_steps)
    yield from reports
    if accelerator.is_main_process:
        card = _card(request, recipe, run, data, runtime, material)
        with saving_to(request.out):
            save_checkpoint(request.out, run.averaged_weights(), card)
        discard_unfinished(folder)
    accelerator.wait_for_everyone()


@dataclass(frozen=True, eq=False)
class Material:
    """What a training begins with. model: with its first weights; partner: the VAE it needs; before: the card of the
    checkpoint that the weights come from; origin: all that decides the result, as text.
    """

    model: nn.Module
    partner: LoadedVAE | None
    before: Card | None
    origin: str

    @property
    def handed(self) -> Partner | None:
        """The partner as the tasks take it."""
        return Partner(self.partner.network, self.partner.scale) if self.partner else None


def _gather(request: TrainRequest, recipe: Recipe, runtime: Runtime) -> Material:
    partner = open_catalogue(request.checkpoints, runtime).vae(recipe.partner) if recipe.partner else None
    model = make_model(recipe, recipe.train.seed)
    start_from = request.start_from or (request.checkpoints / recipe.start_from if recipe.start_from else None)
    before = _begin_with(model, recipe, start_from) if start_from is not None else None
    hashes = {
        "partner": partner.card.latents_sha256 if partner else "",
        "begun_with": before.weights_sha256 if before else "",
    }
    return Material(model, partner, before, json.dumps(asdict(recipe) | hashes))


def settled(request: TrainRequest) -> Recipe:
    """Return the recipe with what the request overrides."""
    recipe = RECIPES[request.recipe]
    train = recipe.train
    steps = train.steps if request.steps is None else request.steps
    batch_size = train.batch_size if request.batch_size is None else request.batch_size
    seed = train.seed if request.seed is None else request.seed
    return replace(
        recipe,
        data=request.data or recipe.data,
        examples=request.examples or recipe.examples,
        train=replace(train, steps=steps, batch_size=batch_size, seed=seed),
    )


def _begin_with(model: nn.Module, recipe: Recipe, folder: Path) -> Card:
    """Put a checkpoint's weights into the model, unrounded; returns the card that tells how they were made.

    Of another VAE than the recipe's those that fit are taken.
    """
    exact = Runtime(torch.device("cpu"), torch.float32, torch.contiguous_format, "copying weights")
    loaded = load_checkpoint(folder, runtime=exact)
    network = loaded.network
    if config_of(loaded.card) == recipe.model:
        model.load_state_dict(network.state_dict())
    elif not (isinstance(model, VAE) and isinstance(network, VAE) and copy_outer_layers(model, network)):
        raise BadRequest(
            f"The network in {folder} has no layers in common with the one of this recipe.",
            hint="Start from a checkpoint of the same recipe, or for a VAE from one with the same widths.",
        )
    return loaded.card


def _check_folder(request: TrainRequest, origin: str) -> None:
    """Refuse what would overwrite a model or an unfinished training, or resume another one."""
    state = request.unfinished / STATE
    if state.exists() and not request.resume:
        raise BadRequest(f"{request.out} holds an unfinished training.", hint="Add --resume, or use another --out.")
    if state.exists():
        check_state(state, origin)
    elif (request.out / CARD).exists() and not request.overwrite:
        raise BadRequest(f"{request.out} holds a finished model.", hint="Use another --out, or delete the folder.")
    try:
        state.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadRequest(f"{request.out} cannot be a folder: {error.strerror}.", hint="Use another --out.") from error


def _card(
    request: TrainRequest, recipe: Recipe, run: Run, data: PictureSet, runtime: Runtime, material: Material
) -> Card:
    """Put the averaged weights into the model, measure the latent scale, and tell how it was all made."""
    run.model.load_state_dict(run.averaged_weights())
    model = run.model.eval()
    scale = _scale(model, recipe, data, runtime, material.before, request.scale_pictures)
    return Card(
        name=request.out.resolve().name,
        kind=recipe.kind,
        about=recipe.about,
        config=asdict(recipe.model),
        training=_training(request, recipe, run, runtime, material),
        weights_sha256="",
        parameters=count_parameters(model),
        code_version=__version__,
        partner=recipe.partner,
        partner_sha256=material.partner.card.latents_sha256 if material.partner else "",
        latent_scale=scale,
    )


def _scale(
    model: nn.Module, recipe: Recipe, data: PictureSet, runtime: Runtime, before: Card | None, pictures: int
) -> LatentScale | None:
    """Measure a VAE's latent scale; one whose encoder was frozen keeps the scale it came with, to the last digit."""
    if not isinstance(model, VAE):
        return None
    if before and "encoder" in recipe.frozen:
        return before.latent_scale
    return latent_scale(model, data, runtime, pictures)


def _training(request: TrainRequest, recipe: Recipe, run: Run, runtime: Runtime, material: Material) -> Training:
    """Tell how it was made. seconds: of the whole call and the sessions before, until now; the pace: of the steps."""
    settings = asdict(recipe.train)
    settings |= {"reconstruction": recipe.reconstruction, "crop": recipe.crop, "examples": recipe.examples}
    if material.before is not None:
        settings |= {"started_from": asdict(material.before.training)}
    return Training(
        recipe=request.recipe,
        data=recipe.data,
        side=recipe.side,
        seed=recipe.train.seed,
        steps=run.step,
        batch_size=recipe.train.batch_size,
        seconds=round(run.wall_seconds, 1),
        samples_per_second=round(run.step * recipe.train.batch_size / run.seconds, 1),
        machine=f"{platform.machine()}, {torch.get_num_threads()} threads, {runtime.describe()}",
        settings=settings,
    )
