"""The ladder: one picture through every VAE at hand, and what each rung keeps of it.

Posterior means are decoded, so that two rungs differ by their compression and not by a draw.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from app.core.errors import BadRequest
from app.core.runtime import Runtime
from app.data.scenes.factors import LABEL_COLUMNS, LABEL_TABLES, UNKNOWN
from app.evaluation.frequency import split_error
from app.evaluation.judging import Labels, read_pictures
from app.evaluation.reconstruction import psnr, ssim
from app.labs.compress_pictures import SMALL
from app.labs.prompt import Work, counted, finished
from app.store.catalogue import Catalogue, LoadedJudge, LoadedVAE

LADDER = ("f2c4", "f4c4", "f8c16", "f8c4", "f16c16", "f16c4")
"""The zoo's compression ladder; other VAEs (KL weights, losses) are other questions."""
MOST_RUNGS = 12
HALF = 0.5
"""Share of the fine detail below which it counts as lost."""
Pictures = Float[Tensor, "n 3 h w"]


@dataclass(frozen=True, eq=False)
class Rung:
    """One VAE's answer. values: in its latent; reduction: how many times fewer that is.

    reconstruction: in [-1, 1]; error: mean absolute difference of each pixel, 0 to 2; psnr in dB, ssim at most 1, NaN
    below 3 x 3 pixels. fine_kept: 1 - error / power among waves shorter than 8 pixels; NaN where there are none, below
    0 if it is worse than leaving them out.
    reading: the class that the judge reads in each column of LABEL_COLUMNS; None without a judge, or for no scene.
    """

    name: str
    f: int
    c: int
    values: int
    reduction: float
    reconstruction: Float[Tensor, "1 3 h w"]
    error: Float[Tensor, "1 1 h w"]
    psnr: float
    ssim: float
    fine_kept: float
    reading: tuple[int, ...] | None


@dataclass(frozen=True, eq=False)
class LadderResult:
    """rungs: from the weakest compression to the strongest. reading: of the picture itself, as in Rung."""

    picture: Float[Tensor, "1 3 h w"]
    rungs: tuple[Rung, ...]
    reading: tuple[int, ...] | None

    @property
    def first_loss(self) -> str:
        """The first rung that destroys the texture, '' if none does: see `loses_texture`."""
        return next((rung.name for rung in self.rungs if self.loses_texture(rung)), "")

    def loses_texture(self, rung: Rung) -> bool:
        """Whether the judge reads another texture than off the picture; without it, whether half the detail is gone."""
        if rung.reading is not None and self.reading is not None:
            return bool(set(changed(self.reading, rung.reading)) & {"texture"})
        return rung.fine_kept < HALF


def vaes_at_hand(catalogue: Catalogue) -> list[str]:
    """Return the VAEs that learnt from pictures of this lab's size; those of tiny digits did not."""
    return [name for name in catalogue.names("vae") if catalogue.card(name).training.side == SMALL]


def rungs_at_hand(catalogue: Catalogue) -> list[str]:
    """Return the rungs of the ladder that are there, weakest compression first; all VAEs if none of them is."""
    there = vaes_at_hand(catalogue)
    ladder = [name for name in LADDER if name in there] or there
    return sorted(ladder, key=lambda name: _reduction(catalogue.card(name).config))


def missing_rungs(catalogue: Catalogue) -> list[str]:
    """Return the rungs of the ladder that nobody has trained here."""
    return [name for name in LADDER if name not in catalogue.names("vae")]


def _reduction(config: dict[str, int]) -> float:
    return 3 * config["f"] ** 2 / config["c"]


def climb(
    models: list[LoadedVAE], picture: Float[Tensor, "1 3 h w"], runtime: Runtime, judge: LoadedJudge | None = None
) -> LadderResult:
    """Send a picture in [-1, 1] through every VAE, in the order given.

    judge: reads the picture and the reconstructions in one batch; give it for scenes alone, as it knows nothing else.
    """
    return finished(climb_steps(models, picture, runtime, judge))


