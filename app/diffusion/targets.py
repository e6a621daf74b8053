"""What a denoiser predicts (noise, clean signal or velocity), and exact conversions between the three.

All three say the same, because x = sqrt(alpha_bar) x0 + sqrt(1 - alpha_bar) eps ties them together.
"""

from typing import Literal, NamedTuple, get_args

import torch
from jaxtyping import Float
from torch import Tensor

from app.core.errors import BadRequest

Target = Literal["eps", "x0", "v"]
"""eps: the noise. x0: the clean signal. v: sqrt(alpha_bar) eps - sqrt(1 - alpha_bar) x0."""


class Prediction(NamedTuple):
    """What a denoiser expects of a noisy x; always sqrt(alpha_bar) x0 + sqrt(1 - alpha_bar) eps = x."""

    x0: Tensor
    eps: Tensor


def add_noise(
    x0: Float[Tensor, "b ..."], eps: Float[Tensor, "b ..."], alpha_bar: float | Tensor
) -> Float[Tensor, "b ..."]:
    """Return x at the given noise level (Ho et al. 2020, eq. 4).

    x0, eps: one shape (B, ...); alpha_bar: signal power left, in [0, 1], one number or (B,), one a row.
    """
    signal, noise = amplitudes(alpha_bar, x0)
    return signal * x0 + noise * eps


def target_of(
    target: Target, x0: Float[Tensor, "b ..."], eps: Float[Tensor, "b ..."], alpha_bar: float | Tensor
) -> Float[Tensor, "b ..."]:
    """Return what a network with this target should output for x = add_noise(x0, eps, alpha_bar).

    v is the velocity of Salimans & Ho 2022, "Progressive Distillation for Fast Sampling", appendix D.
    """
    check_target(target)
    if target == "eps":
        return eps
    if target == "x0":
        return x0
    signal, noise = amplitudes(alpha_bar, x0)
    return signal * eps - noise * x0


def to_prediction(
    target: Target, output: Float[Tensor, "b ..."], x: Float[Tensor, "b ..."], alpha_bar: float | Tensor
) -> Prediction:
    """Turn a network's output at x into the expected clean signal and noise, both with the dtype of x.

    output: of the shape of x; a lower precision, such as a bfloat16 network's, is raised to that of x first.
    alpha_bar: one number or (B,). An eps output needs it above 0, an x0 output below 1; v is at ease everywhere.
    With eps, an error of the network reaches x0 multiplied by sqrt((1 - alpha_bar) / alpha_bar): thousands at the
    noisy end of the cosine schedule, 15 for scaled_linear. So keep x in float32 there, or predict v.
    """
    check_target(target)
    signal, noise = amplitudes(alpha_bar, x)
    output = output.to(x.dtype)
    if target == "eps":
        return Prediction((x - noise * output) / signal, output)
    if target == "x0":
        return Prediction(output, (x - signal * output) / noise)
    return Prediction(signal * x - noise * output, noise * x + signal * output)


def amplitudes(alpha_bar: float | Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return sqrt(alpha_bar) and sqrt(1 - alpha_bar), shaped to multiply x (B, ...), with its device and dtype.

    Computed in float64 on the CPU and rounded once: in float32, 1 - alpha_bar loses half its digits near t = 0.
    """
    given = alpha_bar.detach().cpu() if isinstance(alpha_bar, Tensor) else alpha_bar
    power = torch.as_tensor(given, dtype=torch.float64)
    if power.ndim:
        power = power.reshape(-1, *[1] * (x.ndim - 1))
    return power.sqrt().to(x.device, x.dtype), (1 - power).sqrt().to(x.device, x.dtype)


def check_target(target: str) -> None:
    """Raise BadRequest, which names the known targets, for any other; for names that come from a card or a person."""
    if target not in get_args(Target):
        raise BadRequest(f"A denoiser cannot predict '{target}'.", hint=f"Use one of: {', '.join(get_args(Target))}.")
