"""How checks add up to a verdict, and what n can settle."""

import numpy as np
import pytest

from app.evaluation.claims.statistics import (
    exceeds,
    hits_more_often,
    larger,
    lower_tail,
    mean_of,
    more_often,
    not_behind,
    tail_of,
)
from app.evaluation.claims.verdict import Check, conclude, every, some, unmet
from app.evaluation.rates import wilson
from tests.evaluation.claims.made_up import FAILS, HOLDS, LIMIT, OPEN, N, around


@pytest.mark.parametrize(
    ("core", "other", "expected"),
    [
        ([True, True], [True], HOLDS),
        ([True, True], [False], LIMIT),
        ([True, True], [None], LIMIT),
        ([True, False], [True], FAILS),
        ([None, False], [True], FAILS),
        ([True, None], [True], OPEN),
    ],
)
def test_how_checks_add_up(core, other, expected):
    checks = [Check(f"core {n}", "more than 3", o) for n, o in enumerate(core)]
    checks += [Check("other", "more than 5", o, core=False) for o in other]
    finding = conclude((), checks)
    assert finding.verdict == expected
    assert ("The limit: other" in finding.why) == (expected == LIMIT)
    assert ("too few" in finding.why) == (expected == OPEN or None in other)
    assert "(asked: more than 3" in finding.why
    assert ("(asked: more than 5" in finding.why) == (expected == LIMIT)


def test_what_n_could_not_settle_is_not_listed_as_if_it_were_so():
    assert unmet({"place": True, "kind": False, "texture": None}) == "kind, texture (too few to tell)"


def test_three_valued_logic():
    assert [every([True, True]), every([True, None]), every([None, False]), every([])] == [True, None, False, True]
    assert [some([False, False]), some([False, None]), some([None, True]), some([])] == [False, None, True, False]


@pytest.mark.parametrize("n", [10, 100, 10_000])
def test_an_interval_on_both_sides_of_a_threshold_is_no_answer_however_many_there_are(n):
    flip = np.tile([-1.0, 1.0], n // 2)
    half = mean_of(flip).high
    quantile = 2.262 if n == 10 else 1.96  # Student's, for 9 degrees of freedom
    assert half == pytest.approx(quantile / n**0.5 * (n / (n - 1)) ** 0.5, rel=1e-3)
    assert [exceeds(flip + by * half, 0.0) for by in (1.01, 0.99, 0, -0.99, -1.01)] == [True, None, None, None, False]
    assert exceeds(np.array([5.0]), 0.0) is None
    assert more_often(wilson(n // 2 + 1, n), wilson(n // 2, n)) is None


def test_students_interval_holds_below_30_values_and_meets_the_normal_one():
    from scipy.special import stdtrit

    for n in (2, 3, 15, 29, 30):
        values = np.tile([-1.0, 1.0], n)[:n]
        quantile = stdtrit(n - 1, 0.975) if n < 30 else 1.96
        assert mean_of(values).high - values.mean() == pytest.approx(quantile * values.std(ddof=1) / n**0.5, rel=1e-3)


@pytest.mark.parametrize("values", [[1.0, np.nan], [np.inf, 1.0], []])
def test_what_is_no_number_is_a_bug_and_not_too_few(values):
    with pytest.raises(ValueError, match="finite"):
        mean_of(np.array(values))
    if values:
        with pytest.raises(ValueError, match="finite"):
            exceeds(np.array(values), 0.0)
    else:
        assert exceeds(np.array(values), 0.0) is None


def test_a_tail_is_compared_beside_a_mean():
    """Twice as far in one push of ten: the mean rises by a tenth, the 95th percentile by all of it."""
    calm = np.tile(around(1.0)[:, None], (1, 10))
    wild = calm * np.where(np.arange(10) == 0, 2.0, 1.0)
    assert tail_of(wild) == pytest.approx(2.0, abs=0.01)
    assert [lower_tail(calm, wild, share) for share in (0.4, 0.6)] == [True, False]
    assert lower_tail(wild, calm, 0.1) is False
    assert lower_tail(calm[:19], wild[:19], 0.4) is None  # too few to have a tail
    rare = calm * np.where((np.arange(N) % 10 == 0)[:, None], 2.0, 1.0)  # whole pictures, one in ten
    edge = calm * np.where((np.arange(N) % 20 == 0)[:, None], 2.0, 1.0)  # just the share that is the tail
    assert (lower_tail(calm, rare, 0.4), lower_tail(calm, edge, 0.4)) == (True, None)


def test_a_rate_may_be_a_margin_behind():
    """Newcombe 1998, table II (a): 56 of 70 against 48 of 80 differ by 0.0524 to 0.3339."""
    first, second = wilson(56, 70), wilson(48, 80)
    assert [not_behind(second, first, margin) for margin in (0.3341, 0.3337, 0.0526, 0.0522)] == [
        True,
        None,
        None,
        False,
    ]
    assert not_behind(wilson(0, 0), first, 0.1) is None


def test_comparisons_tell_more_from_less():
    assert larger(around(3.0), around(2.0), 0.9) is True
    assert larger(around(3.0), around(2.0), 1.1) is False
    assert more_often(wilson(90, 100), wilson(60, 100)) is True
    assert more_often(wilson(1, 50), wilson(49, 50)) is False
    assert more_often(wilson(0, 0), wilson(49, 50)) is None


def test_readings_of_the_same_pictures_are_compared_where_they_differ():
    """62 against 55 of 100: as rates of different pictures undecided, but here the first is right wherever one is."""
    first, second = np.arange(100) < 62, np.arange(100) < 55
    assert more_often(wilson(62, 100), wilson(55, 100)) is None
    assert [hits_more_often(first, second), hits_more_often(second, first)] == [True, False]
    crossed = np.roll(second, 45)  # the same rate, on other pictures
    assert hits_more_often(first, crossed) is None
    assert hits_more_often(first, first) is None
