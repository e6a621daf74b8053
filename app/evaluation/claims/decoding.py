"""Claim 12: whether decoding is more than enlarging, or than a linear map of each cell."""

import numpy as np
from torch import nn

from app.evaluation.claims.material import (
    ATTRIBUTES,
    Pictures,
    attribute_hits,
    decibels,
    latents_of,
    mean_figures,
    rebuilt,
)
from app.evaluation.claims.statistics import (
    VISIBLE_DB,
    Hits,
    Values,
    exceeds,
    hits_more_often,
    larger,
    numbers,
    rate_of,
)
from app.evaluation.claims.study import Study
from app.evaluation.claims.verdict import Check, Figure, Finding, Outcome, conclude, every, unmet
from app.evaluation.reconstruction import ssim
from app.store.catalogue import LoadedVAE

READABLE = 0.9
"""What is read off reconstructions at nine tenths of its rate on the pictures themselves counts as brought back."""
MAPPED = "linear map of each cell"


def decoding_and_upscaling(study: Study) -> Finding:
    """Compare decoding with enlarging a picture of as many numbers, and with the best linear map of the same latent."""
    scenes = study.scenes
    originals = attribute_hits(scenes.labels, study.read(scenes.pictures))
    figures = [Figure("original: texture read", str(rate_of(originals["texture"])))]
    checks = []
    for name in ("f8c4", "f4c4"):
        ways = _ways(study.catalogue.vae(name), scenes.pictures, study)
        hits = {way: attribute_hits(scenes.labels, study.read(x)) for way, x in ways.items()}
        quality = {way: decibels(scenes.pictures, x) for way, x in ways.items()}
        alike = [(f"{name}, {way}: SSIM", numbers(ssim(scenes.pictures, x))) for way, x in ways.items()]
        figures += mean_figures([(f"{name}, {way}: PSNR", values) for way, values in quality.items()], "dB")
        figures += mean_figures(alike, "", 3)
        figures += [Figure(f"{name}, {way}: {attribute} read", str(rate_of(hits[way][attribute])))
                    for way in ways for attribute in ("texture", "kind", "colour")]  # fmt: skip
        checks += upscaling_checks(name, quality, hits, originals)
    return conclude(figures, checks)


def _ways(model: LoadedVAE, pictures: Pictures, study: Study) -> dict[str, Pictures]:
    side = matching_side(model)
    mapped = study.linear_map(model).pictures(latents_of(model, pictures, study.runtime))
    enlarged = {mode: _upscaled(pictures, side, mode) for mode in ("bicubic", "nearest")}
    return {"decoded": rebuilt(model, pictures, study.runtime), **enlarged, MAPPED: mapped}


def upscaling_checks(
    name: str, quality: dict[str, Values], hits: dict[str, dict[str, Hits]], originals: dict[str, Hits]
) -> list[Check]:
    """Core: decoded beats every other way in dB and in texture. A limit: what decoding does not bring back."""
    ways = [way for way in quality if way != "decoded"]
    above = ", ".join(f"{float((quality['decoded'] - quality[way]).mean()):+.1f} dB beside {way}" for way in ways)
    texture = ", ".join(f"{way} {hits[way]['texture'].mean():.0%}" for way in quality)
    back: dict[str, Outcome] = {
        f"{a} {hits['decoded'][a].mean():.0%} of {originals[a].mean():.0%}": exceeds(
            hits["decoded"][a] - READABLE * originals[a].astype(np.float64), 0.0
        )
        for a in ATTRIBUTES
    }
    return [
        Check(
            f"decoding with {name}: {above}",
            f"each above {VISIBLE_DB} dB",
            every(larger(quality["decoded"], quality[way], VISIBLE_DB) for way in ways),
        ),
        Check(
            f"texture is read off {texture}",
            "more often off decoded than off each other",
            every(hits_more_often(hits["decoded"]["texture"], hits[way]["texture"]) for way in ways),
        ),
        Check(
            f"{name} does not bring back {unmet(back)}",
            f"above {READABLE:.0%} of the originals' rate, each",
            every(back.values()),
            core=False,
        ),
    ]


def matching_side(model: LoadedVAE) -> int:
    """Return the side of the largest RGB picture with no more numbers than a latent of a 64-pixel picture."""
    config = model.network.config
    return int((config.c * (64 // config.f) ** 2 / 3) ** 0.5)


def _upscaled(pictures: Pictures, side: int, mode: str) -> Pictures:
    """Average a picture down to a side and bring it back to its own size."""
    small = nn.functional.interpolate(pictures, size=(side, side), mode="area")
    return nn.functional.interpolate(small, size=pictures.shape[-2:], mode=mode).clamp(-1, 1)
