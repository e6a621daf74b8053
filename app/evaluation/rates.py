"""Rates with their uncertainty."""

import math
from dataclasses import dataclass

Z_95 = 1.959964


@dataclass(frozen=True)
class Rate:
    """A share of n trials with its 95 % interval (Wilson 1927), all from 0 to 1; None when there were no trials."""

    rate: float | None
    n: int
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        if self.rate is None or self.low is None or self.high is None:
            return "not measured (n = 0)"
        return f"{self.rate:.1%} (95 % interval {self.low:.1%} to {self.high:.1%}, n = {self.n})"


def wilson(successes: int, n: int) -> Rate:
    """Return the share of successes with its Wilson score interval."""
    if n == 0:
        return Rate(None, 0)
    p, z2 = successes / n, Z_95**2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_95 / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return Rate(round(p, 4), n, round(max(0.0, centre - half), 4), round(min(1.0, centre + half), 4))
