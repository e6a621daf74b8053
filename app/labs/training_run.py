"""Train a recipe from start, or from where it stopped, to a finished checkpoint folder.

The folder holds `training/` (the unfinished state and log.csv) while training runs, and weights.safetensors with
card.json at the end. Held-out figures are written to the card by `app.evaluation`.
"""

import csv
import platform
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from accelerate import Accelerator
from torch import nn

from app import __version__
from app.core.errors import BadRequest
from app.core.pictures import from_bytes
from app.core.randomness import make_generator
from app.core.runtime import Runtime
from app.data import open_dataset
from app.data.base import PictureSet
from app.models.build import count_parameters
from app.models.latents import LatentScale, measure_scale
from app.models.posterior import sample_posterior
from app.models.vae import VAE
from app.store.card import Card, Training
from app.store.catalogue import CHECKPOINTS, LoadedVAE, open_catalogue
from app.store.checkpoint import config_of, load_checkpoint, save_checkpoint
from app.training.loop import Run, StepReport, train
from app.training.recipe import Partner, Recipe, bind, make_model
from app.training.recipes import RECIPES
from app.training.state import load_state, save_state

SCALE_PICTURES = 2048
"""How many training pictures the latent scale is measured on."""


@dataclass(frozen=True)
class TrainRequest:
    """data, steps, seed, examples: None takes the recipe's. The state is saved every save_seconds, or save_steps.

    checkpoints: where a denoiser's partner VAE is looked up. start_from: a checkpoint folder whose weights to begin
    with, instead of fresh ones; its config must be the recipe's.
    """

    recipe: str
    out: Path
    data: str | None = None
    steps: int | None = None
    seed: int | None = None
    examples: int | None = None
    resume: bool = False
    checkpoints: Path = CHECKPOINTS
    save_seconds: float = 60.0
    save_steps: int | None = None
    start_from: Path | None = None


def run_training(request: TrainRequest, runtime: Runtime) -> Iterator[StepReport]:
    """Train and yield a report a step; the checkpoint is complete when the iterator ends.

    Raises BadRequest if the folder holds an unfinished training and neither --resume nor a new folder is given, and
    TrainingFailed, with the last good state on disk, if the loss or the gradient stops being finite.
    """
    recipe = _settled(request)
    partner = _partner(recipe, request.checkpoints, runtime)
    data = open_dataset(recipe.data, split="train", side=recipe.side)
    model = make_model(recipe, recipe.train.seed)
    start_from = request.start_from or (request.checkpoints / recipe.start_from if recipe.start_from else None)
    before = _begin_with(model, recipe, start_from, runtime) if start_from is not None else None
    handed = Partner(partner.network, partner.scale) if partner else None
    run = Run(bind(model, recipe, recipe.train, data, runtime, handed), recipe.train, runtime)
    state = request.out / "training" / "state.safetensors"
    if state.exists():
        _take_up(run, state, request.resume)
    accelerator = Accelerator(cpu=runtime.device.type == "cpu")
    report = None
    for report in _saving(train(run, accelerator=accelerator), run, state, request, accelerator.is_main_process):
        yield report
    if accelerator.is_main_process:
        _finish(request, recipe, run, data, runtime, partner, before, report.samples_per_second if report else 0.0)
        state.unlink(missing_ok=True)


def _settled(request: TrainRequest) -> Recipe:
    """Return the recipe with what the request overrides."""
    recipe = RECIPES[request.recipe]
    settings = {"steps": request.steps, "seed": request.seed}
    changed = {name: value for name, value in settings.items() if value is not None}
    return replace(
        recipe,
        data=request.data or recipe.data,
        examples=request.examples or recipe.examples,
        train=replace(recipe.train, **changed),
    )


def _partner(recipe: Recipe, checkpoints: Path, runtime: Runtime) -> LoadedVAE | None:
    return open_catalogue(checkpoints, runtime).vae(recipe.partner) if recipe.partner else None


