"""UMAP in a process of its own: a fit holds the interpreter for seconds, and its libraries hold 300 MB for ever.

`python -m app.labs.latent_fit IN OUT` fits the rows of IN and writes their places to OUT, telling how far it is.
Source: McInnes, Healy & Melville 2018, "UMAP: Uniform Manifold Approximation and Projection".
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock, Thread

import numpy as np
from jaxtyping import Float

from app.core.errors import LabError

ROOT = Path(__file__).parents[2]


class FitFailed(LabError):
    """The process that fits a map ended without one."""


@dataclass(frozen=True)
class FitSettings:
    """neighbours: how far a point looks; min_dist: how near points may lie on the map, 0 to 0.99; seed: its start."""

    neighbours: int = 15
    min_dist: float = 0.1
    seed: int = 0


def fit_umap(rows: Float[np.ndarray, "n d"], settings: FitSettings, file: object = None) -> Float[np.ndarray, "n 2"]:
    """Fit here and now; its first import takes seconds. file: where the rounds done are written, None for nowhere."""
    from umap import UMAP  # pulls in numba

    told = {"file": file, "bar_format": "round {n} of {total}\n", "mininterval": 0.2}
    fit = UMAP(
        n_neighbors=settings.neighbours,
        min_dist=settings.min_dist,
        random_state=settings.seed,
        n_jobs=1,
        verbose=file is not None,
        tqdm_kwds=told if file is not None else None,
    )
    return np.ascontiguousarray(fit.fit_transform(rows), np.float32)


class RunningFit:
    """A fit in the background. It goes on when nobody asks any more, so that it is there for the next one who does."""

    def __init__(self, rows: Float[np.ndarray, "n d"], settings: FitSettings) -> None:
        self.said = "starting: UMAP's libraries take up to 20 s the first time"
        self.places: Float[np.ndarray, "n 2"] | None = None
        self._rows, self._settings = rows, settings
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether it is still at work."""
        return self._thread.is_alive()

    def wait(self, seconds: float) -> None:
        """Wait at most so long for its end."""
        self._thread.join(seconds)

    def _run(self) -> None:
        with tempfile.TemporaryDirectory(prefix="latent-lab-fit-") as folder:
            given, made = Path(folder) / "rows.npz", Path(folder) / "places.npz"
            np.savez(given, rows=self._rows, settings=json.dumps(asdict(self._settings)))
            command = [sys.executable, "-W", "ignore", "-m", "app.labs.latent_fit", str(given), str(made)]
            quiet = {**os.environ, "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
            with subprocess.Popen(command, cwd=ROOT, env=quiet, stdout=subprocess.PIPE, text=True) as process:
                for line in process.stdout or ():
                    self.said = line.strip() or self.said
            if process.returncode == 0:
                with np.load(made, allow_pickle=False) as found:
                    self.places = found["places"]


class Fits:
    """The fits of this process by what they were asked: each is made once, the oldest are forgotten."""

    def __init__(self, most: int = 24) -> None:
        self._most, self._lock = most, Lock()
        self._fits: dict[object, RunningFit] = {}

    def start(self, key: object, rows: Float[np.ndarray, "n d"], settings: FitSettings) -> RunningFit:
        """Return the fit of a key, begun now if nobody has asked before or if it failed; at most one runs at a time."""
        with self._lock:
            fit = self._fits.get(key)
            if fit is not None and (fit.running or fit.places is not None):
                return fit
            if any(each.running for each in self._fits.values()):
                raise FitFailed("Another map is being fitted just now.", hint="Try again in half a minute.")
            self._fits[key] = fit = RunningFit(rows, settings)
            while len(self._fits) > self._most:
                del self._fits[next(iter(self._fits))]
            return fit

    def known(self, key: object) -> Float[np.ndarray, "n 2"] | None:
        """Return the places of a fit that is finished, else None."""
        fit = self._fits.get(key)
        return None if fit is None else fit.places


def follow(fit: RunningFit, every: float = 0.5) -> Iterator[str]:
    """Yield what the fit says until it ends; raises FitFailed if it ends without a map."""
    while fit.running:
        fit.wait(every)
        yield fit.said
    if fit.places is None:
        raise FitFailed("The map could not be fitted.", hint="Try other settings, or start the app again.")


def main(given: Path, made: Path) -> None:
    """Fit the rows of one file and write their places to another: what the process does."""
    getattr(os, "nice", int)(10)  # Windows has none
    with np.load(given, allow_pickle=False) as found:
        rows, settings = found["rows"], FitSettings(**json.loads(str(found["settings"])))
    np.savez(made, places=fit_umap(rows, settings, sys.stdout))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
