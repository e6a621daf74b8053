"""What one call or one training step of a VAE or denoiser costs at any height, width and batch, measured here and now.

Cost depends on shapes, not on what was learnt: a config is enough, and its network gets random weights.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import nn

from app.core.errors import BadRequest
from app.core.randomness import make_generator, normal
from app.core.runtime import Runtime
from app.diffusion.guidance import guided
from app.diffusion.schedule import SCHEDULES
from app.evaluation.cost import Cost, measure_cost, peak_memory, time_call
from app.evaluation.sampling import predictor
from app.models.build import Network, Places, build
from app.models.denoiser import Denoiser, DenoiserConfig
from app.models.text import TextFeatures, tokenise
from app.models.vae import VAE, VAEConfig
from app.training.config import TrainConfig
from app.training.denoiser_task import DenoiserBatch, denoiser_loss, stratified_steps
from app.training.loop import Run
from app.training.task import Task, share_of
from app.training.vae_task import PYRAMID_LEVELS, RECONSTRUCTION_LOSSES, VAEBatch, vae_loss


@dataclass(frozen=True)
class Size:
    """height, width: of a VAE's pictures in pixels, or of what a denoiser diffuses in elements; batch: samples."""

    height: int
    width: int
    batch: int = 1

    def __post_init__(self) -> None:
        if min(self.height, self.width, self.batch) < 1:
            raise BadRequest(f"{self.batch} x {self.height} x {self.width}.", hint="Use at least 1 of each.")

    def require_multiple(self, step: int, of: str) -> None:
        """Raise BadRequest unless both sides are multiples of `step`."""
        if self.height % step or self.width % step:
            raise BadRequest(
                f"{of} needs sides that are multiples of {step}; these are {self.height} x {self.width}.",
                hint=f"Use multiples of {step}.",
            )


@torch.inference_mode()
def encode_cost(model: VAE | VAEConfig, size: Size, runtime: Runtime, *, repeats: int = 10) -> Cost:
    """Measure pictures to posterior."""
    network = _vae(model, size, runtime)
    x = runtime.put(_noise(3, size))
    return measure_cost(partial(network.encode, x), repeats=repeats)


@torch.inference_mode()
def decode_cost(model: VAE | VAEConfig, size: Size, runtime: Runtime, *, repeats: int = 10) -> Cost:
    """Measure latents to pictures; size: of the pictures."""
    network = _vae(model, size, runtime)
    z = runtime.put(_noise(network.config.c, _latent(network.config, size)))
    return measure_cost(partial(network.decode, z), repeats=repeats)


@torch.inference_mode()
def network_call_cost(model: Denoiser | DenoiserConfig, size: Size, runtime: Runtime, *, repeats: int = 10) -> Cost:
    """Measure one prediction for each sample of the batch; the captions are encoded before."""
    network = _denoiser(model, size, runtime)
    x, t = runtime.put(_noise(network.config.channels, size)), torch.full((size.batch,), 500, device=runtime.device)
    return measure_cost(partial(network.predict, x, t, _text(network, size.batch, runtime)), repeats=repeats)


@torch.inference_mode()
def guided_step_cost(model: Denoiser | DenoiserConfig, size: Size, runtime: Runtime, *, repeats: int = 10) -> Cost:
    """Measure what a sampler asks for at each step: prediction with and without the caption, and their mixture."""
    network = _denoiser(model, size, runtime)
    config, text = network.config, _text(network, size.batch, runtime)
    denoise = guided(predictor(network, runtime), text, text, 3.0, SCHEDULES[config.schedule](), config.target)
    return measure_cost(partial(denoise, _noise(config.channels, size), 500), repeats=repeats)


def vae_training_cost(
    config: VAEConfig,
    size: Size,
    runtime: Runtime,
    *,
    reconstruction: str = "sharp",
    train: TrainConfig | None = None,
    repeats: int = 3,
) -> Cost:
    """Measure a training step on pictures of this size: see _training_cost; `train` says which optimiser.

    Raises BadRequest for sides that f, or a pyramid of the reconstruction loss, does not divide.
    """
    if reconstruction != "mse":
        size.require_multiple(2**PYRAMID_LEVELS, f"The reconstruction loss '{reconstruction}'")
    network = _vae(config, size, runtime).requires_grad_(True)
    batch = VAEBatch(_noise(3, size).clamp(-1, 1), _noise(config.c, _latent(config, size)))
    loss = partial(vae_loss, compare=RECONSTRUCTION_LOSSES[reconstruction], kl_weight=config.kl_weight)
    return _training_cost(Task(network, lambda _: batch, loss), size, runtime, train, repeats)


