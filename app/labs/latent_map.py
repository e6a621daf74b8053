"""A map of many scenes in the latent space: where similar pictures lie, coloured by what they show.

Each scene is one point: the flattened mean of its posterior, projected to the plane. PCA runs live; UMAP's first import
and fit cost many seconds, so it is only run when asked for.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int64
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from app.core.errors import BadRequest
from app.core.pictures import from_bytes
from app.core.runtime import Runtime
from app.data.scenes import LABEL_COLUMNS, LABEL_TABLES, Scenes
from app.store.catalogue import LoadedVAE

METHODS = ("pca", "umap")
FEWEST, MOST = 10, 5000


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


@dataclass(frozen=True, eq=False)
class LatentMap:
    """Point i is held-out scene i. latents: (n, c*h*w) float32, unit variance a channel; xy: (n, 2), its place.

    labels: (n, 11) class numbers as LABEL_COLUMNS names them. explained: share of the variance that each of the two
    axes shows, 0 to 1; for UMAP, which has none, empty.
    """

    request: MapRequest
    latents: Float[np.ndarray, "n d"]
    xy: Float[np.ndarray, "n 2"]
    labels: Int64[np.ndarray, "n columns"]
    explained: tuple[float, ...]


def make_map(model: LoadedVAE, request: MapRequest, runtime: Runtime) -> LatentMap:
    """Encode the first `count` held-out scenes and project them to the plane."""
    scenes = Scenes(split="test", side=model.card.training.side)
    latents = encode_scenes(model, scenes, request.count, runtime)
    labels = np.asarray(scenes.labels(range(request.count)))
    if request.method == "pca":
        pca = PCA(2, svd_solver="randomized", random_state=request.seed)
        xy = pca.fit_transform(latents)
        return LatentMap(request, latents, _float32(xy), labels, tuple(pca.explained_variance_ratio_.tolist()))
    return LatentMap(request, latents, _float32(_umap(latents, request)), labels, ())


@torch.inference_mode()
def encode_scenes(model: LoadedVAE, scenes: Scenes, count: int, runtime: Runtime) -> Float[np.ndarray, "n d"]:
    """Return the posterior means of the first `count` scenes, scaled to unit variance a channel and flattened."""
    rows = []
    for start in range(0, count, 128):
        pictures = from_bytes(scenes.pictures(range(start, min(start + 128, count))))
        mean = model.network.encode(runtime.put(pictures)).mean.float().cpu()
        rows.append(model.scale.normalise(mean).flatten(1))
    return torch.cat(rows).numpy()


def _umap(latents: Float[np.ndarray, "n d"], request: MapRequest) -> np.ndarray:
    """Fit UMAP to the 50 strongest principal components: the same neighbours at a tenth of the time."""
    from umap import UMAP

    reduced = PCA(min(50, *latents.shape), svd_solver="randomized", random_state=request.seed).fit_transform(latents)
    fit = UMAP(
        n_neighbors=min(request.neighbours, request.count - 1),
        min_dist=request.min_dist,
        random_state=request.seed,
        n_jobs=1,
    )
    return np.asarray(fit.fit_transform(reduced))


def _float32(xy: np.ndarray) -> Float[np.ndarray, "n 2"]:
    return np.ascontiguousarray(xy, dtype=np.float32)


def nearest_points(chart: LatentMap, index: int, count: int = 8) -> list[int]:
    """Return the points nearest to a point in the whole latent space (not on the map), the nearest first."""
    if not 0 <= index < len(chart.latents):
        raise BadRequest(f"There is no point {index}.", hint=f"Use 0 to {len(chart.latents) - 1}.")
    finder = NearestNeighbors(n_neighbors=min(count + 1, len(chart.latents))).fit(chart.latents)
    found = finder.kneighbors(chart.latents[index : index + 1], return_distance=False)[0]
    return [int(point) for point in found if point != index][:count]


def colour_by(chart: LatentMap, column: str) -> list[str | None]:
    """Return the name of each point's class in a label column, None where the column does not apply."""
    if column not in LABEL_COLUMNS:
        raise BadRequest(f"There is no factor '{column}'.", hint=f"Use one of: {', '.join(LABEL_COLUMNS)}.")
    table = LABEL_TABLES[column]
    numbers = chart.labels[:, LABEL_COLUMNS.index(column)]
    return [table[number] if number >= 0 else None for number in numbers]
