"""Walk from one picture to another along four paths, and measure which of them stays among pictures.

Pixel cross-fade; straight through the latent; along the sphere through the latent; and through the noise: both latents
are led back to the noise they would have come from (DDIM inversion), the noises are blended, and led forward again.
"""

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from app.core.errors import BadRequest
from app.core.registry import Registry
from app.core.runtime import Runtime
from app.data.scenes import LABEL_COLUMNS
from app.diffusion.guidance import unguided
from app.diffusion.samplers.ddim import ddim, invert_ddim
from app.diffusion.schedule import SCHEDULES
from app.evaluation.sampling import decode_samples, predictor
from app.models.text import tokenise
from app.store.catalogue import LoadedDenoiser, LoadedJudge

MOST_FRAMES, MOST_STEPS = 64, 50


@dataclass(frozen=True)
class WalkRequest:
    """path: a name in PATHS; frames: pictures on the walk, both ends included; steps: of the noise path, each way."""

    path: str
    frames: int = 16
    steps: int = 20

    def __post_init__(self) -> None:
        if not 2 <= self.frames <= MOST_FRAMES or not 1 <= self.steps <= MOST_STEPS:
            raise BadRequest(
                f"{self.frames} frames, {self.steps} steps.", hint=f"Use 2 to {MOST_FRAMES}, and 1 to {MOST_STEPS}."
            )
        PATHS[self.path]  # raises UnknownName


@dataclass(frozen=True, eq=False)
class Walk:
    """pictures of the walk in [-1, 1]; moved: RMS change of a pixel value from each frame to the next.

    certainty: for each frame, the judge's mean probability of the class it names, 0 to 1: scenes that it knows are read
    with certainty, double exposures and mush are not. z: the latents that were decoded, of unit variance; None for the
    path that mixes pixels.
    """

    request: WalkRequest
    pictures: Float[Tensor, "n 3 H W"]
    moved: tuple[float, ...]
    certainty: tuple[float, ...]
    z: Float[Tensor, "n c h w"] | None = None


def linear(a: Float[Tensor, "1 ..."], b: Float[Tensor, "1 ..."], shares: Float[Tensor, " n"]) -> Float[Tensor, "n ..."]:
    """Return the points a + share (b - a)."""
    return torch.lerp(a, b, shares.reshape(-1, *(1,) * (a.dim() - 1)))


def spherical(
    a: Float[Tensor, "1 ..."], b: Float[Tensor, "1 ..."], shares: Float[Tensor, " n"]
) -> Float[Tensor, "n ..."]:
    """Return points on the arc from a to b (Shoemake 1985): a long vector of Gaussian noise keeps its length.

    For parallel vectors, where the arc is not defined, the straight line.
    """
    flat_a, flat_b = a.flatten().double(), b.flatten().double()
    cosine = float(flat_a @ flat_b / (flat_a.norm() * flat_b.norm()).clamp_min(1e-12))
    angle = math.acos(max(-1.0, min(1.0, cosine)))
    if math.sin(angle) < 1e-4:
        return linear(a, b, shares)
    share = shares.reshape(-1, *(1,) * (a.dim() - 1)).double()
    mixed = (torch.sin((1 - share) * angle) * a + torch.sin(share * angle) * b) / math.sin(angle)
    return mixed.to(a.dtype)


Steps = Generator[float, None, tuple[Tensor, Tensor | None]]
"""Yields the share done, 0 to 1, and returns decoded pictures and, where there are some, their latents."""

Path = Callable[[LoadedDenoiser, Tensor, Tensor, Tensor, int, Runtime], Steps]
"""(model, picture a, picture b, shares 0..1, steps, runtime) -> decoded pictures, one a share, and latents."""

PART = 4
"""Frames decoded at once: between two parts a run can be stopped."""


def _pixels(model: LoadedDenoiser, a: Tensor, b: Tensor, shares: Tensor, steps: int, runtime: Runtime) -> Steps:
    yield 0.0
    return linear(a, b, shares), None


def _linear_latent(model: LoadedDenoiser, a: Tensor, b: Tensor, shares: Tensor, steps: int, runtime: Runtime) -> Steps:
    return (yield from _decoded(model, linear(*_latents(model, a, b, runtime), shares), 0.0, runtime))


