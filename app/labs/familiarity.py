"""Is this picture of the kind that the VAE learnt from? Its error among the errors on the training pictures."""

from dataclasses import dataclass
from typing import Literal

from app.core.pictures import to_picture
from app.core.runtime import Runtime
from app.evaluation.training_errors import TrainingErrors
from app.labs.encode import EncodeRequest, EncodeResult, encode
from app.store.catalogue import LoadedVAE

Verdict = Literal["familiar", "unusual", "out of distribution"]

UNUSUAL, OUTSIDE = 0.95, 0.99
"""Shares of the training pictures that must be rebuilt better for a picture to be called so."""


@dataclass(frozen=True)
class Familiarity:
    """psnr_db: of the picture, fitted to the training pictures' size; rebuilt_better: share of those with less error.

    errors: what was measured on the training pictures.
    """

    psnr_db: float
    rebuilt_better: float
    errors: TrainingErrors

    @property
    def verdict(self) -> Verdict:
        """Return what the badge says. A small error is no proof: what is easy to rebuild is rebuilt well anywhere."""
        if self.rebuilt_better < UNUSUAL:
            return "familiar"
        return "unusual" if self.rebuilt_better < OUTSIDE else "out of distribution"


def judge_familiarity(model: LoadedVAE, encoded: EncodeResult, errors: TrainingErrors, runtime: Runtime) -> Familiarity:
    """Compare a picture's error with those on the training pictures, at their size: a larger one is fitted to it."""
    if encoded.picture.shape[-2:] != (errors.side, errors.side):
        request = EncodeRequest(encoded.request.vae, errors.side, encoded.request.seed)
        encoded = encode(model, to_picture(encoded.picture[0]), request, runtime)
    return Familiarity(encoded.psnr, errors.share_rebuilt_better(encoded.psnr), errors)
