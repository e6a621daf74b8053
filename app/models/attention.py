"""Attention whose weights can be read: queries from one sequence, keys and values from another."""

import math
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from app.models.build import zero_init


class Attended(NamedTuple):
    """out: the result for each query; weights, if asked for: softmax weights, mean over heads, rows sum to 1."""

    out: Float[Tensor, "b q d"]
    weights: Float[Tensor, "b q k"] | None


class Attention(nn.Module):
    """Multi-head scaled dot-product attention (Vaswani et al. 2017, section 3.2).

    PyTorch's fused kernel where no gradient and no weights are wanted. Its backward on a CPU took half of a training
    step, so training has the softmax written out.
    """

    def __init__(self, width: int, context_width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width, bias=False)
        self.key_value = nn.Linear(context_width, 2 * width, bias=False)
        self.out = zero_init(nn.Linear(width, width))

    def forward(
        self,
        x: Float[Tensor, "b q d"],
        key_value: Float[Tensor, "b k two_d"],
        bias: Float[Tensor, "b 1 1 k"] | None = None,
        *,
        weights: bool = False,
    ) -> Attended:
        """Attend from x to a context, given self.key_value(context); bias joins the scores: -inf hides a position."""
        q = self._split(self.query(x))
        k, v = (self._split(part) for part in key_value.chunk(2, dim=-1))
        if not weights and not torch.is_grad_enabled():
            mixed = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=bias)
            return Attended(self._join(mixed), None)
        scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
        shares = (scores if bias is None else scores + bias).softmax(-1)
        return Attended(self._join(shares @ v), shares.mean(1) if weights else None)

    def _split(self, x: Float[Tensor, "b n d"]) -> Float[Tensor, "b heads n head_width"]:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def _join(self, mixed: Float[Tensor, "b heads n head_width"]) -> Float[Tensor, "b n d"]:
        return self.out(mixed.transpose(1, 2).flatten(2))


def hiding(mask: Bool[Tensor, "b k"], dtype: torch.dtype) -> Float[Tensor, "b 1 1 k"]:
    """Return the bias that hides positions where mask is False: 0 where there is something to see, -inf elsewhere."""
    return torch.zeros_like(mask, dtype=dtype).masked_fill(~mask, -torch.inf)[:, None, None]


class FeedForward(nn.Module):
    """x + linear(silu(linear(norm(x)))), twice as wide inside, zero at the start."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.widen = nn.Linear(width, 2 * width)
        self.narrow = zero_init(nn.Linear(2 * width, width))

    def forward(self, x: Float[Tensor, "b n d"]) -> Float[Tensor, "b n d"]:
        return x + self.narrow(nn.functional.silu(self.widen(self.norm(x))))
