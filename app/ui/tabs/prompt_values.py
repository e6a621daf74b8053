"""Figures of the Prompt tab as the JSON values of its widgets, and as files."""

from collections.abc import Sequence
from dataclasses import replace

from app.figures.latents import groups_png
from app.figures.parts import Fact, Group, Tile
from app.figures.prompt import Graded, Strip
from app.figures.prompt_words import HeatLayer
from app.figures.sheets import Sprites
from app.labs.prompt import Mark
from app.ui.part import Download
from app.ui.widgets.base import as_file, packed, png_bytes, png_uri
from app.ui.widgets.values import Json


def graded_value(strips: Sequence[Strip], facts: Sequence[Fact] = ()) -> Json:
    """Value of the widget `graded`."""
    told = [{"name": fact.name, "value": fact.value, "note": fact.note, "kind": fact.kind} for fact in facts]
    return packed({"facts": told, "strips": [_strip(strip) for strip in strips]})


def _strip(strip: Strip) -> Json:
    legend = None
    if strip.legend:
        low, middle, high = strip.legend.low, strip.legend.middle, strip.legend.high
        legend = {"bar": png_uri(strip.legend.bar), "low": low, "middle": middle, "high": high}
    tiles = [_tile(graded) for graded in strip.graded]
    return {"title": strip.title, "note": strip.note, "stamp": strip.stamp, "tiles": tiles, "legend": legend}


def _tile(graded: Graded) -> Json:
    tile = graded.tile
    return {
        "title": tile.title,
        "kind": tile.kind,
        "src": png_uri(tile.picture),
        "alt": tile.alt,
        "note": graded.note,
        "marks": [_mark(mark) for mark in graded.marks],
    }


def _mark(mark: Mark) -> Json:
    return {"name": mark.name, "wanted": mark.wanted, "read": mark.read, "right": mark.right}


def attention_value(
    sheet: Sprites, words: Sequence[str], moments: Sequence[str], layers: Sequence[HeatLayer], start: int, note: str
) -> Json:
    """Value of the widget `attention`. start: the word that is lit first."""
    data = {
        "tile": sheet.tile,
        "words": list(words),
        "moments": list(moments),
        "layers": [
            {"title": one.title, "side": one.side, "heat": one.text, "top": [round(n, 6) for n in one.top]}
            for one in layers
        ],
        "start": start,
        "stamp": "measured now",
        "note": note,
    }
    return packed(data, sheet=as_file(png_bytes(sheet.sheet)))


def strips_download(name: str, strips: Sequence[Strip]) -> Download:
    """Return strips as one labelled PNG sheet."""
    groups = [Group(one.title, tuple(_scored(graded) for graded in one.graded), one.note, one.legend) for one in strips]
    return Download(name, groups_png(groups))


def _scored(graded: Graded) -> Tile:
    right = sum(mark.right for mark in graded.marks)
    title = f"{graded.tile.title} {right}/{len(graded.marks)}" if graded.marks else graded.tile.title
    return replace(graded.tile, title=title)
