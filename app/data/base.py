"""What a data set is: a numbered shelf of pictures, where item i is the same picture every time it is asked for."""

from collections.abc import Sequence
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from jaxtyping import UInt8

Split = Literal["train", "test"]
"""train: what models learn from. test: held-out pictures of the same kind; no training ever sees one."""


@runtime_checkable
class PictureSet(Protocol):
    """A data set of RGB pictures of one size. Item i depends on i (and the set's own seed) alone."""

    @property
    def name(self) -> str:
        """Its name as in a card, such as "scenes"."""
        ...

    @property
    def side(self) -> int:
        """Height and width of its pictures in pixels."""
        ...

    def __len__(self) -> int:
        """How many items there are."""
        ...

    def pictures(self, indices: Sequence[int]) -> UInt8[np.ndarray, "b 3 h w"]:
        """Return the pictures of these items; raises IndexError for an item that is not there."""
        ...

    def captions(self, indices: Sequence[int]) -> list[str]:
        """Return the captions of these items, '' for an item that has none."""
        ...


def check_indices(indices: Sequence[int], length: int) -> np.ndarray:
    """Return the indices as int64; raises IndexError that names the first one outside 0..length-1."""
    wanted = np.asarray(indices, dtype=np.int64).reshape(-1)
    outside = wanted[(wanted < 0) | (wanted >= length)]
    if outside.size:
        raise IndexError(f"item {outside[0]} of a data set of {length}")
    return wanted
