"""Training a refiner: repair what a frozen VAE makes of a picture."""

from functools import partial

import torch
from torch import nn

from app.core.runtime import Runtime
from app.data.base import PictureSet
from app.models.refiner import Refiner
from app.models.vae import VAE
from app.training.config import TrainConfig
from app.training.task import Loss, Task
from app.training.vae_task import RECONSTRUCTION_LOSSES, Reconstruction, VAEBatch, picture_batches


def refiner_task(
    model: Refiner, vae: VAE, data: PictureSet, config: TrainConfig, reconstruction: str, runtime: Runtime
) -> Task:
    """Bind a refiner to the VAE it repairs; the VAE is only used, never changed."""
    batch_at = picture_batches(vae.config, data, config)
    compare = RECONSTRUCTION_LOSSES[reconstruction]
    return Task(model, batch_at, partial(refiner_loss, vae=vae, compare=compare, runtime=runtime))


def refiner_loss(model: nn.Module, batch: VAEBatch, *, vae: VAE, compare: Reconstruction, runtime: Runtime) -> Loss:
    """Reconstruction loss after the refiner; `before` is the VAE's own, for comparison."""
    with torch.no_grad():
        decoded = vae(runtime.put(batch.pictures), runtime.put(batch.eps)).reconstruction
        before = compare(decoded.float(), batch.pictures)
    after = compare(model(decoded).float(), batch.pictures)
    return Loss(after, {"after": after, "before": before})