def denoiser_training_cost(
    config: DenoiserConfig, size: Size, runtime: Runtime, *, train: TrainConfig | None = None, repeats: int = 3
) -> Cost:
    """Measure a training step on examples of this size, text encoder included: see _training_cost."""
    network, schedule = _denoiser(config, size, runtime).requires_grad_(True), SCHEDULES[config.schedule]()
    t = stratified_steps(size.batch, schedule.steps, make_generator("cost", "steps"))
    x0, eps, ids = _noise(config.channels, size), _noise(config.channels, size), _captions(config, size.batch)
    batch = DenoiserBatch(x0, eps, t, ids)
    loss = partial(denoiser_loss, schedule=schedule, target=config.target)
    return _training_cost(Task(network, lambda _: batch, loss), size, runtime, train, repeats)


def _training_cost(task: Task, size: Size, runtime: Runtime, train: TrainConfig | None, repeats: int) -> Cost:
    """Measure batch to device, loss, backward and update, as app.training.loop does them.

    peak_bytes holds all that training needs besides the weights and the batch: activations, gradients, the average
    and the optimiser's memory, which is there from the second step on.
    """
    config = replace(train or TrainConfig(steps=1000), batch_size=size.batch)
    peak = peak_memory(lambda: _train_two_steps(Run(task, config, runtime)))
    task.model.zero_grad(set_to_none=True)
    timing = time_call(_step(Run(task, config, runtime)), repeats=repeats)
    return Cost(timing.seconds, timing.operations, peak)


def _step(run: Run) -> Callable[[], object]:
    def step() -> None:
        batch = share_of(run.task.batch_at(run.step + 1), 0, 1, run.runtime.device)
        run.update(run.task.loss(run.model, batch))

    return step


def _train_two_steps(run: Run) -> None:
    step = _step(run)
    step()
    step()


def _vae(model: VAE | VAEConfig, size: Size, runtime: Runtime) -> VAE:
    config = model.config if isinstance(model, VAE) else model
    size.require_multiple(config.f, f"A VAE with f = {config.f}")
    return model if isinstance(model, VAE) else _placed(build(VAE, config, make_generator("cost")), runtime)


def _denoiser(model: Denoiser | DenoiserConfig, size: Size, runtime: Runtime) -> Denoiser:
    """Return the network if it is one of this size, and one with random weights otherwise."""
    config = model.config if isinstance(model, Denoiser) else model
    size.require_multiple(config.patch * 2 ** (len(config.widths) - 1), "This denoiser")
    if isinstance(model, Denoiser) and (size.height, size.width) == (config.side, config.side):
        return model
    network = build(Denoiser, config, make_generator("cost"))
    for places in [module for module in network.modules() if isinstance(module, Places)]:
        finer = config.side // places.side
        cells = (size.height // finer) * (size.width // finer)
        places.weight = nn.Parameter(torch.zeros(cells, places.embedding_dim))
    return _placed(network, runtime)


def _placed(network: Network, runtime: Runtime) -> Network:
    runtime.place(network).eval().requires_grad_(False)
    return network


def _latent(config: VAEConfig, size: Size) -> Size:
    return replace(size, height=size.height // config.f, width=size.width // config.f)


def _noise(channels: int, size: Size) -> torch.Tensor:
    return normal((size.batch, channels, size.height, size.width), make_generator("cost", "noise"))


def _captions(config: DenoiserConfig, count: int) -> torch.Tensor:
    """Return token ids of captions as long as they can be; shorter ones are padded, and cost the same."""
    words = (config.text.vocabulary * config.text.length)[: config.text.length - 1]
    return tokenise([" ".join(words)] * count, config.text)


def _text(network: Denoiser, count: int, runtime: Runtime) -> TextFeatures:
    return network.encode_text(_captions(network.config, count).to(runtime.device))
