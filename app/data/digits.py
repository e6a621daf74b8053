"""The handwritten digits inside the scikit-learn wheel: 1,797 grey pictures of 8 x 8 pixels, white on black.

Source: Alpaydin & Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository (1998).
"""

from functools import cache

import numpy as np

from app.data.arrays import ArraySet, from_grey, with_article
from app.data.base import Split
from app.data.wheels import wheel_file

NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

TRAIN_COUNT = 1437
"""The first four fifths train; the last fifth, mostly by other writers, is held out."""


def open_digits(split: Split, side: int) -> ArraySet:
    """Open one split at `side` pixels, enlarged from 8; captions such as 'a three', classes 0..9."""
    table = _table()
    rows = table[:TRAIN_COUNT] if split == "train" else table[TRAIN_COUNT:]
    darkness = rows[:, :64].reshape(-1, 8, 8)
    grey = (darkness * 255 // 16).astype(np.uint8)
    classes = rows[:, 64]
    return ArraySet("digits", side, from_grey(grey), [with_article(NAMES[digit]) for digit in classes], classes)


@cache
def _table() -> np.ndarray:
    """(1797, 65) int64: 64 pixels in 0..16, then the digit. Read by path, as importing scikit-learn takes a second."""
    return np.loadtxt(wheel_file("sklearn", "datasets/data/digits.csv.gz"), delimiter=",").astype(np.int64)
