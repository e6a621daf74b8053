"""Figures as files: a chart as CSV, PNG or an interactive plot for a notebook; frames as GIF; arrays as npz."""

import csv
from collections.abc import Mapping, Sequence
from io import BytesIO, StringIO
from typing import Any

import numpy as np
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from app.figures.palette import KINDS
from app.figures.parts import Chart, Series

CYCLE = ("#0062a8", "#a05400", "#00735a", "#a8337f", "#333b47", "#6a51a3", "#8c6d00", "#b3261e")
"""Colours of series that are of no kind, in their order; the page has the same in styles/kit.css."""
DASHES: tuple[str | tuple[int, tuple[int, ...]], ...] = ("-", (0, (5, 3)), (0, (1, 2)), (0, (6, 2, 1, 2)))


def ink(series: Series, index: int) -> str:
    """Return the colour of a series on a light page."""
    if series.kind:
        return KINDS[series.kind].light
    return CYCLE[(index if series.colour is None else series.colour) % len(CYCLE)]


def chart_csv(charts: Sequence[Chart]) -> bytes:
    """Return every point of every series as a row; the first row names the columns."""
    text = StringIO()
    rows = csv.writer(text)
    rows.writerow(["chart", "series", "x axis", "x", "y axis", "y", "low", "high", "label"])
    for chart in charts:
        for one in chart.series:
            for i, (x, y) in enumerate(zip(one.x, one.y, strict=True)):
                ends = (one.low[i], one.high[i]) if one.low else ("", "")
                label = one.labels[i] if one.labels else ""
                rows.writerow([chart.title, one.name, chart.x_label, x, chart.y_label, y, *ends, label])
    return text.getvalue().encode()


def chart_figure(charts: Sequence[Chart]) -> Any:
    """Return the charts below each other as one matplotlib figure, for notebooks and files."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.2 * len(charts)), layout="constrained", dpi=150)
    for axes, chart in zip(np.atleast_1d(figure.subplots(len(charts), 1)), charts, strict=True):
        for index, one in enumerate(chart.series):
            _draw(axes, one, index)
        axes.set(title=chart.title, xlabel=chart.x_label, ylabel=chart.y_label)
        axes.set_xscale("log" if chart.x_log else "linear")
        axes.set_yscale("log" if chart.y_log else "linear")
        for at, text in chart.marks:
            axes.axvline(at, color="#525c6b", linestyle=":")
            axes.annotate(text, (at, 0.97), xycoords=("data", "axes fraction"), va="top", fontsize=8)
        axes.grid(alpha=0.3)
        if len(chart.series) > 1:
            axes.legend()
    return figure


def _draw(axes: object, one: Series, index: int) -> None:
    colour, draw = ink(one, index), axes
    if one.style == "bars":
        width = 0.8 * float(np.min(np.diff(np.unique(one.x)))) if len(set(one.x)) > 1 else 0.8
        draw.bar(one.x, one.y, width=width, color=colour, label=one.name)  # type: ignore[attr-defined]
    elif one.style == "points":
        draw.scatter(one.x, one.y, color=colour, label=one.name)  # type: ignore[attr-defined]
        for x, y, label in zip(one.x, one.y, one.labels, strict=False):
            draw.annotate(label, (x, y), fontsize=8)  # type: ignore[attr-defined]
    else:
        style = DASHES[index % len(DASHES)]
        draw.plot(one.x, one.y, color=colour, linestyle=style, label=one.name)  # type: ignore[attr-defined]
    if one.low and one.style == "line":
        draw.fill_between(one.x, one.low, one.high, color=colour, alpha=0.16, linewidth=0)  # type: ignore[attr-defined]
    elif one.low:
        draw.vlines(one.x, one.low, one.high, color=colour)  # type: ignore[attr-defined]


def chart_png(charts: Sequence[Chart]) -> bytes:
    """Return the matplotlib figure as a PNG file."""
    buffer = BytesIO()
    chart_figure(charts).savefig(buffer, format="png")
    return buffer.getvalue()


def chart_plotly(chart: Chart) -> Any:
    """Return a chart as a plotly figure, to point at and zoom into in a notebook."""
    from plotly import graph_objects

    figure = graph_objects.Figure()
    for index, one in enumerate(chart.series):
        look = {"name": one.name, "x": one.x, "y": one.y, "text": one.labels or None}
        if one.style == "bars":
            figure.add_bar(**look, marker_color=ink(one, index))
        else:
            mode = "markers" if one.style == "points" else "lines+markers"
            figure.add_scatter(**look, mode=mode, marker_color=ink(one, index))
    figure.update_xaxes(title=chart.x_label, type="log" if chart.x_log else "linear")
    figure.update_yaxes(title=chart.y_label, type="log" if chart.y_log else "linear")
    figure.update_layout(title=chart.title, template="simple_white")
    return figure


def film_gif(frames: Sequence[Image.Image], *, milliseconds: int = 120, side: int = 256) -> bytes:
    """Return frames of one size as an endless GIF, enlarged with hard pixels; the last frame stays for a second."""
    factor = max(1, side // max(frames[0].size))
    size = (frames[0].width * factor, frames[0].height * factor)
    large = [frame.convert("RGB").resize(size, Image.Resampling.NEAREST) for frame in frames]
    buffer = BytesIO()
    times = [milliseconds] * (len(large) - 1) + [1000]
    large[0].save(buffer, format="GIF", save_all=True, append_images=large[1:], duration=times, loop=0)
    return buffer.getvalue()


def npz_bytes(arrays: Mapping[str, Float[Tensor, "..."] | np.ndarray]) -> bytes:
    """Return arrays as a compressed .npz file, which numpy.load opens without pickles."""
    buffer = BytesIO()
    plain = {name: value.numpy() if isinstance(value, Tensor) else value for name, value in arrays.items()}
    if any(value.dtype == object for value in plain.values()):
        raise ValueError("an .npz of objects would be a pickle")
    np.savez_compressed(buffer, **plain)  # type: ignore[arg-type]
    return buffer.getvalue()
