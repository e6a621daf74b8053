"""From a picture: change all of it (strength) or a painted part of it (mask), on its latent.

Source: Meng et al. 2022, "SDEdit: Guided Image Synthesis and Editing with Stochastic Differential Equations", for
strength; Lugmayr et al. 2022, "RePaint: Inpainting using Denoising Diffusion Probabilistic Models", for the mask.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from PIL import Image
from torch import Tensor

from app.core.errors import BadRequest
from app.core.pictures import to_tensor
from app.core.randomness import make_generator
from app.core.runtime import Runtime
from app.data.uploads import fit_square
from app.diffusion.samplers.base import Denoise
from app.diffusion.samplers.ddim import ddim
from app.diffusion.schedule import SCHEDULES, NoiseSchedule
from app.diffusion.targets import Prediction, add_noise
from app.evaluation.sampling import caption_denoiser, decode_samples, starting_noise
from app.labs.generate import GenerateRequest
from app.labs.prompt import Marks, Work, finished, marks, readings, spread_over, wishes
from app.store.catalogue import LoadedDenoiser, LoadedJudge

STRENGTHS = (0.2, 0.4, 0.6, 0.8, 1.0)
Mask = tuple[tuple[bool, ...], ...]
"""Rows of cells; True: draw it anew."""


def mask_of_text(text: str, side: int) -> Mask:
    """Read a mask of side x side cells, row by row, four cells a hexadecimal digit, as the page writes it.

    Raises BadRequest for anything else.
    """
    digits = -(-side * side // 4)
    if len(text) != digits or any(c not in "0123456789abcdef" for c in text):
        raise BadRequest(f"That is no mask of {side} x {side} cells.", hint="Paint it on the picture that is shown.")
    bits = "".join(f"{int(c, 16):04b}" for c in text)
    return tuple(tuple(bit == "1" for bit in bits[row * side : (row + 1) * side]) for row in range(side))


def text_of_mask(mask: Mask) -> str:
    """The inverse of mask_of_text."""
    bits = "".join("1" if cell else "0" for row in mask for cell in row)
    bits += "0" * (-len(bits) % 4)
    return "".join(f"{int(bits[at : at + 4], 2):x}" for at in range(0, len(bits), 4))


def block(side: int, rows: range, columns: range) -> Mask:
    """Return a mask with a rectangle of cells painted."""
    return tuple(tuple(row in rows and column in columns for column in range(side)) for row in range(side))


def as_sample(model: LoadedDenoiser, picture: Image.Image, runtime: Runtime) -> Float[Tensor, "1 c h w"]:
    """Crop and scale a picture to the denoiser's size and return what is diffused: the mean of its latent, unit
    variance; the pixels themselves for a denoiser on pixels.
    """
    factor = model.vae.network.config.f if model.vae else 1
    x = to_tensor(fit_square(picture, model.network.config.side * factor))[None]
    if model.vae is None:
        return x
    mean, _ = model.vae.network.encode(runtime.put(x))
    return model.vae.scale.normalise(mean.float().cpu())


@torch.inference_mode()
def as_seen(model: LoadedDenoiser, picture: Image.Image, runtime: Runtime) -> Float[Tensor, "3 H W"]:
    """Return the picture as it looks through the VAE alone, in [-1, 1]: what an edit starts from."""
    return decode_samples(model, as_sample(model, picture, runtime), runtime)[0]


@dataclass(frozen=True)
class StrengthRequest:
    """ask: the caption and how to run (DDIM); strengths: how far back into the noise the picture is sent, (0, 1]."""

    ask: GenerateRequest
    strengths: tuple[float, ...] = STRENGTHS

    def __post_init__(self) -> None:
        if not (1 <= len(self.strengths) <= 12 and all(0 < each <= 1 for each in self.strengths)):
            raise BadRequest("These strengths cannot be tried.", hint="Use 1 to 12, each above 0 and at most 1.")
        check_sampler(self.ask)


@dataclass(frozen=True, eq=False)
class StrengthResult:
    """before: the picture after the VAE alone, strength 0. pictures[i]: at strength i; marks: against the caption.

    levels: the schedule step that each run started from. moved: root mean square change of each, pixels in [-1, 1].
    """

    request: StrengthRequest
    before: Float[Tensor, "1 3 H W"]
    pictures: Float[Tensor, "n 3 H W"]
    marks: tuple[Marks, ...]
    levels: tuple[int, ...]

    @property
    def moved(self) -> Float[Tensor, "n"]:
        """How far each picture is from the one before, root mean square."""
        return (self.pictures.clamp(-1, 1) - self.before.clamp(-1, 1)).square().mean(dim=(1, 2, 3)).sqrt()


def from_picture(
    model: LoadedDenoiser, judge: LoadedJudge | None, picture: Image.Image, request: StrengthRequest, runtime: Runtime
) -> StrengthResult:
    """Noise the picture's latent up to each strength and denoise it with the caption, all with the seed's noise."""
    return finished(from_picture_steps(model, judge, picture, request, runtime))


@torch.inference_mode()
def from_picture_steps(
    model: LoadedDenoiser, judge: LoadedJudge | None, picture: Image.Image, request: StrengthRequest, runtime: Runtime
) -> Work[StrengthResult]:
    """The same, step by step. Strength s starts at level s T and takes s of the steps (Meng et al. 2022, section 3)."""
    ask, schedule = request.ask, SCHEDULES[model.network.config.schedule]()
    x0, noise = as_sample(model, picture, runtime), starting_noise(model, [ask.seed])
    denoise = caption_denoiser(model, [ask.caption], ask.options, runtime)
    ends, levels, count = [], [], len(request.strengths)
    for number, strength in enumerate(request.strengths):
        level, steps = max(1, round(strength * schedule.steps)), max(1, round(strength * ask.steps))
        start = add_noise(x0, noise, schedule.alpha_bar[level])
        run = _run(denoise, schedule, start, min(steps, level), level, ask.seed)
        ends.append((yield from spread_over((number / count, (number + 1) / count), run)))
        levels.append(level)
    before, *pictures = decode_samples(model, torch.cat([x0, *ends]), runtime).split(1)
    after = torch.cat(pictures)
    wanted = wishes(ask.caption)
    given = tuple(marks(wanted, read) for read in readings(judge, after, runtime))
    return StrengthResult(request, before, after, given, tuple(levels))


def _run(denoise: Denoise, schedule: NoiseSchedule, start: Tensor, steps: int, level: int, seed: int) -> Work[Tensor]:
    generators = [make_generator(seed, "sampler") for _ in start]
    for state in ddim(denoise, schedule, start, steps, generators, start_t=level):
        yield state.step / steps
    return state.x


@dataclass(frozen=True)
class InpaintRequest:
    """ask: the caption and how to run (DDIM); mask: a row of cells for each row of the latent, True: draw it anew."""

    ask: GenerateRequest
    mask: Mask

    def __post_init__(self) -> None:
        check_sampler(self.ask)
        if not self.mask or any(len(row) != len(self.mask[0]) for row in self.mask):
            raise BadRequest("The mask is not a grid of cells.", hint="Paint it on the picture.")
        if not any(map(any, self.mask)):
            raise BadRequest("Nothing is painted, so nothing would change.", hint="Paint the cells to draw anew.")


@dataclass(frozen=True, eq=False)
class InpaintResult:
    """before and after: decoded, in [-1, 1]; x0 and x: the latent (unit variance) before and after.

    mask: cells drawn anew. change: mean absolute change of each pixel, 0 to 2; marks: of after, against the caption.
    """

    request: InpaintRequest
    before: Float[Tensor, "1 3 H W"]
    after: Float[Tensor, "1 3 H W"]
    x0: Float[Tensor, "1 c h w"]
    x: Float[Tensor, "1 c h w"]
    mask: Bool[Tensor, "h w"]
    marks: Marks

    @property
    def change(self) -> Float[Tensor, "H W"]:
        """Mean absolute change over the colours."""
        return (self.after.clamp(-1, 1) - self.before.clamp(-1, 1)).abs().mean(dim=1)[0]

    @property
    def painted(self) -> Bool[Tensor, "H W"]:
        """The mask on the pixels."""
        factor = self.before.shape[-1] // self.mask.shape[-1]
        return self.mask.repeat_interleave(factor, 0).repeat_interleave(factor, 1)


def inpaint(
    model: LoadedDenoiser, judge: LoadedJudge | None, picture: Image.Image, request: InpaintRequest, runtime: Runtime
) -> InpaintResult:
    """Draw the painted cells of the picture's latent anew, so that they fit the caption and what is around them."""
    return finished(inpaint_steps(model, judge, picture, request, runtime))


