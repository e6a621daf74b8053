"""What every tab needs, made once: the runtime and the models at hand. It holds nothing of a visitor."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from app.core.cores import Cores, usable_cores
from app.core.runtime import Runtime, choose_runtime
from app.store.catalogue import CHECKPOINTS, Catalogue, open_catalogue
from app.ui.kept import Kept


@dataclass(frozen=True, eq=False)
class Services:
    """runtime: where models run; catalogue: which models there are; kept: results that may be asked for again;
    cores: what requests share."""

    runtime: Runtime
    catalogue: Catalogue
    kept: Kept = field(default_factory=Kept)
    cores: Cores = field(default_factory=lambda: Cores(usable_cores()))


def make_services() -> Services:
    """Read the cards of the checkpoint folder: LATENT_LAB_CHECKPOINTS, or the one that ships with the code."""
    runtime = choose_runtime()
    root = Path(os.environ.get("LATENT_LAB_CHECKPOINTS") or CHECKPOINTS)
    return Services(runtime, open_catalogue(root, runtime))
