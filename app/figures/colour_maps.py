"""Two colour maps, computed once: one for amounts and one for signed values.

Both are paths in OKLab (Ottosson 2020, "A perceptual color space for image processing"), in which equal distances look
equally different, so equal steps of the value look equal.
"""

from functools import cache

import numpy as np
from jaxtyping import Float, UInt8

Colours = UInt8[np.ndarray, "*shape 3"]

# OKLab to linear sRGB: first to cone responses (cube roots), then to red, green, blue. The matrices of the paper.
TO_CONES = np.array(
    [[1, 0.3963377774, 0.2158037573], [1, -0.1055613458, -0.0638541728], [1, -0.0894841775, -1.2914855480]]
)
TO_RGB = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)
ENTRIES = 511
"""Odd, so that the diverging map has an entry for exactly zero."""


def oklab_to_srgb(lab: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, "n 3"]:
    """Convert lightness 0..1 and the two opponent axes to sRGB 0..1; not clipped."""
    linear = (lab @ TO_CONES.T) ** 3 @ TO_RGB.T
    low = 12.92 * linear
    high = 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055
    return np.where(linear <= 0.0031308, low, high)


def _path(lightness: np.ndarray, chroma: np.ndarray, hue_degrees: np.ndarray) -> np.ndarray:
    hue = np.deg2rad(hue_degrees)
    return np.stack([lightness, chroma * np.cos(hue), chroma * np.sin(hue)], axis=1)


def amount_path() -> Float[np.ndarray, "n 3"]:
    """OKLab from dark violet through teal to light yellow."""
    u = np.linspace(0, 1, ENTRIES)
    return _path(0.22 + 0.72 * u, 0.095 + 0.02 * np.cos(2 * np.pi * u), 300 - 195 * u)


def signed_path() -> Float[np.ndarray, "n 3"]:
    """OKLab from blue (most negative) through near white (exactly zero) to orange-brown, equally light at both ends."""
    u = np.linspace(-1, 1, ENTRIES)
    return _path(0.97 - 0.52 * np.abs(u), 0.115 * np.abs(u), np.where(u < 0, 250.0, 50.0))


@cache
def _table(signed: bool) -> UInt8[np.ndarray, "n 3"]:
    path = signed_path() if signed else amount_path()
    return (oklab_to_srgb(path) * 255).round().clip(0, 255).astype(np.uint8)


def colour_amounts(values: Float[np.ndarray, "*shape"], low: float, high: float) -> Colours:
    """Colour values from `low` (dark) to `high` (light); what lies outside gets the colour of the end."""
    share = (values - low) / (high - low) if high > low else np.zeros_like(values)
    return _look_up(share, signed=False)


def colour_signed(values: Float[np.ndarray, "*shape"], limit: float) -> Colours:
    """Colour values from -limit (blue) through 0 (near white) to limit (orange-brown)."""
    return _look_up(0.5 + 0.5 * values / limit if limit > 0 else np.full_like(values, 0.5), signed=True)


def _look_up(share: np.ndarray, signed: bool) -> Colours:
    return _table(signed)[(np.clip(share, 0, 1) * (ENTRIES - 1)).round().astype(np.int64)]
