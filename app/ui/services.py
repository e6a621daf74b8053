"""What every tab needs, made once: the runtime and the models at hand. It holds nothing of a visitor."""

import os
from dataclasses import dataclass, field
from pathlib import Path

import torch

from app.core.runtime import Runtime, choose_runtime
from app.store.catalogue import CHECKPOINTS, Catalogue, open_catalogue
from app.ui.kept import Kept


@dataclass(frozen=True, eq=False)
class Services:
    """runtime: where models run; catalogue: which models there are; kept: results that may be asked for again."""

    runtime: Runtime
    catalogue: Catalogue
    kept: Kept = field(default_factory=Kept)


def make_services() -> Services:
    """Read the cards of the checkpoint folder: LATENT_LAB_CHECKPOINTS, or the one that ships with the code.

    One thread computes one request: with two requests at a time that serves a class fastest on two cores.
    """
    torch.set_num_threads(1)
    runtime = choose_runtime()
    root = Path(os.environ.get("LATENT_LAB_CHECKPOINTS") or CHECKPOINTS)
    return Services(runtime, open_catalogue(root, runtime))