@torch.inference_mode()
def climb_steps(
    models: list[LoadedVAE], picture: Float[Tensor, "1 3 h w"], runtime: Runtime, judge: LoadedJudge | None = None
) -> Work[LadderResult]:
    """The same, rung by rung."""
    if not 1 <= len(models) <= MOST_RUNGS:
        raise BadRequest(f"The ladder has {len(models)} rungs.", hint=f"Use 1 to {MOST_RUNGS} VAEs.")
    rungs = yield from counted((_rung(model, picture, runtime) for model in models), len(models))
    if judge is None:
        return LadderResult(picture, tuple(rungs), None)
    pictures = torch.cat([picture, *(rung.reconstruction for rung in rungs)])
    first, *others = _rows(read_pictures(judge, pictures, runtime))
    read = (replace(rung, reading=reading) for rung, reading in zip(rungs, others, strict=True))
    return LadderResult(picture, tuple(read), first)


@torch.inference_mode()
def rebuild_mean(model: LoadedVAE, pictures: Pictures, runtime: Runtime) -> Pictures:
    """Encode and decode the posterior mean; in [-1, 1], float32 on the CPU."""
    network = model.network
    return network.decode(network.encode(runtime.put(pictures)).mean).float().cpu().clamp(-1, 1)


def _rung(model: LoadedVAE, picture: Pictures, runtime: Runtime) -> Rung:
    """Return a rung that no judge has read."""
    config, copy = model.network.config, rebuild_mean(model, picture, runtime)
    values = config.c * (picture.shape[-2] // config.f) * (picture.shape[-1] // config.f)
    return Rung(
        model.card.name,
        config.f,
        config.c,
        values,
        picture.numel() / values,
        copy,
        (picture - copy).abs().mean(dim=1, keepdim=True),
        float(psnr(picture, copy)[0]),
        float(ssim(picture, copy)[0]),
        fine_kept(picture, copy),
        None,
    )


def fine_kept(picture: Pictures, copy: Pictures) -> float:
    """Return the share of the power in waves shorter than 8 pixels that a copy keeps; NaN if there is none."""
    power = float(split_error(picture, torch.zeros_like(picture))[1][0])
    return 1 - float(split_error(picture, copy)[1][0]) / power if power > 1e-6 else math.nan


def _rows(labels: Labels) -> list[tuple[int, ...]]:
    return [tuple(int(value) for value in row) for row in np.asarray(labels)]


def changed(before: tuple[int, ...], after: tuple[int, ...]) -> dict[str, tuple[str, str]]:
    """Return the attributes that two readings differ in, each with both names: {'texture': ('dotted', 'plain')}."""
    found: dict[str, tuple[str, str]] = {}
    for (column, names), one, other in zip(LABEL_TABLES.items(), before, after, strict=True):
        if one != other:
            found[column.removesuffix("_a").removesuffix("_b")] = (_name(names, one), _name(names, other))
    return found


def in_words(reading: tuple[int, ...]) -> str:
    """Return what the judge reads as a short phrase: 'large checkered green umbrella, centre, on white'."""
    by = dict(zip(LABEL_COLUMNS, reading, strict=True))
    things = [_thing(by, slot) for slot in ("a", "b") if by[f"kind_{slot}"] != UNKNOWN]
    where = "" if by["place"] == UNKNOWN else f", {LABEL_TABLES['place'][by['place']]}"
    return f"{' and '.join(things)}{where}, on {LABEL_TABLES['background'][by['background']]}"


def texture_of(reading: tuple[int, ...]) -> str:
    """Return the texture of the thing, or of both."""
    by = dict(zip(LABEL_COLUMNS, reading, strict=True))
    labels = [by[column] for column in ("texture_a", "texture_b") if by[column] != UNKNOWN]
    return " and ".join(LABEL_TABLES["texture_a"][label] for label in labels)


def _thing(by: dict[str, int], slot: str) -> str:
    columns = [f"{part}_{slot}" for part in ("size", "texture", "colour", "kind")]
    return " ".join(LABEL_TABLES[column][by[column]] for column in columns)


def _name(names: tuple[str, ...], label: int) -> str:
    return "nothing" if label == UNKNOWN else names[label]
