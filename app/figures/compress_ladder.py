"""What the ladder shows: a card for each rung, all of them on one sheet of sprites, and the answer to the guess."""

import math
from dataclasses import dataclass

from PIL import Image

from app.core.pictures import to_picture
from app.figures.maps import amount_legend, amount_map
from app.figures.parts import Chart, Fact, Group, Legend, Series, Tile
from app.labs.compress_ladder import LadderResult, Rung, changed, in_words, texture_of

ERROR_LIMIT = 0.5
"""Mean absolute error that gets the brightest colour: a quarter of the range from black to white."""
NONE = "none of them"
"""The answer when no rung destroys the texture."""


@dataclass(frozen=True)
class Card:
    """One rung in words. facts: (name, value) pairs; saying: one sentence; lost: its texture is gone."""

    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    saying: str
    lost: bool


def ladder_sheet(result: LadderResult) -> Image.Image:
    """Return rows of three pictures of one size: original, reconstruction and error map; one row a rung."""
    width, height = result.picture.shape[-1], result.picture.shape[-2]
    sheet = Image.new("RGB", (3 * width, height * len(result.rungs)))
    original = to_picture(result.picture[0])
    for row, rung in enumerate(result.rungs):
        error = amount_map(rung.error[0, 0], 0.0, ERROR_LIMIT)
        for column, tile in enumerate((original, to_picture(rung.reconstruction[0]), error)):
            sheet.paste(tile, (column * width, row * height))
    return sheet


def ladder_groups(result: LadderResult) -> list[Group]:
    """Return the ladder for a file: pictures, and errors on one scale."""
    tiles = [Tile("Original", "pixel", to_picture(result.picture[0]), "the picture itself")]
    tiles += [
        Tile(
            f"{rung.name}: {rung.psnr:.1f} dB", "decoder", to_picture(rung.reconstruction[0]), f"rebuilt by {rung.name}"
        )
        for rung in result.rungs
    ]
    errors = [
        Tile(rung.name, "noise", amount_map(rung.error[0, 0], 0.0, ERROR_LIMIT), f"error of {rung.name}")
        for rung in result.rungs
    ]
    return [Group("The ladder", tuple(tiles)), Group("Errors", tuple(errors), "", error_legend())]


def error_legend() -> Legend:
    """The scale of all error maps."""
    return amount_legend(0.0, ERROR_LIMIT)


def ladder_cards(result: LadderResult) -> list[Card]:
    """Return one card a rung, in the order of the ladder."""
    return [_card(result, rung) for rung in result.rungs]


def _card(result: LadderResult, rung: Rung) -> Card:
    facts = (
        ("values", f"{rung.values:,}"),
        ("reduction", f"{rung.reduction:g} times fewer"),
        ("PSNR", f"{rung.psnr:.1f} dB"),
        ("SSIM", "none" if math.isnan(rung.ssim) else f"{rung.ssim:.3f}"),
        ("fine detail kept", "there is none" if math.isnan(rung.fine_kept) else f"{max(0.0, rung.fine_kept):.0%}"),
    )
    shape = f"{rung.f} × {rung.f} pixels become {rung.c} values"
    return Card(rung.name, shape, facts, _saying(result, rung), result.loses_texture(rung))


def _saying(result: LadderResult, rung: Rung) -> str:
    """What the judge reads, or, where it cannot read, whether the detail is still there."""
    if rung.reading is None or result.reading is None:
        return (
            "More than half of the fine detail is gone." if result.loses_texture(rung) else "Most fine detail is there."
        )
    wrong = changed(result.reading, rung.reading)
    if not wrong:
        return "The judge reads the same as off the picture."
    return "The judge now reads " + ", ".join(f"{now} for {before}" for before, now in wrong.values()) + "."


def ladder_facts(result: LadderResult, *, revealed: bool = True) -> list[Fact]:
    """Return what went in, what the judge reads off it, and, once it is revealed, where the texture goes."""
    channels, height, width = result.picture.shape[1:]
    facts = [Fact("Values in", f"{result.picture.numel():,}", f"{channels} × {height} × {width}", "pixel")]
    if result.reading is not None:
        facts.append(Fact("The judge reads", texture_of(result.reading), in_words(result.reading), "text"))
    if not revealed:
        return facts
    how = "the judge reads another one" if result.reading else "more than half of the fine detail is gone"
    where = result.first_loss or NONE
    return [*facts, Fact("Texture gone from", where, how if result.first_loss else "of these rungs", "decoder")]


def ladder_chart(result: LadderResult) -> Chart:
    """Return quality against the number of values, a point a rung: down and to the left is stronger compression."""
    rungs = sorted(result.rungs, key=lambda rung: rung.values)
    points = Series(
        "this picture",
        tuple(float(rung.values) for rung in rungs),
        tuple(rung.psnr for rung in rungs),
        kind="decoder",
        style="points",
        labels=tuple(rung.name for rung in rungs),
    )
    return Chart(
        "Values kept and quality", "values in the latent", "PSNR (dB)", (points,),
        "Rungs with equally many values lie above each other: the same budget in more or in fewer places.", x_log=True,
    )  # fmt: skip
