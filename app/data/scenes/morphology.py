"""Growing, shrinking and flooding of cell masks, for turning line drawings into solid outlines."""

import numpy as np
from jaxtyping import Bool, Int32

Mask = Bool[np.ndarray, "h w"]


def grow(mask: Mask, radius: int) -> Mask:
    """Add every cell within `radius` (in the larger of the two axes) of the mask."""
    return _grow_rows(_grow_rows(mask, radius).T, radius).T


def shrink(mask: Mask, radius: int) -> Mask:
    """Remove every cell within `radius` of the outside; what lies beyond the edge of the grid counts as inside."""
    return ~grow(~mask, radius)


def without_thin_parts(mask: Mask, radius: int) -> Mask:
    """Remove what is narrower than 2 radius + 1 cells and keep the rest as it is (a morphological opening)."""
    return grow(shrink(mask, radius), radius)


def reachable(free: Mask, row: int, column: int) -> Mask:
    """Return the free cells that a walk over free neighbours reaches from (row, column)."""
    reached = np.zeros_like(free)
    reached[row, column] = free[row, column]
    before = 0
    while (now := int(reached.sum())) > before:
        before = now
        reached = _spread_along_rows(free, reached)
        reached = _spread_along_rows(free.T, reached.T).T
    return reached


def _grow_rows(mask: Mask, radius: int) -> Mask:
    """Count the mask's cells in a window around each cell by the difference of two running sums."""
    sums: Int32[np.ndarray, "h w2"] = np.pad(mask, ((0, 0), (radius + 1, radius))).cumsum(axis=1, dtype=np.int32)
    return sums[:, 2 * radius + 1 :] > sums[:, : -2 * radius - 1]


def _spread_along_rows(free: Mask, reached: Mask) -> Mask:
    """Number the unbroken runs of every row, and add each run that holds a reached cell."""
    starts = np.ones_like(free)
    starts[:, 1:] = free[:, 1:] != free[:, :-1]
    run = starts.cumsum().reshape(free.shape)
    hit = np.bincount(run[reached], minlength=run[-1, -1] + 1) > 0
    return free & hit[run]
