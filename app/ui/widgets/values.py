"""Figures as the JSON values of our widgets. What a visitor typed goes in as plain text; the scripts keep it text."""

from math import isfinite
from typing import Any

from PIL import Image

from app.figures.parts import MEASURED_NOW, Chart, Fact, Group, Kind, Legend, Series, Tile
from app.ui.widgets.base import as_file, packed, png_uri, webp_bytes

Json = dict[str, Any]


def panels_value(groups: list[Group], facts: list[Fact], stamp: str = MEASURED_NOW) -> Json:
    """Value of the widget `panels`. stamp: where the facts come from; each group has its own."""
    told = [_fact(fact) for fact in facts]
    return packed({"groups": [_group(group) for group in groups], "facts": told, "stamp": stamp})


def charts_value(charts: list[Chart], otherwise: str = "The chart comes with your guess.") -> Json:
    """Value of the widget `chart`: one or several, one below the other; otherwise: what is said if there is none."""
    return packed({"charts": [_chart(chart) for chart in charts], "otherwise": otherwise})


def _chart(chart: Chart) -> Json:
    return {
        "title": chart.title,
        "xLabel": chart.x_label,
        "yLabel": chart.y_label,
        "xLog": chart.x_log,
        "yLog": chart.y_log,
        "note": chart.note,
        "stamp": chart.stamp,
        "marks": [list(mark) for mark in chart.marks],
        "series": [_series(one) for one in chart.series],
    }


def _series(one: Series) -> Json:
    numbers = {name: [_number(n) for n in getattr(one, name)] for name in ("x", "y", "low", "high")}
    looks = {"kind": one.kind or "", "colour": one.colour, "style": one.style}
    return {"name": one.name, **looks, "labels": list(one.labels), **numbers}


def _number(n: float) -> float | None:
    """JSON knows no infinity: what is not finite is left out of a chart."""
    return float(n) if isfinite(n) else None


def film_value(
    sheet: Image.Image,
    views: list[tuple[str, Kind]],
    moments: list[tuple[str, str]],
    *,
    title: str = "",
    note: str = "",
    start: int | None = None,
    main: int | None = None,
    stamp: str = MEASURED_NOW,
) -> Json:
    """Value of the widget `film`. sheet: a row of tiles a moment, a tile a view, all of one size, without gaps.

    views: title and kind; moments: where it is ('step 3 of 20') and a sentence. start: the moment shown first, None
    for the last; main: the view that is drawn larger.
    """
    size = [sheet.width // len(views), sheet.height // len(moments)]
    data = {
        "tile": size,
        "views": [{"title": name, "kind": kind} for name, kind in views],
        "moments": [{"place": place, "saying": saying} for place, saying in moments],
        "title": title,
        "note": note,
        "start": start,
        "main": main,
        "stamp": stamp,
    }
    return packed(data, sheet=as_file(webp_bytes(sheet), "sheet.webp"))


def _group(group: Group) -> Json:
    tiles = [_tile(tile) for tile in group.tiles]
    legend = _legend(group.legend) if group.legend else None
    return {"title": group.title, "note": group.note, "tiles": tiles, "legend": legend, "stamp": group.stamp}


def _tile(tile: Tile) -> Json:
    return {"title": tile.title, "kind": tile.kind, "src": png_uri(tile.picture), "alt": tile.alt}


def _fact(fact: Fact) -> Json:
    return {"name": fact.name, "value": fact.value, "note": fact.note, "kind": fact.kind}


def _legend(legend: Legend) -> Json:
    return {"bar": png_uri(legend.bar), "low": legend.low, "middle": legend.middle, "high": legend.high}


def clock(seconds: float) -> str:
    """Return a duration for people: '3.2 ms', '214 ms', '1.8 s'."""
    milliseconds = seconds * 1000
    if milliseconds >= 1000:
        return f"{seconds:.1f} s"
    return f"{milliseconds:.1f} ms" if milliseconds < 10 else f"{milliseconds:.0f} ms"
