"""Claim 1, as an experiment: the same captions and seeds with every stage, then with one stage left out at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from app.core.errors import BadRequest
from app.core.runtime import Runtime
from app.data.scenes import parse_caption, scene_to_labels
from app.data.scenes.factors import UNKNOWN
from app.evaluation.claims.linear_map import LinearMap, fit_linear_map
from app.evaluation.claims.structure import latents_as_pictures
from app.evaluation.judging import agreement, read_pictures
from app.evaluation.sampling import decode_samples, sample, starting_noise
from app.labs.generate import GenerateRequest
from app.store.catalogue import LoadedDenoiser, LoadedJudge

EVERY, NO_CAPTION, NO_DENOISER, NO_DECODER, LINEAR = (
    "every stage",
    "without the caption",
    "without the denoiser",
    "without the decoder",
    "a linear map for a decoder",
)
LEFT_OUT = (NO_CAPTION, NO_DENOISER, NO_DECODER)
ARMS = (EVERY, *LEFT_OUT, LINEAR)
"""The last leaves nothing out, but shows how much of the decoder's work is more than a weighted sum."""
MOST_PICTURES = 8


@dataclass(frozen=True)
class LeaveOutRequest:
    """run: what is generated; picture k starts from seed run.seed + k. pictures: how many, 1 to MOST_PICTURES."""

    run: GenerateRequest
    pictures: int = 4

    def __post_init__(self) -> None:
        if not 1 <= self.pictures <= MOST_PICTURES:
            raise BadRequest(f"{self.pictures} pictures were asked for.", hint=f"Use 1 to {MOST_PICTURES}.")

    @property
    def seeds(self) -> list[int]:
        """The seeds of the pictures, in order."""
        return [self.run.seed + k for k in range(self.pictures)]


@dataclass(frozen=True, eq=False)
class Arm:
    """pictures: in [-1, 1]. right: share of what the caption asks that the judge reads off each; None: no judge, or
    a caption that asks for nothing that it reads.
    """

    name: str
    pictures: Float[Tensor, "n 3 H W"]
    right: tuple[float, ...] | None

    @property
    def mean_right(self) -> float | None:
        """The share over all pictures."""
        return None if self.right is None else float(np.mean(self.right))


@dataclass(frozen=True)
class LeaveOutResult:
    """arms: in the order of ARMS. parameters: how many weights each network has."""

    request: LeaveOutRequest
    arms: tuple[Arm, ...]
    parameters: dict[str, int]


@dataclass(frozen=True)
class LeaveOutStage:
    """Where the experiment stands: the share that is done, and the result once it is there."""

    done: float
    result: LeaveOutResult | None = None


def leave_out(
    model: LoadedDenoiser,
    judge: LoadedJudge | None,
    request: LeaveOutRequest,
    runtime: Runtime,
    linear: LinearMap | None = None,
) -> LeaveOutResult:
    """Run the whole experiment. Raises BadRequest for a model on pixels, UnknownWord for an unknown word.

    linear: the map of the last arm, if it is at hand; else it is found, which takes some seconds.
    """
    *_, last = leave_out_stages(model, judge, request, runtime, linear)
    assert last.result is not None
    return last.result


def leave_out_stages(
    model: LoadedDenoiser,
    judge: LoadedJudge | None,
    request: LeaveOutRequest,
    runtime: Runtime,
    linear: LinearMap | None = None,
) -> Iterator[LeaveOutStage]:
    """The same, step by step: two runs, with the caption and without it; the other arms need no run of their own."""
    if model.vae is None:
        raise BadRequest(f"'{model.card.name}' works on pixels: it has no decoder.", hint="Choose another model.")
    ends: list[Tensor] = []
    for number, caption in enumerate((request.run.caption, "")):
        end = starting_noise(model, request.seeds)
        captions = [caption] * request.pictures
        for state in sample(model, captions, request.seeds, replace(request.run, caption=caption).options, runtime):
            yield LeaveOutStage((number + state.step / request.run.steps) / 2.2)
            end = state.x
        ends.append(end)
    with_caption, without = ends
    pictures = {
        EVERY: decode_samples(model, with_caption, runtime),
        NO_CAPTION: decode_samples(model, without, runtime),
        NO_DENOISER: decode_samples(model, starting_noise(model, request.seeds), runtime),
    }
    pictures[NO_DECODER] = latents_as_pictures(with_caption, pictures[EVERY].shape[-1])
    pictures[LINEAR] = (linear or fit_linear_map(model.vae, runtime)).pictures(with_caption)
    arms = tuple(
        Arm(name, pictures[name], _right(judge, request.run.caption, pictures[name], runtime)) for name in ARMS
    )
    yield LeaveOutStage(1.0, LeaveOutResult(request, arms, _parameters(model)))


def _right(
    judge: LoadedJudge | None, caption: str, pictures: Float[Tensor, "n 3 H W"], runtime: Runtime
) -> tuple[float, ...] | None:
    """Grade the attributes that the caption names; the rest of a picture is free."""
    scene = parse_caption(caption)
    if judge is None or scene is None or pictures.shape[-1] != judge.network.config.side:
        return None
    wanted = np.repeat(scene_to_labels(scene)[None], len(pictures), axis=0)
    asked = wanted[0] != UNKNOWN
    if not asked.any():
        return None
    right = agreement(wanted, read_pictures(judge, pictures, runtime))[:, asked]
    return tuple(right.mean(axis=1).tolist())


def _parameters(model: LoadedDenoiser) -> dict[str, int]:
    assert model.vae is not None
    vae, network = model.vae.network, model.network
    counts = {
        "VAE encoder": _count(vae.encoder),
        "text encoder": _count(network.text),
        "VAE decoder": _count(vae.decoder),
    }
    counts["denoiser"] = _count(network) - counts["text encoder"]
    return counts


def _count(network: torch.nn.Module) -> int:
    return sum(part.numel() for part in network.parameters())
