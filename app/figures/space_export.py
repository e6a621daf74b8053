"""The map as files: a picture, and a table."""

import csv
from io import BytesIO, StringIO
from typing import TYPE_CHECKING

from app.data.scenes import LABEL_COLUMNS, LABEL_TABLES
from app.figures.space_map import FACTORS, class_colours
from app.labs.latent_map import LatentMap, colour_by

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def map_figure(chart: LatentMap, factor: str) -> "Figure":
    """Return the map as a matplotlib figure, one colour for each class of the factor."""
    from matplotlib.figure import Figure  # heavy, and needed by downloads alone

    figure = Figure(figsize=(8, 6.5), layout="constrained", dpi=150)
    axes, numbers = figure.subplots(), chart.labels[:, LABEL_COLUMNS.index(factor)]
    rest = chart.xy[numbers < 0]
    axes.scatter(rest[:, 0], rest[:, 1], s=3, color="#c9d0d9")
    for number, (name, colour) in enumerate(zip(LABEL_TABLES[factor], class_colours(factor), strict=True)):
        places = chart.xy[numbers == number]
        axes.scatter(places[:, 0], places[:, 1], s=12, color=colour, edgecolor="#6e7682", linewidth=0.3, label=name)
    axes.set_aspect("equal")
    how = "UMAP" if chart.request.method == "umap" else "principal component"
    axes.set(title=f"{len(chart.xy):,} scenes by {FACTORS[factor]}", xlabel=f"{how} 1", ylabel=f"{how} 2")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=8)
    return figure


def map_png(chart: LatentMap, factor: str) -> bytes:
    """Return the figure as a PNG file."""
    buffer = BytesIO()
    map_figure(chart, factor).savefig(buffer, format="png")
    return buffer.getvalue()


def map_csv(chart: LatentMap) -> bytes:
    """Return a row a scene: its number, its place, and every factor by name."""
    text = StringIO()
    rows = csv.writer(text)
    rows.writerow(["scene", "x", "y", *FACTORS])
    names = [colour_by(chart, factor) for factor in FACTORS]
    for index, (x, y) in enumerate(chart.xy.tolist()):
        rows.writerow([index, x, y, *(column[index] or "" for column in names)])
    return text.getvalue().encode()
