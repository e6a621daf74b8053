"""The default map of a checkpoint, made once and kept in its folder, as a first fit of UMAP takes half a minute.

`python -m app map NAME` writes it. It is bound to the latents it was made of: another encoder makes it void.
"""

import zlib
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from app.core.files import write_atomically
from app.core.runtime import Runtime
from app.labs.latent_map import LatentMap, MapRequest, Points, encode_points, project, strongest, with_places
from app.store.card import Card
from app.store.catalogue import Catalogue

FILE = "map.npz"
SHIPPED = MapRequest("umap", min_dist=0.5)
"""What the shipped map answers. Dots that keep some distance can be pointed at one by one."""
ARRAYS = ("latents_sha256", "variance", "xy", "latents")


def write_map(catalogue: Catalogue, name: str, runtime: Runtime) -> Path:
    """Encode, fit and write the default map of a VAE into its folder; returns the file."""
    model = catalogue.vae(name)
    points = strongest(encode_points(model, SHIPPED.count, runtime))
    kept = Points(points.latents.astype(np.float16).astype(np.float32), points.variance)
    chart = project(kept, SHIPPED)  # what is fitted is what the file holds
    path = catalogue.root / name / FILE
    write_atomically(path, lambda part: _save(part, chart, model.card))
    return path


def _save(part: Path, chart: LatentMap, card: Card) -> None:
    """float16 halves the file; the places are rounded to a thousandth of the map's width."""
    variance = chart.points.variance if chart.points else 0.0
    with open(part, "wb") as file:
        np.savez_compressed(
            file,
            latents_sha256=card.latents_sha256,
            variance=variance,
            xy=chart.xy.astype(np.float16),
            latents=chart.latents.astype(np.float16),
        )


def read_map(root: Path, card: Card) -> LatentMap | None:
    """Return the shipped map of a checkpoint; None if there is none, or if it is not of these latents."""
    path = root / card.name / FILE
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as found:
            digest, variance, xy, latents = (found[name] for name in ARRAYS)
    except (OSError, ValueError, KeyError, EOFError, BadZipFile, zlib.error):  # no file, no such file, or a torn one
        return None
    n = SHIPPED.count
    if str(digest) != card.latents_sha256 or xy.shape != (n, 2) or latents.ndim != 2 or len(latents) != n:
        return None
    points = Points(latents.astype(np.float32), float(variance), shipped=True)
    return with_places(points, SHIPPED, xy.astype(np.float32))
