"""Classifier-free guidance: from a network with a text condition to the denoiser function that samplers call.

Source: Ho & Salimans 2022, "Classifier-Free Diffusion Guidance", eq. 6, with weight = their w + 1, so 1 is off.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

import torch
from jaxtyping import Float, Int
from torch import Tensor

from app.diffusion.samplers.base import Denoise
from app.diffusion.schedule import NoiseSchedule
from app.diffusion.targets import Prediction, Target, to_prediction

Condition = TypeVar("Condition", bound=tuple[Tensor, ...])
"""What a caption became: a tuple (or NamedTuple) of tensors whose first axis is the batch."""

Predict = Callable[[Tensor, Tensor, Condition], Tensor]
"""A network: (x (B, ...), t (B,) int64 in 1..T, condition of B rows) -> raw output with the shape of x."""


def guided(
    predict: Predict[Condition],
    cond: Condition,
    uncond: Condition,
    weight: float | Float[Tensor, " b"],
    schedule: NoiseSchedule,
    target: Target,
) -> Denoise:
    """Return a denoiser whose raw output is uncond + weight (cond - uncond), both halves run as one batch.

    cond, uncond: B rows, or 1 row that serves the whole batch. uncond holds the empty caption, or a negative one:
    what the picture should move away from. weight 1 runs only cond, weight 0 only uncond, at half the cost.
    weight: one for all rows, or one a row: then x must have as many rows.
    """
    if isinstance(weight, Tensor):
        return _guided_rows(predict, cond, uncond, weight, schedule, target)
    if weight in (0.0, 1.0):
        return unguided(predict, cond if weight else uncond, schedule, target)

    @lru_cache(maxsize=1)
    def both(count: int) -> Condition:
        return _join(_rows(cond, count), _rows(uncond, count))

    def denoise(x: Float[Tensor, "b ..."], t: int) -> Prediction:
        twice = torch.cat([x, x])
        with_text, without_text = predict(twice, _times(t, twice), both(len(x))).to(x.dtype).chunk(2)
        mixed = without_text + weight * (with_text - without_text)
        return to_prediction(target, mixed, x, schedule.alpha_bar[t])

    return denoise


def _guided_rows(
    predict: Predict[Condition],
    cond: Condition,
    uncond: Condition,
    weight: Float[Tensor, " b"],
    schedule: NoiseSchedule,
    target: Target,
) -> Denoise:
    """Guide every row with its own weight; a half that a row's weight leaves out (0: cond, 1: uncond) is not run."""
    told, untold = (torch.nonzero(weight != off)[:, 0] for off in (0.0, 1.0))
    asked = torch.cat([told, untold])
    both = _join(_pick(_rows(cond, len(weight)), told), _pick(_rows(uncond, len(weight)), untold))

    def denoise(x: Float[Tensor, "b ..."], t: int) -> Prediction:
        outputs = predict(x[asked], _times(t, x[asked]), both).to(x.dtype)
        with_text, without_text = torch.zeros_like(x), torch.zeros_like(x)
        with_text[told], without_text[untold] = outputs[: len(told)], outputs[len(told) :]
        each = weight.to(x).reshape(-1, *[1] * (x.ndim - 1))
        return to_prediction(target, without_text + each * (with_text - without_text), x, schedule.alpha_bar[t])

    return denoise


def unguided(predict: Predict[Condition], cond: Condition, schedule: NoiseSchedule, target: Target) -> Denoise:
    """Return a denoiser that runs the network with `cond` (B rows, or 1 for all) and nothing else."""

    def denoise(x: Float[Tensor, "b ..."], t: int) -> Prediction:
        output = predict(x, _times(t, x), _rows(cond, len(x)))
        return to_prediction(target, output, x, schedule.alpha_bar[t])

    return denoise


def _times(t: int, x: Tensor) -> Int[Tensor, " b"]:
    return torch.full((len(x),), t, dtype=torch.int64, device=x.device)


def _rows(condition: Condition, count: int) -> Condition:
    """Give a condition of one row `count` rows; one that has them stays as it is."""
    return _like(condition, [part.expand(count, *part.shape[1:]) for part in condition])


def _pick(condition: Condition, rows: Tensor) -> Condition:
    return _like(condition, [part[rows.to(part.device)] for part in condition])


def _join(first: Condition, second: Condition) -> Condition:
    return _like(first, [torch.cat(pair) for pair in zip(first, second, strict=True)])


def _like(condition: Condition, parts: list[Tensor]) -> Condition:
    """Build a condition of the same type: a NamedTuple takes its fields one by one, a tuple takes a list."""
    make = getattr(type(condition), "_make", type(condition))
    return make(parts)
