"""Send a picture of one's own through the whole model: encode, add noise up to a level, denoise, decode.

With strength 0 nothing is added and nothing denoised: what is left is the VAE. With strength 1 the run starts from
almost pure noise, and the picture is forgotten. Between lies image-to-image (Meng et al. 2022, "SDEdit").
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from app.core.errors import BadRequest
from app.core.randomness import make_generator
from app.core.runtime import Runtime
from app.diffusion.samplers import SAMPLERS
from app.diffusion.samplers.base import SamplerState
from app.diffusion.schedule import SCHEDULES, NoiseSchedule
from app.evaluation.sampling import caption_denoiser, decode_samples, starting_noise
from app.labs.encode import EncodeRequest, EncodeResult, encode
from app.labs.generate import GenerateRequest
from app.labs.pipeline import Moments, caption_features, spread_moments, timed
from app.models.text import split_words
from app.store.catalogue import LoadedDenoiser, LoadedVAE


@dataclass(frozen=True)
class PassRequest:
    """run: caption, seed of the noise, steps of a whole run, guidance, sampler. strength: 0 to 1, the share of the
    schedule that is walked back; of the steps as many are taken. Raises BadRequest when it is out of range.
    """

    run: GenerateRequest
    strength: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 1:
            raise BadRequest(f"The strength is {self.strength}.", hint="Use 0 (only the VAE) to 1 (from noise).")

    @property
    def steps(self) -> int:
        """How many denoising steps are taken: 0 at strength 0, at least 1 otherwise."""
        return math.ceil(self.run.steps * self.strength)


@dataclass(frozen=True)
class PassSeconds:
    """Wall clock of this run: picture to latent, caption to vectors, all denoising steps, latent to picture."""

    encode: float
    text: float
    denoise: float
    decode: float

    @property
    def total(self) -> float:
        """All four stages."""
        return self.encode + self.text + self.denoise + self.decode


@dataclass(frozen=True, eq=False)
class PassResult:
    """encoded: the picture, its posterior and latent. level: the schedule's step up to which noise was added, 0: none.

    signal: share of the power that the picture's latent still has there. moments: row 0 is the latent with its noise,
    the last row the end; x and x0 have unit variance. words, features: the caption as the network reads it.
    """

    request: PassRequest
    encoded: EncodeResult
    level: int
    signal: float
    words: tuple[str, ...]
    features: Float[Tensor, "l d"]
    moments: Moments
    seconds: PassSeconds

    @property
    def picture(self) -> Float[Tensor, "1 3 H W"]:
        """The decoded end, in [-1, 1]."""
        return self.moments.decoded[-1:]


def pass_through(model: LoadedDenoiser, picture: Image.Image, request: PassRequest, runtime: Runtime) -> PassResult:
    """Send a picture, cut to a square of the model's size, through the model.

    Raises BadRequest for a model without a VAE, UnknownWord for a word outside the vocabulary.
    """
    *_, result = pass_steps(model, picture, request, runtime)
    assert isinstance(result, PassResult)
    return result


def pass_steps(
    model: LoadedDenoiser, picture: Image.Image, request: PassRequest, runtime: Runtime
) -> Iterator[SamplerState | PassResult]:
    """The same, step by step: the state after each step, the result at last. Only the time of the work is counted."""
    vae, run, clock = _vae_of(model), request.run, [perf_counter()]
    side = model.network.config.side * vae.network.config.f
    encoded = encode(vae, picture, EncodeRequest(vae.card.name, side, run.seed), runtime)
    clock.append(perf_counter())
    features = caption_features(model, run.caption, runtime)
    clock.append(perf_counter())
    start, trail, denoise = noised(model, vae.scale.normalise(encoded.z), request), [], 0.0
    for state, took in timed(steps_back(model, start, request, runtime)):
        denoise += took
        trail.append(state)
        yield state
    begin = perf_counter()
    end = decode_samples(model, trail[-1].x if trail else start, runtime)
    decode = perf_counter() - begin
    level, words = level_of(model, request), tuple(split_words(run.caption))
    moments = spread_moments(model, start, tuple(trail), end, level, runtime)
    seconds = PassSeconds(clock[1] - clock[0], clock[2] - clock[1], denoise, decode)
    yield PassResult(request, encoded, level, moments.signal[0], words, features, moments, seconds)


def level_of(model: LoadedDenoiser, request: PassRequest) -> int:
    """Return the step of the model's schedule up to which noise is added; 0 for none."""
    level = round(request.strength * SCHEDULES[model.network.config.schedule]().steps)
    return max(1, level) if request.strength else 0


def noised(model: LoadedDenoiser, clean: Float[Tensor, "1 c h w"], request: PassRequest) -> Float[Tensor, "1 c h w"]:
    """Return a clean sample with the noise of the request's seed, up to the level of its strength."""
    level = level_of(model, request)
    if level == 0:
        return clean
    schedule = SCHEDULES[model.network.config.schedule]()
    return add_noise(clean, starting_noise(model, [request.run.seed]), schedule, level)


@torch.inference_mode()
def steps_back(
    model: LoadedDenoiser, start: Float[Tensor, "1 c h w"], request: PassRequest, runtime: Runtime
) -> Iterator[SamplerState]:
    """Yield every denoising step from the level of the strength down to 0; nothing where no noise was added."""
    schedule, run, level = SCHEDULES[model.network.config.schedule](), request.run, level_of(model, request)
    if level == 0:
        return
    denoise = caption_denoiser(model, [run.caption], run.options, runtime)
    generators, steps = [make_generator(run.seed, "sampler")], min(request.steps, level)
    yield from SAMPLERS[run.sampler](denoise, schedule, start, steps, generators, start_t=level)


def add_noise(
    clean: Float[Tensor, "b c h w"], noise: Float[Tensor, "b c h w"], schedule: NoiseSchedule, level: int
) -> Float[Tensor, "b c h w"]:
    """Return x at a level of the schedule: sqrt(alpha_bar) clean + sqrt(1 - alpha_bar) noise."""
    signal = float(schedule.alpha_bar[level])
    return math.sqrt(signal) * clean + math.sqrt(1 - signal) * noise


def _vae_of(model: LoadedDenoiser) -> LoadedVAE:
    if model.vae is None:
        raise BadRequest(
            f"'{model.card.name}' works on pixels: it has no encoder.", hint="Choose a model that works on latents."
        )
    return model.vae
