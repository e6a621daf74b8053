"""Means with their uncertainty, and comparisons with three answers: yes, no, or n is too small to tell.

An interval that lies on both sides of a threshold says neither yes nor no, however large n is: that nothing was found
is no evidence that nothing is there.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from app.core.randomness import make_generator
from app.evaluation.claims.verdict import Outcome
from app.evaluation.rates import Z_95, Rate, wilson

HALF = 0.5
VISIBLE_DB = 0.3
"""The least difference in dB that counts: a smaller one is lost in the differences between two trainings."""
T_95 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048,
)  # fmt: skip
"""97.5th percentiles of Student's t for 1 to 28 degrees of freedom (Student 1908)."""
TAIL = 0.95
RESAMPLES = 1000
FEWEST_FOR_A_TAIL = 20
"""Pictures below which resampling says nothing of a 95th percentile: it would rest on the one largest value."""

Values = Float[np.ndarray, " n"]
"""One number a picture."""

Hits = Bool[np.ndarray, " n"]
"""Whether something is so, for each picture."""

Several = Float[np.ndarray, "n trials"]
"""A few numbers a picture, one a trial."""


@dataclass(frozen=True)
class Mean:
    """The mean of n values with its 95 % interval (Student's below 30 values); infinite for a single value."""

    mean: float
    n: int
    low: float
    high: float

    def text(self, unit: str = "", digits: int = 2) -> str:
        """Return it with its unit, interval and n."""
        return f"{short(self.mean, unit, digits)} ({self.low:.{digits}f} to {self.high:.{digits}f}, n = {self.n})"


def short(value: float, unit: str = "", digits: int = 2) -> str:
    """Return a number with its unit."""
    return f"{value:.{digits}f} {unit}".rstrip()


def mean_of(values: Values) -> Mean:
    """Return the mean over pictures with its interval; ValueError for none, or for what is no finite number."""
    n = len(values)
    if not n or not np.isfinite(values).all():
        raise ValueError(f"a mean needs finite numbers, and at least one; here are {values}")
    quantile = T_95[n - 2] if 1 < n < len(T_95) + 2 else Z_95
    half = quantile * float(np.std(values, ddof=1)) / math.sqrt(n) if n > 1 else math.inf
    centre = float(np.mean(values))
    return Mean(centre, n, centre - half, centre + half)


def exceeds(values: Values, threshold: float) -> Outcome:
    """Whether the mean is above a threshold: its whole interval above, none of it, or too few to tell."""
    if not len(values):
        return None
    found = mean_of(values)
    return True if found.low > threshold else False if found.high <= threshold else None


def larger(first: Values, second: Values, margin: float = 0.0) -> Outcome:
    """Whether the first of two measurements of the same pictures is larger by more than a margin, in the mean."""
    return exceeds(first - second, margin)


def more_often(first: Rate, second: Rate) -> Outcome:
    """Whether one rate is above another, of different pictures: intervals apart, the other way round, or too few."""
    if first.low is None or first.high is None or second.low is None or second.high is None:
        return None
    return True if first.low > second.high else False if first.high < second.low else None


def not_behind(first: Rate, second: Rate, margin: float) -> Outcome:
    """Whether one rate is at most a margin below another, of different pictures, by the interval of their difference.

    Source: Newcombe 1998, "Interval estimation for the difference between independent proportions", method 10.
    """
    if None in (first.rate, first.low, first.high, second.rate, second.low, second.high):
        return None
    (p, low, high), (q, least, most) = (
        (float(x.rate or 0), float(x.low or 0), float(x.high or 0)) for x in (first, second)
    )
    lowest = p - q - math.hypot(p - low, most - q)
    highest = p - q + math.hypot(high - p, q - least)
    return True if lowest > -margin else False if highest <= -margin else None


def hits_more_often(first: Hits, second: Hits) -> Outcome:
    """Whether the first of two readings of the same pictures is right more often, or too few to tell.

    Pictures on which both are right, or both wrong, say nothing; of the others, more than half must be the first's,
    by their whole Wilson interval (McNemar 1947).
    """
    alone = rate_of(first[first != second])
    if alone.low is None or alone.high is None:
        return None
    return True if alone.low > HALF else False if alone.high < HALF else None


def tail_of(values: Several) -> float:
    """Return the 95th percentile over all pictures and trials."""
    return float(np.quantile(values, TAIL))


def lower_tail(first: Several, second: Several, share: float) -> Outcome:
    """Whether the first's 95th percentile is lower than the second's, of the same pictures, by more than a share of it.

    The interval: whole pictures are drawn again, RESAMPLES times (Efron 1979, the bootstrap).
    """
    n = len(first)
    if n < FEWEST_FOR_A_TAIL:
        return None
    picks = torch.randint(n, (RESAMPLES, n), generator=make_generator("claims", "resample")).numpy()
    tails = [np.quantile(each[picks].reshape(RESAMPLES, -1), TAIL, axis=1) for each in (first, second)]
    falls = 1 - tails[0] / np.maximum(tails[1], 1e-9)
    low, high = np.quantile(falls, [0.025, 0.975])
    return True if low > share else False if high <= share else None


def rate_of(hits: Hits) -> Rate:
    """Return the share of True with its Wilson interval."""
    return wilson(int(hits.sum()), len(hits))


def share(rate: Rate) -> str:
    """Return a rate as a bare percentage, for a sentence whose figures stand beside it with their intervals."""
    return "-" if rate.rate is None else f"{rate.rate:.0%}"


def numbers(tensor: Float[Tensor, " n"]) -> Values:
    """Return one value a picture as float64."""
    return tensor.detach().cpu().double().numpy()
