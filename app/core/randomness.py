"""Explicit randomness: every draw in the project comes from a generator that is made here and passed in.

Generators live on the CPU whatever the compute device is, so the same seed gives the same noise on every machine.
"""

import hashlib

import numpy as np
import torch
from torch import Tensor

MOST_SEED = 2**31 - 1
"""Largest seed that a visitor may choose."""


def seed_of(*key: int | str) -> int:
    """Return a 63-bit seed that depends on every part of the key, and on the parts' order."""
    text = "\x1f".join(f"{type(part).__name__}:{part}" for part in key)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def make_generator(*key: int | str) -> torch.Generator:
    """Return a fresh CPU generator; equal keys give equal streams: `make_generator(7, "noise", 3)`."""
    return torch.Generator().manual_seed(seed_of(*key))


def make_numpy_generator(*key: int | str) -> np.random.Generator:
    """Return a fresh numpy generator; equal keys give equal streams."""
    return np.random.default_rng(seed_of(*key))


def normal(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Draw float32 standard normal noise on the CPU."""
    return torch.randn(shape, generator=generator, dtype=torch.float32)


def normal_like(tensor: Tensor, generator: torch.Generator) -> Tensor:
    """Draw standard normal noise with the shape, dtype and device of `tensor`; drawn on the CPU in at least float32."""
    drawn = torch.promote_types(tensor.dtype, torch.float32)
    return torch.randn(tensor.shape, generator=generator, dtype=drawn).to(tensor.device, tensor.dtype)


def picture_noise(shape: tuple[int, ...], seeds: list[int]) -> Tensor:
    """Draw one (len(seeds), *shape) batch in which row i depends on seeds[i] alone.

    So picture 17 is the same in any batch (Karras et al. 2022, EDM, do the same with their StackedRandomGenerator).
    """
    return torch.stack([normal(shape, make_generator(seed, "picture")) for seed in seeds])
