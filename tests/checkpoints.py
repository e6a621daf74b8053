"""Checkpoints with random weights, made in a second: for tests of what surrounds the models."""

from dataclasses import asdict, replace
from pathlib import Path

import torch
from torch import nn

from app.core.randomness import make_generator
from app.core.runtime import Runtime
from app.data.scenes import LABEL_COLUMNS, LABEL_SIZES, WORDS
from app.models import MODELS, DenoiserConfig, JudgeConfig, RefinerConfig, VAEConfig
from app.models.build import build, count_parameters, initialise
from app.models.latents import LatentScale
from app.models.text import TextConfig
from app.store.card import Card, Training
from app.store.checkpoint import save_checkpoint

RUNTIME = Runtime(torch.device("cpu"), torch.float32, torch.channels_last, "test")
BFLOAT16 = Runtime(torch.device("cpu"), torch.bfloat16, torch.channels_last, "test")
TRAINING = Training("test", "scenes+photos", 0, 0, 1, 0.0, 0.0, "test")


def awake(network: type[nn.Module], config: object, generator: torch.Generator) -> nn.Module:
    """Build a network in which the layers that start at zero have weights too, as after training."""
    model = build(network, config, generator)
    for module in model.modules():
        if hasattr(module, "zero_init"):
            module.zero_init = False
    initialise(model, generator)
    return model.eval()


def make_checkpoint(root: Path, name: str, kind: str, config: object, **card: object) -> Card:
    """Write one checkpoint folder; equal names give equal weights."""
    model = awake(MODELS[kind].network, config, make_generator("test", name))
    values = {
        "name": name,
        "kind": kind,
        "about": "random weights",
        "config": asdict(config),
        "training": TRAINING,
        "weights_sha256": "",
        "parameters": count_parameters(model),
        "code_version": "test",
    }
    return save_checkpoint(root / name, model.state_dict(), Card(**(values | card)))


def make_vae(root: Path, name: str, f: int, c: int, kl_weight: float = 1e-4, **card: object) -> Card:
    """A small VAE with a unit latent scale."""
    config, scale = VAEConfig(f, c, kl_weight, widths=(8, 8, 8, 8)), LatentScale((0.0,) * c, (1.0,) * c)
    return make_checkpoint(root, name, "vae", config, latent_scale=scale, **card)


def make_refiner(root: Path, name: str, partner: Card) -> Card:
    """A small refiner of a VAE's pictures."""
    config = RefinerConfig(partner.name, width=8, blocks=1)
    return make_checkpoint(root, name, "refiner", config, partner=partner.name, partner_sha256=partner.latents_sha256)


def make_zoo(root: Path) -> Path:
    """f4c4, f8c4, a generator on f4c4, and a judge."""
    vae = make_vae(root, "f4c4", 4, 4)
    make_vae(root, "f8c4", 8, 4)
    text = TextConfig(tuple(WORDS), width=16, layers=1, heads=2)
    denoiser = DenoiserConfig(text, partner="f4c4", widths=(16, 16), heads=2, condition_width=16)
    make_checkpoint(root, "generator", "denoiser", denoiser, partner="f4c4", partner_sha256=vae.latents_sha256)
    judge = JudgeConfig(tuple(LABEL_COLUMNS), tuple(LABEL_SIZES), widths=(8, 8, 8, 8), feature_width=16)
    make_checkpoint(root, "judge", "judge", judge)
    return root


def make_ladder(root: Path) -> None:
    """What the page shows beside `make_zoo`: three rungs of the KL ladder with figures, and the VAE of digits."""
    for psnr, (name, weight) in enumerate({"small_kl0": 0.0, "small_kl1e-4": 1e-4, "small_kl1": 1.0}.items(), start=26):
        read = {"all_attributes": {"rate": 0.9, "low": 0.8, "high": 1.0, "n": 50}}
        scenes = {"psnr_db": float(psnr), "ssim": 0.9, "n": 50}
        make_vae(root, name, 8, 4, weight, metrics={"held_out_scenes": scenes, "judge_reads_reconstructions": read})
    make_vae(root, "digits", 16, 2, 1e-3, training=replace(TRAINING, data="digits", side=16))
