"""The models at hand: reads every card in a folder once, reports bad ones, loads networks when they are first used."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import cast

from app.core.errors import BadCheckpoint, LabError
from app.core.registry import did_you_mean
from app.core.runtime import Runtime
from app.models import VAE, Denoiser, Judge, Refiner
from app.models.latents import LatentScale
from app.store.card import Card
from app.store.checkpoint import Loaded, config_of, load_checkpoint, matching_card

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
class LoadedRefiner:
    """A refiner with the VAE whose reconstructions it repairs."""

    network: Refiner
    card: Card
    vae: LoadedVAE


@dataclass(frozen=True, eq=False)
class Catalogue:
    """cards: what can be loaded, by the folder's name; broken: why each other folder cannot."""

    root: Path
    runtime: Runtime
    cards: dict[str, Card]
    broken: dict[str, LabError]
    _loaded: dict[str, Loaded] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def names(self, kind: str) -> list[str]:
        """Return the names of all models of a kind, sorted."""
        return sorted(name for name, card in self.cards.items() if card.kind == kind)

    @property
    def problems(self) -> dict[str, str]:
        """One sentence and a hint for each folder that cannot be loaded."""
        return {name: str(error) for name, error in self.broken.items()}

    def card(self, name: str, kind: str = "") -> Card:
        """Return a card; raises BadCheckpoint for a name that is not there, broken, or not of this kind ('': any)."""
        if name in self.broken:
            error = self.broken[name]
            raise BadCheckpoint(f"The model '{name}' cannot be used: {error.message}", hint=error.hint)
        if name not in self.cards or kind not in ("", self.cards[name].kind):
            known = self.names(kind) if kind else sorted(self.cards)
            what = f"No {kind or 'model'} called '{name}' is in {self.root}."
            hint = did_you_mean(name, known) if known else "See what can be trained: python -m app train --list"
            raise BadCheckpoint(what, hint=hint)
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
        vae = self._partner(name, card) if card.partner else None
        network = cast(Denoiser, self._network(name))
        if network.config.channels != (vae.network.config.c if vae else 3):
            raise BadCheckpoint(
                f"'{name}' works on {network.config.channels} channels, which '{card.partner or 'pixels'}' has not.",
                hint=f"Retrain '{name}'.",
            )
        return LoadedDenoiser(network, card, vae)

    def refiner(self, name: str) -> LoadedRefiner:
        """Load a refiner and its partner; raises BadCheckpoint if that VAE is not the one it was trained with."""
        card = self.card(name, "refiner")
        return LoadedRefiner(cast(Refiner, self._network(name)), card, self._partner(name, card))

    def refuse_change(self, name: str, now: Card) -> None:
        """Raise BadCheckpoint if a card read now is of other weights than when the catalogue was opened."""
        then = self.cards[name]
        if (now.weights_sha256, now.latents_sha256) != (then.weights_sha256, then.latents_sha256):
            raise BadCheckpoint(
                f"The model '{name}' changed since it was opened.", hint="Start again, so that its new card is read."
            )

    def _partner(self, name: str, card: Card) -> LoadedVAE:
        if self.card(card.partner, "vae").latents_sha256 != card.partner_sha256:
            raise BadCheckpoint(
                f"'{name}' was trained in the latents of another '{card.partner}' than the one that is here.",
                hint=f"Fetch the matching '{card.partner}', or retrain '{name}'.",
            )
        return self.vae(card.partner)

    def _network(self, name: str) -> object:
        with self._lock:
            if name not in self._loaded:
                loaded = load_checkpoint(self.root / name, runtime=self.runtime)
                self.refuse_change(name, loaded.card)
                self._loaded[name] = loaded
            return self._loaded[name].network


def open_catalogue(root: Path, runtime: Runtime) -> Catalogue:
    """Read every checkpoint folder's card; a bad folder becomes a problem and never stops the rest.

    A model's name is its folder's: two copies of one checkpoint are two models.
    """
    cards: dict[str, Card] = {}
    broken: dict[str, LabError] = {}
    for folder in _folders(root):
        try:
            card = replace(matching_card(folder), name=folder.name)
            config_of(card)
            cards[folder.name] = card
        except LabError as error:
            broken[folder.name] = error
    return Catalogue(root, runtime, cards, broken)


def _folders(root: Path) -> list[Path]:
    try:
        entries = sorted(root.iterdir()) if root.is_dir() else []
    except OSError as error:
        raise BadCheckpoint(f"{root} cannot be read: {error.strerror}.", hint="Check who may read it.") from error
    return [entry for entry in entries if entry.is_dir() and not entry.name.startswith(".")]
