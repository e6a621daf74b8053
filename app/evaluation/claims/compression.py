"""Claim 2: learned compression. Claim 9: which detail the bottleneck filters. Claim 12: decoding is not upscaling."""

from functools import partial
from itertools import pairwise

import torch
from torch import nn

from app.core.runtime import Runtime
from app.evaluation.claims.claim import Check, Figure, Finding, conclude, every, unmet
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
from app.evaluation.claims.material import (
    ATTRIBUTES,
    Pictures,
    attribute_hits,
    bands,
    decibels,
    held_out,
    kept,
    mean_figures,
    one_thing,
    rebuilt,
)
from app.evaluation.claims.statistics import Hits, Values, exceeds, hits_more_often, larger, numbers, rate_of, short
from app.evaluation.frequency import CUT, radius
from app.evaluation.judging import read_pictures
from app.evaluation.reconstruction import ssim
from app.store.catalogue import Catalogue, LoadedVAE

MOST_CODED = 512
"""A sheet of more pictures would outgrow what WebP can hold."""
STEP = 0.25
"""Of the latents' quantiser, in channel stds: its rounding noise, step / sqrt(12), is 7 % of what a channel says."""
TIMES = (1, 2, 4, 8)
"""Numbers of components that are tried, in multiples of the latent's channels."""
REBUILT_DB = 25.0
"""Below this the error is more than 5.6 % of the range, and a picture is no longer 'rebuilt'."""
READABLE = 0.9
"""What is read off reconstructions at nine tenths of its rate on the pictures themselves counts as kept."""
LADDER = ("f2c4", "f4c4", "f8c4", "f16c4")


def learned_compression(catalogue: Catalogue, count: int) -> Finding:
    """Code held-out pictures in the latents of two VAEs, and with JPEG, WebP and block components at equal bytes."""
    runs: dict[str, dict[str, Values]] = {}
    figures = []
    for name in ("f8c4", "f4c4"):
        model = catalogue.vae(name)
        config = model.network.config
        components = find_components(
            config.f, [times * config.c for times in TIMES if times * config.c <= 3 * config.f**2]
        )
        for spec in ("scenes", "photos"):
            pictures = held_out(spec, min(count, MOST_CODED))
            coded = code_alike(model, components, pictures, catalogue.runtime)
            runs[f"{name}, {spec}"] = {how: decibels(pictures, each.pictures) for how, each in coded.items()}
            sizes = ", ".join(f"{how} {each.size:.0f}" for how, each in coded.items())
            figures += [Figure(f"{name}, {spec}: bytes a picture", f"{sizes} (n = {len(pictures)})")]
            figures += mean_figures([(f"{name}, {spec}: {how}", v) for how, v in runs[f"{name}, {spec}"].items()], "dB")
    return conclude(figures, compression_checks(runs))


def code_alike(
    model: LoadedVAE, components: list[BlockComponents], pictures: Pictures, runtime: Runtime
) -> dict[str, Coded]:
    """Code pictures in latents, then by each other method with at most as many bytes.

    Of the components the number is taken that does best: few with fine steps, or many with coarse ones.
    """
    latents = code_latents(model, pictures, STEP, runtime)
    linear = [finest_within(latents.size, STEPS, partial(each.code, pictures)) for each in components]
    return {
        "latents": latents,
        "JPEG": finest_within(latents.size, QUALITIES["JPEG"], partial(code_picture_file, pictures, "JPEG")),
        "WebP": finest_within(latents.size, QUALITIES["WebP"], partial(code_picture_file, pictures, "WebP")),
        "components": max(linear, key=lambda coded: float(decibels(pictures, coded.pictures).mean())),
    }


def compression_checks(runs: dict[str, dict[str, Values]]) -> list[Check]:
    """Core: scenes are rebuilt, better than by JPEG and by components. A limit: what wins against latents elsewhere."""
    scenes = {name: run for name, run in runs.items() if name.endswith("scenes")}
    ahead = {
        f"{how} on {name.replace(', ', ' ')} ({short(float(run['latents'].mean() - values.mean()), 'dB')})": larger(
            run["latents"], values
        )
        for name, run in runs.items()
        for how, values in run.items()
        if how != "latents"
    }
    gains = [
        f"{name.split(',')[0]} {short(float((run['latents'] - run[how]).mean()), 'dB')} over {how}"
        for name, run in scenes.items()
        for how in ("JPEG", "components")
    ]
    better = every(larger(run["latents"], run[how]) for run in scenes.values() for how in ("JPEG", "components"))
    worst = min(float(run["latents"].mean()) for run in scenes.values())
    return [
        Check(
            f"latents rebuild scenes at {worst:.1f} dB or more",
            every(exceeds(run["latents"], REBUILT_DB) for run in scenes.values()),
        ),
        Check(f"at equal bytes they gain: {', '.join(gains)}", better),
        Check(f"latents are not ahead of {unmet(ahead)}", every(ahead.values()), core=False),
    ]


def filtered_detail(catalogue: Catalogue, count: int) -> Finding:
    """Measure what each rung keeps of coarse and fine power, and how much of a latent is about fine detail."""
    pictures, runtime = held_out("scenes", count), catalogue.runtime
    models = {name: catalogue.vae(name) for name in LADDER}
    shares = {name: kept(pictures, rebuilt(model, pictures, runtime)) for name, model in models.items()}
    coarse, fine = bands(pictures)
    about = {"pixels": fine / (coarse + fine)}
    about |= {name: _about_detail(model, pictures, runtime) for name, model in models.items()}
    figures = [
        *mean_figures([(f"{name}: coarse power kept", pair[0]) for name, pair in shares.items()], "", 3),
        *mean_figures([(f"{name}: fine power kept", pair[1]) for name, pair in shares.items()], "", 3),
        *mean_figures([(f"{name}: share about fine detail", v) for name, v in about.items()], "of the variance", 3),
    ]
    return conclude(figures, detail_checks(shares, about))


