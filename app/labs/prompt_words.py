"""What does each word do? Leave it out: what changes in the predicted noise, and what in the picture."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from app.core.errors import BadRequest
from app.core.randomness import make_generator
from app.core.runtime import Runtime
from app.diffusion.samplers import SAMPLERS
from app.diffusion.schedule import SCHEDULES
from app.evaluation.sampling import SamplingOptions, caption_denoiser, decode_samples, starting_noise
from app.labs.generate import GenerateRequest
from app.labs.prompt import Work, check_size, finished, readings, words_of
from app.store.catalogue import LoadedDenoiser, LoadedJudge

MOMENTS = 5
"""At how many steps of the run the predicted noise is compared."""


@dataclass(frozen=True, eq=False)
class WordDropResult:
    """Row 0 of `pictures` and `read` is of the whole caption, row i + 1 of the caption without word i.

    noise: (words, moments): root mean square change of the predicted noise (standard normal numbers) at the same x.
    maps: (words, moments, h, w): the same at every cell. clean: (words, moments): change of the clean sample expected
    there, in standard deviations of what is diffused. signal: signal power left at each moment, 0 to 1.
    changed: what the judge reads otherwise than with the whole caption, by label column: (before, after).
    """

    request: GenerateRequest
    words: tuple[str, ...]
    pictures: Float[Tensor, "rows 3 H W"]
    read: tuple[dict[str, str], ...]
    noise: Float[Tensor, "words moments"]
    clean: Float[Tensor, "words moments"]
    maps: Float[Tensor, "words moments h w"]
    signal: tuple[float, ...]

    def changed(self, word: int) -> dict[str, tuple[str, str]]:
        """Return what the judge reads differently without this word."""
        whole, without = self.read[0], self.read[word + 1]
        return {name: (whole[name], without[name]) for name in whole if whole[name] != without[name]}

    @property
    def moved(self) -> Float[Tensor, "words"]:
        """Root mean square change of the finished picture for each word, pixels in [-1, 1]."""
        shown = self.pictures.clamp(-1, 1)
        return (shown[1:] - shown[:1]).square().mean(dim=(1, 2, 3)).sqrt()


def without_each(words: list[str]) -> list[str]:
    """Return the caption without its first word, without its second, and so on."""
    return [" ".join(words[:i] + words[i + 1 :]) for i in range(len(words))]


def drop_words(
    model: LoadedDenoiser, judge: LoadedJudge | None, request: GenerateRequest, runtime: Runtime
) -> WordDropResult:
    """Run the whole caption and every shorter one from the same noise, in one batch."""
    return finished(drop_words_steps(model, judge, request, runtime))


@torch.inference_mode()
def drop_words_steps(
    model: LoadedDenoiser, judge: LoadedJudge | None, request: GenerateRequest, runtime: Runtime
) -> Work[WordDropResult]:
    """The same, step by step. The noise is compared without guidance, where the run of the whole caption passes."""
    words = words_of(model, request.caption)
    if not words:
        raise BadRequest("An empty caption has no word to leave out.", hint="Type one, such as 'a red star'.")
    captions = [request.caption, *without_each(words)]
    check_size(len(captions), request.steps)
    schedule = SCHEDULES[model.network.config.schedule]()
    start = starting_noise(model, [request.seed] * len(captions))
    run = SAMPLERS[request.sampler](
        caption_denoiser(model, captions, request.options, runtime),
        schedule,
        start,
        request.steps,
        [make_generator(request.seed, "sampler") for _ in captions],
    )
    plain = caption_denoiser(model, captions, SamplingOptions(guidance=1.0), runtime)
    moments = compared_steps(request.steps)
    x, t, changes, clean, signal = start[:1], schedule.steps, [], [], []
    for state in run:
        if state.step in moments:
            x0, eps = plain(x.expand(len(captions), -1, -1, -1), t)
            changes.append((eps[1:] - eps[:1]).square().mean(dim=1).sqrt())
            clean.append((x0[1:] - x0[:1]).square().mean(dim=(1, 2, 3)).sqrt())
            signal.append(float(schedule.alpha_bar[t]))
        x, t = state.x[:1], state.t
        yield state.step / request.steps
    maps = torch.stack(changes, dim=1)
    pictures = decode_samples(model, state.x, runtime)
    noise = maps.square().mean(dim=(2, 3)).sqrt()
    read, expected = readings(judge, pictures, runtime), torch.stack(clean, dim=1)
    return WordDropResult(request, tuple(words), pictures, read, noise, expected, maps, tuple(signal))


def compared_steps(steps: int) -> tuple[int, ...]:
    """Return up to MOMENTS steps of 1..steps, the first and the last among them, as evenly as rounding allows."""
    if steps <= MOMENTS:
        return tuple(range(1, steps + 1))
    return tuple(1 + round(i * (steps - 1) / (MOMENTS - 1)) for i in range(MOMENTS))
