"""Sums with latents: A - B + C for scenes with named factors, one channel pushed, and a preview in three colours.

Whether 'red star - red circle + blue circle' is a blue star is measured, not assumed: the judge reads the result.
"""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from app.core.errors import BadRequest
from app.core.pictures import from_bytes
from app.core.runtime import Runtime
from app.data.scenes import LABEL_TABLES, Scene, Scenes, labels_to_scene, scene_to_labels
from app.data.scenes.factors import UNKNOWN
from app.evaluation.judging import read_pictures
from app.store.catalogue import LoadedJudge, LoadedVAE

MOST_STDS = 10.0
PART = 16
"""Pictures encoded at once: between two parts a fit can be stopped."""


@dataclass(frozen=True, eq=False)
class Arithmetic:
    """pictures: A, B, C and the decoded A - B + C, in [-1, 1]; z: that latent.

    wanted: the factors that the sum stands for where it is defined; read: what the judge sees; right: for each factor
    that is defined, whether they agree. meant: the scene that the sum stands for; the seed decides what is open.
    """

    pictures: Float[Tensor, "4 3 s s"]
    z: Float[Tensor, "1 c h w"]
    wanted: dict[str, str]
    read: dict[str, str]
    right: dict[str, bool]
    meant: Float[Tensor, "1 3 s s"]


@torch.inference_mode()
def add_and_subtract(
    model: LoadedVAE, judge: LoadedJudge, scenes: tuple[Scene, Scene, Scene], seed: int, runtime: Runtime
) -> Arithmetic:
    """Compute A - B + C of three complete scenes, drawn with one seed so that only their factors differ.

    A factor of the sum is defined where B shares it with A or with C: take B's away from A and put C's in its place.
    Raises BadRequest where that leaves open whether the sum shows one thing or two, or how they stand.
    """
    labels = np.stack([scene_to_labels(scene) for scene in scenes])
    sum_ = np.where(labels[1] == labels[0], labels[2], np.where(labels[1] == labels[2], labels[0], UNKNOWN))
    wanted = factor_names(sum_)
    if "layout" not in wanted:
        why = "One thing or two, and how they stand: this sum leaves that open."
        raise BadRequest(why, hint="Let picture B have as many things as A or as C, standing alike.")
    drawn = np.stack([Scenes(split="test").render_scene(scene, seed) for scene in scenes])
    x = from_bytes(drawn)
    a, b, c = model.network.encode(runtime.put(x)).mean.float().cpu().split(1)
    z = a - b + c
    decoded = model.network.decode(runtime.put(z)).float().cpu().clamp(-1, 1)
    read = read_pictures(judge, decoded, runtime)[0]
    seen = factor_names(read)
    right = {column: seen.get(column) == name for column, name in wanted.items()}
    meant = from_bytes(Scenes(split="test").render_scene(sum_scene(wanted), seed))[None]
    return Arithmetic(torch.cat([x, decoded]), z, wanted, seen, right, meant)


def factor_names(labels: np.ndarray) -> dict[str, str]:
    """Return what the class numbers of a scene's label columns mean, without those that do not apply."""
    return {
        column: table[number]
        for (column, table), number in zip(LABEL_TABLES.items(), labels.tolist(), strict=True)
        if number != UNKNOWN
    }


def sum_scene(wanted: dict[str, str]) -> Scene:
    """Return the scene that a sum stands for, with None for what it leaves open."""
    columns = [table.index(wanted[column]) if column in wanted else UNKNOWN for column, table in LABEL_TABLES.items()]
    return labels_to_scene(np.asarray(columns, np.int64))


@torch.inference_mode()
def traverse(
    model: LoadedVAE,
    z: Float[Tensor, "1 c h w"],
    channel: int,
    runtime: Runtime,
    *,
    stds: float = 3.0,
    frames: int = 13,
) -> Float[Tensor, "n 3 H W"]:
    """Decode z with one channel moved by -stds .. +stds of its training deviation, everywhere at once."""
    if not 0 <= channel < z.shape[1]:
        raise BadRequest(f"There is no channel {channel}.", hint=f"The latent has channels 0 to {z.shape[1] - 1}.")
    if not 2 <= frames <= 64 or not 0 < stds <= MOST_STDS:
        raise BadRequest(f"{frames} frames over {stds} deviations.", hint=f"Use 2 to 64, and up to {MOST_STDS:g}.")
    moved = z.repeat(frames, 1, 1, 1)
    moved[:, channel] += model.scale.std[channel] * torch.linspace(-stds, stds, frames)[:, None, None]
    return model.network.decode(runtime.put(moved)).float().cpu().clamp(-1, 1)


@dataclass(frozen=True, eq=False)
class Preview:
    """The best linear guess of a picture's colours from the c numbers of its latent cell: rgb = weights z + bias.

    r2: share of the variance of held-out pictures (reduced to the latent's grid) that it explains, at most 1.
    """

    weights: Float[np.ndarray, "3 c"]
    bias: Float[np.ndarray, "3"]
    r2: float
    fitted_on: int
    measured_on: int

    def show(self, z: Float[Tensor, "n c h w"]) -> Float[Tensor, "n 3 h w"]:
        """Return the preview of latents, in [-1, 1]."""
        rgb = torch.einsum("rc,nchw->nrhw", torch.from_numpy(self.weights), z)
        return (rgb + torch.from_numpy(self.bias)[None, :, None, None]).clamp(-1, 1)


def fit_preview(model: LoadedVAE, runtime: Runtime, *, count: int = 256) -> Preview:
    """Fit the preview live, by least squares, on `count` scenes, and measure it on as many others."""
    steps = preview_steps(model, runtime, count=count)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def preview_steps(model: LoadedVAE, runtime: Runtime, *, count: int = 256) -> Generator[float, None, Preview]:
    """The same in steps: yields the share done, 0 to 1, and returns the preview."""
    side = model.card.training.side
    z_train, rgb_train = yield from _cells(model, Scenes(split="train", side=side), count, 0.0, runtime)
    z_test, rgb_test = yield from _cells(model, Scenes(split="test", side=side), count, 0.5, runtime)
    solved, *_ = np.linalg.lstsq(_with_one(z_train), rgb_train, rcond=None)
    left = np.square(rgb_test - _with_one(z_test) @ solved).sum(axis=0)
    whole = np.square(rgb_test - rgb_test.mean(axis=0)).sum(axis=0)
    weights, bias = (np.ascontiguousarray(part, np.float32) for part in (solved[:-1].T, solved[-1]))
    return Preview(weights, bias, float(np.mean(1 - left / whole)), count, count)


def _with_one(rows: np.ndarray) -> np.ndarray:
    return np.concatenate([rows, np.ones_like(rows[:, :1])], axis=1)


def _cells(
    model: LoadedVAE, scenes: Scenes, count: int, begun: float, runtime: Runtime
) -> Generator[float, None, tuple[np.ndarray, np.ndarray]]:
    """Return every latent cell of `count` scenes as a row, and the mean colour of the pixels it stands for."""
    latents, colours = [], []
    for start in range(0, count, PART):
        yield begun + 0.5 * start / count
        x = from_bytes(scenes.pictures(range(start, min(start + PART, count))))
        with torch.inference_mode():
            latents.append(model.network.encode(runtime.put(x)).mean.float().cpu())
        colours.append(nn.functional.avg_pool2d(x, model.network.config.f))
    rows = (torch.cat(part).permute(0, 2, 3, 1).flatten(0, 2).double().numpy() for part in (latents, colours))
    return next(rows), next(rows)
