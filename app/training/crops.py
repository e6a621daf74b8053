"""Crops where there is something to learn: most of a scene is flat background, which a VAE has learnt in no time.

A crop of half the side costs a quarter of the operations. Choosing it by detail shows the network more edges and
texture for the same time; the last part of a training sees whole pictures, so that nothing stays out of balance.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

STRIDE = 4
"""Crops start at multiples of so many pixels."""
FLOOR = 0.1
"""Added to every candidate's detail, relative to the picture's mean, so that flat parts are shown too."""


def detail_crops(
    pictures: Float[Tensor, "b 3 h w"], side: int, generator: torch.Generator
) -> Float[Tensor, "b 3 side side"]:
    """Cut one square from each picture, more likely where neighbouring pixels differ more."""
    detail = nn.functional.avg_pool2d(variation(pictures), side, stride=STRIDE).flatten(1)
    weights = detail + FLOOR * detail.mean(dim=1, keepdim=True) + 1e-6
    chosen = torch.multinomial(weights, 1, generator=generator).squeeze(1)
    columns = (pictures.shape[-1] - side) // STRIDE + 1
    tops, lefts = chosen // columns * STRIDE, chosen % columns * STRIDE
    return torch.stack(
        [
            picture[:, top : top + side, left : left + side]
            for picture, top, left in zip(pictures, tops.tolist(), lefts.tolist(), strict=True)
        ]
    )


def variation(pictures: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b 1 h w"]:
    """Return how much each pixel differs from its right and lower neighbour, averaged over colours."""
    padded = nn.functional.pad(pictures, (0, 1, 0, 1), mode="replicate")
    right = (padded[..., :-1, 1:] - pictures).abs()
    below = (padded[..., 1:, :-1] - pictures).abs()
    return (right + below).mean(dim=1, keepdim=True)
