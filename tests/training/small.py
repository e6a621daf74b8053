"""A tiny task that trains in milliseconds a step, for tests of the loop and of what surrounds it."""

from dataclasses import replace

import torch

from app.core.randomness import make_generator
from app.core.runtime import Runtime
from app.data import open_dataset
from app.models.build import build
from app.models.vae import VAE, VAEConfig
from app.training.config import TrainConfig
from app.training.loop import Run
from app.training.vae_task import vae_task

CONFIG = TrainConfig(steps=12, batch_size=8, learning_rate=3e-3, warmup_steps=3, ema_half_life_steps=4)
RUNTIME = Runtime(torch.device("cpu"), torch.float32, torch.channels_last, "test")
ROUNDED = Runtime(torch.device("cpu"), torch.bfloat16, torch.channels_last, "test")
SIDE = 32


def small_run(runtime: Runtime = RUNTIME, c: int = 2, **changes: object) -> Run:
    """A VAE of a few thousand weights on 32-pixel digits; c: its latent channels."""
    config = replace(CONFIG, **changes)
    model = build(VAE, VAEConfig(f=4, c=c, widths=(16, 16)), make_generator(config.seed, "weights"))
    return Run(vae_task(model, open_dataset("digits", split="train", side=SIDE), config, "mse"), config, runtime)
