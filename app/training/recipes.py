"""The table of recipes: what `python -m app train NAME` trains, on what, and for how long.

VAEs of the ladder share their widths at each resolution (f4c4 is wider at 1/4), and denoisers of the race their
network, batch and examples; the two that predict noise and clean signal also have another schedule. Only so can f, c,
the KL weight or the loss be what makes a difference between two of them. What else differs is said in the report.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from app.core.registry import Registry
from app.data.scenes.captions import WORDS
from app.data.scenes.factors import LABEL_COLUMNS, LABEL_SIZES
from app.models import DenoiserConfig, JudgeConfig, RefinerConfig, VAEConfig
from app.models.text import TextConfig
from app.training.config import TrainConfig
from app.training.recipe import Recipe

TEXT = TextConfig(vocabulary=tuple(WORDS))
WIDTHS = (48, 96, 192, 160)
"""Channels of a ladder VAE at 1/2, 1/4, 1/8 and 1/16 of the picture's side; the last would take megabytes at 256."""
SMALL_WIDTHS = (32, 64, 128)
"""The same for the VAEs of the KL ladder and of the two losses, half as costly."""


def _vae(f: int, c: int, about: str, *, steps: int = 3000) -> Recipe:
    """A rung: equal data, batch and schedule for all."""
    return Recipe(
        kind="vae",
        about=about,
        model=VAEConfig(f=f, c=c, widths=WIDTHS[: f.bit_length() - 1]),
        train=TrainConfig(steps=steps, batch_size=32, learning_rate=5e-3),
        data="scenes+photos",
        reconstruction="sharp",
        crop=32,
    )


def _grown(f: int, c: int, about: str, *, steps: int = 1000) -> Recipe:
    """A rung that begins with the layers of f8c4 that fit it, and so needs a third of the steps.

    At the rate of a fresh start, f8c4's layers forgot in 50 steps what they knew: f8c16 ended at 31.05 dB (n = 500).
    """
    fresh = _vae(f, c, about, steps=steps)
    return replace(fresh, start_from="f8c4", train=replace(fresh.train, learning_rate=2e-3))


def _small(about: str, *, kl_weight: float = 1e-4, loss: str = "sharp") -> Recipe:
    """One of the f8c4s that differ in KL weight or loss alone; narrower than the rung, so that all of them train."""
    return replace(
        _vae(8, 4, about, steps=1200),
        model=VAEConfig(f=8, c=4, widths=SMALL_WIDTHS, kl_weight=kl_weight),
        reconstruction=loss,
    )


