"""Which frequencies an error is made of: coarse ones are wrong layouts and colours, fine ones are lost detail."""

import torch
from jaxtyping import Float
from torch import Tensor

CUT = 1 / 8
"""In cycles a pixel: waves longer than 8 pixels are coarse. The finest wave that pixels can hold is 2 pixels long."""


def split_error(
    x: Float[Tensor, "b 3 h w"], y: Float[Tensor, "b 3 h w"], cut: float = CUT
) -> tuple[Float[Tensor, " b"], Float[Tensor, " b"]]:
    """Return the mean squared error of each pair below and above a radial frequency, in squared units of [-1, 1].

    By Parseval's theorem the two add up to the mean squared error itself.
    """
    power = torch.fft.fft2(x - y, norm="ortho").abs().square().mean(dim=1)
    coarse = radius(*x.shape[-2:]) < cut
    pixels = x.shape[-2] * x.shape[-1]
    return power[:, coarse].sum(dim=1) / pixels, power[:, ~coarse].sum(dim=1) / pixels


def radius(height: int, width: int) -> Float[Tensor, "h w"]:
    """Return the frequency of every entry of a two-dimensional Fourier transform, in cycles a pixel."""
    return (torch.fft.fftfreq(height)[:, None].square() + torch.fft.fftfreq(width)[None].square()).sqrt()
