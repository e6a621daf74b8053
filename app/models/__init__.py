"""The networks, each with its frozen config beside it, and the table from which a checkpoint is rebuilt."""

from app.core.registry import Registry
from app.models.build import ModelKind
from app.models.denoiser import Denoiser, DenoiserConfig
from app.models.judge import Judge, JudgeConfig
from app.models.refiner import Refiner, RefinerConfig
from app.models.vae import VAE, VAEConfig

MODELS: Registry[ModelKind] = Registry(
    "kind of model",
    vae=ModelKind(VAE, VAEConfig),
    denoiser=ModelKind(Denoiser, DenoiserConfig),
    judge=ModelKind(Judge, JudgeConfig),
    refiner=ModelKind(Refiner, RefinerConfig),
)

__all__ = [
    "MODELS",
    "VAE",
    "Denoiser",
    "DenoiserConfig",
    "Judge",
    "JudgeConfig",
    "ModelKind",
    "Refiner",
    "RefinerConfig",
    "VAEConfig",
]
