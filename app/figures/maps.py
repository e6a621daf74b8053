"""Arrays of numbers as small pictures, one pixel a value, and the colour bar that goes with them."""

import numpy as np
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from app.figures.colour_maps import ENTRIES, colour_amounts, colour_signed
from app.figures.parts import Legend


def signed_map(values: Float[Tensor, "h w"], limit: float) -> Image.Image:
    """Blue below zero, near white at zero, orange-brown above; full colour at +-limit."""
    return Image.fromarray(colour_signed(values.numpy(), limit))


def amount_map(values: Float[Tensor, "h w"], low: float, high: float) -> Image.Image:
    """Dark at `low`, light at `high`."""
    return Image.fromarray(colour_amounts(values.numpy(), low, high))


def signed_legend(limit: float) -> Legend:
    """The bar of `signed_map`."""
    ramp = np.linspace(-1.0, 1.0, ENTRIES)[None]
    return Legend(Image.fromarray(colour_signed(ramp, 1.0)), f"−{limit:.3g}", f"+{limit:.3g}", "0")


def amount_legend(low: float, high: float, middle: float | None = None) -> Legend:
    """The bar of `amount_map`; `middle` is what its middle stands for, if the scale is not linear."""
    ramp = np.linspace(0.0, 1.0, ENTRIES)[None]
    between = "" if middle is None else f"{middle:.3g}"
    return Legend(Image.fromarray(colour_amounts(ramp, 0.0, 1.0)), f"{low:.3g}", f"{high:.3g}", between)


def channel_mosaic(sample: Float[Tensor, "c h w"], limit: float) -> Image.Image:
    """All channels as signed maps in one picture, row by row in the most square arrangement, no gaps."""
    channels, height, width = sample.shape
    columns = int(np.ceil(np.sqrt(channels)))
    rows = -(-channels // columns)
    mosaic = np.full((rows * height, columns * width, 3), 255, np.uint8)
    for index, values in enumerate(sample.numpy()):
        top, left = index // columns * height, index % columns * width
        mosaic[top : top + height, left : left + width] = colour_signed(values, limit)
    return Image.fromarray(mosaic)


def enlarge(picture: Image.Image, side: int) -> Image.Image:
    """Return the picture with its longer edge at least `side` pixels long, every pixel a square of one colour."""
    factor = max(1, -(-side // max(picture.size)))
    return picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)
