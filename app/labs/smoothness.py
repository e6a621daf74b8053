"""How far does a picture move when its latent moves? And does the decoder know what to do away from the data?

Two measurements, the same for every VAE: the smoothness meter, and decoding draws from N(0, s^2).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from app.core.errors import BadRequest
from app.core.pictures import from_bytes
from app.core.randomness import make_generator, normal
from app.core.runtime import Runtime
from app.data import open_dataset
from app.store.catalogue import LoadedVAE

SIZES = (0.03, 0.1, 0.3, 1.0)
"""Perturbations, in standard deviations of each latent channel over the training set: comparable between VAEs."""
MOST_PICTURES, MOST_SPREAD = 256, 5.0


@dataclass(frozen=True)
class SmoothnessRequest:
    """sizes: RMS lengths of the perturbation in channel stds; pictures: held-out scenes measured on."""

    sizes: tuple[float, ...] = SIZES
    pictures: int = 32
    seed: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.pictures <= MOST_PICTURES or not self.sizes or not all(0 < size <= 10 for size in self.sizes):
            raise BadRequest(
                f"{self.pictures} pictures, sizes {self.sizes}.", hint=f"Use 1 to {MOST_PICTURES}, and sizes up to 10."
            )


@dataclass(frozen=True)
class Smoothness:
    """For each size: moved, the RMS change of a decoded pixel value (pictures span -1 to 1), mean over n pictures, and
    low and high, the 5th and 95th percentile over pictures.
    """

    vae: str
    sizes: tuple[float, ...]
    moved: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    n: int


@torch.inference_mode()
def measure_smoothness(model: LoadedVAE, request: SmoothnessRequest, runtime: Runtime) -> Smoothness:
    """Decode posterior means and perturbed ones, ||D(z + d) - D(z)|| against ||d||, both as RMS of a value."""
    pictures = open_dataset("scenes", split="test", side=model.card.training.side).pictures(range(request.pictures))
    z = model.network.encode(runtime.put(from_bytes(pictures))).mean.float().cpu()
    std = torch.tensor(model.scale.std)[None, :, None, None]
    still = _decode(model, z, runtime)
    rows = []
    for size in request.sizes:
        noise = normal(tuple(z.shape), make_generator(request.seed, "smoothness"))  # the same directions at every size
        change = _decode(model, z + size * std * noise, runtime) - still
        rows.append(change.square().mean(dim=(1, 2, 3)).sqrt())
    moved = torch.stack(rows)
    low, high = torch.quantile(moved, torch.tensor([0.05, 0.95]), dim=1)
    return Smoothness(
        model.card.name,
        request.sizes,
        tuple(moved.mean(dim=1).tolist()),
        tuple(low.tolist()),
        tuple(high.tolist()),
        request.pictures,
    )


@torch.inference_mode()
def decode_prior(
    model: LoadedVAE, spread: float, count: int, side: int, seed: int, runtime: Runtime
) -> Float[Tensor, "n 3 H W"]:
    """Decode `count` draws of N(0, spread^2), the same noise for every VAE of one latent shape; in [-1, 1].

    What the loss's prior promises is that spread = 1 gives pictures; look whether it does. side: of the pictures.
    """
    if not 0 <= spread <= MOST_SPREAD or not 1 <= count <= 64:
        raise BadRequest(f"{count} draws of spread {spread}.", hint=f"Use 1 to 64 draws, spread 0 to {MOST_SPREAD:g}.")
    config = model.network.config
    shape = (count, config.c, side // config.f, side // config.f)
    return _decode(model, spread * normal(shape, make_generator(seed, "prior")), runtime).clamp(-1, 1)


def _decode(model: LoadedVAE, z: Float[Tensor, "n c h w"], runtime: Runtime) -> Float[Tensor, "n 3 H W"]:
    return torch.cat([model.network.decode(runtime.put(part)).float().cpu() for part in z.split(64)])


@torch.inference_mode()
def push_example(
    model: LoadedVAE, scene: int, sizes: Sequence[float], seed: int, runtime: Runtime
) -> Float[Tensor, "n 3 H W"]:
    """Decode one held-out scene as it is, then pushed by each size along one random direction; in [-1, 1]."""
    picture = open_dataset("scenes", split="test", side=model.card.training.side).pictures([scene])
    z = model.network.encode(runtime.put(from_bytes(picture))).mean.float().cpu()
    push = torch.tensor(model.scale.std)[None, :, None, None] * normal(
        tuple(z.shape), make_generator(seed, "smoothness")
    )
    return _decode(model, torch.cat([z, *(z + size * push for size in sizes)]), runtime).clamp(-1, 1)


def compare_smoothness(
    models: Sequence[LoadedVAE], request: SmoothnessRequest, runtime: Runtime
) -> tuple[Smoothness, ...]:
    """Measure several VAEs with the same pictures and the same relative perturbations."""
    return tuple(measure_smoothness(model, request, runtime) for model in models)
