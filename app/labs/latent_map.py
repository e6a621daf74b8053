"""A map of many scenes in the latent space: where similar pictures lie, coloured by what they show.

Each scene is one point: the flattened mean of its posterior, projected to the plane. PCA takes milliseconds; UMAP runs
in a process of its own (app.labs.latent_fit), and the default map is shipped with the checkpoint (latent_shipped).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from jaxtyping import Float, Int64

from app.core.errors import BadRequest
from app.core.pictures import from_bytes
from app.core.runtime import Runtime
from app.data.scenes import LABEL_COLUMNS, LABEL_TABLES, Scenes
from app.labs.latent_fit import FitSettings, fit_umap
from app.store.catalogue import LoadedVAE

METHODS = ("pca", "umap")
FEWEST, MOST, BATCH = 10, 5000, 64
ASKED = 200
"""Points whose neighbours are asked at most."""
KEPT = 48
"""Principal components that stand for a latent where all its numbers are too many: for UMAP, and in a shipped map."""


@dataclass(frozen=True)
class MapRequest:
    """method: pca or umap; count: held-out scenes; neighbours and min_dist: UMAP's settings (McInnes et al. 2018)."""

    method: str = "pca"
    count: int = 2000
    seed: int = 0
    neighbours: int = 15
    min_dist: float = 0.1

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise BadRequest(f"There is no map called '{self.method}'.", hint="Use pca or umap.")
        if not FEWEST <= self.count <= MOST or not 2 <= self.neighbours <= 200 or not 0 <= self.min_dist <= 0.99:
            raise BadRequest(
                f"{self.count} scenes, {self.neighbours} neighbours, distance {self.min_dist}.",
                hint=f"Use {FEWEST} to {MOST} scenes, 2 to 200 neighbours, a distance of 0 to 0.99.",
            )

    @property
    def fit(self) -> FitSettings:
        """The part of the request that says how UMAP is fitted."""
        return FitSettings(min(self.neighbours, self.count - 1), self.min_dist, self.seed)


@dataclass(frozen=True, eq=False)
class Points:
    """Row i is held-out scene i. latents: its numbers, unit variance a channel, or their KEPT strongest components.

    variance: summed over all numbers of a latent, those left out included. shipped: read from a checkpoint's folder.
    """

    latents: Float[np.ndarray, "n d"]
    variance: float
    shipped: bool = False

    @property
    def share(self) -> float:
        """Share of the variance that the rows hold: 1 for whole latents."""
        return min(1.0, float(self.latents.var(axis=0, ddof=1).sum()) / max(self.variance, 1e-12))

    def first(self, count: int) -> "Points":
        """Return the first so many scenes."""
        return Points(self.latents[:count], self.variance, self.shipped)


@dataclass(frozen=True, eq=False)
class LatentMap:
    """Point i is held-out scene i. latents: (n, d) float32, unit variance a channel; xy: (n, 2), its place.

    labels: (n, 11) class numbers as LABEL_COLUMNS names them. explained: share of the variance that each of the two
    axes shows, 0 to 1; for UMAP, which has none, empty.
    """

    request: MapRequest
    latents: Float[np.ndarray, "n d"]
    xy: Float[np.ndarray, "n 2"]
    labels: Int64[np.ndarray, "n columns"]
    explained: tuple[float, ...]
    points: Points | None = field(default=None)


def make_map(model: LoadedVAE, request: MapRequest, runtime: Runtime) -> LatentMap:
    """Encode the first `count` held-out scenes and project them to the plane."""
    return project(encode_points(model, request.count, runtime), request)


def project(points: Points, request: MapRequest) -> LatentMap:
    """Project the points to the plane; UMAP is fitted here and now, which takes a while."""
    if request.method == "umap":
        return with_places(points, request, fit_umap(strongest(points).latents, request.fit))
    xy, variances = principal_components(points.latents, 2)
    return with_places(points, request, xy, tuple((variances / max(points.variance, 1e-12)).tolist()))


def with_places(
    points: Points, request: MapRequest, xy: Float[np.ndarray, "n 2"], explained: tuple[float, ...] = ()
) -> LatentMap:
    """Return the map whose places are known."""
    labels = np.asarray(Scenes(split="test").labels(range(len(points.latents))))
    return LatentMap(request, points.latents, np.ascontiguousarray(xy, np.float32), labels, explained, points)


