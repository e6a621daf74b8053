"""Several data sets as one: of every three items two may be scenes and one a photograph."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8

from app.core.errors import BadRequest
from app.data.base import PictureSet, check_indices


class Mixture:
    """Items take turns: with weights (2, 1) items 0 and 1 are the first part's, item 2 the second's, and so on.

    It is as long as its longest part lasts at its weight; shorter parts start again from their first item.
    """

    def __init__(self, parts: tuple[PictureSet, ...], weights: tuple[int, ...]) -> None:
        if not parts or len(parts) != len(weights) or min(weights) < 1:
            raise BadRequest(
                f"A mixture needs one weight of at least 1 for each part, but it got {len(parts)} parts and {weights}.",
                hint="Write for example scenes*2+photos*1.",
            )
        if len({part.side for part in parts}) > 1:
            raise BadRequest(
                f"The parts of a mixture have different sides: {[part.side for part in parts]}.",
                hint="Open them alike.",
            )
        self.name = "+".join(f"{part.name}*{weight}" for part, weight in zip(parts, weights, strict=True))
        self.side = parts[0].side
        self.parts, self.weights = parts, weights
        self._turn = np.repeat(np.arange(len(parts)), weights)
        self._place = np.concatenate([np.arange(weight) for weight in weights])

    def __len__(self) -> int:
        turns = max(len(part) // weight for part, weight in zip(self.parts, self.weights, strict=True))
        return max(turns, 1) * len(self._turn)

    def locate(self, indices: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """Return for each item the number of its part, and its own number inside that part."""
        cycle, position = np.divmod(check_indices(indices, len(self)), len(self._turn))
        part = self._turn[position]
        inside = cycle * np.asarray(self.weights)[part] + self._place[position]
        return part, inside % np.asarray([len(each) for each in self.parts])[part]

    def pictures(self, indices: Sequence[int]) -> UInt8[np.ndarray, "b 3 h w"]:
        """Return the pictures of these items, asking each part once."""
        owners, inside = self.locate(indices)
        pictures = np.empty((len(owners), 3, self.side, self.side), np.uint8)
        for number, part in enumerate(self.parts):
            mine = np.flatnonzero(owners == number)
            if mine.size:
                pictures[mine] = part.pictures(inside[mine].tolist())
        return pictures

    def captions(self, indices: Sequence[int]) -> list[str]:
        """Return the captions of these items as their own parts give them."""
        owners, inside = self.locate(indices)
        captions = np.empty(len(owners), dtype=object)
        for number, part in enumerate(self.parts):
            mine = np.flatnonzero(owners == number)
            captions[mine] = part.captions(inside[mine].tolist())
        return captions.tolist()
