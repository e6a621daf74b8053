"""The card of a checkpoint: what it is, how it was made, its figures, and the fingerprint of its weights."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from app.core.errors import BadCheckpoint
from app.core.files import write_json
from app.models.latents import LatentScale
from app.store.fields import from_dict

FORMAT = 1
"""Raised when the meaning of a field changes; a card of another format is refused."""


@dataclass(frozen=True)
class Training:
    """How the weights came to be. side: height and width of the pictures it learnt from.

    seconds: wall clock over all sessions, encoding, measuring the latent scale and saving included. machine: device,
    number format and why.
    """

    recipe: str
    data: str
    seed: int
    steps: int
    batch_size: int
    seconds: float
    samples_per_second: float
    machine: str
    settings: dict[str, Any] = field(default_factory=dict)
    side: int = 64


@dataclass(frozen=True)
class Card:
    """Everything about a checkpoint but its numbers. `config` rebuilds the network (app.models.MODELS[kind]).

    latent_scale: a VAE's measured scale. latents_sha256: the hash of a VAE's encoder and scale, of what gives latents
    their meaning. partner_sha256: that hash of the VAE that a denoiser or refiner was trained with; a VAE with other
    latents is refused, one whose decoder alone was trained further is not.
    metrics: figures on held-out data, each group with its n (app.evaluation).
    """

    name: str
    kind: str
    about: str
    config: dict[str, Any]
    training: Training
    weights_sha256: str
    parameters: int
    code_version: str
    partner: str = ""
    partner_sha256: str = ""
    latent_scale: LatentScale | None = None
    latents_sha256: str = ""
    metrics: dict[str, Any] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def core_seconds(self) -> float | None:
        """How long a denoiser's steps take one core: as many times one that was timed with nothing beside it.

        Unlike the wall clock of `training`, it can be compared where trainings had to share a machine. None: not timed.
        """
        step = self.metrics.get("cost", {}).get("training_step_ms")
        return None if step is None else self.training.steps * step / 1000


def read_card(path: Path) -> Card:
    """Read a card; raises BadCheckpoint if the file is missing, is no JSON, or does not hold what a card holds."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BadCheckpoint(f"There is no {path}.", hint="Each checkpoint folder holds a card.json.") from error
    except OSError as error:
        raise BadCheckpoint(f"{path} cannot be read: {error.strerror}.", hint="Check who may read it.") from error
    except (ValueError, RecursionError) as error:  # RecursionError: thousands of nested brackets
        raise BadCheckpoint(f"{path} is not JSON.", hint="Fetch it again, or retrain.") from error
    if isinstance(values, dict) and values.get("format") != FORMAT:
        raise BadCheckpoint(
            f"{path} has format {values.get('format')}; this version reads format {FORMAT}.",
            hint="Use the matching version of Latent Lab, or retrain.",
        )
    return from_dict(Card, values, str(path))


def write_card(path: Path, card: Card) -> None:
    """Write a card atomically as readable JSON."""
    write_json(path, asdict(card))
