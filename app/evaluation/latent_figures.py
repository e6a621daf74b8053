"""What the latents of a VAE look like as numbers: spread and use of each channel."""

import torch
from jaxtyping import Float
from torch import Tensor

from app.core.randomness import make_generator
from app.core.runtime import Runtime
from app.data.base import PictureSet
from app.evaluation.reconstruction import chunks_of
from app.models.posterior import sample_posterior
from app.store.catalogue import LoadedVAE

ACTIVE = 0.01
"""A channel is in use if its posterior mean varies over the data by more than this variance (Burda et al. 2016)."""


@torch.inference_mode()
def describe_latents(model: LoadedVAE, data: PictureSet, count: int, runtime: Runtime) -> dict[str, object]:
    """Return n, mean and std of z for each channel over the first `count` pictures, and how many channels are used."""
    means, drawn = [], []
    for start, x in chunks_of(data, count):
        mean, logvar = (part.float().cpu() for part in model.network.encode(runtime.put(x)))
        means.append(mean)
        drawn.append(sample_posterior(mean, logvar, generator=make_generator("describe latents", start)))
    z = _by_channel(torch.cat(drawn))
    return {
        "n": sum(len(part) for part in means),
        "mean": [round(value, 4) for value in z.mean(dim=1).tolist()],
        "std": [round(value, 4) for value in z.std(dim=1).tolist()],
        "active_channels": count_active(torch.cat(means)),
    }


def count_active(mean: Float[Tensor, "n c h w"]) -> int:
    """Count the channels whose posterior mean varies over pictures by more than ACTIVE, as a mean over positions.

    What differs between positions alone, such as a border, tells nothing of the picture and does not count. Source:
    Burda et al. 2016, "Importance Weighted Autoencoders", section 5.2, for a single unit.
    """
    return int((mean.var(dim=0, correction=0).mean(dim=(1, 2)) > ACTIVE).sum())


def _by_channel(z: Float[Tensor, "n c h w"]) -> Float[Tensor, "c values"]:
    return z.double().transpose(0, 1).flatten(1)
