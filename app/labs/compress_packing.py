"""Numbers as few bytes: quantised latents and components of blocks as real files, which are read back to be shown.

Whole numbers are packed by whichever coder of Python's standard library makes them smallest. Every byte counts: the
header says how many numbers there are and what they stand for. What both sides hold already is not in a file: the
decoder's weights, or the directions of the components.
"""

import bz2
import lzma
import struct
import zlib
from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, UInt16
from torch import Tensor

from app.core.errors import BadRequest
from app.evaluation.claims.codecs import LZMA, BlockComponents, find_components

CODERS = ("stored", "zlib", "bz2", "lzma")
"""Their place is their number in a file; 'stored' packs k bits a value and nothing else."""
MOST_BITS = 12
LATENT, COMPONENTS = struct.Struct("<HHBBB"), struct.Struct("<HHHfBB")
"""Headers: cells down and across, channels, bits, coder; cells down and across, components, step, bits, coder."""
LONG = 50_000
"""Bytes from which on zlib's last levels take seconds to gain nothing."""
BLOCK = 8
"""Side of the blocks whose components are used: JPEG's."""


class File(NamedTuple):
    """content: all bytes; header: how many of them do not depend on the picture's size; coder: a name of CODERS."""

    content: bytes
    header: int
    coder: str


def pack(values: UInt16[np.ndarray, " n"], bits: int) -> tuple[int, bytes]:
    """Return the number of the coder that makes values below 2 ** bits smallest, and what it makes of them."""
    planes = _planes(values, bits)
    spread = np.unpackbits(values.astype(">u2").view(np.uint8)).reshape(-1, 16)[:, 16 - bits :]
    packed = (
        np.packbits(spread).tobytes(),
        _deflated(planes),
        bz2.compress(planes),
        lzma.compress(planes, lzma.FORMAT_RAW, filters=[LZMA]),
    )
    number = min(range(len(packed)), key=lambda index: len(packed[index]))
    return number, packed[number]


def _deflated(planes: bytes) -> bytes:
    """Compress without zlib's own header; zlib.compress has no such option before Python 3.11."""
    coder = zlib.compressobj(9 if len(planes) < LONG else 6, wbits=-15)
    return coder.compress(planes) + coder.flush()


def unpack(number: int, content: bytes, count: int, bits: int) -> UInt16[np.ndarray, " n"]:
    """Undo pack."""
    if number == 0:
        spread = np.unpackbits(np.frombuffer(content, np.uint8))[: count * bits].reshape(count, bits)
        weights = (1 << np.arange(bits - 1, -1, -1)).astype(np.uint16)
        return (spread * weights).sum(axis=1).astype(np.uint16)
    if number == 1:
        planes = zlib.decompress(content, wbits=-15)
    else:
        planes = bz2.decompress(content) if number == 2 else lzma.decompress(content, lzma.FORMAT_RAW, filters=[LZMA])
    parts = np.frombuffer(planes, np.uint8).reshape(-1, count).astype(np.uint16)
    return parts[0] if len(parts) == 1 else (parts[0] << 8 | parts[1]).astype(np.uint16)


def _planes(values: UInt16[np.ndarray, " n"], bits: int) -> bytes:
    """Lay high bytes before low bytes, so that each kind stands together; up to 8 bits there are no high ones."""
    shifts = (8, 0) if bits > 8 else (0,)
    return b"".join((values >> shift & 255).astype(np.uint8).tobytes() for shift in shifts)


def write_latent(z: Float[Tensor, "c h w"], bits: int) -> File:
    """Write a latent with `bits` bits a value: each channel's range, as two half floats, is cut into equal steps."""
    if not 1 <= bits <= MOST_BITS:
        raise BadRequest(f"{bits} bits a value.", hint=f"Use 1 to {MOST_BITS}.")
    channels, height, width = z.shape
    values = z.numpy().reshape(channels, -1).astype(np.float32)
    ends = np.stack([values.min(axis=1), values.max(axis=1)], axis=1).astype(np.float16)
    low, step = _steps(ends, bits)
    levels = ((values - low) / step).round().clip(0, 2**bits - 1).astype(np.uint16)
    coder, content = pack(levels.reshape(-1), bits)
    header = LATENT.pack(height, width, channels, bits, coder) + ends.tobytes()
    return File(header + content, len(header), CODERS[coder])


def read_latent(content: bytes) -> Float[Tensor, "c h w"]:
    """Read what write_latent wrote."""
    height, width, channels, bits, coder = LATENT.unpack_from(content)
    start = LATENT.size + 4 * channels
    low, step = _steps(np.frombuffer(content[LATENT.size : start], np.float16).reshape(channels, 2), bits)
    levels = unpack(coder, content[start:], channels * height * width, bits)
    values = low + step * levels.reshape(channels, -1)
    return torch.from_numpy(values.astype(np.float32).reshape(channels, height, width))


def _steps(ends: np.ndarray, bits: int) -> tuple[np.ndarray, np.ndarray]:
    low, high = ends[:, :1].astype(np.float32), ends[:, 1:].astype(np.float32)
    return low, np.maximum(high - low, 1e-6) / (2**bits - 1)


@cache
def block_components() -> BlockComponents:
    """Return all principal components of 8 x 8 blocks of training pictures; found once, kept by both sides."""
    return find_components(BLOCK, [3 * BLOCK**2])[0]


def write_components(picture: Float[Tensor, "1 3 h w"], step: float) -> File:
    """Write a picture as its blocks' components, each rounded to a multiple of one step; the last zeros are left out.

    One step for all directions is best for an orthogonal transform, and gives fewer bits to what varies less.
    """
    basis = block_components()
    blocks = torch.nn.functional.pixel_unshuffle(picture, BLOCK)[0]
    _, height, width = blocks.shape
    found = (blocks.flatten(1).T - basis.mean) @ basis.directions.T
    levels = (found / step).round().clamp(-(2**14), 2**14).T.to(torch.int64).numpy()
    used = int(np.nonzero(levels.any(axis=1))[0].max(initial=-1)) + 1
    signed = levels[:used].reshape(-1)
    folded = np.where(signed < 0, -2 * signed - 1, 2 * signed).astype(np.uint16)  # 0, -1, 1, -2 become 0, 1, 2, 3
    bits = max(1, int(folded.max(initial=0)).bit_length())
    coder, content = pack(folded, bits)
    return File(COMPONENTS.pack(height, width, used, step, bits, coder) + content, COMPONENTS.size, CODERS[coder])


def read_components(content: bytes) -> Float[Tensor, "1 3 h w"]:
    """Read what write_components wrote, in [-1, 1]."""
    height, width, used, step, bits, coder = COMPONENTS.unpack_from(content)
    basis = block_components()
    cells = height * width
    folded = unpack(coder, content[COMPONENTS.size :], used * cells, bits).astype(np.int64) if used else np.zeros(0)
    signed = np.where(folded % 2 == 1, -(folded + 1) // 2, folded // 2).reshape(used, cells)
    found = torch.from_numpy(np.ascontiguousarray(signed.T)).float() * step
    flat = found @ basis.directions[:used] + basis.mean
    blocks = flat.T.reshape(1, -1, height, width)
    return torch.nn.functional.pixel_shuffle(blocks, BLOCK).clamp(-1, 1)
