"""Claim 5: how well pictures are rebuilt against how near the codes are to a standard normal."""

from itertools import pairwise

import torch

from app.core.runtime import Runtime
from app.evaluation.claims.material import Pictures, decibels, held_out, mean_figures, rebuilt
from app.evaluation.claims.statistics import VISIBLE_DB, Values, exceeds, larger, numbers
from app.evaluation.claims.study import Study
from app.evaluation.claims.verdict import Check, Finding, conclude, every, unmet
from app.models.posterior import kl_to_standard_normal, nats_to_bits
from app.store.catalogue import LoadedVAE

WEIGHTS = {"small_kl1e-6": "1e-6", "small_kl1e-4": "1e-4", "small_kl1e-2": "1e-2", "small_kl1": "1"}
"""Rungs by rising KL weight a latent value."""
PLAIN, USUAL = "small_kl0", "small_kl1e-4"
NEAR_NORMAL = 0.5
"""A posterior that is half a bit a value from the prior says next to nothing: it is 'near' the standard normal."""


def two_terms(study: Study) -> Finding:
    """Rebuild scenes along the KL ladder and measure how far each posterior is from a standard normal."""
    pictures, runtime = held_out("scenes", study.count), study.runtime
    quality, bits = {}, {}
    for name in (PLAIN, *WEIGHTS):
        vae = study.catalogue.vae(name)
        quality[name] = decibels(pictures, rebuilt(vae, pictures, runtime))
        if name != PLAIN:
            bits[name] = kl_bits(vae, pictures, runtime)
    figures = mean_figures([(f"{name}: PSNR of scenes", values) for name, values in quality.items()], "dB")
    figures += mean_figures([(f"{name}: KL", values) for name, values in bits.items()], "bits a value", 3)
    return conclude(figures, balance_checks(quality, bits))


def balance_checks(quality: dict[str, Values], bits: dict[str, Values]) -> list[Check]:
    """Core: KL falls along the weights, PSNR from end to end. Limits: rungs where PSNR stays, and the usual weight."""
    low, *_, high = WEIGHTS
    falls = {
        f"{WEIGHTS[a]} to {WEIGHTS[b]} ({float((quality[b] - quality[a]).mean()):+.2f} dB)": larger(
            quality[a], quality[b], VISIBLE_DB
        )
        for a, b in pairwise(WEIGHTS)
    }
    along = ", ".join(f"{bits[name].mean():.3f} at {weight}" for name, weight in WEIGHTS.items())
    return [
        Check(
            f"the KL is, in bits a value, {along}",
            "less at each weight than before",
            every(larger(bits[a], bits[b]) for a, b in pairwise(WEIGHTS)),
        ),
        Check(
            f"scenes are rebuilt at {quality[low].mean():.1f} dB with 1e-6, at {quality[high].mean():.1f} dB with 1",
            f"a fall above {VISIBLE_DB} dB",
            larger(quality[low], quality[high], VISIBLE_DB),
        ),
        Check(
            f"the balance costs nothing from {unmet(falls)}",
            f"a fall above {VISIBLE_DB} dB each time",
            every(falls.values()),
            core=False,
        ),
        Check(
            f"at this app's weight, 1e-4 a latent value, posteriors stay {bits[USUAL].mean():.2f} bits a value from a "
            "standard normal",
            f"below {NEAR_NORMAL}",
            exceeds(-bits[USUAL], -NEAR_NORMAL),
            core=False,
        ),
    ]


@torch.inference_mode()
def kl_bits(vae: LoadedVAE, pictures: Pictures, runtime: Runtime) -> Values:
    """Mean KL of a latent value to the standard normal, in bits, for each picture."""
    found = []
    for part in pictures.split(64):
        mean, logvar = (moment.float().cpu() for moment in vae.network.encode(runtime.put(part)))
        found.append(kl_to_standard_normal(mean, logvar).mean(dim=(1, 2, 3)))
    return numbers(torch.cat(found)) * nats_to_bits(1.0)
