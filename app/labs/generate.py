"""Generate a picture from a caption: the same function for the page, the command line and a notebook.

Walk: caption -> token ids -> caption vectors (once) -> noise -> denoiser, step by step -> latent -> decoder -> picture.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from app.core.errors import BadRequest
from app.core.randomness import MOST_SEED
from app.core.runtime import Runtime
from app.diffusion.samplers.base import SamplerState
from app.evaluation.sampling import SamplingOptions, decode_samples, sample, starting_noise
from app.store.catalogue import LoadedDenoiser

MOST_STEPS, MOST_GUIDANCE = 250, 30.0


@dataclass(frozen=True)
class GenerateRequest:
    """guidance: weight w in uncond + w (cond - uncond), 1 = off; negative: a caption to steer away from.

    Raises BadRequest when a number is out of range. sampler: a name in app.diffusion.samplers.SAMPLERS.
    """

    caption: str
    seed: int = 0
    steps: int = 20
    guidance: float = 3.0
    negative: str = ""
    sampler: str = "ddim"

    def __post_init__(self) -> None:
        _within("number of steps", self.steps, 1, MOST_STEPS)
        _within("guidance weight", self.guidance, 0.0, MOST_GUIDANCE)
        _within("seed", self.seed, 0, MOST_SEED)

    @property
    def options(self) -> SamplingOptions:
        """The part of the request that says how to sample."""
        return SamplingOptions(self.steps, self.guidance, self.negative, self.sampler)


@dataclass(frozen=True, eq=False)
class GenerateResult:
    """start: the noise it began with; trail: every step; picture: the decoded end, in [-1, 1].

    All on the CPU in float32. A latent has unit variance; pixels are in [-1, 1].
    """

    request: GenerateRequest
    start: Float[Tensor, "1 c h w"]
    trail: tuple[SamplerState, ...]
    picture: Float[Tensor, "1 3 H W"]


def generate(model: LoadedDenoiser, request: GenerateRequest, runtime: Runtime) -> GenerateResult:
    """Run the whole generation and decode its end."""
    trail = tuple(generate_steps(model, request, runtime))
    start = starting_noise(model, [request.seed])
    return GenerateResult(request, start, trail, decode_samples(model, trail[-1].x, runtime))


def generate_steps(model: LoadedDenoiser, request: GenerateRequest, runtime: Runtime) -> Iterator[SamplerState]:
    """Yield every denoising step as it is done. Raises UnknownWord for a word outside the vocabulary."""
    return sample(model, [request.caption], [request.seed], request.options, runtime)


def _within(what: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:  # also refuses NaN
        raise BadRequest(f"The {what} is {value}.", hint=f"Use {low} to {high}.")
