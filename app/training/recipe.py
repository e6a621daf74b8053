"""What a recipe is, and how it becomes a model bound to its data."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from torch import nn

from app.core.errors import BadRequest
from app.core.randomness import make_generator
from app.core.runtime import Runtime
from app.data.base import PictureSet
from app.data.scenes import Scenes
from app.models import MODELS, DenoiserConfig, JudgeConfig, RefinerConfig, VAEConfig
from app.models.build import build
from app.models.latents import LatentScale
from app.models.vae import VAE
from app.training.config import TrainConfig
from app.training.denoiser_task import Examples, collect_examples, denoiser_task, latent_encoder, pixel_encoder
from app.training.judge_task import judge_task
from app.training.refiner_task import refiner_task
from app.training.task import Task
from app.training.vae_task import vae_task

Keep = Callable[[Callable[[], Examples]], Examples]
"""How the examples of a denoiser are come by: handed the function that encodes them."""
ModelConfig = VAEConfig | DenoiserConfig | JudgeConfig | RefinerConfig


@dataclass(frozen=True)
class Partner:
    """The frozen VAE in whose latents a denoiser works, or whose pictures a refiner repairs."""

    vae: VAE
    scale: LatentScale


@dataclass(frozen=True)
class Recipe:
    """kind: the key in app.models.MODELS; data: a data set spec, at `side` pixels; reconstruction: a VAE's loss.

    crop: side of the detail crops a VAE mostly learns from, 0 for whole pictures (app.training.crops).
    examples: how many pictures a denoiser learns from (they are encoded once and kept in memory).
    start_from: the recipe whose finished weights this one begins with, a VAE with as many of them as fit it.
    frozen: parts of the network that keep theirs.
    """

    kind: str
    about: str
    model: ModelConfig
    train: TrainConfig
    data: str = "scenes"
    side: int = 64
    reconstruction: str = ""
    crop: int = 0
    examples: int = 0
    start_from: str = ""
    frozen: tuple[str, ...] = ()

    @property
    def partner(self) -> str:
        """Name of the VAE it needs, '' for none."""
        return getattr(self.model, "partner", "")

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of the recipes that must be finished first."""
        return tuple(name for name in (self.partner, self.start_from) if name)


def encode_now(collect: Callable[[], Examples]) -> Examples:
    """Keep nothing: encode."""
    return collect()


def make_model(recipe: Recipe, seed: int) -> nn.Module:
    """Build the recipe's network with weights drawn from the seed; its frozen parts take no gradient."""
    model = build(MODELS[recipe.kind].network, recipe.model, make_generator(seed, "weights"))
    for name in recipe.frozen:
        model.get_submodule(name).requires_grad_(False)
    return model


def bind(
    model: nn.Module,
    recipe: Recipe,
    train: TrainConfig,
    data: PictureSet,
    runtime: Runtime,
    partner: Partner | None = None,
    keep: Keep = encode_now,
) -> Task:
    """Bind a model to its data and loss. A denoiser without a partner diffuses pixels; a refiner must have one.

    keep: may answer with what an earlier session encoded, rather than have it done again.
    """
    if recipe.kind == "vae":
        return vae_task(model, data, train, recipe.reconstruction, recipe.crop)  # type: ignore[arg-type]
    if recipe.kind == "judge":
        return judge_task(model, _labelled(data), train)  # type: ignore[arg-type]
    if recipe.kind == "refiner":
        assert partner is not None
        return refiner_task(model, partner.vae, data, train, recipe.reconstruction, runtime)  # type: ignore[arg-type]
    encode = latent_encoder(partner.vae, partner.scale, runtime, train.seed) if partner else pixel_encoder
    collect = partial(collect_examples, data, recipe.examples, encode, model)  # type: ignore[arg-type]
    return denoiser_task(model, keep(collect) if partner else collect(), train)  # type: ignore[arg-type]


def _labelled(data: PictureSet) -> Scenes:
    if not isinstance(data, Scenes):
        raise BadRequest(f"The judge learns from the factors of scenes; '{data.name}' has none.", hint="Use scenes.")
    return data
