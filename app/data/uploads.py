"""Pictures from strangers: any bytes may come, and the answer is the right picture or one sentence that helps."""

from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from app.core.errors import BadUpload

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")

HINT = "Use a PNG, JPEG, WebP, BMP or GIF picture."

# The first bytes of what people send by mistake, so that the message can call it by its name.
KNOWN_STRANGERS = (
    (b"%PDF", "a PDF document"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"PK\3\4", "a zip or office file"),
    (b"8BPS", "a Photoshop file"),
)

# What undoes each EXIF orientation (EXIF 2.32, tag 0x0112); 1, upright, needs nothing.
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Limits:
    """The most bytes a file and the most pixels a picture may have."""

    file_bytes: int
    pixels: int


STRANGER = Limits(file_bytes=8_000_000, pixels=24_000_000)
OWN_DISK = Limits(file_bytes=64_000_000, pixels=80_000_000)
"""For files that lie on the person's own machine already."""


def read_upload(data: bytes, *, longest: int = 1024, limits: Limits = STRANGER) -> Image.Image:
    """Return the picture in these bytes: RGB, upright, its first frame, no edge longer than `longest` pixels.

    Transparency becomes white; 16-bit grey is scaled to 8 bits, not clipped. Raises BadUpload for anything else.
    """
    if not data:
        raise BadUpload("The file is empty.", hint=HINT)
    if len(data) > limits.file_bytes:
        raise BadUpload(
            f"The file is {len(data) / 1e6:.1f} MB; the most is {limits.file_bytes / 1e6:.0f} MB.",
            hint="Make the picture smaller, or save it as JPEG.",
        )
    with _open(data, limits) as picture:
        return _decode(picture, longest)


def _open(data: bytes, limits: Limits) -> Image.Image:
    """Read the header alone, so that a small file that claims to be a huge picture costs nothing."""
    try:
        picture = Image.open(BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels("far too many", limits) from error
    except UnidentifiedImageError as error:
        raise BadUpload(f"The file is {_name_stranger(data)}.", hint=HINT) from error
    except Exception as error:  # a decoder fed with arbitrary bytes may raise anything
        raise _damaged() from error
    if picture.width * picture.height > limits.pixels:
        raise _too_many_pixels(f"{picture.width} x {picture.height}", limits)
    return picture


def _decode(picture: Image.Image, longest: int) -> Image.Image:
    try:
        picture.draft("RGB", (2 * longest, 2 * longest))  # a JPEG four times too large is decoded at half its size
        picture.load()
        upright = _upright(picture)
        small = _opaque(_eight_bits(upright))
        small.thumbnail((longest, longest), Image.Resampling.LANCZOS)
        return small
    except Exception as error:  # as above: a cut-off file raises OSError, a crafted one anything
        raise _damaged() from error


def _upright(picture: Image.Image) -> Image.Image:
    """Turn a picture as its camera was held; an EXIF block that can't be read is no reason to refuse the picture."""
    orientation = 1
    with suppress(Exception):
        orientation = picture.getexif().get(ExifTags.Base.Orientation, 1)
    return picture.transpose(UPRIGHT[orientation]) if orientation in UPRIGHT else picture


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Scale 16-bit grey to 0..255; Pillow's own conversion would clip everything above 255 to white."""
    if not picture.mode.startswith("I"):
        return picture
    values = np.asarray(picture).astype(np.float64) / 65535.0
    return Image.fromarray((np.clip(values, 0.0, 1.0) * 255.0).round().astype(np.uint8))


def _opaque(picture: Image.Image) -> Image.Image:
    """Return RGB, with what is transparent laid on white, as a page would show it."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")


def _name_stranger(data: bytes) -> str:
    head = data[:1024].lstrip()
    if data[4:8] == b"ftyp":
        return "a HEIC or AVIF photograph, or a film"
    if b"<svg" in head:
        return "an SVG drawing, which has no pixels"
    named = (name for start, name in KNOWN_STRANGERS if head.startswith(start))
    return next(named, "no picture that we can read, whatever its name says")


def _too_many_pixels(size: str, limits: Limits) -> BadUpload:
    return BadUpload(
        f"The picture has {size} pixels; the most is {limits.pixels / 1e6:.0f} million.", hint="Make it smaller first."
    )


def _damaged() -> BadUpload:
    return BadUpload(
        "The picture is damaged, cut off, or of a rare kind that we can't decode.",
        hint="Open it in a picture viewer and save it again as PNG.",
    )


def fit_square(picture: Image.Image, side: int) -> Image.Image:
    """Return the largest centred square of a picture, resized to `side` x `side`; a small one is enlarged."""
    return ImageOps.fit(picture.convert("RGB"), (side, side), Image.Resampling.LANCZOS)


def trim_to_multiple(picture: Image.Image, f: int) -> Image.Image:
    """Return the largest centred part whose edges are multiples of f, as an encoder of factor f needs it.

    A picture with an edge shorter than f is enlarged first; raises BadUpload where that would make a ribbon of it.
    """
    shorter, longer = min(picture.size), max(picture.size)
    if longer * f > 4096 * min(shorter, f):
        raise BadUpload(
            f"The picture is {picture.width} x {picture.height} pixels: too narrow to encode.",
            hint=f"Send one whose edges are both at least {f} pixels.",
        )
    if shorter < f:
        picture = picture.resize(
            (max(f, picture.width * f // shorter), max(f, picture.height * f // shorter)), Image.Resampling.LANCZOS
        )
    width, height = picture.width // f * f, picture.height // f * f
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))
