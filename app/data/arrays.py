"""A data set that lies in memory as one array: what digits, openml and folder come down to."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Int64, UInt8
from PIL import Image

from app.data.base import check_indices


@dataclass(frozen=True, eq=False)
class ArraySet:
    """A PictureSet over stored pixels, resized to `side` when they are asked for.

    pixels: 0..255. classes: one class number an item, or -1. texts: one caption an item, or ''.
    problems: one sentence about each file that was skipped.
    """

    name: str
    side: int
    pixels: UInt8[np.ndarray, "n 3 h w"]
    texts: Sequence[str]
    classes: Int64[np.ndarray, " n"]
    problems: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.pixels)

    def pictures(self, indices: Sequence[int]) -> UInt8[np.ndarray, "b 3 h w"]:
        """Return the pictures of these items; raises IndexError for an item that is not there."""
        chosen = self.pixels[check_indices(indices, len(self))]
        if chosen.shape[2:] == (self.side, self.side):
            return chosen
        resized = np.empty((len(chosen), 3, self.side, self.side), np.uint8)
        for target, source in zip(resized, chosen, strict=True):
            picture = Image.fromarray(np.ascontiguousarray(source.transpose(1, 2, 0)))
            enlarged = picture.resize((self.side, self.side), Image.Resampling.BICUBIC)
            target[:] = np.asarray(enlarged).transpose(2, 0, 1)
        return resized

    def captions(self, indices: Sequence[int]) -> list[str]:
        """Return the captions of these items, '' for an item that has none."""
        return [self.texts[index] for index in check_indices(indices, len(self))]

    def labels(self, indices: Sequence[int]) -> Int64[np.ndarray, " b"]:
        """Return the class numbers of these items, -1 for an item that has none."""
        return self.classes[check_indices(indices, len(self))]


def from_grey(grey: UInt8[np.ndarray, "n h w"]) -> UInt8[np.ndarray, "n 3 h w"]:
    """View grey pictures as RGB with three equal channels; no copy is made."""
    return np.broadcast_to(grey[:, None], (len(grey), 3, *grey.shape[1:]))


def with_article(noun: str) -> str:
    """Return 'an eight', 'a one' or 'a three': a caption for a class name."""
    vowel = noun[0] in "aeio" and not noun.startswith("one")
    return f"{'an' if vowel else 'a'} {noun}"
