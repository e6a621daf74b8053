"""What decoding beside upscaling shows, and what a spectrum shows: two ways to see which detail a bottleneck keeps."""

import math

from app.core.pictures import to_picture
from app.evaluation.frequency import CUT
from app.figures.compress_ladder import ERROR_LIMIT
from app.figures.maps import amount_legend, amount_map
from app.figures.parts import Chart, Fact, Group, Kind, Series, Tile
from app.labs.compress_ladder import changed
from app.labs.compress_spectrum import Picture, SpectrumResult, band_pictures
from app.labs.compress_upscaling import Enlarged, UpscalingResult

TITLES = {"nearest": "Nearest", "bicubic": "Bicubic", "decoder": "Decoded"}
KINDS: dict[str, Kind] = {"nearest": "pixel", "bicubic": "text", "decoder": "decoder"}


def upscaling_groups(result: UpscalingResult, *, revealed: bool = True) -> list[Group]:
    """Return the pictures, then where each is wrong; unrevealed: what goes in alone."""
    height, width = result.small.shape[-2:]
    small = f"{width} × {height} pixels, {result.small.numel():,} values"
    tiles = [
        Tile("Original", "pixel", to_picture(result.picture[0]), "the picture itself"),
        Tile(small, "pixel", to_picture(result.small[0]), "the picture averaged down to as many values as the latent"),
    ]
    note = f"The latent of {result.vae} has {result.values:,} values; the small picture has no more."
    if not revealed:
        return [Group("The same number of values", tuple(tiles), note)]
    tiles += [
        Tile(_title(way), KINDS[way.way], to_picture(way.picture[0]), f"the picture, {way.way}") for way in result.ways
    ]
    errors = [
        Tile(TITLES[way.way], KINDS[way.way], amount_map(way.error[0, 0], 0.0, ERROR_LIMIT), f"error of {way.way}")
        for way in result.ways
    ]
    legend = amount_legend(0.0, ERROR_LIMIT)
    return [
        Group("The same number of values, three ways back", tuple(tiles), note),
        Group("Where each is wrong", tuple(errors), "Mean absolute difference, of a range of 2.", legend),
    ]


def _title(way: Enlarged) -> str:
    return f"{TITLES[way.way]}: {way.psnr:.1f} dB"


def upscaling_facts(result: UpscalingResult) -> list[Fact]:
    """Return quality, fine detail and the judge's reading of each way."""
    facts = []
    for way in result.ways:
        kept = "" if math.isnan(way.fine_kept) else f", {max(0.0, way.fine_kept):.0%} of the fine detail kept"
        facts.append(Fact(TITLES[way.way], f"{way.psnr:.1f} dB", f"SSIM {way.ssim:.3f}{kept}", KINDS[way.way]))
    if result.reading is not None:
        facts += [_read(result.reading, way) for way in result.ways]
    return facts


def _read(before: tuple[int, ...], way: Enlarged) -> Fact:
    wrong = {} if way.reading is None else changed(before, way.reading)
    said = ", ".join(f"{now} for {was}" for was, now in wrong.values()) or "the same as off the picture"
    return Fact(f"Judge, {TITLES[way.way].lower()}", f"{len(wrong)} wrong" if wrong else "all right", said, "text")


def spectrum_chart(result: SpectrumResult, revealed: bool = True) -> Chart:
    """Return the three spectra; where error and original meet, nothing of a wave is left. Before: the original's."""
    x = tuple(float(value) for value in result.frequency)
    rows: tuple[tuple[str, Kind, object], ...] = (
        ("original", "pixel", result.original),
        ("reconstruction", "decoder", result.rebuilt),
        ("error", "noise", result.error),
    )
    series = tuple(Series(name, x, tuple(float(p) for p in power), kind=kind) for name, kind, power in rows)  # type: ignore[attr-defined]
    note = "Where the error's curve meets the original's, a wave is lost altogether."
    if not revealed:
        series, note = series[:1], "The picture as it is. What becomes of it comes with your guess."
    marks: tuple[tuple[float, str], ...] = ((result.grid, "finest wave of the latent's grid"),)
    if result.grid != CUT:
        marks = (*marks, (CUT, "fine from here"))
    return Chart("Power by frequency", "cycles a pixel", "power of a wave", series, note, y_log=True, marks=marks)


SPECTRUM_GUESSES = {
    "under a third": (0.0, 1 / 3),
    "a third to two thirds": (1 / 3, 2 / 3),
    "over two thirds": (2 / 3, math.inf),
}
"""Share of the error that lies in fine waves: at least, and less than."""


def spectrum_facts(result: SpectrumResult, guess: str = "") -> list[Fact]:
    """Return what is kept of coarse and fine waves, and where the error lies, beside a guess of that."""
    total = result.coarse[1] + result.fine[1]
    share = result.fine[1] / total if total else 0.0
    low, high = SPECTRUM_GUESSES.get(guess, (0.0, 0.0))
    verdict = "as measured" if low <= share < high else "not as measured"
    facts = [
        *([Fact("Your guess", guess, verdict, "text")] if guess else []),
        _kept("Coarse waves kept", result.coarse, "longer than 8 pixels: layout and colour", "latent"),
        _kept("Fine waves kept", result.fine, "shorter than 8 pixels: edges and texture", "decoder"),
    ]
    return [*facts, Fact("Of the error, fine", f"{share:.0%}", "the rest is wrong in layout or colour", "noise")]


def _kept(name: str, band: tuple[float, float], note: str, kind: Kind) -> Fact:
    power, error = band
    return Fact(name, f"{max(0.0, 1 - error / power):.0%}" if power > 1e-6 else "there are none", note, kind)


def band_group(result: SpectrumResult, revealed: bool = True) -> Group:
    """Return picture and reconstruction, each split into coarse and fine; fine detail lies around mid-grey.

    Before they are revealed, the picture alone.
    """
    tiles = []
    rows: tuple[tuple[str, Kind, Picture], ...] = (
        ("Original", "pixel", result.picture),
        ("Reconstruction", "decoder", result.copy),
    )
    for name, kind, picture in rows if revealed else rows[:1]:
        for band, part in zip(("coarse", "fine"), band_pictures(picture), strict=True):
            tiles.append(Tile(f"{name}, {band}", kind, to_picture(part[0]), f"{band} waves of the {name.lower()}"))
    return Group("The same as pictures", tuple(tiles), "Coarse: waves longer than 8 pixels. Fine: the rest, on grey.")
