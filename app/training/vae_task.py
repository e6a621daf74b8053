"""Training a VAE: reconstruction plus weighted KL (Kingma & Welling 2014; the weight: Higgins et al. 2017)."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from app.core.pictures import from_bytes
from app.core.randomness import make_generator, normal
from app.core.registry import Registry
from app.core.runtime import Runtime
from app.data.base import PictureSet
from app.models.latents import LatentScale, measure_scale
from app.models.posterior import kl_to_standard_normal, sample_posterior
from app.models.vae import VAE, VAEConfig
from app.training.config import TrainConfig
from app.training.crops import detail_crops
from app.training.task import Loss, Task, items_of_step

Reconstruction = Callable[[Tensor, Tensor], Tensor]
"""(reconstruction, pictures) -> scalar, a mean over samples."""

PYRAMID_LEVELS = 3
CROPLESS = 0.25
"""Share of the steps, the last ones, that see whole pictures even where a recipe asks for crops."""


class VAEBatch(NamedTuple):
    """pictures in [-1, 1] and the noise that draws their latents."""

    pictures: Float[Tensor, "b 3 h w"]
    eps: Float[Tensor, "b c k l"]


def vae_task(model: VAE, data: PictureSet, config: TrainConfig, reconstruction: str, crop: int = 0) -> Task:
    """Bind a VAE, its pictures and the name of a reconstruction loss into something to train."""
    compare = RECONSTRUCTION_LOSSES[reconstruction]
    loss = partial(vae_loss, compare=compare, kl_weight=model.config.kl_weight)
    return Task(model, picture_batches(model.config, data, config, crop), loss)


def picture_batches(vae: VAEConfig, data: PictureSet, config: TrainConfig, crop: int = 0) -> Callable[[int], VAEBatch]:
    """Return the function that gives each step its pictures and the noise for their latents.

    crop: side of the detail crops that the steps before the last CROPLESS share see, as many as cost the same as
    config.batch_size whole pictures; 0 shows whole pictures throughout.
    """
    whole_from = round((1 - CROPLESS) * config.steps) if crop else 0

    def batch_at(step: int) -> VAEBatch:
        generator = make_generator(config.seed, "posterior noise", step)
        if step > whole_from:
            pictures = _pictures(data, step, config.batch_size, config.seed)
        else:
            count = config.batch_size * (data.side // crop) ** 2
            pictures = detail_crops(_pictures(data, step, count, config.seed), crop, generator)
        count, _, height, width = pictures.shape
        return VAEBatch(pictures, normal((count, vae.c, height // vae.f, width // vae.f), generator))

    return batch_at


def _pictures(data: PictureSet, step: int, count: int, seed: int) -> Float[Tensor, "b 3 h w"]:
    return from_bytes(data.pictures(items_of_step(step, count, len(data), seed)))


def vae_loss(model: nn.Module, batch: VAEBatch, *, compare: Reconstruction, kl_weight: float) -> Loss:
    """Reconstruction loss + kl_weight * mean KL per latent value in nats; both in float32."""
    dtype = next(model.parameters()).dtype
    reconstruction, posterior = model(batch.pictures.to(dtype), batch.eps.to(dtype))
    error = compare(reconstruction.float(), batch.pictures)
    if kl_weight == 0:
        return Loss(error, {"reconstruction": error})
    kl = kl_to_standard_normal(posterior.mean.float(), posterior.logvar.float()).mean()
    return Loss(error + kl_weight * kl, {"reconstruction": error, "kl_nats": kl})


def mse(x: Float[Tensor, "b 3 h w"], y: Float[Tensor, "b 3 h w"]) -> Float[Tensor, ""]:
    """Mean squared error: best PSNR, but it blurs what it cannot know."""
    return (x - y).square().mean()


def laplacian(x: Float[Tensor, "b 3 h w"], y: Float[Tensor, "b 3 h w"]) -> Float[Tensor, ""]:
    """L1 of the pictures plus L1 of three Laplacian-pyramid bands (Burt & Adelson 1983), which sharpens edges."""
    difference = x - y  # the pyramid is linear: the bands of the difference are the differences of the bands
    total = difference.abs().mean()
    for _ in range(PYRAMID_LEVELS):
        coarse = nn.functional.avg_pool2d(difference, 2)
        total = total + (difference - nn.functional.interpolate(coarse, scale_factor=2.0)).abs().mean()
        difference = coarse
    return total


def sharp(x: Float[Tensor, "b 3 h w"], y: Float[Tensor, "b 3 h w"]) -> Float[Tensor, ""]:
    """The Laplacian loss plus 5 * MSE: edges of the one, and the large errors that the other punishes."""
    return laplacian(x, y) + 5 * mse(x, y)


RECONSTRUCTION_LOSSES: Registry[Reconstruction] = Registry(
    "reconstruction loss", mse=mse, laplacian=laplacian, sharp=sharp
)


@torch.inference_mode()
def latent_scale(vae: VAE, data: PictureSet, runtime: Runtime, count: int) -> LatentScale:
    """Measure mean and std of each latent channel over the first `count` training pictures."""
    drawn = []
    for start in range(0, min(count, len(data)), 64):
        pictures = from_bytes(data.pictures(range(start, min(start + 64, count, len(data)))))
        x = runtime.put(pictures)
        mean, logvar = (part.float().cpu() for part in vae.encode(x))
        drawn.append(sample_posterior(mean, logvar, generator=make_generator("latent scale", start)))
    return measure_scale(torch.cat(drawn))