def encode_points(model: LoadedVAE, count: int, runtime: Runtime) -> Points:
    """Encode the first `count` held-out scenes."""
    return gathered(encode_in_batches(model, count, runtime))


def gathered(batches: Iterator[Float[np.ndarray, "_ d"]]) -> Points:
    """Put the rows of `encode_in_batches` together."""
    latents = np.concatenate(list(batches))
    return Points(latents, float(latents.var(axis=0, ddof=1).sum()))


def encode_in_batches(model: LoadedVAE, count: int, runtime: Runtime) -> Iterator[Float[np.ndarray, "_ d"]]:
    """Yield posterior means of the held-out scenes in order, scaled to unit variance a channel and flattened."""
    scenes = Scenes(split="test", side=model.card.training.side)
    for start in range(0, count, BATCH):
        x = from_bytes(scenes.pictures(range(start, min(start + BATCH, count))))
        with torch.inference_mode():
            mean = model.network.encode(runtime.put(x)).mean.float().cpu()
        yield model.scale.normalise(mean).flatten(1).numpy()


def strongest(points: Points) -> Points:
    """Return the KEPT strongest principal components: nearly the same neighbours, at a fraction of the numbers."""
    if points.latents.shape[1] <= KEPT:
        return points
    rows, _ = principal_components(points.latents, min(KEPT, len(points.latents)))
    return Points(rows, points.variance, points.shipped)


def principal_components(
    rows: Float[np.ndarray, "n d"], count: int
) -> tuple[Float[np.ndarray, "n k"], Float[np.ndarray, " k"]]:
    """Return the places along the axes of largest variance (Pearson 1901), and those variances, the largest first.

    From the smaller one of the covariance (d, d) and the Gram matrix (n, n). The sign of an axis means nothing; the
    place farthest from 0 is made positive.
    """
    centred = (rows - rows.mean(axis=0)).astype(np.float64)
    n, d = centred.shape
    values, vectors = np.linalg.eigh((centred.T @ centred if d <= n else centred @ centred.T) / (n - 1))
    values, vectors = np.maximum(values[::-1][:count], 0), vectors[:, ::-1][:, :count]
    places = centred @ vectors if d <= n else vectors * np.sqrt(values * (n - 1))
    farthest = places[np.abs(places).argmax(axis=0), np.arange(places.shape[1])]
    return (places * np.where(farthest < 0, -1, 1)).astype(np.float32), values


def nearest_points(chart: LatentMap, index: int, count: int = 8) -> list[int]:
    """Return the points nearest to a point in the whole latent space (not on the map), the nearest first."""
    distances = distances_from(chart, index)
    distances[index] = np.inf
    return np.argsort(distances, kind="stable")[: min(count, len(distances) - 1)].tolist()


def distances_from(chart: LatentMap, index: int) -> Float[np.ndarray, " n"]:
    """Return the distance of every point from one of them, in the space of `latents`."""
    if not 0 <= index < len(chart.latents):
        raise BadRequest(f"There is no point {index}.", hint=f"Use 0 to {len(chart.latents) - 1}.")
    return np.asarray(np.linalg.norm(chart.latents - chart.latents[index], axis=1), np.float32)


def agreement_of_neighbours(chart: LatentMap, column: str, count: int = 8) -> tuple[float, float]:
    """Return how often the nearest points share a point's class in a label column, and how often any two points do.

    Measured on the first ASKED points to which the column applies; both are shares, 0 to 1.
    """
    numbers = chart.labels[:, LABEL_COLUMNS.index(column)]
    applies = np.flatnonzero(numbers >= 0)
    shared = [np.mean(numbers[nearest_points(chart, int(i), count)] == numbers[i]) for i in applies[:ASKED]]
    _, sizes = np.unique(numbers[applies], return_counts=True)
    by_chance = np.square(sizes / max(len(numbers), 1)).sum() * len(numbers) / max(len(applies), 1)
    return float(np.mean(shared)) if shared else 0.0, float(by_chance)


def colour_by(chart: LatentMap, column: str) -> list[str | None]:
    """Return the name of each point's class in a label column, None where the column does not apply."""
    if column not in LABEL_COLUMNS:
        raise BadRequest(f"There is no factor '{column}'.", hint=f"Use one of: {', '.join(LABEL_COLUMNS)}.")
    table = LABEL_TABLES[column]
    numbers = chart.labels[:, LABEL_COLUMNS.index(column)]
    return [table[number] if number >= 0 else None for number in numbers]
