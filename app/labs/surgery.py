"""Operate on a latent: erase or copy a cell, shift or scale a channel, and see what the decoder makes of it.

The decoded difference of one changed cell is as wide as the decoder looks: its receptive field, made visible.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor

from app.core.errors import BadRequest
from app.core.runtime import Runtime
from app.store.catalogue import LoadedVAE

MOST_EDITS = 200


@dataclass(frozen=True)
class EraseCell:
    """Set all channels of a cell to the mean of the training latents: 'nothing special here'."""

    row: int
    column: int


@dataclass(frozen=True)
class CopyCell:
    """Copy all channels of a cell to another place."""

    row: int
    column: int
    to_row: int
    to_column: int


@dataclass(frozen=True)
class ShiftChannel:
    """Add so many standard deviations of the training latents to one channel, everywhere."""

    channel: int
    by: float


@dataclass(frozen=True)
class ScaleChannel:
    """Multiply one channel by a factor, everywhere, about its training mean."""

    channel: int
    factor: float


Edit: TypeAlias = EraseCell | CopyCell | ShiftChannel | ScaleChannel


@dataclass(frozen=True, eq=False)
class SurgeryResult:
    """before and after: decoded, nominally in [-1, 1]; z: the latent after all edits.

    change: mean absolute difference over colours, 0 and up. reach: (top, left, bottom, right) of the pixels that
    changed by more than 1 / 255 of the range, bottom and right exclusive; None if none did.
    """

    edits: tuple[Edit, ...]
    z: Float[Tensor, "1 c h w"]
    before: Float[Tensor, "1 3 H W"]
    after: Float[Tensor, "1 3 H W"]
    change: Float[Tensor, "1 1 H W"]
    reach: tuple[int, int, int, int] | None


@torch.inference_mode()
def operate(model: LoadedVAE, z: Float[Tensor, "1 c h w"], edits: tuple[Edit, ...], runtime: Runtime) -> SurgeryResult:
    """Apply the edits in order and decode before and after in one batch; raises BadRequest for a place outside z."""
    if len(edits) > MOST_EDITS:
        raise BadRequest(f"That are {len(edits)} edits.", hint=f"Use at most {MOST_EDITS}, or start again.")
    edited = z.clone()
    for edit in edits:
        _apply(edited, edit, model)
    before, after = model.network.decode(runtime.put(torch.cat([z, edited]))).float().cpu().split(1)
    change = (after - before).abs().mean(dim=1, keepdim=True)
    return SurgeryResult(edits, edited, before, after, change, _reach(change[0, 0]))


def _apply(z: Float[Tensor, "1 c h w"], edit: Edit, model: LoadedVAE) -> None:
    mean, std = model.scale.mean, model.scale.std
    if isinstance(edit, EraseCell):
        _check_cell(z, edit.row, edit.column)
        z[0, :, edit.row, edit.column] = torch.tensor(mean)
    elif isinstance(edit, CopyCell):
        _check_cell(z, edit.row, edit.column)
        _check_cell(z, edit.to_row, edit.to_column)
        z[0, :, edit.to_row, edit.to_column] = z[0, :, edit.row, edit.column]
    else:
        if not 0 <= edit.channel < z.shape[1]:
            raise BadRequest(
                f"There is no channel {edit.channel}.", hint=f"The latent has channels 0 to {z.shape[1] - 1}."
            )
        channel = z[0, edit.channel]
        if isinstance(edit, ShiftChannel):
            channel += edit.by * std[edit.channel]
        else:
            channel.sub_(mean[edit.channel]).mul_(edit.factor).add_(mean[edit.channel])


def _check_cell(z: Float[Tensor, "1 c h w"], row: int, column: int) -> None:
    height, width = z.shape[-2:]
    if not (0 <= row < height and 0 <= column < width):
        raise BadRequest(
            f"There is no cell in row {row}, column {column}.", hint=f"The latent has {height} rows, {width} columns."
        )


VISIBLE: Literal[2] = 2
"""Range of a picture's values; a change of less than VISIBLE / 255 is less than one 8-bit step."""


def _reach(change: Float[Tensor, "H W"]) -> tuple[int, int, int, int] | None:
    rows, columns = torch.nonzero(change > VISIBLE / 255, as_tuple=True)
    if not len(rows):
        return None
    return int(rows.min()), int(columns.min()), int(rows.max()) + 1, int(columns.max()) + 1