def _begin_with(model: nn.Module, recipe: Recipe, folder: Path, runtime: Runtime) -> Card:
    """Put a checkpoint's weights into the model; returns the card that tells how they were made."""
    loaded = load_checkpoint(folder, runtime=runtime)
    if config_of(loaded.card) != recipe.model:
        raise BadRequest(
            f"The network in {folder} is not the one of this recipe.",
            hint="Start from a checkpoint of the same recipe.",
        )
    model.load_state_dict({name: value.float() for name, value in loaded.network.state_dict().items()})
    return loaded.card


def _take_up(run: Run, state: Path, resume: bool) -> None:
    if not resume:
        raise BadRequest(
            f"{state.parent.parent} holds an unfinished training.", hint="Add --resume, or use another --out."
        )
    load_state(run, state)


def _saving(
    reports: Iterator[StepReport], run: Run, state: Path, request: TrainRequest, main: bool
) -> Iterator[StepReport]:
    """Pass reports on, saving the state as often as asked for, and when the caller stops or the training fails."""
    if not main:
        yield from reports
        return
    state.parent.mkdir(parents=True, exist_ok=True)
    saved = time.monotonic()
    try:
        with open(state.parent / "log.csv", "a", newline="") as log:
            for report in reports:
                _log(log, report)
                due = time.monotonic() - saved > request.save_seconds
                if run.step % request.save_steps == 0 if request.save_steps else due:
                    save_state(run, state)
                    saved = time.monotonic()
                yield report
    finally:
        save_state(run, state)


def _log(log: object, report: StepReport) -> None:
    row = [report.step, f"{report.loss:.6g}", f"{report.gradient_norm:.4g}", f"{report.learning_rate:.4g}"]
    row += [f"{report.samples_per_second:.1f}", f"{report.seconds:.1f}"]
    csv.writer(log).writerow(row + [f"{name}={part:.6g}" for name, part in report.parts.items()])  # type: ignore[arg-type]


def _finish(
    request: TrainRequest,
    recipe: Recipe,
    run: Run,
    data: PictureSet,
    runtime: Runtime,
    partner: LoadedVAE | None,
    before: Card | None,
    samples_per_second: float,
) -> None:
    """Put the averaged weights into the model, measure the latent scale, write the checkpoint."""
    weights = run.averaged_weights()
    run.model.load_state_dict(weights)
    model = run.model.eval()
    scale = latent_scale(model, data, runtime) if isinstance(model, VAE) else None
    training = Training(
        recipe=request.recipe,
        data=recipe.data,
        seed=recipe.train.seed,
        steps=run.step,
        batch_size=recipe.train.batch_size,
        seconds=round(run.seconds, 1),
        samples_per_second=round(samples_per_second, 1),
        machine=f"{platform.machine()}, {torch.get_num_threads()} threads, {runtime.describe()}",
        settings=asdict(recipe.train)
        | {"reconstruction": recipe.reconstruction, "crop": recipe.crop, "examples": recipe.examples}
        | ({"started_from": asdict(before.training)} if before else {}),
    )
    card = Card(
        name=request.out.name,
        kind=recipe.kind,
        about=recipe.about,
        config=asdict(recipe.model),
        training=training,
        weights_sha256="",
        parameters=count_parameters(model),
        code_version=__version__,
        partner=partner.card.name if partner else "",
        partner_sha256=partner.card.latents_sha256 if partner else "",
        latent_scale=scale,
    )
    save_checkpoint(request.out, weights, card)


@torch.inference_mode()
def latent_scale(vae: VAE, data: PictureSet, runtime: Runtime, count: int = SCALE_PICTURES) -> LatentScale:
    """Measure mean and std of each latent channel over the first `count` training pictures."""
    drawn = []
    for start in range(0, min(count, len(data)), 64):
        pictures = from_bytes(data.pictures(range(start, min(start + 64, count, len(data)))))
        x = runtime.put(pictures)
        mean, logvar = (part.float().cpu() for part in vae.encode(x))
        drawn.append(sample_posterior(mean, logvar, generator=make_generator("latent scale", start)))
    return measure_scale(torch.cat(drawn))
