"""Claim 6 on the road: while a picture is denoised, how far does it move when its latent moves?

At every step the denoiser expects a clean latent. From one step to the next that latent moves by d, and its decoded
picture by D(z + d) - D(z): the two lengths of the smoothness meter, with the d that denoising really takes.
"""

from collections.abc import Generator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from app.core.runtime import Runtime
from app.evaluation.sampling import decode_samples
from app.labs.generate import GenerateRequest, generate_steps
from app.store.catalogue import LoadedDenoiser


@dataclass(frozen=True, eq=False)
class Trajectory:
    """latent_moved: RMS change of a latent value from each step to the next, in standard deviations of its channel;
    picture_moved: RMS change of a pixel value (pictures span -1 to 1). pictures: the decoded expectations, a step each.
    vae: in whose latents the model works, '' for pixels.
    """

    model: str
    vae: str
    request: GenerateRequest
    latent_moved: tuple[float, ...]
    picture_moved: tuple[float, ...]
    pictures: Float[Tensor, "n 3 H W"]

    @property
    def gains(self) -> tuple[float, ...]:
        """How far the picture moves for a latent step of one standard deviation, at each step."""
        pairs = zip(self.picture_moved, self.latent_moved, strict=True)
        return tuple(picture / max(latent, 1e-9) for picture, latent in pairs)


def trajectory_steps(
    model: LoadedDenoiser, request: GenerateRequest, runtime: Runtime
) -> Generator[float, None, Trajectory]:
    """Generate, and decode what is expected at every step; yields the share done."""
    latents, pictures = [], []
    for state in generate_steps(model, request, runtime):
        latents.append(state.x0)
        pictures.append(decode_samples(model, state.x0, runtime).clamp(-1, 1))
        yield state.step / request.steps
    z, x = torch.cat(latents), torch.cat(pictures)
    return Trajectory(model.card.name, model.card.partner, request, _steps(z), _steps(x), x)


def _steps(values: Float[Tensor, "n c h w"]) -> tuple[float, ...]:
    return tuple((values[1:] - values[:-1]).square().mean(dim=(1, 2, 3)).sqrt().tolist())
