"""Drawing samples with a loaded denoiser: captions and seeds in, sampler states out, and their way to pictures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from app.core.randomness import make_generator, picture_noise
from app.core.runtime import Runtime
from app.diffusion.guidance import Predict, guided
from app.diffusion.samplers import SAMPLERS
from app.diffusion.samplers.base import Denoise, SamplerState
from app.diffusion.schedule import SCHEDULES
from app.models.denoiser import Denoiser
from app.models.text import TextFeatures, tokenise
from app.store.catalogue import LoadedDenoiser


@dataclass(frozen=True)
class SamplingOptions:
    """guidance: weight w in uncond + w (cond - uncond), 1 = off, one for all rows or one a row.

    negative: a caption to steer away from.
    """

    steps: int = 20
    guidance: float | tuple[float, ...] = 3.0
    negative: str = ""
    sampler: str = "ddim"


def starting_noise(model: LoadedDenoiser, seeds: Sequence[int]) -> Float[Tensor, "b c h w"]:
    """Return the noise that seeds stand for: the same on every machine and in every batch."""
    config = model.network.config
    return picture_noise((config.channels, config.side, config.side), list(seeds))


@torch.inference_mode()
def sample(
    model: LoadedDenoiser, captions: Sequence[str], seeds: Sequence[int], options: SamplingOptions, runtime: Runtime
) -> Iterator[SamplerState]:
    """Yield every denoising step of a batch, unit variance, float32 on the CPU; row i depends on caption and seed i.

    The text is encoded once; guidance pairs run as one batch. Raises UnknownWord for a word outside the vocabulary,
    UnknownName for a sampler that is not there, BadRequest for impossible steps.
    """
    schedule, sampler = SCHEDULES[model.network.config.schedule](), SAMPLERS[options.sampler]
    denoise = caption_denoiser(model, captions, options, runtime)
    generators = [make_generator(seed, "sampler") for seed in seeds]
    yield from sampler(denoise, schedule, starting_noise(model, seeds), options.steps, generators)


@torch.inference_mode()
def caption_denoiser(
    model: LoadedDenoiser,
    captions: Sequence[str],
    options: SamplingOptions,
    runtime: Runtime,
    predict: Predict[TextFeatures] | None = None,
) -> Denoise:
    """Return the denoiser function of these captions, one a row or one for all; the text is encoded here, once.

    predict: the network as `predictor` adapts it, or a wrapper around that. Raises UnknownWord as `sample` does.
    """
    network, config = model.network, model.network.config
    cond = network.encode_text(tokenise(list(captions), config.text).to(runtime.device))
    uncond = network.encode_text(tokenise([options.negative], config.text).to(runtime.device))
    weight = torch.tensor(options.guidance) if isinstance(options.guidance, tuple) else options.guidance
    ask = predict or predictor(network, runtime)
    return guided(ask, cond, uncond, weight, SCHEDULES[config.schedule](), config.target)


def predictor(network: Denoiser, runtime: Runtime) -> Predict[TextFeatures]:
    """Adapt the network to the samplers: float32 on the CPU outside, the runtime's device and dtype inside."""

    def predict(x: Tensor, t: Tensor, text: TextFeatures) -> Tensor:
        return network.predict(runtime.put(x), t.to(runtime.device), text).to(x.device, x.dtype)

    return predict


@torch.inference_mode()
def decode_samples(model: LoadedDenoiser, x: Float[Tensor, "b c h w"], runtime: Runtime) -> Float[Tensor, "b 3 H W"]:
    """Turn diffused samples into pictures: undo the scale, then decode (pixels are returned as they are)."""
    if model.vae is None:
        return x
    return model.vae.network.decode(runtime.put(model.vae.scale.restore(x))).float().cpu()
