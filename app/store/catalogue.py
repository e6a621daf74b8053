"""The models at hand: reads every card in a folder once, reports bad ones, loads networks when they are first used."""

from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import cast

from app.core.errors import BadCheckpoint, LabError
from app.core.registry import did_you_mean
from app.core.runtime import Runtime
from app.models import VAE, Denoiser, Judge
from app.models.latents import LatentScale
from app.store.card import Card
from app.store.checkpoint import Loaded, load_checkpoint, matching_card

CHECKPOINTS = Path(__file__).parents[2] / "checkpoints"
"""Where the models that ship with the code are."""


@dataclass(frozen=True, eq=False)
class LoadedVAE:
    """A VAE, the measured scale of its latents, and its card."""

    network: VAE
    scale: LatentScale
    card: Card


@dataclass(frozen=True, eq=False)
class LoadedDenoiser:
    """A denoiser with the VAE in whose latents it works (None: it works on pixels)."""

    network: Denoiser
    card: Card
    vae: LoadedVAE | None


@dataclass(frozen=True, eq=False)
class LoadedJudge:
    """The judge and its card."""

    network: Judge
    card: Card


@dataclass(frozen=True, eq=False)
class Catalogue:
    """cards: what can be loaded, by name; problems: one sentence for each folder that cannot."""

    root: Path
    runtime: Runtime
    cards: dict[str, Card]
    problems: dict[str, str]
    _loaded: dict[str, Loaded] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def names(self, kind: str) -> list[str]:
        """Return the names of all models of a kind, sorted."""
        return sorted(name for name, card in self.cards.items() if card.kind == kind)

    def card(self, name: str, kind: str) -> Card:
        """Return a card; raises BadCheckpoint for a name that is not there, broken, or of another kind."""
        if name in self.problems:
            raise BadCheckpoint(f"The model '{name}' cannot be used: {self.problems[name]}", hint="")
        if name not in self.cards or self.cards[name].kind != kind:
            known = self.names(kind)
            what = f"No {kind} called '{name}' is in {self.root}."
            raise BadCheckpoint(what, hint=did_you_mean(name, known) if known else "Train one: python -m app train.")
        return self.cards[name]

    def vae(self, name: str) -> LoadedVAE:
        """Load a VAE, or return it if it is loaded already."""
        card = self.card(name, "vae")
        if card.latent_scale is None:
            raise BadCheckpoint(f"The card of '{name}' has no latent scale.", hint="Retrain the model.")
        return LoadedVAE(cast(VAE, self._network(name)), card.latent_scale, card)

    def judge(self, name: str = "judge") -> LoadedJudge:
        """Load a judge, or return it if it is loaded already."""
        card = self.card(name, "judge")
        return LoadedJudge(cast(Judge, self._network(name)), card)

    def denoiser(self, name: str) -> LoadedDenoiser:
        """Load a denoiser and its partner; raises BadCheckpoint if that VAE is not the one it was trained with."""
        card = self.card(name, "denoiser")
        if card.partner and self.card(card.partner, "vae").latents_sha256 != card.partner_sha256:
            raise BadCheckpoint(
                f"'{name}' was trained in the latents of another '{card.partner}' than the one that is here.",
                hint=f"Fetch the matching '{card.partner}', or retrain '{name}'.",
            )
        vae = self.vae(card.partner) if card.partner else None
        return LoadedDenoiser(cast(Denoiser, self._network(name)), card, vae)

    def _network(self, name: str) -> object:
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = load_checkpoint(self.root / name, runtime=self.runtime)
            return self._loaded[name].network


def open_catalogue(root: Path, runtime: Runtime) -> Catalogue:
    """Read every checkpoint folder's card; a bad folder becomes a problem and never stops the rest."""
    cards, problems = {}, {}
    folders = (
        [entry for entry in root.iterdir() if entry.is_dir() and not entry.name.startswith(".")]
        if root.is_dir()
        else []
    )
    for folder in sorted(folders):
        try:
            cards[folder.name] = matching_card(folder)
        except LabError as error:
            problems[folder.name] = str(error)
    return Catalogue(root, runtime, cards, problems)
