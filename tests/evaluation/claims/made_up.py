"""Made-up figures for the rules: values around a mean, readings, rates, costs."""

import numpy as np

from app.evaluation.claims.calls import CallCost
from app.evaluation.claims.material import ATTRIBUTES
from app.evaluation.claims.verdict import conclude
from app.evaluation.rates import wilson

N = 200
HOLDS, LIMIT, FAILS, OPEN = "holds", "holds with a limit", "does not hold here", "undecided"


def around(mean, n=N):
    """Values with this mean and a small spread; equal means give equal values."""
    return mean + 0.001 * np.linspace(-1, 1, n)


def verdict(checks):
    return conclude((), checks).verdict


def hits(n=N, **shares):
    """Right on the first pictures, as many as the share says: of two readings, one is right wherever the other is."""
    return {name: np.arange(n) < round(shares.get(name, shares["rest"]) * n) for name in ATTRIBUTES}


def rates(n=N, **shares):
    return {name: wilson(int(each.sum()), n) for name, each in hits(n, **shares).items()}


def costs(**operations):
    return {name: call(value / 1e9, value, value) for name, value in operations.items()}


def call(seconds, operations, peak, spread=0.001):
    """Ten rounds of about so many seconds, each longer or shorter by up to this share."""
    return CallCost(operations, peak, seconds * (1 + spread * np.linspace(-1, 1, 10)))
