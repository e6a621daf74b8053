"""Are two sets of pictures alike as sets? Distances between clouds of judge features.

Every figure depends on n: always quote it with n and beside the figure for two sets of real pictures of the same size.
"""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from app.core.runtime import Runtime
from app.evaluation.rates import Rate, wilson
from app.store.catalogue import LoadedJudge

Features = Float[np.ndarray, "_ d"]


class PrecisionRecall(NamedTuple):
    """precision: share of generated samples that lie among the real ones; recall: the other way round.

    The interval is over samples; the cloud that they are held against is taken as it is.
    """

    precision: Rate
    recall: Rate


class Nearest(NamedTuple):
    """For each sample, the row of the nearest reference and the distance to it."""

    row: np.ndarray
    distance: np.ndarray


@torch.inference_mode()
def judge_features(judge: LoadedJudge, pictures: Float[Tensor, "b 3 s s"], runtime: Runtime) -> Features:
    """Return the judge's feature vectors, in which the distances below are measured."""
    chunks = [judge.network(runtime.put(chunk.clamp(-1, 1))).features.float().cpu() for chunk in pictures.split(128)]
    return torch.cat(chunks).numpy()


def frechet_distance(a: Features, b: Features) -> float:
    """Squared Frechet distance of the two Gaussians with the clouds' means and covariances; 0 for equal clouds.

    Source: Dowson & Landau 1982; as a measure of generators: Heusel et al. 2017 (FID, in Inception's features).
    Needs more samples than feature dimensions to be more than a rough guide; compare only figures with equal n.
    The root of A B has the trace of that of A^1/2 B A^1/2, which is symmetric: singular covariances do no harm.
    """
    means = a.mean(axis=0, dtype=np.float64) - b.mean(axis=0, dtype=np.float64)
    cov_a, cov_b = (np.cov(cloud.astype(np.float64), rowvar=False) for cloud in (a, b))
    values, vectors = np.linalg.eigh(cov_a)
    root_a = (vectors * np.sqrt(values.clip(min=0))) @ vectors.T
    cross = np.sqrt(np.linalg.eigvalsh(root_a @ cov_b @ root_a).clip(min=0)).sum()
    return float(max(0.0, means @ means + np.trace(cov_a) + np.trace(cov_b) - 2 * cross))


def precision_recall(real: Features, generated: Features, k: int = 3) -> PrecisionRecall:
    """Improved precision and recall (Kynkaanniemi et al. 2019): a sample counts if it is within the k-th neighbour
    distance of some sample of the other cloud.
    """
    return PrecisionRecall(_covered(generated, real, k), _covered(real, generated, k))


def _covered(samples: Features, cloud: Features, k: int) -> Rate:
    """Return the share of samples that lie in the union of balls around the cloud's points."""
    from sklearn.neighbors import NearestNeighbors  # heavy: a second to import, and the page never needs it

    radii = NearestNeighbors(n_neighbors=k + 1).fit(cloud).kneighbors(cloud)[0][:, k]  # the first is the point itself
    squared = (samples**2).sum(1)[:, None] + (cloud**2).sum(1)[None] - 2 * samples @ cloud.T
    inside = (np.sqrt(np.maximum(squared, 0)) <= radii[None]).any(axis=1)
    return wilson(int(inside.sum()), len(samples))


def nearest(samples: Features, references: Features) -> Nearest:
    """Find each sample's nearest reference (Euclidean): is a generated picture a copy of a training picture?"""
    from sklearn.neighbors import NearestNeighbors  # heavy: a second to import, and the page never needs it

    distance, index = NearestNeighbors(n_neighbors=1).fit(references).kneighbors(samples)
    return Nearest(index[:, 0], distance[:, 0])
