"""Sabotage: the latents reach the denoiser k times too large or too small. What a wrong scale does, and why."""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from app.core.errors import BadRequest
from app.core.randomness import picture_noise
from app.core.runtime import Runtime
from app.diffusion.schedule import SCHEDULES
from app.diffusion.targets import add_noise
from app.evaluation.reconstruction import psnr
from app.evaluation.sampling import starting_noise
from app.labs.denoise import Asked, DenoiseRequest, check_range, run_steps
from app.labs.denoise_noise import clean_latent, decode_latents
from app.labs.prompt import Work, counted, finished, spread_over
from app.store.catalogue import LoadedDenoiser, LoadedVAE

LADDER = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
SMALLEST, LARGEST = 0.1, 10.0


@dataclass(frozen=True)
class ScaleRequest:
    """factor: the visitor's own k, beside those of LADDER. strength: noise level at which a picture is handed to the
    denoiser, as the share of the power that is noise.
    """

    run: DenoiseRequest
    factor: float = 1.0
    strength: float = 0.6

    def __post_init__(self) -> None:
        check_range("factor on the scale", self.factor, SMALLEST, LARGEST)
        check_range("share of noise", self.strength, 0.05, 0.99)


@dataclass(frozen=True, eq=False)
class ScaleResult:
    """Row i belongs to factors[i]. generated: from pure noise, then divided by k before the decoder, as one who holds a
    wrong constant does. repaired: a picture's latent times k, noised, denoised, divided by k. guess: what the denoiser
    expects at its first look at that. ratio: signal-to-noise there, in truth; the denoiser assumes that of k = 1.
    """

    request: ScaleRequest
    factors: tuple[float, ...]
    picture: Float[Tensor, "1 3 H W"]
    generated: Float[Tensor, "n 3 H W"]
    noised: Float[Tensor, "n c h w"]
    guess: Float[Tensor, "n 3 H W"]
    repaired: Float[Tensor, "n 3 H W"]
    ratio: tuple[float, ...]
    psnr: tuple[float, ...]


def wrong_scale(
    model: LoadedDenoiser, picture: Float[Tensor, "1 3 H W"], request: ScaleRequest, runtime: Runtime
) -> ScaleResult:
    """Run the ladder: one run from noise, and one batch from the picture. Raises BadRequest without a VAE."""
    return finished(wrong_scale_steps(model, picture, request, runtime))


def wrong_scale_steps(
    model: LoadedDenoiser, picture: Float[Tensor, "1 3 H W"], request: ScaleRequest, runtime: Runtime
) -> Work[ScaleResult]:
    """The same, step by step: most of the time goes into the batch from the picture."""
    if model.vae is None:
        raise BadRequest("A denoiser on pixels has no latent scale.", hint="Choose one that works on latents.")
    factors = tuple(sorted({*LADDER, round(request.factor, 3)}))
    k = torch.tensor(factors)[:, None, None, None]
    share = len(k) / (len(k) + 1)
    noised, t, run = _through(model, model.vae, picture, request, k, runtime)
    through = yield from spread_over((0, share), run)
    alone = yield from spread_over((share, 1), _alone(model, request.run, runtime))
    first, end, generated = through[0].state.x0, through[-1].state.x, alone[-1].state.x / k
    decoded = decode_latents(model.vae, torch.cat([generated, first / k, end / k]), runtime).clamp(-1, 1)
    made, guess, repaired = decoded.chunk(3)
    signal = float(SCHEDULES[model.network.config.schedule]().alpha_bar[t])
    ratio = tuple(factor**2 * signal / (1 - signal) for factor in factors)
    near = tuple(psnr(picture.expand(len(factors), -1, -1, -1), repaired).tolist())
    return ScaleResult(request, factors, picture, made, noised, guess, repaired, ratio, near)


def _alone(model: LoadedDenoiser, run: DenoiseRequest, runtime: Runtime) -> Work[list[Asked]]:
    start = starting_noise(model, [run.seed])
    return counted(run_steps(model, [run.caption], [run.seed], start, run, runtime), run.steps)


def _through(
    model: LoadedDenoiser,
    vae: LoadedVAE,
    picture: Float[Tensor, "1 3 H W"],
    request: ScaleRequest,
    k: Float[Tensor, "n 1 1 1"],
    runtime: Runtime,
) -> tuple[Tensor, int, Work[list[Asked]]]:
    """Return the noised latents, their level, and the run from there; all of it k times too large."""
    schedule = SCHEDULES[model.network.config.schedule]()
    t = int((schedule.alpha_bar - (1 - request.strength)).abs()[1:].argmin()) + 1
    clean = clean_latent(vae, picture, runtime) * k
    eps = picture_noise(tuple(clean.shape[1:]), [request.run.seed]).expand_as(clean)
    noised = add_noise(clean, eps, float(schedule.alpha_bar[t]))
    seeds, steps = [request.run.seed] * len(k), min(request.run.steps, t)
    run = replace(request.run, sampler="ddim", eta=0.0)
    states = run_steps(model, [run.caption], seeds, noised, run, runtime, start_t=t, steps=steps)
    return noised, t, counted(states, steps)
