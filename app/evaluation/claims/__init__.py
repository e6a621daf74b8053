"""The 15 claims of the course as experiments: `python -m app claims` measures them one after another.

CLAIMS is the table. An experiment measures, a function of checks beside it holds the rule, and verdict.conclude turns
checks into a verdict.
"""

from collections.abc import Iterator, Sequence

from app.core.errors import BadRequest
from app.evaluation.claims.balance import two_terms
from app.evaluation.claims.blueprint import blueprint_first
from app.evaluation.claims.claim import Claim, measure_claim
from app.evaluation.claims.compression import learned_compression
from app.evaluation.claims.costs import cheaper_steps, latents_and_pixels
from app.evaluation.claims.decoding import decoding_and_upscaling
from app.evaluation.claims.denoising import predicts_noise
from app.evaluation.claims.detail import filtered_detail
from app.evaluation.claims.faults import faults_and_marks
from app.evaluation.claims.posterior import reparameterisation
from app.evaluation.claims.regularity import smoothness
from app.evaluation.claims.remedies import remedies
from app.evaluation.claims.structure import caption_guides, three_stages
from app.evaluation.claims.study import Study
from app.evaluation.claims.trade import speed_and_detail
from app.evaluation.claims.verdict import Check, Figure, Finding, Verdict, conclude
from app.store.catalogue import Catalogue

__all__ = ["CLAIMS", "Check", "Claim", "Figure", "Finding", "Verdict", "conclude", "measure_claims", "select_claims"]

_LADDER = ("f2c4", "f4c4", "f8c4", "f16c4")
_RACE = ("race_f2c4", "race_f4c4", "race_f8c4", "race_f16c4")
_WEIGHTS = ("small_kl0", "small_kl1e-6", "small_kl1e-4", "small_kl1e-2", "small_kl1")

CLAIMS: tuple[Claim, ...] = (
    Claim(
        1,
        "Generating goes through an encoder's latents, a denoiser that hears a caption, and a decoder: each is needed.",
        "Draw with all stages, without caption or denoiser, and with nothing or a linear map for the decoder.",
        ("generator", "f4c4", "judge"),
        three_stages,
    ),
    Claim(
        2,
        "A code that is learned from pictures rebuilds them from far fewer numbers than codes made by hand.",
        "At equal bytes: PSNR of packed latents, of JPEG, of WebP and of the principal components of blocks.",
        ("f8c4", "f4c4"),
        learned_compression,
    ),
    Claim(
        3,
        "Fewer places and few channels make a denoising step much cheaper.",
        "Count operations, memory and milliseconds of one call of equal denoisers on pixels and on each rung.",
        ("race_pixels", *_LADDER, *_RACE),
        cheaper_steps,
        one_call=True,
    ),
    Claim(
        4,
        "An autoencoder gives a point; a VAE gives a mean and a variance, drawn from in a way that gradients pass.",
        "Follow gradients through a draw with the trick and without it, and decode several draws of both networks.",
        ("small_kl1e-4", "small_kl0"),
        reparameterisation,
    ),
    Claim(
        5,
        "Training weighs how well pictures are rebuilt against how near the codes are to a standard normal.",
        "PSNR and KL of one architecture along five KL weights.",
        _WEIGHTS,
        two_terms,
    ),
    Claim(
        6,
        "Regular latents decode smoothly, and without regularity denoising goes astray.",
        "Push latents by equal shares of their own spread; hold three generators against what their VAEs show.",
        (*_WEIGHTS, "race_kl0", "race_kl1e-4", "race_kl1", "judge"),
        smoothness,
    ),
    Claim(
        7,
        "At each noise level the network predicts the noise, or the clean signal, and the sample moves accordingly.",
        "Correlate predicted, and merely copied, with true noise and latents at five levels; take a step with it.",
        ("f4c4", "race_eps", "race_x0", "race_f4c4"),
        predicts_noise,
    ),
    Claim(
        8,
        "As many steps hold fewer activations and take less work in latents than in pixels.",
        "Operations, peak of activations and milliseconds of 20 steps, the decoder's call and its weights included.",
        ("f4c4", "f8c4", "race_pixels", "race_f4c4", "race_f8c4"),
        latents_and_pixels,
        one_call=True,
    ),
    Claim(
        9,
        "The narrow code drops fine detail, which leaves the composition to the denoiser.",
        "Coarse and fine power that each rung keeps; composition as drawn after equal training on latents and pixels.",
        (*_LADDER, "race_f8c4", "race_pixels"),
        filtered_detail,
    ),
    Claim(
        10,
        "The caption decides what latent comes out; the decoder only shows it.",
        "Draw with the own caption, none, and another picture's; grade the pictures and a linear map of the latents.",
        ("generator", "f4c4", "judge"),
        caption_guides,
    ),
    Claim(
        11,
        "A run first settles a plan of the picture, and decoding turns its latent into visible detail.",
        "Note when each attribute is read as it stays; see how much of the detail a linear map of the latent shows.",
        ("generator", "f4c4", "judge"),
        blueprint_first,
    ),
    Claim(
        12,
        "A decoder does more than enlarge: it brings back edges, textures and colours.",
        "Against enlarging the picture of as many numbers, and a linear map of the latent: PSNR, SSIM, textures read.",
        ("f8c4", "f4c4", "judge"),
        decoding_and_upscaling,
    ),
    Claim(
        13,
        "Wrong shapes or layout are the mark of diffusion or caption, blur that of the VAE.",
        "Take a wrong caption, a weak denoiser, few steps or a weak VAE; note which readings change, and sharpness.",
        ("generator", "f4c4", "race_f4c4", "f16c4", "judge"),
        faults_and_marks,
    ),
    Claim(
        14,
        "More latent channels, a better VAE or a stage after decoding win detail back.",
        "PSNR, SSIM and fine power with each remedy and without, on the same pictures.",
        ("f8c4", "f8c16", "f8c4_decoder", "refiner"),
        remedies,
    ),
    Claim(
        15,
        "The stronger the compression, the faster the steps and the poorer the detail.",
        "PSNR and fine power of each rung beside operations and milliseconds of a step in its latents.",
        (*_LADDER, *_RACE),
        speed_and_detail,
    ),
)


def select_claims(numbers: Sequence[int]) -> tuple[Claim, ...]:
    """Return the claims with these numbers in the table's order, all for none; BadRequest for a number without one."""
    unknown = sorted(set(numbers) - {claim.number for claim in CLAIMS})
    if unknown:
        raise BadRequest(f"There is no claim {unknown[0]}.", hint=f"Use numbers from 1 to {len(CLAIMS)}.")
    return tuple(claim for claim in CLAIMS if not numbers or claim.number in numbers)


def measure_claims(catalogue: Catalogue, count: int, claims: Sequence[Claim]) -> Iterator[tuple[Claim, Finding]]:
    """Yield claim after claim with what was found on `count` pictures or captions; BadRequest for a count below 1."""
    if count < 1:
        raise BadRequest(f"Nothing can be measured on {count} pictures.", hint="Use a count of at least 1.")
    study = Study(catalogue, count)
    for claim in claims:
        yield claim, measure_claim(claim, study)
