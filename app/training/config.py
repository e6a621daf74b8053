"""How long and how fast to train."""

import math
from dataclasses import dataclass
from typing import Literal

from app.core.errors import BadRequest


@dataclass(frozen=True)
class TrainConfig:
    """steps: optimiser steps; batch_size: samples a step over all processes (a VAE may see more,
    smaller ones that cost the same); learning_rate: its peak.

    The rate rises linearly over warmup_steps, then falls along a half cosine to final_rate times the peak.
    ema_half_life_steps: after so many steps, half of the averaged weights is new. clip_norm: largest gradient norm.
    optimiser: muon (app.training.optimiser; small weights take AdamW all the same) or adamw for all.
    """

    steps: int
    batch_size: int = 32
    learning_rate: float = 1e-3
    warmup_steps: int = 100
    final_rate: float = 0.02
    weight_decay: float = 0.01
    clip_norm: float = 1.0
    ema_half_life_steps: int = 200
    optimiser: Literal["muon", "adamw"] = "muon"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.steps < 1 or self.batch_size < 1:
            raise BadRequest(f"{self.steps} steps of {self.batch_size} samples.", hint="Use at least 1 of each.")

    def rate_at(self, step: int) -> float:
        """Return the learning rate of a step (1..steps)."""
        if step <= self.warmup_steps:
            return self.learning_rate * step / self.warmup_steps
        done = (step - self.warmup_steps) / max(1, self.steps - self.warmup_steps)
        fall = 0.5 * (1 + math.cos(math.pi * min(1.0, done)))
        return self.learning_rate * (self.final_rate + (1 - self.final_rate) * fall)

    def ema_decay_at(self, step: int) -> float:
        """Return how much of the average stays at a step; early steps forget faster, so the random start fades."""
        return min(0.5 ** (1 / self.ema_half_life_steps), (1 + step) / (10 + step))