def _spherical_latent(
    model: LoadedDenoiser, a: Tensor, b: Tensor, shares: Tensor, steps: int, runtime: Runtime
) -> Steps:
    return (yield from _decoded(model, spherical(*_latents(model, a, b, runtime), shares), 0.0, runtime))


def _noise(model: LoadedDenoiser, a: Tensor, b: Tensor, shares: Tensor, steps: int, runtime: Runtime) -> Steps:
    """Both ends share the empty caption, so the noise alone says what is on the picture."""
    config = model.network.config
    schedule = SCHEDULES[config.schedule]()
    nothing = model.network.encode_text(tokenise([""], config.text).to(runtime.device))
    denoise = unguided(predictor(model.network, runtime), nothing, schedule, config.target)
    x = torch.cat(_latents(model, a, b, runtime))
    for state in invert_ddim(denoise, schedule, x, steps, refinements=1):
        x = state.x
        yield 0.2 * state.step / steps
    first, second = x.split(1)
    x = spherical(first, second, shares)
    for state in ddim(denoise, schedule, x, steps, []):
        x = state.x
        yield 0.2 + 0.7 * state.step / steps
    return (yield from _decoded(model, x, 0.9, runtime))


def _decoded(model: LoadedDenoiser, x: Tensor, begun: float, runtime: Runtime) -> Steps:
    pictures = []
    for number, part in enumerate(x.split(PART)):
        yield begun + (1 - begun) * number * PART / len(x)
        pictures.append(decode_samples(model, part, runtime))
    return torch.cat(pictures), x


PATHS: Registry[Path] = Registry(
    "path", pixels=_pixels, linear=_linear_latent, spherical=_spherical_latent, noise=_noise
)


@torch.inference_mode()
def _latents(model: LoadedDenoiser, a: Tensor, b: Tensor, runtime: Runtime) -> tuple[Tensor, Tensor]:
    """Return the posterior means of two pictures, scaled to unit variance; pixels where there is no VAE."""
    if model.vae is None:
        return a, b
    mean = model.vae.network.encode(runtime.put(torch.cat([a, b]))).mean.float().cpu()
    first, second = model.vae.scale.normalise(mean).split(1)
    return first, second


def walk(
    model: LoadedDenoiser,
    judge: LoadedJudge,
    a: Float[Tensor, "1 3 H W"],
    b: Float[Tensor, "1 3 H W"],
    request: WalkRequest,
    runtime: Runtime,
) -> Walk:
    """Walk from picture a to picture b, both in [-1, 1] and of the side that model and judge read."""
    steps = walk_steps(model, judge, a, b, request, runtime)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


@torch.inference_mode()
def walk_steps(
    model: LoadedDenoiser,
    judge: LoadedJudge,
    a: Float[Tensor, "1 3 H W"],
    b: Float[Tensor, "1 3 H W"],
    request: WalkRequest,
    runtime: Runtime,
) -> Generator[float, None, Walk]:
    """The same in steps: yields the share done, 0 to 1, and returns the walk."""
    shares = torch.linspace(0, 1, request.frames)
    decoded, z = yield from PATHS[request.path](model, a, b, shares, request.steps, runtime)
    pictures = decoded.clamp(-1, 1)
    moved = (pictures[1:] - pictures[:-1]).square().mean(dim=(1, 2, 3)).sqrt()
    return Walk(request, pictures, tuple(moved.tolist()), certainty(judge, pictures, runtime), z)


@torch.inference_mode()
def certainty(judge: LoadedJudge, pictures: Float[Tensor, "n 3 s s"], runtime: Runtime) -> tuple[float, ...]:
    """Return the mean over label columns of the probability that the judge gives to the class it names.

    Columns of a second thing, and the place of a single one, count only where the judge sees them (its layout).
    """
    scores = judge.network(runtime.put(pictures)).scores
    sure = torch.stack([each.float().softmax(-1).amax(-1).cpu() for each in scores], dim=1)
    one_thing = scores[LABEL_COLUMNS.index("layout")].argmax(-1).cpu() == 0
    asked = torch.ones_like(sure, dtype=torch.bool)
    for number, column in enumerate(LABEL_COLUMNS):
        if column.endswith("_b"):
            asked[:, number] = ~one_thing
        elif column == "place":
            asked[:, number] = one_thing
    return tuple(((sure * asked).sum(1) / asked.sum(1)).tolist())
