"""How long would it take to train everything here? Each recipe trains for some seconds; its pace gives the rest.

Nothing is written, and no recipe needs another one's result: a partner has random weights, which cost the same.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from app.core.errors import BadRequest
from app.core.randomness import make_generator
from app.core.runtime import Runtime
from app.data import open_dataset
from app.labs.train_all import is_finished, training_order
from app.labs.training_run import TrainRequest
from app.models.build import build
from app.models.latents import LatentScale
from app.models.vae import VAE, VAEConfig
from app.training.loop import Run, StepReport, train
from app.training.recipe import Partner, Recipe, bind, make_model
from app.training.recipes import RECIPES

EXAMPLES, FEWEST_STEPS = 256, 3
"""How many pictures a denoiser's estimate encodes, and how many steps are timed at least."""


@dataclass(frozen=True)
class Estimate:
    """step_seconds: one optimiser step, median; data_seconds: making and encoding a denoiser's examples once.

    finished: the folder holds this model already, so it would be left as it is.
    """

    recipe: str
    steps: int
    samples_per_second: float
    step_seconds: float
    data_seconds: float
    finished: bool = False

    @property
    def seconds(self) -> float:
        """The whole training; 0 if there is nothing left to do."""
        return 0.0 if self.finished else self.data_seconds + self.steps * self.step_seconds


def estimate_all(runtime: Runtime, seconds: float, root: Path | None = None) -> Iterator[Estimate]:
    """Yield an estimate for each recipe, in the order of training; root: the folder that would be trained into.

    Raises BadRequest for a time that is not positive.
    """
    if not 0 < seconds <= 3600:
        raise BadRequest(f"{seconds} s a recipe is no time to measure.", hint="Use more than 0 and at most 3600.")
    for name in training_order():
        if root is not None and is_finished(TrainRequest(name, root / name, checkpoints=root)):
            yield Estimate(name, RECIPES[name].train.steps, 0.0, 0.0, 0.0, finished=True)
        else:
            yield estimate(name, RECIPES[name], runtime, seconds)


def estimate(name: str, recipe: Recipe, runtime: Runtime, seconds: float) -> Estimate:
    """Train a recipe for about so many seconds, at least FEWEST_STEPS steps after a first one that warms up."""
    model, partner = make_model(recipe, recipe.train.seed), _stand_in(recipe, runtime)
    data = open_dataset(recipe.data, split="train", side=recipe.side)
    few = replace(recipe, examples=min(recipe.examples, EXAMPLES))
    begun = time.perf_counter()
    task = bind(model, few, recipe.train, data, runtime, partner)
    gathered = time.perf_counter() - begun
    pace = _step_seconds(train(Run(task, recipe.train, runtime)), seconds)
    scale = recipe.examples / few.examples if few.examples else 0.0
    return Estimate(name, recipe.train.steps, recipe.train.batch_size / pace, pace, gathered * scale)


def _stand_in(recipe: Recipe, runtime: Runtime) -> Partner | None:
    """Return a VAE of the partner's shape with random weights."""
    if not recipe.partner:
        return None
    config = RECIPES[recipe.partner].model
    assert isinstance(config, VAEConfig)
    vae = build(VAE, config, make_generator("estimate"))
    runtime.place(vae).eval().requires_grad_(False)
    return Partner(vae, LatentScale((0.0,) * config.c, (1.0,) * config.c))


def _step_seconds(steps: Iterator[StepReport], seconds: float, clock: Callable[[], float] = time.perf_counter) -> float:
    """Return the median time of the steps after the first."""
    taken = list[float]()
    next(steps)
    begun = last = clock()
    for _ in steps:
        now = clock()
        taken.append(now - last)
        last = now
        if len(taken) >= FEWEST_STEPS and now - begun >= seconds:
            break
    return median(taken)
