"""Save and load one checkpoint folder: weights.safetensors and card.json, a pair that is old or new, never mixed."""

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from app.core.errors import BadCheckpoint, UnknownName
from app.core.files import sha256, write_atomically
from app.core.runtime import Runtime
from app.models import MODELS
from app.models.build import build_empty
from app.models.latents import LatentScale
from app.store.card import Card, read_card, write_card
from app.store.fields import from_dict

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
    card, weights = read_card(folder / CARD if (folder / CARD).exists() else folder / NEXT_CARD), folder / WEIGHTS
    if not weights.is_file():
        raise BadCheckpoint(f"{weights} is missing.", hint="Fetch the folder again, or retrain the model.")
    digest = sha256(weights)
    if digest != card.weights_sha256 and (folder / NEXT_CARD).exists():
        card = read_card(folder / NEXT_CARD)
    if digest != card.weights_sha256:
        raise BadCheckpoint(
            f"{weights} is not the file its card describes: it was changed or is damaged.",
            hint="Fetch card.json and weights.safetensors again, or retrain the model.",
        )
    return card


def load_checkpoint(folder: Path, *, runtime: Runtime) -> Loaded:
    """Rebuild a model from its card alone; raises BadCheckpoint, with what to do, for anything that does not fit."""
    card = matching_card(folder)
    config = config_of(card)
    model = build_empty(MODELS[card.kind].network, config)
    try:
        weights = load_file(folder / WEIGHTS)
        if card.latent_scale is not None and latents_sha256(weights, card.latent_scale) != card.latents_sha256:
            raise BadCheckpoint(
                f"The latent scale or hash on the card of {folder} was changed.", hint="Fetch card.json again."
            )
        model.load_state_dict({name: value.float() for name, value in weights.items()}, strict=True)
    except (SafetensorError, RuntimeError) as error:
        raise BadCheckpoint(
            f"The weights in {folder} do not fit the network that the card describes.",
            hint="Fetch both files again, or retrain the model.",
        ) from error
    return Loaded(runtime.place(model).eval().requires_grad_(False), card)


def config_of(card: Card) -> Any:
    """Return the network's config dataclass from a card."""
    try:
        return from_dict(MODELS[card.kind].config, card.config, f"The card of {card.name}")
    except UnknownName as error:
        raise BadCheckpoint(error.message, hint="This card is of another version of Latent Lab.") from error