@torch.inference_mode()
def inpaint_steps(
    model: LoadedDenoiser, judge: LoadedJudge | None, picture: Image.Image, request: InpaintRequest, runtime: Runtime
) -> Work[InpaintResult]:
    """The same, step by step. Raises BadRequest for a mask of another size than the latent's."""
    ask, schedule = request.ask, SCHEDULES[model.network.config.schedule]()
    mask, side = torch.tensor(request.mask), model.network.config.side
    if mask.shape != (side, side):
        raise BadRequest(
            f"The mask has {mask.shape[0]} x {mask.shape[1]} cells; the latent has {side} x {side}.",
            hint="Paint it on the picture that is shown.",
        )
    x0, noise = as_sample(model, picture, runtime), starting_noise(model, [ask.seed])
    denoise = keeping(caption_denoiser(model, [ask.caption], ask.options, runtime), x0, noise, mask, schedule)
    x = yield from _run(denoise, schedule, noise, ask.steps, schedule.steps, ask.seed)
    before, after = decode_samples(model, torch.cat([x0, x]), runtime).split(1)
    [read] = readings(judge, after, runtime)
    return InpaintResult(request, before, after, x0, x, mask, marks(wishes(ask.caption), read))


def keeping(
    denoise: Denoise,
    x0: Float[Tensor, "1 c h w"],
    noise: Float[Tensor, "1 c h w"],
    mask: Bool[Tensor, "h w"],
    schedule: NoiseSchedule,
) -> Denoise:
    """Return a denoiser that knows the truth outside the mask: there x is x0 at this level, and stays so.

    It shows the network the known cells at their noise level (Lugmayr et al. 2022, eq. 8) and answers x0 and noise for
    them, so DDIM carries them to x0 exactly. No sampler needs to know of the mask.
    """

    def inside(x: Float[Tensor, "b c h w"], t: int) -> Prediction:
        seen = torch.where(mask, x, add_noise(x0, noise, schedule.alpha_bar[t]))
        expected = denoise(seen, t)
        return Prediction(torch.where(mask, expected.x0, x0), torch.where(mask, expected.eps, noise))

    return inside


def check_sampler(ask: GenerateRequest) -> None:
    """Raise BadRequest unless the sampler is DDIM: the others add noise of their own, or ask between levels."""
    if ask.sampler != "ddim":
        raise BadRequest(f"'{ask.sampler}' cannot start from a picture here.", hint="Use ddim.")