def detail_checks(shares: dict[str, tuple[Values, Values]], about: dict[str, Values]) -> list[Check]:
    """Core: each rung loses more of the fine, and more than the last. A limit: latents are not about the coarse."""
    rungs = list(shares)
    steeper = [larger(shares[a][1], shares[b][1]) for a, b in pairwise(rungs)]
    list_of = ", ".join(f"{name} {pair[1].mean():.0%} of {pair[0].mean():.0%}" for name, pair in shares.items())
    less = {f"{name} {about[name].mean():.0%}": larger(about["pixels"], about[name]) for name in rungs}
    return [
        Check(
            f"fine power kept, beside coarse: {list_of}", every(larger(pair[0], pair[1]) for pair in shares.values())
        ),
        Check("each rung of the ladder keeps less of the fine than the one before", every(steeper)),
        Check(
            f"the latent itself is not less about fine detail than pixels are ({about['pixels'].mean():.0%} of the "
            f"variance): {unmet(less)}",
            every(less.values()),
            core=False,
        ),
    ]


@torch.inference_mode()
def _about_detail(model: LoadedVAE, pictures: Pictures, runtime: Runtime) -> Values:
    """Share of a latent's variance within its picture that goes when the picture's fine waves are taken out."""
    latents = []
    for x in (pictures, coarse_part(pictures)):
        means = [model.network.encode(runtime.put(part)).mean.float().cpu() for part in x.split(64)]
        latents.append(model.scale.normalise(torch.cat(means)).double())
    spread = (latents[0] - latents[0].mean(dim=(2, 3), keepdim=True)).square().mean(dim=(1, 2, 3))
    return numbers((latents[0] - latents[1]).square().mean(dim=(1, 2, 3)) / spread.clamp_min(1e-9))


def coarse_part(pictures: Pictures) -> Pictures:
    """Keep only waves longer than 8 pixels."""
    waves = torch.fft.fft2(pictures) * (radius(*pictures.shape[-2:]) < CUT)
    return torch.fft.ifft2(waves).real


def decoding_and_upscaling(catalogue: Catalogue, count: int) -> Finding:
    """Compare decoding with upscaling a picture that was reduced to as many numbers."""
    scenes, judge, runtime = one_thing(count), catalogue.judge(), catalogue.runtime
    originals = attribute_hits(scenes.labels, read_pictures(judge, scenes.pictures, runtime))
    figures = [Figure("original: texture read", str(rate_of(originals["texture"])))]
    checks = []
    for name in ("f8c4", "f4c4"):
        model = catalogue.vae(name)
        side = matching_side(model)
        ways = {"decoded": rebuilt(model, scenes.pictures, runtime)}
        ways |= {mode: _upscaled(scenes.pictures, side, mode) for mode in ("bicubic", "nearest")}
        hits = {way: attribute_hits(scenes.labels, read_pictures(judge, x, runtime)) for way, x in ways.items()}
        quality = {way: decibels(scenes.pictures, x) for way, x in ways.items()}
        alike = [(f"{name}, {way}: SSIM", numbers(ssim(scenes.pictures, x))) for way, x in ways.items()]
        figures += mean_figures([(f"{name}, {way}: PSNR", values) for way, values in quality.items()], "dB")
        figures += mean_figures(alike, "", 3)
        figures += [Figure(f"{name}, {way}: {attribute} read", str(rate_of(hits[way][attribute])))
                    for way in ways for attribute in ("texture", "kind", "colour")]  # fmt: skip
        checks += upscaling_checks(name, quality, hits, originals)
    return conclude(figures, checks)


def upscaling_checks(
    name: str, quality: dict[str, Values], hits: dict[str, dict[str, Hits]], originals: dict[str, Hits]
) -> list[Check]:
    """Core: decoded beats both ways of upscaling in dB and in texture. A limit: what decoding does not bring back."""
    ways = [way for way in quality if way != "decoded"]
    gain = min(float((quality["decoded"] - quality[way]).mean()) for way in ways)
    texture = ", ".join(f"{way} {hits[way]['texture'].mean():.0%}" for way in quality)
    found = {a: (float(hits["decoded"][a].mean()), float(originals[a].mean())) for a in ATTRIBUTES}
    lost = [f"{a} {now:.0%} of {before:.0%}" for a, (now, before) in found.items() if now < READABLE * before]
    return [
        Check(
            f"decoding with {name} is {gain:.1f} dB above upscaling",
            every(larger(quality["decoded"], quality[w]) for w in ways),
        ),
        Check(
            f"texture is read off {texture}",
            every(hits_more_often(hits["decoded"]["texture"], hits[way]["texture"]) for way in ways),
        ),
        Check(f"{name} does not bring back {', '.join(lost)}", not lost, core=False),
    ]


def matching_side(model: LoadedVAE) -> int:
    """Return the side of the largest RGB picture with no more numbers than a latent of a 64-pixel picture."""
    config = model.network.config
    return int((config.c * (64 // config.f) ** 2 / 3) ** 0.5)


def _upscaled(pictures: Pictures, side: int, mode: str) -> Pictures:
    """Average a picture down to a side and bring it back to its own size."""
    small = nn.functional.interpolate(pictures, size=(side, side), mode="area")
    return nn.functional.interpolate(small, size=pictures.shape[-2:], mode=mode).clamp(-1, 1)
