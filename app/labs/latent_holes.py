"""Holes of the prior: what does a decoder make of latents that no encoder gave it?

The loss pulls the latents of all pictures together toward N(0, 1). Where that succeeded, draws of N(0, 1) decode to
pictures; where it did not, they fall into holes between the pictures.
"""

from collections.abc import Generator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from app.core.errors import BadRequest
from app.core.randomness import make_generator, normal
from app.core.runtime import Runtime
from app.evaluation.claims.statistics import mean_of
from app.labs.latent_manifold import Levels, distance_to_scenes
from app.labs.smoothness import MOST_SPREAD
from app.store.catalogue import LoadedJudge, LoadedVAE

SPREADS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
MOST_DRAWS = 16


@dataclass(frozen=True)
class HolesRequest:
    """spreads: s of N(0, s^2), each with the same noise; draws: pictures a spread.

    measured: draw with the mean and s times the standard deviation that each channel really has on the training set.
    """

    spreads: tuple[float, ...] = SPREADS
    draws: int = 8
    seed: int = 0
    measured: bool = False

    def __post_init__(self) -> None:
        if not self.spreads or not all(0 <= each <= MOST_SPREAD for each in self.spreads):
            raise BadRequest(f"Spreads {self.spreads}.", hint=f"Use numbers from 0 to {MOST_SPREAD:g}.")
        if not 1 <= self.draws <= MOST_DRAWS or self.seed < 0:
            raise BadRequest(f"{self.draws} draws, seed {self.seed}.", hint=f"Use 1 to {MOST_DRAWS}, and a seed >= 0.")


@dataclass(frozen=True, eq=False)
class Holes:
    """pictures: (spreads, draws, 3, H, W) in [-1, 1]; z: the latents that they were decoded from.

    away: mean distance from the scene that the judge sees, in units of real scenes (app.labs.latent_manifold), for each
    spread; error: half of its 95 % interval over the draws, 0 for a single one.
    """

    vae: str
    request: HolesRequest
    pictures: Float[Tensor, "s n 3 H W"]
    z: Float[Tensor, "s n c h w"]
    away: tuple[float, ...]
    error: tuple[float, ...]

    @property
    def best(self) -> float:
        """The spread whose draws are nearest to scenes."""
        return min(zip(self.away, self.request.spreads, strict=True))[1]


def decode_holes(
    model: LoadedVAE, judge: LoadedJudge, real: Levels, request: HolesRequest, runtime: Runtime
) -> Generator[float, None, Holes]:
    """Decode draws of every spread, pictures of the judge's side; yields the share done. real: of `real_distance`."""
    config, side = model.network.config, judge.network.config.side
    shape = (request.draws, config.c, side // config.f, side // config.f)
    noise = normal(shape, make_generator(request.seed, "prior"))
    rows, latents = [], []
    for number, spread in enumerate(request.spreads):
        z = model.scale.restore(spread * noise) if request.measured else spread * noise
        latents.append(z)
        with torch.inference_mode():
            rows.append(model.network.decode(runtime.put(z)).float().cpu().clamp(-1, 1))
        yield (number + 1) / len(request.spreads)
    away = torch.tensor([distance_to_scenes(judge, row, real, runtime) for row in rows])
    means = [mean_of(row.double().numpy()) for row in away]
    pictures, z = torch.stack(rows), torch.stack(latents)
    found, error = tuple(one.mean for one in means), tuple(one.high - one.mean for one in means)
    return Holes(model.card.name, request, pictures, z, found, error)
