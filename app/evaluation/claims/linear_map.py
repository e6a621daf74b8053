"""The best linear map from a cell of a latent to the pixels below it: how much a decoder's work is more than that."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pixel_shuffle, pixel_unshuffle

from app.core.pictures import from_bytes
from app.core.runtime import Runtime
from app.data import open_dataset
from app.evaluation.claims.material import Pictures, latents_of
from app.store.catalogue import LoadedVAE

LEARNT_FROM = 128
"""Training scenes that the map is found on: 8,192 cells at f = 8, for c + 1 inputs. A visitor waits for it once."""


@dataclass(frozen=True, eq=False)
class LinearMap:
    """weights: from a cell's c values of unit variance and a 1 to its f x f pixels of three colours."""

    f: int
    weights: Float[Tensor, "inputs outputs"]

    def pictures(self, latents: Float[Tensor, "n c k l"]) -> Pictures:
        """Return what the map makes of latents of unit variance, in [-1, 1]."""
        return pixel_shuffle((_cells(latents) @ self.weights).permute(0, 3, 1, 2), self.f).clamp(-1, 1)


def fit_linear_map(vae: LoadedVAE, runtime: Runtime) -> LinearMap:
    """Find the map by least squares on training scenes and draws of their posteriors, as the decoder gets them."""
    pictures = from_bytes(open_dataset("scenes", split="train").pictures(range(LEARNT_FROM)))
    f = vae.network.config.f
    cells = _cells(latents_of(vae, pictures, runtime)).flatten(0, 2).double()
    pixels = pixel_unshuffle(pictures, f).permute(0, 2, 3, 1).flatten(0, 2).double()
    return LinearMap(f, torch.linalg.lstsq(cells, pixels).solution.float())


def _cells(latents: Float[Tensor, "n c k l"]) -> Float[Tensor, "n k l inputs"]:
    """Put each cell's values in a row, with a 1 behind them."""
    rows = latents.permute(0, 2, 3, 1)
    return torch.cat([rows, torch.ones_like(rows[..., :1])], dim=-1)
