"""Random numbers that are a function of (stream, item, name): no state, so any batch gives the same items.

A counter-based generator: hash the item's number and the draw's name instead of stepping a state. The hash is the
output function of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64, Int64, UInt64

from app.core.randomness import seed_of

GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def mix(x: UInt64[np.ndarray, "b"]) -> UInt64[np.ndarray, "b"]:
    """Scramble 64 bits so that every output bit depends on every input bit; a bijection."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


class Draws:
    """The draws of a batch of items of one stream. Equal (stream, item, name) give equal numbers in any batch."""

    def __init__(self, stream: int, items: Sequence[int] | np.ndarray) -> None:
        counters = np.asarray(items, dtype=np.int64).reshape(-1).astype(np.uint64)
        self._keys = mix((counters + np.uint64(1)) * GOLDEN + np.uint64(stream))

    def __len__(self) -> int:
        return len(self._keys)

    def uniform(self, name: str) -> Float64[np.ndarray, "b"]:
        """Return one number in [0, 1) for each item: 53 bits of the hash."""
        bits = mix(self._keys ^ np.uint64(seed_of("draw", name)))
        return (bits >> np.uint64(11)) * 2.0**-53

    def integers(self, name: str, count: int | Int64[np.ndarray, "b"]) -> Int64[np.ndarray, "b"]:
        """Return a whole number in 0..count-1 for each item; count may differ from item to item."""
        return (self.uniform(name) * count).astype(np.int64)

    def between(self, name: str, low: float, high: float) -> Float64[np.ndarray, "b"]:
        """Return one number in [low, high) for each item."""
        return low + (high - low) * self.uniform(name)
