"""Several pictures as one: labelled sheets for files, sprite sheets for the page's widgets."""

from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

from app.figures.parts import Legend

GAP, LINE, TEXT = 12, 26, 16
"""Pixels: between tiles, for a line of text, height of the letters."""
INK, PAPER = "#1c2128", "white"


class Sprites(NamedTuple):
    """Tiles of one size, row by row on a sheet of `columns` tiles a row."""

    sheet: Image.Image
    columns: int
    tile: int


def sprite_sheet(tiles: list[Image.Image], columns: int) -> Sprites:
    """Lay square tiles of one size out on a sheet, without gaps."""
    side = tiles[0].width
    if any(tile.size != (side, side) for tile in tiles):
        raise ValueError(f"sprites must all be {side} x {side}, got {sorted({tile.size for tile in tiles})}")
    sheet = Image.new("RGB", (columns * side, -(-len(tiles) // columns) * side))
    for index, tile in enumerate(tiles):
        sheet.paste(tile, (index % columns * side, index // columns * side))
    return Sprites(sheet, columns, side)


def labelled_sheet(title: str, tiles: list[tuple[str, Image.Image]], legend: Legend | None) -> Image.Image:
    """Return a title, a row of titled tiles of one size and, beneath, the colour bar with its numbers."""
    width, height = tiles[0][1].size
    columns = min(len(tiles), 8)
    rows = -(-len(tiles) // columns)
    full = GAP + columns * (width + GAP)
    foot = 2 * LINE if legend else 0
    sheet = Image.new("RGB", (full, GAP + LINE + rows * (height + LINE + GAP) + foot), PAPER)
    _write(sheet, (GAP, GAP), title)
    for index, (name, tile) in enumerate(tiles):
        left, top = GAP + index % columns * (width + GAP), GAP + LINE + index // columns * (height + LINE + GAP)
        _write(sheet, (left, top), name)
        sheet.paste(tile, (left, top + LINE))
    if legend:
        _add_legend(sheet, legend)
    return sheet


def _add_legend(sheet: Image.Image, legend: Legend) -> None:
    top, width = sheet.height - 2 * LINE, sheet.width - 2 * GAP
    sheet.paste(legend.bar.resize((width, TEXT)), (GAP, top))
    for text, x, anchor in ((legend.low, 0, "la"), (legend.middle, width // 2, "ma"), (legend.high, width, "ra")):
        _write(sheet, (GAP + x, top + TEXT + 4), text, anchor)


def _write(sheet: Image.Image, place: tuple[int, int], text: str, anchor: str = "la") -> None:
    ImageDraw.Draw(sheet).text(place, text, fill=INK, font=ImageFont.load_default(TEXT), anchor=anchor)
