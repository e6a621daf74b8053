"""What the Encode lab shows: mean and deviation maps, reconstruction, error map and numbers; and its files."""

import math
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from app.core.files import write_atomically
from app.core.pictures import to_picture
from app.figures.maps import amount_legend, amount_map, enlarge, signed_legend, signed_map
from app.figures.parts import Fact, Group, Tile
from app.figures.sheets import PAPER, labelled_sheet
from app.labs.encode import EncodeResult

ERROR_LIMIT = 0.5
"""Mean absolute error that gets the brightest colour: a quarter of the whole range from black to white."""

FILE_SIDE = 160
"""Pixels along a map in the files that `save_encoding` writes."""

MOST_SHOWN = 384
"""Pixels along the longer edge of a picture on the page; larger ones are shown smaller, and the note says so."""


def shown(picture: Image.Image) -> Image.Image:
    """Return a picture as the page shows it: every pixel of it, or all of it made smaller."""
    small = picture.copy()
    small.thumbnail((MOST_SHOWN, MOST_SHOWN), Image.Resampling.LANCZOS)
    return small


def size_note(height: int, width: int) -> str:
    """Say how a picture of this size is shown; '' where every pixel is there."""
    longer = max(height, width)
    if longer <= MOST_SHOWN:
        return ""
    return f" The picture has {width} × {height} pixels and is shown at {MOST_SHOWN / longer:.0%} of its size."


def error_group(result: EncodeResult) -> Group:
    """Picture, reconstruction and where they differ."""
    error = amount_map(result.error[0, 0], 0.0, ERROR_LIMIT)
    return Group(
        "Picture, reconstruction, error",
        (
            Tile("Picture", "pixel", shown(to_picture(result.picture[0])), "the picture that goes in"),
            Tile(
                "Reconstruction",
                "decoder",
                shown(to_picture(result.reconstruction[0])),
                "the picture that the decoder rebuilds",
            ),
            Tile("Error", "pixel", shown(error), "how much each pixel differs; bright is wrong"),
        ),
        "Error: mean absolute difference over the three colours, of a range of 2."
        + size_note(*result.picture.shape[-2:]),
        amount_legend(0.0, ERROR_LIMIT),
    )


def mean_group(result: EncodeResult) -> Group:
    """The mean of the posterior, one map a channel, on one scale that is symmetric about zero."""
    mean = result.mean[0]
    limit = float(mean.abs().max())
    tiles = _channels("mean", [signed_map(channel, limit) for channel in mean])
    return Group("Mean", tiles, "Where the encoder points, channel by channel.", signed_legend(limit))


def std_group(result: EncodeResult) -> Group:
    """The standard deviation of the posterior, one map a channel, on one logarithmic scale from least to greatest."""
    log_std = 0.5 * result.logvar[0]
    low, high = float(log_std.min()), float(log_std.max())
    tiles = _channels("standard deviation", [amount_map(channel, low, high) for channel in log_std])
    note = "How unsure it is there: the width of the Gaussian from which z is drawn. Logarithmic scale."
    return Group(
        "Standard deviation", tiles, note, amount_legend(math.exp(low), math.exp(high), math.exp((low + high) / 2))
    )


def _channels(what: str, maps: list[Image.Image]) -> tuple[Tile, ...]:
    return tuple(
        Tile(f"channel {number}", "latent", picture, f"{what} of latent channel {number}, one pixel a value")
        for number, picture in enumerate(maps, start=1)
    )


def encoding_groups(result: EncodeResult) -> list[Group]:
    """All pictures of an encoding; a plain autoencoder has no standard deviation to show."""
    groups = [error_group(result), mean_group(result)]
    return groups if result.kl_bits is None else [*groups, std_group(result)]


def encoding_facts(result: EncodeResult) -> list[Fact]:
    """The numbers of an encoding: those of EncodeResult.summary, worded for a person."""
    numbers = result.summary()
    kl = Fact("Information (KL)", "none", "a plain autoencoder has no distribution", "latent")
    if result.kl_bits is not None:
        value = f"{numbers['kl_bits_per_value']} bits a value: what the latent tells"
        kl = Fact("Information (KL)", f"{numbers['kl_bits']:,} bits", value, "latent")
    return [
        Fact("Latent", " × ".join(map(str, result.z.shape[1:])), "channels × height × width", "latent"),
        Fact("Numbers in", f"{result.numbers_in:,}", " × ".join(map(str, result.picture.shape[1:])), "pixel"),
        Fact("Numbers out", f"{result.numbers_out:,}", f"{numbers['reduction']:g} times fewer", "latent"),
        kl,
        Fact("PSNR", f"{numbers['psnr_db']} dB", "higher is closer to the picture", "decoder"),
        Fact("SSIM", f"{numbers['ssim']}", "1 is the same structure", "decoder"),
    ]


def save_encoding(result: EncodeResult, out: Path) -> None:
    """Write latents.npz (mean, logvar, z: (c, h, w) float32), reconstruction.png, mean.png and std.png to a folder.

    The maps are enlarged with hard pixels and carry their colour bar. A plain autoencoder gets no std.png.
    """
    write_atomically(out / "latents.npz", lambda part: _write_arrays(part, result))
    _write_png(out / "reconstruction.png", to_picture(result.reconstruction[0]))
    _write_png(out / "mean.png", group_sheet(mean_group(result)))
    if result.kl_bits is not None:
        _write_png(out / "std.png", group_sheet(std_group(result)))


def groups_png(groups: Sequence[Group]) -> bytes:
    """Several groups below each other as one PNG file."""
    sheets = [group_sheet(group) for group in groups]
    whole = Image.new("RGB", (max(sheet.width for sheet in sheets), sum(sheet.height for sheet in sheets)), PAPER)
    top = 0
    for sheet in sheets:
        whole.paste(sheet, (0, top))
        top += sheet.height
    buffer = BytesIO()
    whole.save(buffer, "PNG")
    return buffer.getvalue()


def group_sheet(group: Group) -> Image.Image:
    """One group as a single labelled picture, for files."""
    tiles = [(tile.title, enlarge(tile.picture, FILE_SIDE)) for tile in group.tiles]
    return labelled_sheet(group.title, tiles, group.legend)


def _write_arrays(path: Path, result: EncodeResult) -> None:
    mean, logvar, z = (part[0].numpy() for part in (result.mean, result.logvar, result.z))
    with open(path, "wb") as file:  # given a name, numpy would add .npz to it
        np.savez(file, mean=mean, logvar=logvar, z=z)


def _write_png(path: Path, picture: Image.Image) -> None:
    write_atomically(path, lambda part: picture.save(part, format="PNG"))
