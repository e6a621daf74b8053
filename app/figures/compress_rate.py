"""What the rate-distortion lab shows: real files as points, and the pictures at equal bytes."""

from dataclasses import replace

from app.core.pictures import to_picture
from app.figures.parts import Chart, Fact, Group, Kind, Series, Tile
from app.labs.compress_rate import LONGEST, METHODS, Coded, RateResult

KINDS: dict[str, Kind] = {"latent": "latent", "JPEG": "pixel", "WebP": "text", "PCA": "decoder"}
NAMES = {"latent": "VAE", "JPEG": "JPEG", "WebP": "WebP", "PCA": "PCA of 8 × 8 blocks"}
UNCOUNTED = "of VAE, and 150 kB of components for PCA: both sides hold them before the first file is sent"


def rate_chart(result: RateResult) -> Chart:
    """Return error against bytes; each point is one file that was written and read back."""
    series = tuple(
        Series(
            f"{NAMES[how]} {result.vae}" if how == "latent" else NAMES[how],
            tuple(float(coded.size) for coded in curve),
            tuple(coded.psnr for coded in curve),
            kind=KINDS[how],
            labels=tuple(coded.setting for coded in curve),
        )
        for how, curve in result.curves.items()
    )
    counted = "bytes of the whole file" if result.request.whole_files else "bytes without the fixed headers"
    marks = ((float(result.chosen.size), f"{result.chosen.setting} a value"),)
    note = _sized(result, "Each point is a real file of this picture, written, read back and compared.")
    return Chart("Bytes and quality", counted, "PSNR (dB)", series, note, x_log=True, marks=marks)


def hidden_chart(result: RateResult) -> Chart:
    """Return the chart before the guess: the latent's files alone."""
    chart = rate_chart(result)
    return replace(chart, series=chart.series[:1], note=_sized(result, "Guess how its rivals do, then write them."))


def _sized(result: RateResult, note: str) -> str:
    """Return the note, which says so where a longer picture would have been made smaller."""
    height, width = result.picture.shape[-2:]
    if max(height, width) < LONGEST:
        return note
    return f"{note} The picture has {width} × {height} pixels here; a longer one is first made {LONGEST} pixels long."


def equal_bytes_group(result: RateResult, *, revealed: bool = True) -> Group:
    """Return the picture and the best that each method makes of it within the latent's bytes; unrevealed: its own."""
    tiles = [Tile("Original", "pixel", to_picture(result.picture[0]), "the picture itself")]
    for how in METHODS if revealed else METHODS[:1]:
        coded = result.chosen if how == "latent" else result.alike[how]
        if coded is not None:
            tiles.append(_tile(result, coded))
    unable = [how for how, coded in result.alike.items() if coded is None]
    note = f"Each file has at most the {result.chosen.size:,} bytes of the latent's."
    if unable and revealed:
        note += f" {' and '.join(unable)} cannot make this picture so small."
    return Group("At equal bytes", tuple(tiles), note)


def _tile(result: RateResult, coded: Coded) -> Tile:
    name = result.vae if coded.method == "latent" else coded.method
    title = f"{name}: {coded.size:,} bytes, {coded.psnr:.1f} dB"
    return Tile(title, KINDS[coded.method], to_picture(coded.picture[0]), f"the picture read back from {title}")


def rate_facts(result: RateResult, weights: int) -> list[Fact]:
    """Return the winner and what is counted. weights: of the VAE, two bytes each on disk."""
    chosen, pixels = result.chosen, result.picture.numel()
    winner = result.vae if result.winner == "latent" else result.winner
    return [
        Fact("Least error at equal bytes", winner, "of the files below", KINDS[result.winner]),
        Fact(
            "Latent's file", f"{chosen.size:,} bytes", f"{chosen.setting} a value, packed by {chosen.coder}", "latent"
        ),
        Fact("Rate", f"{8 * chosen.size / (pixels / 3):.2f} bits a pixel", "raw pixels are 24", "pixel"),
        Fact("Not counted", f"{2 * weights / 1e6:.1f} MB", UNCOUNTED, "decoder"),
    ]