def _race(partner: str, about: str, steps: int, *, target: Literal["eps", "x0", "v"] = "v") -> Recipe:
    """A denoiser of the one design of the race, small enough that ten of them can be shipped.

    steps: what `RACE_SECONDS` allow it on the machine of the cards. Noise and clean signal are predicted on Stable
    Diffusion's schedule: at the end of the cosine one, an error of the noise reaches the clean signal 20,000-fold.
    """
    f, c = (_RUNGS[partner].model.f, _RUNGS[partner].model.c) if partner else (1, 3)  # type: ignore[union-attr]
    shape = DenoiserConfig(
        text=TEXT,
        partner=partner,
        channels=c,
        side=64 // f,
        target=target,
        schedule="cosine" if target == "v" else "scaled_linear",
        widths=(32, 64, 96),
        attention_levels=(2,),
        condition_width=128,
    )
    early = min(100, steps // 10)  # so that the few steps of the costly ones are not all warm-up
    train = TrainConfig(steps, batch_size=32, learning_rate=4e-3, warmup_steps=early, ema_half_life_steps=early)
    return Recipe(
        kind="denoiser",
        about=about,
        model=shape,
        train=train,
        examples=8_192,
    )


_F4C4 = replace(
    _vae(4, 4, "VAE, 4 x 4 pixels to 4 numbers: the main generator works in its latents", steps=2600),
    model=VAEConfig(f=4, c=4, widths=(48, 128)),
)

_RUNGS: Mapping[str, Recipe] = {
    "f4c4": _F4C4,
    "f8c4": _vae(8, 4, "VAE, 8 x 8 pixels to 4 numbers: stronger compression, fine detail suffers"),
    "f2c4": _vae(2, 4, "VAE, 2 x 2 pixels to 4 numbers: hardly any compression"),
    "f8c16": _grown(8, 16, "VAE, 8 x 8 pixels to 16 numbers: as many numbers as f4c4, in fewer places", steps=1200),
    "f16c4": _grown(16, 4, "VAE, 16 x 16 pixels to 4 numbers: a sketch of the picture"),
    "f16c16": _grown(16, 16, "VAE, 16 x 16 pixels to 16 numbers: as many numbers as f8c4, in fewer places"),
    "small_kl0": _small("plain autoencoder: a small f8c4 with KL weight 0", kl_weight=0.0),
    "small_kl1e-6": _small("a small f8c4 with KL weight 1e-6", kl_weight=1e-6),
    "small_kl1e-4": _small("a small f8c4 with KL weight 1e-4, as the rungs have it"),
    "small_kl1e-2": _small("a small f8c4 with KL weight 1e-2", kl_weight=1e-2),
    "small_kl1": _small("over-regularised: a small f8c4 with KL weight 1", kl_weight=1.0),
    "small_mse": _small("a small f8c4 trained with the mean squared error alone", loss="mse"),
}

_OTHERS: Mapping[str, Recipe] = {
    "f8c4_decoder": replace(
        _vae(8, 4, "f8c4 with its decoder trained further: other pictures from the same latents", steps=1200),
        start_from="f8c4",
        frozen=("encoder",),
    ),
    "refiner": Recipe(
        kind="refiner",
        about="a residual network after the decoder of f8c4, trained to repair what it smears",
        model=RefinerConfig("f8c4"),
        train=TrainConfig(steps=1000, batch_size=32, learning_rate=4e-3),
        data="scenes+photos",
        reconstruction="sharp",
    ),
    "digits": Recipe(
        kind="vae",
        about="VAE whose latent is one point in the plane, on 16-pixel digits: trains in under a minute",
        model=VAEConfig(f=16, c=2, kl_weight=1e-3, widths=(16, 32, 48, 64)),
        train=TrainConfig(steps=600, batch_size=64, learning_rate=2e-3),
        data="digits",
        side=16,
        reconstruction="mse",
    ),
    "judge": Recipe(
        kind="judge",
        about="reads the factors of a scene off a picture; grades generators",
        model=JudgeConfig(columns=tuple(LABEL_COLUMNS), sizes=tuple(LABEL_SIZES)),
        train=TrainConfig(steps=3000, batch_size=64),
    ),
    "generator": Recipe(
        kind="denoiser",
        about="text-conditioned denoiser on the latents of f4c4: the app's main generator",
        model=DenoiserConfig(
            text=TEXT,
            partner="f4c4",
            target="x0",  # with this schedule the best of five pairs (ARCHITECTURE.md)
            schedule="scaled_linear",
            patch=2,  # two thirds of the operations of a level at the latent's own side, and no worse
            widths=(160, 224),
            attention_levels=(0, 1),
        ),
        train=TrainConfig(steps=7000, batch_size=48, learning_rate=4e-3),
        examples=40_960,
    ),
}

RACE_SECONDS = 900
"""What each denoiser of the race may train for on one core, so that they can be compared.

The steps below are what a Zen 1 core without fast bfloat16 does in that time (medians of 4 to 20 steps).
"""

_RACES: Mapping[str, Recipe] = {
    "race_pixels": _race("", "the race's denoiser on pixels: no VAE at all", 180),
    "race_f2c4": _race("f2c4", "the race's denoiser on 32 x 32 latents", 710),
    "race_f4c4": _race("f4c4", "the race's denoiser on 16 x 16 latents", 1700),
    "race_f8c4": _race("f8c4", "the race's denoiser on 8 x 8 latents", 2650),
    "race_f16c4": _race("f16c4", "the race's denoiser on 4 x 4 latents", 3250),
    "race_kl0": _race("small_kl0", "the race's denoiser on the latents of a plain autoencoder", 2650),
    "race_kl1e-4": _race("small_kl1e-4", "the race's denoiser on the latents of the usual KL weight", 2650),
    "race_kl1": _race("small_kl1", "the race's denoiser on over-regularised latents", 2650),
    "race_eps": _race("f4c4", "the race's denoiser, told to predict the noise", 1700, target="eps"),
    "race_x0": _race("f4c4", "the race's denoiser, told to predict the clean latent", 1700, target="x0"),
}

RECIPES: Registry[Recipe] = Registry("recipe", **_RUNGS, **_OTHERS, **_RACES)
