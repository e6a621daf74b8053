"""Claim 2: a learned code against codes that are made by hand, at equal bytes."""

from functools import partial
from typing import Literal

from app.core.runtime import Runtime
from app.evaluation.claims.codecs import (
    QUALITIES,
    STEPS,
    BlockComponents,
    Coded,
    code_latents,
    code_picture_file,
    find_components,
    finest_within,
)
from app.evaluation.claims.material import Pictures, decibels, held_out, mean_figures
from app.evaluation.claims.statistics import Values, exceeds, larger, short
from app.evaluation.claims.study import Study
from app.evaluation.claims.verdict import Check, Figure, Finding, conclude, every, unmet
from app.models.build import count_parameters
from app.store.catalogue import LoadedVAE

MOST_CODED = 512
"""A sheet of more pictures would outgrow what WebP can hold."""
STEP = 0.25
"""Of the latents' quantiser, in channel stds: its rounding noise, step / sqrt(12), is 7 % of what a channel says."""
TIMES = (1, 2, 4, 8)
"""Numbers of components that are tried, in multiples of the latent's channels."""
REBUILT_DB = 25.0
"""Below this the error is more than 5.6 % of the range, and a picture is no longer 'rebuilt'."""
BY_HAND = ("JPEG", "WebP", "components")
BYTES = 2
"""Of a weight on disk, in float16."""


def learned_compression(study: Study) -> Finding:
    """Code held-out pictures in the latents of two VAEs, and with JPEG, WebP and block components at equal bytes."""
    runs: dict[str, dict[str, Values]] = {}
    figures: list[Figure] = []
    for name in ("f8c4", "f4c4"):
        model = study.catalogue.vae(name)
        config = model.network.config
        size = BYTES * count_parameters(model.network.decoder)
        figures += [Figure(f"{name}: its decoder, which no size below counts", f"{size / 1e6:.2f} MB (exact)")]
        components = find_components(
            config.f, [times * config.c for times in TIMES if times * config.c <= 3 * config.f**2]
        )
        for spec in ("scenes", "photos"):
            pictures = held_out(spec, min(study.count, MOST_CODED))
            coded = code_alike(model, components, pictures, study.runtime)
            runs[f"{name}, {spec}"] = {how: decibels(pictures, each.pictures) for how, each in coded.items()}
            sizes = ", ".join(f"{how} {each.size:.0f}" for how, each in coded.items())
            figures += [Figure(f"{name}, {spec}: bytes a picture", f"{sizes} (n = {len(pictures)})")]
            figures += mean_figures([(f"{name}, {spec}: {how}", v) for how, v in runs[f"{name}, {spec}"].items()], "dB")
    return conclude(figures, compression_checks(runs))


def code_alike(
    model: LoadedVAE, components: list[BlockComponents], pictures: Pictures, runtime: Runtime
) -> dict[str, Coded]:
    """Code pictures in latents, then by each other method with at most as many bytes.

    Of the components the number is taken that does best: few with fine steps, or many with coarse ones; of JPEG the
    better of colours at half and at full resolution.
    """
    latents = code_latents(model, pictures, STEP, runtime)

    def best(tried: list[Coded]) -> Coded:
        return max(tried, key=lambda coded: float(decibels(pictures, coded.pictures).mean()))

    def file(kind: Literal["JPEG", "WebP"], halved: bool) -> Coded:
        code = partial(code_picture_file, pictures, kind, halved=halved)
        return finest_within(latents.size, QUALITIES[kind], code)

    return {
        "latents": latents,
        "JPEG": best([file("JPEG", halved) for halved in (True, False)]),
        "WebP": file("WebP", halved=True),
        "components": best([finest_within(latents.size, STEPS, partial(each.code, pictures)) for each in components]),
    }


def compression_checks(runs: dict[str, dict[str, Values]]) -> list[Check]:
    """Core: scenes are rebuilt, better than by each code made by hand. Limit: what wins against latents elsewhere."""
    scenes = {name: run for name, run in runs.items() if name.endswith("scenes")}
    ahead = {
        f"{how} on {name.replace(', ', ' ')} ({short(float((run['latents'] - run[how]).mean()), 'dB')})": larger(
            run["latents"], run[how]
        )
        for name, run in runs.items()
        for how in BY_HAND
    }
    gains = [
        f"{name.split(',')[0]} {float((run['latents'] - run[how]).mean()):+.2f} dB beside {how}"
        for name, run in scenes.items()
        for how in BY_HAND
    ]
    better = every(larger(run["latents"], run[how]) for run in scenes.values() for how in BY_HAND)
    worst = min(float(run["latents"].mean()) for run in scenes.values())
    return [
        Check(
            f"latents rebuild scenes at {worst:.1f} dB or more",
            f"above {REBUILT_DB:.0f} dB",
            every(exceeds(run["latents"], REBUILT_DB) for run in scenes.values()),
        ),
        Check(f"at equal bytes of scenes: {', '.join(gains)}", "each above 0 dB", better),
        Check(f"latents are not ahead of {unmet(ahead)}", "above 0 dB everywhere", every(ahead.values()), core=False),
    ]
