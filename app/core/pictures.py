"""Pictures to tensors and back. Outside this file pixels are float32 in [-1, 1], shape (3, H, W) or (B, 3, H, W)."""

import numpy as np
import torch
from jaxtyping import Float, UInt8
from PIL import Image
from torch import Tensor


def from_bytes(pixels: UInt8[np.ndarray, "*b 3 h w"] | UInt8[Tensor, "*b 3 h w"]) -> Float[Tensor, "*b 3 h w"]:
    """Map 0..255 to [-1, 1]."""
    return torch.as_tensor(pixels).to(torch.float32) / 127.5 - 1.0


def to_bytes(pictures: Float[Tensor, "*b 3 h w"]) -> UInt8[np.ndarray, "*b 3 h w"]:
    """Map [-1, 1] to 0..255, rounded; values outside the range are clipped, as a screen does."""
    scaled = (pictures.detach().to("cpu", torch.float32) + 1.0) * 127.5
    return scaled.round().clamp(0, 255).to(torch.uint8).numpy()


def to_tensor(picture: Image.Image) -> Float[Tensor, "3 h w"]:
    """Turn any PIL picture into one RGB tensor in [-1, 1]."""
    array = np.asarray(picture.convert("RGB"), dtype=np.uint8)
    return from_bytes(np.ascontiguousarray(array.transpose(2, 0, 1)))


def to_picture(tensor: Float[Tensor, "3 h w"]) -> Image.Image:
    """Turn one picture in [-1, 1] into a PIL picture (RGB, 8 bits a channel)."""
    return Image.fromarray(np.ascontiguousarray(to_bytes(tensor).transpose(1, 2, 0)))


def to_sheet(pictures: Float[Tensor, "b 3 h w"], columns: int, gap: int = 0) -> Image.Image:
    """Lay pictures out row by row on one sheet, `gap` white pixels between them."""
    tiles = to_bytes(pictures)
    rows = -(-len(tiles) // columns)
    height, width = tiles.shape[2] + gap, tiles.shape[3] + gap
    sheet = np.full((rows * height - gap, columns * width - gap, 3), 255, np.uint8)
    for index, tile in enumerate(tiles):
        top, left = index // columns * height, index % columns * width
        sheet[top : top + tile.shape[1], left : left + tile.shape[2]] = tile.transpose(1, 2, 0)
    return Image.fromarray(sheet)
