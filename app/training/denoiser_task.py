"""Training a denoiser on latents that were encoded once and kept (or on pixels: the same code, no VAE)."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from app.core.pictures import from_bytes
from app.core.randomness import make_generator, normal
from app.core.runtime import Runtime
from app.data.base import PictureSet
from app.diffusion.schedule import SCHEDULES, NoiseSchedule
from app.diffusion.targets import Target, add_noise, target_of
from app.models.denoiser import Denoiser
from app.models.latents import LatentScale
from app.models.posterior import reparameterise
from app.models.text import tokenise
from app.models.vae import VAE
from app.training.config import TrainConfig
from app.training.task import Loss, Task, items_of_step

CAPTION_DROP = 0.1
"""Share of the samples that are trained with the empty caption, for guidance (Ho & Salimans 2021)."""


class Examples(NamedTuple):
    """What a denoiser learns from, in memory: latents of unit variance or pixels in [-1, 1], float16, and token ids."""

    x0: Float[Tensor, "n c h w"]
    ids: Int[Tensor, "n l"]


class DenoiserBatch(NamedTuple):
    """x0: clean; eps: noise of the same shape; t: steps 1..T; ids: token ids, some captions emptied."""

    x0: Float[Tensor, "b c h w"]
    eps: Float[Tensor, "b c h w"]
    t: Int[Tensor, " b"]
    ids: Int[Tensor, "b l"]


Encode = Callable[[Float[Tensor, "b 3 h w"], int], Tensor]
"""(pictures, number of the chunk) -> what is diffused: latents of unit variance, or pixels as they are."""


@torch.inference_mode()
def collect_examples(data: PictureSet, count: int, encode: Encode, model: Denoiser, chunk: int = 128) -> Examples:
    """Encode the first `count` items of a data set, or all it has, once."""
    x0, ids, count = [], [], min(count, len(data))
    for number, start in enumerate(range(0, count, chunk)):
        items = range(start, min(count, start + chunk))
        x0.append(encode(from_bytes(data.pictures(items)), number).to(torch.float16))
        ids.append(tokenise(data.captions(items), model.config.text))
    return Examples(torch.cat(x0).contiguous(), torch.cat(ids))


def latent_encoder(vae: VAE, scale: LatentScale, runtime: Runtime, seed: int) -> Encode:
    """Return an encoder that draws z from the posterior and scales it to unit variance."""

    def encode(pictures: Tensor, number: int) -> Tensor:
        x = runtime.put(pictures)
        mean, logvar = (part.float().cpu() for part in vae.encode(x))
        eps = normal(tuple(mean.shape), make_generator(seed, "cached latents", number))
        return scale.normalise(reparameterise(mean, logvar, eps))

    return encode


def pixel_encoder(pictures: Float[Tensor, "b 3 h w"], number: int) -> Float[Tensor, "b 3 h w"]:
    """Diffuse the pixels themselves: nothing to encode."""
    return pictures


def denoiser_task(model: Denoiser, examples: Examples, config: TrainConfig) -> Task:
    """Bind a denoiser and its examples into something to train."""
    schedule = SCHEDULES[model.config.schedule]()
    empty = tokenise([""], model.config.text)

    def batch_at(step: int) -> DenoiserBatch:
        items = torch.tensor(items_of_step(step, config.batch_size, len(examples.x0), config.seed))
        generator = make_generator(config.seed, "diffusion", step)
        x0 = examples.x0[items].float()
        dropped = torch.rand((len(items), 1), generator=generator) < CAPTION_DROP
        ids = torch.where(dropped, empty, examples.ids[items])
        t = stratified_steps(len(items), schedule.steps, generator)
        return DenoiserBatch(x0, normal(tuple(x0.shape), generator), t, ids)

    def loss(network: nn.Module, batch: DenoiserBatch) -> Loss:
        return denoiser_loss(network, batch, schedule, model.config.target)

    return Task(model, batch_at, loss)


def stratified_steps(count: int, steps: int, generator: torch.Generator) -> Int[Tensor, " b"]:
    """Draw `count` steps in 1..steps, one from each of `count` equally likely strata, in random order: less variance.

    High noise comes up more often, with density 1 / (2 sqrt(1 - t / steps)). Where a thing is can be read off a noisy
    latent until 94 % of the way, as so many of its values say it: only beyond does the caption have to be asked. Drawn
    evenly, 6 % of the samples teach that; drawn like this, 24 % (the idea: Hoogeboom et al. 2023, "simple diffusion").
    """
    strata = (torch.randperm(count, generator=generator) + torch.rand(count, generator=generator)) / count
    return ((1 - (1 - strata).square()) * steps).long().clamp(0, steps - 1) + 1


def denoiser_loss(model: nn.Module, batch: DenoiserBatch, schedule: NoiseSchedule, target: Target) -> Loss:
    """Mean squared error of the predicted target (Ho et al. 2020, eq. 14, for eps; Salimans & Ho 2022 for v)."""
    dtype = next(model.parameters()).dtype
    alpha_bar = schedule.alpha_bar[batch.t.cpu()]
    x = add_noise(batch.x0, batch.eps, alpha_bar)
    wanted = target_of(target, batch.x0, batch.eps, alpha_bar)
    output = model(x.to(dtype), batch.t, batch.ids)
    error = (output.float() - wanted).square().mean()
    return Loss(error, {target: error})
