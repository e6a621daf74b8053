"""The race: one denoiser design on pixels and on latents, each with its own stop-watch, step by step.

The lanes share one processor, so they take turns: whoever's watch shows less runs its next step. That is how a race on
two machines of this kind would go.
"""

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor

from app.core.errors import BadRequest
from app.core.randomness import make_generator
from app.core.runtime import Runtime
from app.evaluation.cost_at_size import Size
from app.evaluation.dry_run import dry_decode, dry_step
from app.evaluation.sampling import SamplingOptions, decode_samples, sample
from app.labs.generate import GenerateRequest
from app.models.build import build, count_parameters
from app.models.denoiser import Denoiser, DenoiserConfig
from app.models.latents import LatentScale
from app.models.vae import VAE, VAEConfig
from app.store.card import Card, Training
from app.store.catalogue import Catalogue, LoadedDenoiser, LoadedVAE
from app.training.recipes import RECIPES

PIXELS = "pixels"
RUNGS = ("f2c4", "f4c4", "f8c4", "f16c4")
SIDE = 64
UNTRAINED = Training("", "", 0, 0, 1, 0.0, 0.0, "")


@dataclass(frozen=True)
class RaceRequest:
    """rung: whose latents race against pixels; the rest as for a generation."""

    rung: str = "f8c4"
    caption: str = "a large striped red heart at the top left on a blue background"
    steps: int = 20
    seed: int = 3
    guidance: float = 3.0

    def __post_init__(self) -> None:
        if self.rung not in RUNGS:
            raise BadRequest(f"'{self.rung[:40]}' is not in the race.", hint=f"Use one of: {', '.join(RUNGS)}.")
        GenerateRequest(self.caption, self.seed, self.steps, self.guidance)

    @property
    def options(self) -> SamplingOptions:
        """How both lanes sample."""
        return SamplingOptions(self.steps, self.guidance)


@dataclass(frozen=True)
class StepCost:
    """Counted from shapes: of one guided step, and of the decoder's call (0 for pixels)."""

    values: int
    step_operations: int
    step_bytes: int
    decode_operations: int
    decode_bytes: int


@dataclass(frozen=True, eq=False)
class Lane:
    """One runner as it stands. seconds: on its own watch, decoding included once it is finished; done: steps.

    picture: what it expects now, decoded off the watch; the finished picture at the end; None if it is not trained.
    """

    name: str
    trained: bool
    cost: StepCost
    done: int = 0
    seconds: float = 0.0
    decode_seconds: float = 0.0
    finished: bool = False
    picture: Float[Tensor, "1 3 h w"] | None = None


def run_race(catalogue: Catalogue, request: RaceRequest, runtime: Runtime) -> Iterator[tuple[Lane, Lane]]:
    """Yield both lanes after every step of either; raises UnknownWord at the first for a word that is not known."""
    models = [runner(catalogue, name, runtime) for name in (PIXELS, request.rung)]
    lanes = list(starting_lanes(catalogue, request, runtime))
    runs = [sample(model, [request.caption], [request.seed], request.options, runtime) for model in models]
    for model in models:
        _warm_up(model, request, runtime)
    yield lanes[0], lanes[1]
    while not all(lane.finished for lane in lanes):
        turn = min((0, 1), key=lambda index: (lanes[index].finished, lanes[index].seconds))
        began = time.perf_counter()
        state = next(runs[turn])
        lanes[turn] = _moved(lanes[turn], state.x0, models[turn], time.perf_counter() - began, runtime)
        if state.step == request.steps:
            lanes[turn] = _finish(lanes[turn], state.x, models[turn], runtime)
        yield lanes[0], lanes[1]


def starting_lanes(catalogue: Catalogue, request: RaceRequest, runtime: Runtime) -> tuple[Lane, Lane]:
    """Return both lanes before the start."""
    pixels, latents = (
        Lane(name, is_trained(catalogue, name), step_cost(name, runtime)) for name in (PIXELS, request.rung)
    )
    return pixels, latents


def _warm_up(model: LoadedDenoiser, request: RaceRequest, runtime: Runtime) -> None:
    """Run one step and one decoding off the watch: the first call of a shape sets up what the others use."""
    options = replace(request.options, steps=1)
    *_, state = sample(model, [request.caption], [request.seed], options, runtime)
    decode_samples(model, state.x, runtime)


def _moved(lane: Lane, x0: Tensor, model: LoadedDenoiser, seconds: float, runtime: Runtime) -> Lane:
    picture = decode_samples(model, x0, runtime).clamp(-1, 1) if lane.trained else None
    return replace(lane, done=lane.done + 1, seconds=lane.seconds + seconds, picture=picture)


def _finish(lane: Lane, x: Tensor, model: LoadedDenoiser, runtime: Runtime) -> Lane:
    began = time.perf_counter()
    picture = decode_samples(model, x, runtime).clamp(-1, 1)
    took = time.perf_counter() - began
    shown = picture if lane.trained else None
    return replace(lane, seconds=lane.seconds + took, decode_seconds=took, finished=True, picture=shown)


def is_trained(catalogue: Catalogue, name: str) -> bool:
    """Whether the race's denoiser on pixels or on this rung is at hand."""
    return f"race_{name}" in catalogue.names("denoiser")


def runner(catalogue: Catalogue, name: str, runtime: Runtime) -> LoadedDenoiser:
    """Return the race's denoiser; where it is not trained, the same network fresh: as fast, no use otherwise."""
    return catalogue.denoiser(f"race_{name}") if is_trained(catalogue, name) else fresh_runner(name, runtime)


@lru_cache(maxsize=8)
def fresh_runner(name: str, runtime: Runtime) -> LoadedDenoiser:
    """Build the networks of a recipe with random weights."""
    config = race_config(name)
    network = build(Denoiser, config, make_generator("race", name)).eval().requires_grad_(False)
    runtime.place(network)
    vae = None if name == PIXELS else _fresh_vae(name, runtime)
    return LoadedDenoiser(network, _card(f"race_{name}", "denoiser", config, network), vae)


def _fresh_vae(name: str, runtime: Runtime) -> LoadedVAE:
    config: VAEConfig = RECIPES[name].model  # type: ignore[assignment]
    network = build(VAE, config, make_generator("race", name)).eval().requires_grad_(False)
    runtime.place(network)
    scale = LatentScale((0.0,) * config.c, (1.0,) * config.c)
    return LoadedVAE(network, scale, _card(name, "vae", config, network))


def _card(name: str, kind: str, config: DenoiserConfig | VAEConfig, network: torch.nn.Module) -> Card:
    return Card(name, kind, "not trained", asdict(config), UNTRAINED, "", count_parameters(network), "")


def race_config(name: str) -> DenoiserConfig:
    """Return the race's denoiser for pixels or a rung."""
    config = RECIPES[f"race_{name}"].model
    assert isinstance(config, DenoiserConfig)
    return config


def step_cost(name: str, runtime: Runtime) -> StepCost:
    """Count a guided step, two rows in one batch, and the decoding of one picture, from shapes alone."""
    config = race_config(name)
    step = dry_step(config, Size(config.side, config.side, 2), runtime.dtype)
    values = config.channels * config.side**2
    if name == PIXELS:
        return StepCost(values, step.operations, step.peak_bytes, 0, 0)
    vae = RECIPES[name].model
    assert isinstance(vae, VAEConfig)
    decode = dry_decode(vae, Size(SIDE, SIDE), runtime.dtype)
    return StepCost(values, step.operations, step.peak_bytes, decode.operations, decode.peak_bytes)
