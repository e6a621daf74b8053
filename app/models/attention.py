"""Attention whose weights can be read: queries from one sequence, keys and values from another."""

import math
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from app.models.build import zero_init


class Attended(NamedTuple):
    """out: the result for each query; weights: softmax weights averaged over heads, each row sums to 1."""

    out: Float[Tensor, "b q d"]
    weights: Float[Tensor, "b q k"]


class Attention(nn.Module):
    """Multi-head scaled dot-product attention (Vaswani et al. 2017, section 3.2), softmax written out.

    PyTorch's fused kernel is as fast forward, but its backward on a CPU took half of a training step.
    """

    def __init__(self, width: int, context_width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width, bias=False)
        self.key_value = nn.Linear(context_width, 2 * width, bias=False)
        self.out = zero_init(nn.Linear(width, width))

    def forward(
        self, x: Float[Tensor, "b q d"], context: Float[Tensor, "b k e"], mask: Bool[Tensor, "b k"] | None = None
    ) -> Attended:
        """Attend from x to context; context positions where mask is False get weight 0."""
        q = self._split(self.query(x))
        k, v = (self._split(part) for part in self.key_value(context).chunk(2, dim=-1))
        scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
        if mask is not None:
            scores = scores.masked_fill(~mask[:, None, None, :], -torch.inf)
        weights = scores.softmax(-1)
        mixed = (weights @ v).transpose(1, 2).flatten(2)
        return Attended(self.out(mixed), weights.mean(1))

    def _split(self, x: Float[Tensor, "b n d"]) -> Float[Tensor, "b heads n head_width"]:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)


class FeedForward(nn.Module):
    """x + linear(silu(linear(norm(x)))), twice as wide inside, zero at the start."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.widen = nn.Linear(width, 2 * width)
        self.narrow = zero_init(nn.Linear(2 * width, width))

    def forward(self, x: Float[Tensor, "b n d"]) -> Float[Tensor, "b n d"]:
        return x + self.narrow(nn.functional.silu(self.widen(self.norm(x))))
