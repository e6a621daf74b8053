"""A pipeline result made of drawn numbers: figures are tested without running a model."""

from torch import Tensor

from app.core.randomness import make_generator, normal
from app.diffusion.samplers.base import SamplerState
from app.labs.generate import GenerateRequest, GenerateResult
from app.labs.pipeline import Moments, PipelineResult, Seconds

WORDS = ("a", "red", "star")


def a_run(*, c: int = 4, side: int = 16, steps: int = 6, in_latents: bool = True) -> PipelineResult:
    """Return a run of `steps` steps whose tensors are noise; its pictures are 3 x 64 x 64."""
    draw = make_generator("run", c, side, steps)

    def sample(count: int = 1) -> Tensor:
        return normal((count, c, side, side), draw)

    trail = tuple(SamplerState(k, 1000 - k, sample(), sample(), sample()) for k in range(1, steps + 1))
    pictures = normal((steps + 1, 3, 64, 64), draw).clamp(-1, 1)
    request = GenerateRequest("a red star", seed=5, steps=steps)
    run = GenerateResult(request, sample(), trail, pictures[-1:])
    signal = tuple(k / steps for k in range(steps + 1))
    moments = Moments(tuple(range(steps + 1)), signal, sample(steps + 1), sample(steps + 1), pictures)
    return PipelineResult(run, WORDS, normal((4, 8), draw), moments, Seconds(0.001, 0.2, 0.004), in_latents)
