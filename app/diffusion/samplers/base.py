"""What a sampler is: a generator of states that walks from noise to a clean sample, asking a denoiser at each level."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from app.core.errors import BadRequest
from app.core.randomness import normal_like
from app.diffusion.schedule import NoiseSchedule
from app.diffusion.targets import Prediction

Denoise = Callable[[Tensor, int], Prediction]
"""(x (B, ...), t in 1..T) -> what is expected of x. Every sampler sees the network through this function alone."""

Generators = torch.Generator | Sequence[torch.Generator]
"""One generator for the whole batch, or one a row: then a picture does not depend on the others in its batch."""


@dataclass(frozen=True, eq=False)
class SamplerState:
    """Where a run stands after a step. x, x0 and eps have the shape of the start.

    step: 1..steps. t: the schedule step that x is at now, 0 = clean. x: the sample.
    x0, eps: the clean signal and the noise that the denoiser expected when it was asked at the beginning of this step.
    """

    step: int
    t: int
    x: Tensor
    x0: Tensor
    eps: Tensor


class Sampler(Protocol):
    """A walk from level start_t (default T) to 0 in `steps` steps; yields a state after each step.

    start: (B, ...) at level start_t, standard normal noise if that is T; its dtype is the dtype of the arithmetic,
    while coefficients are float64. To start in the middle (from a noised picture, or another run's state), give that
    level as start_t. generator: needed by samplers that draw noise; the others leave it untouched.
    Raises BadRequest at the first state if steps or start_t is out of range.
    """

    def __call__(
        self,
        denoise: Denoise,
        schedule: NoiseSchedule,
        start: Tensor,
        steps: int,
        generator: Generators,
        *,
        start_t: int | None = None,
    ) -> Iterator[SamplerState]:
        """Run; an implementation may have more keywords with defaults (ddim: eta)."""
        ...


def timesteps(T: int, steps: int) -> list[int]:
    """Return steps + 1 levels from T down to 0, evenly spaced up to rounding; raises BadRequest unless 1..T steps.

    The rest of a run, timesteps(levels[k], steps - k), has the run's own levels whenever `steps` divides T.
    """
    check_steps(T, steps)
    return [(T * left + steps // 2) // steps for left in range(steps, -1, -1)]


def check_steps(T: int, steps: int) -> None:
    """Raise BadRequest unless a run from level T can take this many steps."""
    if not 1 <= steps <= T:
        raise BadRequest(f"{steps} steps cannot lead from level {T} to 0.", hint=f"Use 1 to {T} steps.")


def first_level(schedule: NoiseSchedule, start_t: int | None) -> int:
    """Return start_t, or T if it is None; raises BadRequest outside 1..T."""
    if start_t is None:
        return schedule.steps
    if not 1 <= start_t <= schedule.steps:
        raise BadRequest(f"A run cannot start at level {start_t}.", hint=f"Use a level from 1 to {schedule.steps}.")
    return start_t


def fresh_noise(x: Tensor, generator: Generators) -> Tensor:
    """Draw standard normal noise like x: the whole batch from one generator, or row i from generator i."""
    if isinstance(generator, torch.Generator):
        return normal_like(x, generator)
    return torch.stack([normal_like(row, source) for row, source in zip(x, generator, strict=True)])
