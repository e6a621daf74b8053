"""What is trained: a model, where its batches come from, and how a batch becomes a loss."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from app.core.randomness import make_numpy_generator

Batch = tuple[Tensor, ...]
"""Tensors on the CPU whose first dimension is the sample; the losses give theirs names with a NamedTuple."""


class Loss(NamedTuple):
    """total: the scalar to minimise, a mean over samples; parts: the scalars it is the weighted sum of."""

    total: Tensor
    parts: dict[str, Tensor]


@dataclass(frozen=True, eq=False)
class Task:
    """batch_at(step) returns the whole batch of a step (1, 2, ...) and depends on nothing else.

    So a resumed run sees the batches of an unbroken one, and each of several processes can take its share.
    """

    model: nn.Module
    batch_at: Callable[[int], Any]
    loss: Callable[[nn.Module, Any], Loss]


def items_of_step(step: int, batch_size: int, length: int, seed: int) -> list[int]:
    """Return the item numbers of a step: every item once an epoch, in an order that depends on seed and epoch."""
    positions = np.arange((step - 1) * batch_size, step * batch_size)
    epochs, offsets = np.divmod(positions, length)
    return [int(_order(length, seed, int(epoch))[offset]) for epoch, offset in zip(epochs, offsets, strict=True)]


@lru_cache(maxsize=2)
def _order(length: int, seed: int, epoch: int) -> np.ndarray:
    return make_numpy_generator(seed, "epoch", epoch).permutation(length)


def share_of(batch: Any, rank: int, processes: int, device: torch.device) -> Any:
    """Return every `processes`-th sample of a batch, starting at `rank`, on the device; keeps the NamedTuple."""
    parts = [part[rank::processes].to(device) for part in batch]
    return type(batch)(*parts) if hasattr(batch, "_fields") else tuple(parts)
