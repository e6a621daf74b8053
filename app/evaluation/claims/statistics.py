"""Means with their uncertainty, and comparisons that say when n is too small to tell."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from torch import Tensor

from app.evaluation.claims.claim import Outcome
from app.evaluation.rates import Z_95, Rate, wilson

Values = Float[np.ndarray, " n"]
"""One number a picture."""

ENOUGH = 100
"""From here on, a difference that its interval does not tell from none counts as none: the interval of a rate is then
at most 10 points to each side, and a smaller difference is not one that a person at the screen would notice."""


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
    """Whether the mean is above a threshold: its whole interval above, or not, or too few to tell."""
    found = mean_of(values)
    if found.low > threshold:
        return True
    return None if found.high > threshold and found.n < ENOUGH else False


def larger(first: Values, second: Values, margin: float = 0.0) -> Outcome:
    """Whether the first of two measurements of the same pictures is larger by more than a margin, in the mean."""
    return exceeds(first - second, margin)


def more_often(first: Rate, second: Rate) -> Outcome:
    """Whether one rate is above another: intervals apart, or not, or too few to tell."""
    if first.low is None or first.high is None or second.low is None or second.high is None:
        return None
    if first.low > second.high:
        return True
    return None if first.high >= second.low and min(first.n, second.n) < ENOUGH else False


def rate_of(hits: Bool[np.ndarray, " n"]) -> Rate:
    """Return the share of True with its Wilson interval."""
    return wilson(int(hits.sum()), len(hits))


def share(rate: Rate) -> str:
    """Return a rate as a bare percentage, for a sentence whose figures stand beside it with their intervals."""
    return "-" if rate.rate is None else f"{rate.rate:.0%}"


def numbers(tensor: Float[Tensor, " n"]) -> Values:
    """Return one value a picture as float64."""
    return tensor.detach().cpu().double().numpy()
