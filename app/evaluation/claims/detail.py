"""Claim 9: which detail the bottleneck filters, and what that leaves to the denoiser."""

from itertools import pairwise

import torch

from app.core.errors import BadCheckpoint
from app.core.runtime import Runtime
from app.evaluation.claims.material import Pictures, bands, held_out, kept, mean_figures, rate_figures, rebuilt
from app.evaluation.claims.statistics import Values, larger, not_behind, numbers, share
from app.evaluation.claims.study import Study
from app.evaluation.claims.verdict import Check, Finding, conclude, every, unmet
from app.evaluation.frequency import CUT, radius
from app.evaluation.rates import Rate
from app.store.card import Card
from app.store.catalogue import LoadedVAE

LADDER = ("f2c4", "f4c4", "f8c4", "f16c4")
COMPOSITION = ("background", "place", "colour")
ON_LATENTS, ON_PIXELS = "race_f8c4", "race_pixels"
BEHIND = 0.05
"""Share of the pictures by which a denoiser may fall behind and still be called as good: one picture in twenty."""


def filtered_detail(study: Study) -> Finding:
    """Measure what each rung keeps of coarse and fine power, and how much of a latent is about fine detail.

    What that leaves to the denoiser: composition as two denoisers draw it that were trained equally long, off their
    cards.
    """
    pictures, runtime, catalogue = held_out("scenes", study.count), study.runtime, study.catalogue
    drawn = {name: composition_of(catalogue.card(name)) for name in (ON_LATENTS, ON_PIXELS)}
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
    for name, rates in drawn.items():
        figures += rate_figures(f"{name}, from its card: right", rates)
    return conclude(figures, [*detail_checks(shares, about), composition_check(drawn[ON_LATENTS], drawn[ON_PIXELS])])


def composition_of(card: Card) -> dict[str, Rate]:
    """Return how often a denoiser draws each attribute of composition as asked; BadCheckpoint if nobody measured it."""
    rates = card.metrics.get("one_thing", {})
    if any(name not in rates for name in COMPOSITION):
        hint = f"Measure it: python -m app evaluate {card.name}"
        raise BadCheckpoint(f"The card of '{card.name}' does not say what it draws right.", hint=hint)
    return {name: Rate(**rates[name]) for name in COMPOSITION}


def detail_checks(shares: dict[str, tuple[Values, Values]], about: dict[str, Values]) -> list[Check]:
    """Core: each rung loses more of the fine, and more than the last. A limit: latents are not about the coarse."""
    steeper = {f"{a} to {b}": larger(shares[a][1], shares[b][1]) for a, b in pairwise(shares)}
    beside = ", ".join(f"{name} {pair[1].mean():.0%} of {pair[0].mean():.0%}" for name, pair in shares.items())
    along = ", ".join(f"{name} {pair[1].mean():.1%}" for name, pair in shares.items())
    less = {f"{name} {about[name].mean():.0%}": larger(about["pixels"], about[name]) for name in shares}
    return [
        Check(
            f"fine power kept, beside coarse: {beside}",
            "less of the fine on each rung",
            every(larger(pair[0], pair[1]) for pair in shares.values()),
        ),
        Check(f"fine power kept along the ladder: {along}", "less on each rung than before", every(steeper.values())),
        Check(
            f"the latent itself is not less about fine detail than pixels are ({about['pixels'].mean():.0%} of the "
            f"variance): {unmet(less)}",
            "a smaller share on each rung",
            every(less.values()),
            core=False,
        ),
    ]


def composition_check(latents: dict[str, Rate], pixels: dict[str, Rate]) -> Check:
    """Core: trained as long, the denoiser on latents composes at least as well as the one on pixels."""
    pairs = ", ".join(f"{name} {share(latents[name])} and {share(pixels[name])}" for name in latents)
    asked = f"on latents at most {100 * BEHIND:.0f} points below, in each"
    as_good = every(not_behind(latents[name], pixels[name], BEHIND) for name in latents)
    return Check(f"after equal training, drawn right on latents and on pixels: {pairs}", asked, as_good)


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
