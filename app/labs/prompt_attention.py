"""Which word looks where? The cross-attention of every word over the grid, at every step of a run."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from app.core.errors import BadRequest
from app.core.randomness import make_generator
from app.core.runtime import Runtime
from app.diffusion.guidance import Predict
from app.diffusion.samplers import SAMPLERS
from app.diffusion.schedule import SCHEDULES
from app.evaluation.sampling import caption_denoiser, decode_samples, starting_noise
from app.labs.generate import GenerateRequest
from app.labs.prompt import Work, finished, words_of
from app.models.text import TextFeatures
from app.store.catalogue import LoadedDenoiser

START_WORD = "‹start›"
"""The token that every caption begins with: where a cell looks that needs no word."""
MOST_STEPS = 50


@dataclass(frozen=True, eq=False)
class AttentionResult:
    """words: the tokens, START_WORD first. maps: one tensor for each attention layer, in the order of the network,
    (steps, words, rows, columns): the share of its attention that a cell gives to a word; over words it sums to 1.

    decoded: the clean picture expected at each step, then the finished one: (steps + 1, 3, H, W) in [-1, 1].
    """

    request: GenerateRequest
    words: tuple[str, ...]
    maps: tuple[Tensor, ...]
    decoded: Float[Tensor, "moments 3 H W"]


def attention(model: LoadedDenoiser, request: GenerateRequest, runtime: Runtime) -> AttentionResult:
    """Run and record; the picture is the one that `generate` makes for the same request."""
    return finished(attention_steps(model, request, runtime))


@torch.inference_mode()
def attention_steps(model: LoadedDenoiser, request: GenerateRequest, runtime: Runtime) -> Work[AttentionResult]:
    """The same, step by step. Raises BadRequest at guidance 0, where the caption is not read at all."""
    if request.guidance == 0:
        raise BadRequest("At guidance 0 the caption is not read, so no word looks anywhere.", hint="Use 1 or more.")
    if request.steps > MOST_STEPS:
        raise BadRequest(f"That are maps of {request.steps} steps.", hint=f"Use at most {MOST_STEPS} steps here.")
    words = (START_WORD, *words_of(model, request.caption))
    kept: list[list[Tensor]] = []
    ask = recording(model, runtime, kept, len(words))
    denoise = caption_denoiser(model, [request.caption], request.options, runtime, ask)
    schedule, start = SCHEDULES[model.network.config.schedule](), starting_noise(model, [request.seed])
    expected = []
    noise = [make_generator(request.seed, "sampler")]
    for state in SAMPLERS[request.sampler](denoise, schedule, start, request.steps, noise):
        expected.append(state.x0)
        yield state.step / request.steps
    decoded = decode_samples(model, torch.cat([*expected, state.x]), runtime)
    calls = -(-len(kept) // request.steps)  # Heun asks twice a step, and once at the last: the first of each counts
    chosen = kept[::calls]
    return AttentionResult(request, words, tuple(torch.stack(layer) for layer in zip(*chosen, strict=True)), decoded)


def recording(model: LoadedDenoiser, runtime: Runtime, kept: list[list[Tensor]], words: int) -> Predict[TextFeatures]:
    """Adapt the network to the samplers and keep, of each call, the maps of the first row: that of the caption."""
    network = model.network

    def predict(x: Tensor, t: Tensor, text: TextFeatures) -> Tensor:
        record: list[Tensor] = []
        output = network.predict(runtime.put(x), t.to(runtime.device), text, record).to(x.device, x.dtype)
        kept.append([layer[0, :, :, :words].movedim(-1, 0).float().cpu() for layer in record])
        return output

    return predict


def on_one_grid(result: AttentionResult) -> Float[Tensor, "steps words h w"]:
    """Return the mean over all layers, coarse ones repeated, on the grid of the finest one."""
    side = max(layer.shape[-1] for layer in result.maps)
    fine = [torch.nn.functional.interpolate(layer, size=(side, side), mode="nearest") for layer in result.maps]
    return torch.stack(fine).mean(0)
