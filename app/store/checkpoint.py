"""Save and load one checkpoint folder: weights.safetensors and card.json, a pair that is old or new, never mixed."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save_file
from torch import Tensor, nn

from app.core.errors import BadCheckpoint, UnknownName
from app.core.files import sha256, write_atomically
from app.core.runtime import Runtime
from app.models import MODELS
from app.models.build import outline
from app.models.latents import LatentScale
from app.store.card import Card, read_card, write_card
from app.store.fields import HINT, from_dict

Content = TypeVar("Content")

WEIGHTS, CARD, NEXT_CARD = "weights.safetensors", "card.json", "card.next.json"
STORED = torch.float16
"""Weights on disk: half the size of float32; 11 bits of precision, where bfloat16 has 8."""


@dataclass(frozen=True, eq=False)
class Loaded:
    """A network that is ready to use (frozen, eval mode, on the runtime's device) and its card."""

    network: nn.Module
    card: Card


def write_weights(path: Path, weights: dict[str, Tensor]) -> str:
    """Write weights in STORED precision, atomically; returns their SHA-256."""
    stored = {name: value.to(STORED).contiguous() for name, value in weights.items()}
    write_atomically(path, lambda part: save_file(stored, part))
    return sha256(path)


def latents_sha256(weights: dict[str, Tensor], scale: LatentScale) -> str:
    """Return the hash of what gives latents their meaning: the encoder's weights as stored, and the scale."""
    digest = hashlib.sha256(json.dumps([scale.mean, scale.std]).encode())
    for name in sorted(weights):
        if name.startswith("encoder."):
            digest.update(name.encode() + weights[name].to(STORED).contiguous().numpy().tobytes())
    return digest.hexdigest()


def save_checkpoint(folder: Path, weights: dict[str, Tensor], card: Card) -> Card:
    """Write a checkpoint; returns the card with the hash of the weights filled in.

    The new card is laid beside the old one first, then the weights are exchanged, then the card. A kill in between
    leaves weights that match one of the two cards: `matching_card` finds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if card.latent_scale is not None:
        card = replace(card, latents_sha256=latents_sha256(weights, card.latent_scale))
    fresh = folder / f".{WEIGHTS}.new"
    card = replace(card, weights_sha256=write_weights(fresh, weights))
    write_card(folder / NEXT_CARD, card)
    fresh.replace(folder / WEIGHTS)
    (folder / NEXT_CARD).replace(folder / CARD)
    return card


def matching_card(folder: Path) -> Card:
    """Return the card that describes the weights in this folder.

    Raises BadCheckpoint if there are no weights, or if they are not the ones that the card describes.
    """
    return _card_for(folder, _read(folder / WEIGHTS, sha256))


def _card_for(folder: Path, digest: str) -> Card:
    """Return the card of the weights that have this hash: the card, or the next one if a kill came before its turn."""
    card = read_card(folder / CARD if (folder / CARD).exists() else folder / NEXT_CARD)
    if digest != card.weights_sha256 and (folder / NEXT_CARD).exists():
        card = read_card(folder / NEXT_CARD)
    if digest != card.weights_sha256:
        raise BadCheckpoint(
            f"{folder / WEIGHTS} is not the file its card describes: it was changed or is damaged.",
            hint="Fetch card.json and weights.safetensors again, or retrain the model.",
        )
    return card


def _read(weights: Path, read: Callable[[Path], Content]) -> Content:
    """Return what `read` makes of the file; raises BadCheckpoint if it is missing or cannot be read."""
    try:
        return read(weights)
    except FileNotFoundError as error:
        raise BadCheckpoint(f"{weights} is missing.", hint="Fetch the folder again, or retrain the model.") from error
    except OSError as error:
        raise BadCheckpoint(f"{weights} cannot be read: {error.strerror}.", hint="Check who may read it.") from error


def load_checkpoint(folder: Path, *, runtime: Runtime) -> Loaded:
    """Rebuild a model from its card alone; raises BadCheckpoint, with what to do, for anything that does not fit.

    The file is read once, so that what is hashed is what is loaded. The network is outlined without memory until its
    names and shapes are known to be those of the file: a card cannot ask for more memory than its weights take.
    """
    data = _read(folder / WEIGHTS, Path.read_bytes)
    card = _card_for(folder, hashlib.sha256(data).hexdigest())
    model, weights = _outline(card), _parse(data, folder)
    if _shapes(weights) != _shapes(dict([*model.named_parameters(), *model.named_buffers()])):
        raise _misfit(folder)
    if card.latent_scale is not None and latents_sha256(weights, card.latent_scale) != card.latents_sha256:
        raise BadCheckpoint(
            f"The latent scale or hash on the card of {folder} was changed.", hint="Fetch card.json again."
        )
    model.load_state_dict({name: value.float() for name, value in weights.items()}, strict=True, assign=True)
    return Loaded(runtime.place(model).eval().requires_grad_(False), card)


def _parse(data: bytes, folder: Path) -> dict[str, Tensor]:
    try:
        return load(data)
    except (SafetensorError, ValueError, KeyError, RuntimeError) as error:
        raise _misfit(folder) from error


def _outline(card: Card) -> nn.Module:
    """Return the card's network on the meta device; raises BadCheckpoint if its config makes no network."""
    config = config_of(card)
    try:
        return outline(MODELS[card.kind].network, config)
    except Exception as error:  # PyTorch answers sizes that cannot be with errors of many types
        raise BadCheckpoint(f"The config on the card of '{card.name}' makes no network.", hint=HINT) from error


def _shapes(weights: dict[str, Tensor]) -> dict[str, torch.Size]:
    return {name: value.shape for name, value in weights.items()}


def _misfit(folder: Path) -> BadCheckpoint:
    return BadCheckpoint(
        f"The weights in {folder} do not fit the network that the card describes.",
        hint="Fetch both files again, or retrain the model.",
    )


def config_of(card: Card) -> Any:
    """Return the network's config dataclass from a card.

    Raises BadCheckpoint for a kind or a config that cannot be, and where config, partner and scale contradict.
    """
    try:
        config = from_dict(MODELS[card.kind].config, card.config, f"The card of {card.name}")
    except UnknownName as error:
        raise BadCheckpoint(error.message, hint="This card is of another version of Latent Lab.") from error
    if card.partner != getattr(config, "partner", ""):
        raise BadCheckpoint(f"The card of {card.name} names two partners.", hint=HINT)
    if card.latent_scale is not None and len(card.latent_scale.std) != getattr(config, "c", 0):
        raise BadCheckpoint(f"The latent scale of {card.name} has another number of channels.", hint=HINT)
    return config
