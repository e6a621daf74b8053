"""The way into the noise: one picture at many noise levels, as a latent and, with the same levels, as pixels."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from app.core.errors import BadRequest
from app.core.pictures import to_tensor
from app.core.randomness import MOST_SEED, picture_noise
from app.core.runtime import Runtime
from app.data.uploads import fit_square
from app.diffusion.schedule import SCHEDULES
from app.diffusion.targets import add_noise
from app.labs.denoise import check_range
from app.store.catalogue import LoadedVAE

MOST_LEVELS = 101
SIDE = 64


@dataclass(frozen=True)
class NoiseRequest:
    """schedule: a name in SCHEDULES; levels: how many, evenly spaced from t = 0 to T; seed: of the noise."""

    schedule: str = "cosine"
    seed: int = 0
    levels: int = 51

    def __post_init__(self) -> None:
        SCHEDULES[self.schedule]
        check_range("seed", self.seed, 0, MOST_SEED)
        check_range("number of levels", self.levels, 2, MOST_LEVELS)


@dataclass(frozen=True, eq=False)
class NoiseResult:
    """Row i belongs to step t[i] of the schedule; signal: alpha_bar there. All float32 on the CPU.

    x: the noised latent, unit variance when clean; decoded: it through the decoder; pixels: the picture with as much
    noise added to its pixels. power: mean square of the clean latent, and of the clean pixels.
    """

    request: NoiseRequest
    picture: Float[Tensor, "1 3 s s"]
    t: tuple[int, ...]
    signal: tuple[float, ...]
    x: Float[Tensor, "n c h w"]
    decoded: Float[Tensor, "n 3 s s"]
    pixels: Float[Tensor, "n 3 s s"]
    power: tuple[float, float]


def add_noise_to(model: LoadedVAE, picture: Image.Image, request: NoiseRequest, runtime: Runtime) -> NoiseResult:
    """Encode the picture (cropped to a square of 64 pixels), noise it at every level, decode all in one batch."""
    x = to_tensor(fit_square(picture, SIDE))[None]
    clean = clean_latent(model, x, runtime)
    schedule = SCHEDULES[request.schedule]()
    t = tuple(round(i * schedule.steps / (request.levels - 1)) for i in range(request.levels))
    signal = schedule.alpha_bar[list(t)]
    noised, pixels = (_at_all(each, signal, request.seed) for each in (clean, x))
    power = float(clean.square().mean()), float(x.square().mean())
    decoded = decode_latents(model, noised, runtime)
    return NoiseResult(request, x, t, tuple(signal.tolist()), noised, decoded, pixels, power)


@torch.inference_mode()
def clean_latent(model: LoadedVAE, x: Float[Tensor, "n 3 H W"], runtime: Runtime) -> Float[Tensor, "n c h w"]:
    """Return the mean latent of pictures, scaled to unit variance: where a run of the denoiser should end."""
    if x.shape[-1] % model.network.config.f:
        raise BadRequest(
            f"A side of {x.shape[-1]} pixels is no multiple of f = {model.network.config.f}.", hint="Crop the picture."
        )
    return model.scale.normalise(model.network.encode(runtime.put(x)).mean.float().cpu())


@torch.inference_mode()
def decode_latents(model: LoadedVAE, x: Float[Tensor, "n c h w"], runtime: Runtime) -> Float[Tensor, "n 3 H W"]:
    """Undo the scale and decode, in one batch."""
    return model.network.decode(runtime.put(model.scale.restore(x))).float().cpu()


def _at_all(clean: Float[Tensor, "1 c h w"], signal: Float[Tensor, " n"], seed: int) -> Float[Tensor, "n c h w"]:
    """The same noise at every level: one path from clean to noise."""
    eps = picture_noise(tuple(clean.shape[1:]), [seed])
    rows = len(signal)
    return add_noise(clean.expand(rows, -1, -1, -1), eps.expand(rows, -1, -1, -1), signal)


def noise_curves(points: int = 101) -> dict[str, tuple[tuple[int, ...], tuple[float, ...]]]:
    """Return of every schedule (t, alpha_bar) at `points` steps from 0 to T."""
    curves = {}
    for name, make in SCHEDULES.items():
        schedule = make()
        t = tuple(round(i * schedule.steps / (points - 1)) for i in range(points))
        curves[name] = (t, tuple(schedule.alpha_bar[list(t)].tolist()))
    return curves
