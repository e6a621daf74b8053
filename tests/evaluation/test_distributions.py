"""Distances between clouds against closed forms."""

import numpy as np
import pytest

from app.core.randomness import make_numpy_generator
from app.evaluation.distributions import frechet_distance, nearest, precision_recall
from app.evaluation.rates import wilson


def cloud(seed, n=4000, d=4, mean=0.0, std=1.0):
    return (mean + std * make_numpy_generator(seed).standard_normal((n, d))).astype(np.float32)


def test_frechet_distance_of_shifted_and_scaled_gaussians():
    """Isotropic Gaussians: |shift|^2 + d (std_a - std_b)^2."""
    a, b = cloud(0), cloud(1, mean=2.0, std=1.5)
    assert frechet_distance(a, b) == pytest.approx(4 * 2.0**2 + 4 * 0.5**2, rel=0.03)


def test_frechet_distance_of_a_cloud_to_itself_is_nothing():
    a = cloud(0)
    assert frechet_distance(a, a) == pytest.approx(0.0, abs=1e-6)


def test_frechet_distance_knows_covariances_that_do_not_commute():
    """Two planes' covariances, turned by 45 degrees: compared with the definition through an eigenvalue square root."""
    rng = make_numpy_generator(3)
    root_a, root_b = np.array([[2.0, 0.0], [0.0, 0.5]]), np.array([[1.0, 0.6], [-0.6, 1.0]])
    a, b = (rng.standard_normal((5000, 2)) @ root for root in (root_a, root_b))
    cov_a, cov_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    values, vectors = np.linalg.eigh(cov_a)
    half = vectors @ np.diag(np.sqrt(values)) @ vectors.T
    trace = np.sqrt(np.linalg.eigvalsh(half @ cov_b @ half)).sum()
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(cov_a) + np.trace(cov_b) - 2 * trace
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-6)


def test_frechet_distance_of_clouds_with_fewer_points_than_dimensions():
    """Points on a line: their covariances have rank 1, and the distance is that of Gaussians on the line."""
    along = np.zeros((4, 16), np.float32)
    along[:, 3] = [0, 1, 2, 3]
    deviation = np.std([0, 1, 2, 3], ddof=1)
    assert frechet_distance(along, 3 * along) == pytest.approx(3.0**2 + (2 * deviation) ** 2, rel=1e-6)
    few = cloud(5, n=4, d=16)
    assert frechet_distance(few, few) == pytest.approx(0.0, abs=1e-6)


def test_precision_and_recall_tell_two_failures_apart():
    """A generator that draws one corner well is precise and forgets; one that scatters is neither precise nor poor."""
    real = cloud(0, n=800, d=2)
    narrow = cloud(1, n=800, d=2, std=0.1)
    wide = cloud(2, n=800, d=2, std=8.0)
    good = cloud(3, n=800, d=2)
    assert min(each.rate for each in precision_recall(real, good)) > 0.9
    assert precision_recall(real, narrow).precision.rate > 0.95
    assert precision_recall(real, narrow).recall.rate < 0.2
    assert precision_recall(real, wide).precision.rate < 0.25
    assert precision_recall(real, wide).recall.rate > 0.8


def test_precision_counts_generated_samples_and_recall_real_ones():
    found = precision_recall(cloud(0, n=60, d=2), cloud(1, n=40, d=2))
    assert (found.precision.n, found.recall.n) == (40, 60)
    assert found.precision == wilson(round(found.precision.rate * 40), 40)


def test_a_copy_is_found():
    references = cloud(0, n=50)
    found = nearest(references[[7, 3]] + 1e-4, references)
    assert found.row.tolist() == [7, 3]
    assert found.distance.max() < 1e-3
