"""Claim 11, as an experiment: how early in a run does the expected picture hold its coarse and its fine structure?"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from app.core.runtime import Runtime
from app.evaluation.claims.material import kept
from app.evaluation.sampling import decode_samples
from app.labs.pipeline import PipelineResult
from app.store.catalogue import LoadedDenoiser

STANDS = 0.9
"""A structure stands once so much of its power, as it is in the finished picture, is expected, and stays so."""


@dataclass(frozen=True, eq=False)
class BlueprintResult:
    """run: the run that is looked at. as_it_is: the noisy latent of each moment decoded as it stands, in [-1, 1].

    coarse, fine: share of the finished picture's power in waves longer than 8 pixels (without its mean colour) and in
    shorter ones that the expected picture of each moment holds: 1 - error / power; below 0 it is worse than a blank.
    latent: the same for the expected clean latent.
    """

    run: PipelineResult
    as_it_is: Float[Tensor, "n 3 H W"]
    coarse: tuple[float, ...]
    fine: tuple[float, ...]
    latent: tuple[float, ...]

    @property
    def coarse_stands(self) -> int:
        """After how many steps the coarse structure stands."""
        return stands_after(self.coarse, self.run.moments.done)

    @property
    def fine_stands(self) -> int:
        """After how many steps the fine structure stands."""
        return stands_after(self.fine, self.run.moments.done)


def blueprint(model: LoadedDenoiser, run: PipelineResult, runtime: Runtime) -> BlueprintResult:
    """Compare what is expected at each moment of a run with its end."""
    moments = run.moments
    end = moments.decoded[-1:].expand_as(moments.decoded).clamp(-1, 1)
    coarse, fine = kept(end, moments.decoded.clamp(-1, 1))
    last = moments.x0[-1:]
    power = float((last - last.mean(dim=(2, 3), keepdim=True)).square().mean())
    latent = 1 - (moments.x0 - last).square().mean(dim=(1, 2, 3)).numpy() / max(power, 1e-12)
    as_it_is = torch.cat([decode_samples(model, moments.x[:-1], runtime), moments.decoded[-1:]])
    return BlueprintResult(run, as_it_is, *(tuple(np.asarray(part).tolist()) for part in (coarse, fine, latent)))


def stands_after(held: tuple[float, ...], done: tuple[int, ...]) -> int:
    """Return the number of steps after which a share reaches STANDS and never falls below it again."""
    below = [k for k, share in enumerate(held) if share < STANDS]
    return done[min(below[-1] + 1, len(done) - 1)] if below else done[0]
