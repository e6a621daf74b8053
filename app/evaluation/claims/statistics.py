"""Means with their uncertainty, and comparisons with three answers: yes, no, or n is too small to tell.

An interval that lies on both sides of a threshold says neither yes nor no, however large n is: that nothing was found
is no evidence that nothing is there.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from torch import Tensor

from app.evaluation.claims.claim import Outcome
from app.evaluation.rates import Z_95, Rate, wilson

HALF = 0.5

Values = Float[np.ndarray, " n"]
"""One number a picture."""

Hits = Bool[np.ndarray, " n"]
"""Whether something is so, for each picture."""


@dataclass(frozen=True)
class Mean:
    """The mean of n values with its 95 % interval (normal approximation); infinite for a single value."""

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
    """Return the mean over pictures with its interval."""
    half = Z_95 * float(np.std(values, ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else math.inf
    centre = float(np.mean(values))
    return Mean(centre, len(values), centre - half, centre + half)


def exceeds(values: Values, threshold: float) -> Outcome:
    """Whether the mean is above a threshold: its whole interval above, none of it, or too few to tell."""
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


def hits_more_often(first: Hits, second: Hits) -> Outcome:
    """Whether the first of two readings of the same pictures is right more often, or too few to tell.

    Pictures on which both are right, or both wrong, say nothing; of the others, more than half must be the first's,
    by their whole Wilson interval (McNemar 1947).
    """
    alone = rate_of(first[first != second])
    if alone.low is None or alone.high is None:
        return None
    return True if alone.low > HALF else False if alone.high < HALF else None


def rate_of(hits: Hits) -> Rate:
    """Return the share of True with its Wilson interval."""
    return wilson(int(hits.sum()), len(hits))


def share(rate: Rate) -> str:
    """Return a rate as a bare percentage, for a sentence whose figures stand beside it with their intervals."""
    return "-" if rate.rate is None else f"{rate.rate:.0%}"


def numbers(tensor: Float[Tensor, " n"]) -> Values:
    """Return one value a picture as float64."""
    return tensor.detach().cpu().double().numpy()
