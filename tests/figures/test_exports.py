"""Files made of figures: they hold every number, and open with the tools they are for."""

import csv
from io import BytesIO, StringIO

import numpy as np
import pytest
import torch
from PIL import Image

from app.figures.exports import chart_csv, chart_figure, chart_plotly, chart_png, film_gif, npz_bytes
from app.figures.parts import Chart, Series

LINE = Series("one", (1.0, 2.0, 3.0), (4.0, 5.0, 7.0), "pixel", low=(3.0, 4.0, 6.0), high=(5.0, 6.0, 8.0))
POINTS = Series("two", (1.0, 10.0), (2.0, 20.0), style="points", labels=("a", "b"))
BARS = Series("three", (1.0, 2.0), (2.0, 1.0), "latent", "bars")
CHART = Chart("Power", "step t", "power (dB)", (LINE, POINTS), marks=((2.0, "here"),))


def test_a_csv_has_a_row_for_every_point() -> None:
    rows = list(csv.DictReader(StringIO(chart_csv([CHART]).decode())))
    assert [(row["series"], float(row["x"]), float(row["y"])) for row in rows] == [
        ("one", 1, 4), ("one", 2, 5), ("one", 3, 7), ("two", 1, 2), ("two", 10, 20),
    ]  # fmt: skip
    assert rows[0]["low"] == "3.0"
    assert rows[4]["label"] == "b"


def test_matplotlib_draws_the_same_points_and_units() -> None:
    axes = chart_figure([CHART, Chart("Bars", "x", "count", (BARS,), y_log=True)]).axes
    np.testing.assert_array_equal(axes[0].lines[0].get_xydata(), [[1, 4], [2, 5], [3, 7]])
    assert axes[0].get_ylabel() == "power (dB)"
    assert [bar.get_height() for bar in axes[1].patches] == [2, 1]
    assert axes[1].get_yscale() == "log"


def test_a_png_opens() -> None:
    with Image.open(BytesIO(chart_png([CHART]))) as picture:
        assert min(picture.size) > 400


def test_plotly_shows_every_series() -> None:
    figure = chart_plotly(Chart("Both", "x", "y", (LINE, BARS), x_log=True))
    assert [trace.type for trace in figure.data] == ["scatter", "bar"]
    assert figure.layout.xaxis.type == "log"


@pytest.mark.parametrize("count", [1, 3])
def test_a_gif_has_all_frames_enlarged(count: int) -> None:
    frames = [Image.new("RGB", (8, 8), (60 * i, 0, 0)) for i in range(count)]
    with Image.open(BytesIO(film_gif(frames, side=64))) as made:
        assert made.size == (64, 64)
        assert getattr(made, "n_frames", 1) == count


def test_arrays_come_back_without_pickles() -> None:
    with np.load(BytesIO(npz_bytes({"z": torch.ones(1, 4, 2, 2), "n": np.arange(3)})), allow_pickle=False) as found:
        assert found["z"].shape == (1, 4, 2, 2)
        assert found["n"].tolist() == [0, 1, 2]
