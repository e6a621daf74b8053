"""The table of recipes: what `python -m app train NAME` trains, on what, and for how long."""

from app.core.registry import Registry
from app.data.scenes.captions import WORDS
from app.data.scenes.factors import LABEL_COLUMNS, LABEL_SIZES
from app.models import DenoiserConfig, JudgeConfig, VAEConfig
from app.models.text import TextConfig
from app.training.config import TrainConfig
from app.training.recipe import Recipe

TEXT = TextConfig(vocabulary=tuple(WORDS))

RECIPES: Registry[Recipe] = Registry(
    "recipe",
    f4c4=Recipe(
        kind="vae",
        about="VAE, 4 x 4 pixels to 4 numbers: the main generator works in its latents",
        model=VAEConfig(f=4, c=4, widths=(48, 128)),
        train=TrainConfig(steps=2600, batch_size=32, learning_rate=5e-3),
        data="scenes+photos",
        reconstruction="sharp",
        crop=32,
    ),
    f4c4_decoder=Recipe(
        kind="vae",
        about="f4c4 with its decoder trained further: sharper pictures from the same latents",
        model=VAEConfig(f=4, c=4, widths=(48, 128)),
        train=TrainConfig(steps=2000, batch_size=32, learning_rate=2.5e-3),
        data="scenes+photos",
        reconstruction="sharp",
        crop=32,
        start_from="f4c4",
        frozen=("encoder",),
    ),
    f8c4=Recipe(
        kind="vae",
        about="VAE, 8 x 8 pixels to 4 numbers: stronger compression, textures suffer",
        model=VAEConfig(f=8, c=4),
        train=TrainConfig(steps=2600, batch_size=32, learning_rate=2e-3),
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
        train=TrainConfig(steps=480, batch_size=32, warmup_steps=40, ema_half_life_steps=50),
        examples=16_384,
    ),
)
