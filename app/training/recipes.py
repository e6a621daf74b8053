"""The table of recipes: what `python -m app train NAME` trains, on what, and for how long."""

from dataclasses import dataclass

from app.core.errors import BadRequest
from app.core.randomness import make_generator
from app.core.registry import Registry
from app.core.runtime import Runtime
from app.data.base import PictureSet
from app.data.scenes.captions import WORDS
from app.data.scenes.factors import LABEL_COLUMNS, LABEL_SIZES
from app.models.build import build
from app.models.denoiser import Denoiser, DenoiserConfig
from app.models.judge import Judge, JudgeConfig
from app.models.latents import LatentScale
from app.models.text import TextConfig
from app.models.vae import VAE, VAEConfig
from app.training.config import TrainConfig
from app.training.denoiser_task import collect_examples, denoiser_task, latent_encoder
from app.training.judge_task import LabelledPictures, judge_task
from app.training.task import Task
from app.training.vae_task import vae_task

ModelConfig = VAEConfig | DenoiserConfig | JudgeConfig


@dataclass(frozen=True)
class Partner:
    """The frozen VAE in whose latents a denoiser works."""

    vae: VAE
    scale: LatentScale


@dataclass(frozen=True)
class Recipe:
    """kind: the key in app.models.MODELS; data: a data set spec, at `side` pixels; reconstruction: a VAE's loss.

    crop: side of the detail crops a VAE mostly learns from, 0 for whole pictures (app.training.crops).
    examples: how many pictures a denoiser learns from (they are encoded once and kept in memory).
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


TEXT = TextConfig(vocabulary=tuple(WORDS))

RECIPES: Registry[Recipe] = Registry(
    "recipe",
    f4c4=Recipe(
        kind="vae",
        about="VAE, 4 x 4 pixels to 4 numbers: the main generator works in its latents",
        model=VAEConfig(f=4, c=4),
        train=TrainConfig(steps=5000, batch_size=32, learning_rate=2e-3),
        data="scenes+photos",
        reconstruction="sharp",
        crop=32,
    ),
    f8c4=Recipe(
        kind="vae",
        about="VAE, 8 x 8 pixels to 4 numbers: stronger compression, textures suffer",
        model=VAEConfig(f=8, c=4),
        train=TrainConfig(steps=4000, batch_size=32, learning_rate=2e-3),
        data="scenes+photos",
        reconstruction="sharp",
        crop=32,
    ),
    digits=Recipe(
        kind="vae",
        about="VAE whose latent is one point in the plane, on 16-pixel digits: trains in under a minute",
        model=VAEConfig(f=16, c=2, kl_weight=1e-3, widths=(16, 32, 64, 128)),
        train=TrainConfig(steps=1200, batch_size=64, learning_rate=2e-3),
        data="digits",
        side=16,
        reconstruction="mse",
    ),
    judge=Recipe(
        kind="judge",
        about="reads the factors of a scene off a picture; grades generators",
        model=JudgeConfig(columns=tuple(LABEL_COLUMNS), sizes=tuple(LABEL_SIZES)),
        train=TrainConfig(steps=3000, batch_size=64),
    ),
    generator=Recipe(
        kind="denoiser",
        about="text-conditioned denoiser on the latents of f4c4: the app's main generator",
        model=DenoiserConfig(text=TEXT, partner="f4c4"),
        train=TrainConfig(steps=8000, batch_size=32, ema_half_life_steps=300),
        examples=65_536,
    ),
)


def make_task(
    recipe: Recipe, train: TrainConfig, data: PictureSet, runtime: Runtime, partner: Partner | None = None
) -> Task:
    """Build a fresh model with weights drawn from train.seed, and bind it to its data.

    A denoiser's partner is the VAE that the recipe's config names; None diffuses pixels.
    """
    generator = make_generator(train.seed, "weights")
    if isinstance(recipe.model, VAEConfig):
        return vae_task(build(VAE, recipe.model, generator), data, train, recipe.reconstruction, recipe.crop)
    if isinstance(recipe.model, JudgeConfig):
        if not isinstance(data, LabelledPictures):
            raise BadRequest(f"The judge learns from labelled scenes; '{data.name}' has no labels.", hint="Use scenes.")
        return judge_task(build(Judge, recipe.model, generator), data, train)
    denoiser = build(Denoiser, recipe.model, generator)
    encode = (lambda x, _: x) if partner is None else latent_encoder(partner.vae, partner.scale, runtime, train.seed)
    return denoiser_task(denoiser, collect_examples(data, recipe.examples, encode, denoiser), train)
