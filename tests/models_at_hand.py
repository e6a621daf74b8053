"""Small checkpoints with random weights, made in a second: for tests of what works with any model.

Layers that start at zero get values too, so that captions, noise and pictures really matter to the result.
"""

from dataclasses import asdict
from pathlib import Path

import torch
from torch import nn

from app.core.randomness import make_generator
from app.data.scenes.captions import WORDS
from app.models import VAE, Denoiser
from app.models.build import build, count_parameters
from app.models.denoiser import DenoiserConfig
from app.models.latents import LatentScale
from app.models.text import TextConfig
from app.models.vae import VAEConfig
from app.store.card import Card, Training
from app.store.checkpoint import save_checkpoint

TRAINING = Training("none", "none", 0, 0, 1, 0.0, 0.0, "random weights")


def small_vae(root: Path, name: str = "f4c4", *, f: int = 4, c: int = 4, kl_weight: float = 1e-4) -> Card:
    """Write a VAE to root/name."""
    config = VAEConfig(f=f, c=c, kl_weight=kl_weight, widths=(8, 12, 12, 12), decoder_blocks=1)
    network = stirred(build(VAE, config, make_generator("weights", name)), name)
    scale = LatentScale(mean=(0.1,) * c, std=(0.8,) * c)
    return _save(root, name, "vae", config, network, latent_scale=scale)


def small_denoiser(root: Path, partner: Card | None, name: str = "generator") -> Card:
    """Write a denoiser to root/name that works in the partner's latents, or on pixels without one."""
    text = TextConfig(vocabulary=tuple(WORDS), width=16, layers=1, heads=2)
    shape = {"channels": 3, "side": 64, "patch": 4} if partner is None else _latent_shape(partner)
    config = DenoiserConfig(text, partner=partner.name if partner else "", widths=(16, 16), heads=2, **shape)
    network = stirred(build(Denoiser, config, make_generator("weights", name)), name)
    told = {"partner": partner.name, "partner_sha256": partner.weights_sha256} if partner else {}
    return _save(root, name, "denoiser", config, network, **told)


def small_zoo(root: Path) -> Path:
    """Write f4c4, f8c4 and a generator on f4c4; returns the folder."""
    small_denoiser(root, small_vae(root, "f4c4"))
    small_vae(root, "f8c4", f=8)
    return root


@torch.no_grad()
def stirred(network: nn.Module, name: str) -> nn.Module:
    """Give every parameter a little noise."""
    generator = make_generator("stir", name)
    for parameter in network.parameters():
        parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator))
    return network


def _latent_shape(partner: Card) -> dict[str, int]:
    return {"channels": partner.config["c"], "side": 64 // partner.config["f"]}


def _save(root: Path, name: str, kind: str, config: object, network: nn.Module, **more: object) -> Card:
    card = Card(name, kind, "random weights", asdict(config), TRAINING, "", count_parameters(network), "test", **more)
    return save_checkpoint(root / name, dict(network.state_dict()), card)
