"""How well a VAE rebuilds the pictures it learnt from, as percentiles in a small file beside its weights.

Against them the error of any other picture says how unusual it is. The file names the weights it was measured with, so
that it is ignored when they are trained anew.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from app.core.errors import BadCheckpoint, BadRequest
from app.core.files import write_json, writing_to
from app.core.runtime import Runtime
from app.data import open_dataset
from app.evaluation.reconstruction import chunks_of, psnr, reconstruct
from app.store.catalogue import Catalogue, LoadedVAE
from app.store.fields import from_dict

FILE = "errors.json"
POINTS = 101
"""Percentiles 0, 1, ... 100."""


@dataclass(frozen=True)
class TrainingErrors:
    """psnr_db: percentiles 0 to 100 over n training pictures of side x side pixels, lowest (worst rebuilt) first.

    data: their data set; weights_sha256: the weights it was measured with.
    """

    weights_sha256: str
    data: str
    side: int
    n: int
    psnr_db: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.psnr_db) != POINTS or list(self.psnr_db) != sorted(self.psnr_db) or self.n < 1:
            raise BadRequest("These are no percentiles of training errors.", hint="Measure them again.")

    def share_rebuilt_better(self, psnr_db: float) -> float:
        """Return the share of training pictures with a smaller error than this one: 0 (best rebuilt) to 1 (worst)."""
        return 1 - float(np.interp(psnr_db, self.psnr_db, np.linspace(0.0, 1.0, POINTS)))


def measure_training_errors(model: LoadedVAE, count: int, runtime: Runtime) -> TrainingErrors:
    """Rebuild the first `count` pictures of the training split as the page does; take percentiles of their PSNR."""
    if count < 1:
        raise BadRequest(f"Nothing can be measured on {count} pictures.", hint="Use a count of at least 1.")
    training = model.card.training
    data = open_dataset(training.data, split="train", side=training.side)
    parts = [psnr(x, reconstruct(model, x, runtime, seed=start)[0]) for start, x in chunks_of(data, count)]
    scores = torch.cat(parts).numpy()
    points = np.percentile(scores, np.linspace(0, 100, POINTS)).round(3)
    return TrainingErrors(model.card.weights_sha256, training.data, training.side, len(scores), tuple(points.tolist()))


def write_training_errors(catalogue: Catalogue, name: str, count: int) -> TrainingErrors:
    """Measure one VAE of a catalogue and write the file into its folder."""
    measured = measure_training_errors(catalogue.vae(name), count, catalogue.runtime)
    path = catalogue.root / name / FILE
    with writing_to(path):
        write_json(path, asdict(measured))
    return measured


def read_training_errors(root: Path, model: LoadedVAE) -> TrainingErrors | None:
    """Return what was measured for these very weights; None if there is no file, or if it is not theirs."""
    path = root / model.card.name / FILE
    try:
        found = from_dict(TrainingErrors, json.loads(path.read_text(encoding="utf-8")), str(path))
    except (OSError, ValueError, BadCheckpoint, BadRequest):
        return None
    return found if found.weights_sha256 == model.card.weights_sha256 else None
