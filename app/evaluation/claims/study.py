"""What every experiment is handed: the models, how many pictures, and the runs that several claims look at.

A run is drawn once: captions with the same seeds, from the same weights and with the same options, give the same run.
All of it lives as long as one call of `measure_claims`.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property

import torch
from jaxtyping import Float
from torch import Tensor

from app.core.runtime import Runtime
from app.evaluation.claims.linear_map import LinearMap, fit_linear_map
from app.evaluation.claims.material import USUAL, GradedScenes, Pictures, one_thing
from app.evaluation.generation import BATCH
from app.evaluation.judging import Labels, read_pictures
from app.evaluation.sampling import SamplingOptions, decode_samples, sample
from app.store.catalogue import Catalogue, LoadedDenoiser, LoadedVAE

RunKey = tuple[str, str, tuple[str, ...], SamplingOptions]


@dataclass(frozen=True, eq=False)
class Run:
    """x0: the clean latent that is expected at each step; last: where the run ends. Both of unit variance."""

    x0: Float[Tensor, "steps n c k l"]
    last: Float[Tensor, "n c k l"]


@dataclass(eq=False)
class Study:
    """count: how many pictures or captions an experiment takes."""

    catalogue: Catalogue
    count: int
    _runs: dict[RunKey, Run] = field(default_factory=dict, repr=False)
    _maps: dict[str, LinearMap] = field(default_factory=dict, repr=False)

    @property
    def runtime(self) -> Runtime:
        """The device and number format of the models."""
        return self.catalogue.runtime

    @cached_property
    def scenes(self) -> GradedScenes:
        """Held-out scenes of one thing, `count` of them."""
        return one_thing(self.count)

    def read(self, pictures: Pictures) -> Labels:
        """Return what the judge reads off pictures."""
        return read_pictures(self.catalogue.judge(), pictures, self.runtime)

    def run(self, model: LoadedDenoiser, captions: list[str], options: SamplingOptions = USUAL) -> Run:
        """Draw one latent a caption, number i from seed i, so that arms of an experiment share their noise."""
        options = without_idle_guidance(captions, options)
        key = (model.card.name, model.card.weights_sha256, tuple(captions), options)
        if key not in self._runs:
            self._runs[key] = self._sampled(model, captions, options)
        return self._runs[key]

    def draw(self, model: LoadedDenoiser, captions: list[str], options: SamplingOptions = USUAL) -> Pictures:
        """Draw one picture a caption, in [-1, 1], from the seeds of `run`."""
        return self.decoded(model, self.run(model, captions, options).last)

    def decoded(self, model: LoadedDenoiser, latents: Float[Tensor, "n c k l"]) -> Pictures:
        """Turn diffused latents into pictures in [-1, 1], a batch at a time."""
        return torch.cat([decode_samples(model, part, self.runtime) for part in latents.split(BATCH)]).clamp(-1, 1)

    def linear_map(self, vae: LoadedVAE) -> LinearMap:
        """Return the best linear map from a VAE's latent cells to pixels; fitted once."""
        if vae.card.name not in self._maps:
            self._maps[vae.card.name] = fit_linear_map(vae, self.runtime)
        return self._maps[vae.card.name]

    def _sampled(self, model: LoadedDenoiser, captions: list[str], options: SamplingOptions) -> Run:
        expected, last = [], []
        for at in range(0, len(captions), BATCH):
            part = captions[at : at + BATCH]
            states = list(sample(model, part, list(range(at, at + len(part))), options, self.runtime))
            expected.append(torch.stack([state.x0 for state in states]))
            last.append(states[-1].x)
        return Run(torch.cat(expected, dim=1), torch.cat(last))


def without_idle_guidance(captions: list[str], options: SamplingOptions) -> SamplingOptions:
    """Turn guidance off where every caption is the one to steer away from: both halves of a pair would be the same."""
    return replace(options, guidance=1.0) if set(captions) == {options.negative} else options
