"""Encode, part 'values': the histogram of the latent beside N(0, 1), and the measured deviations that are the scale."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from app.figures.encoding import values_charts, values_facts
from app.figures.exports import chart_csv, chart_png
from app.labs.encode import EncodeResult
from app.labs.latent_values import ValuesRequest, ValuesResult, latent_values
from app.labs.snippets_encode import values_code
from app.ui.layout import columns
from app.ui.part import Download, Part, Progress, Values
from app.ui.services import Services
from app.ui.tabs.encode_source import (
    SHARED,
    TAB,
    Source,
    channel_facts,
    channel_of,
    code_picture,
    encoded,
    encoding,
    request_of,
)
from app.ui.widgets.base import widget
from app.ui.widgets.values import charts_value, panels_value


def build_values(services: Services, source: Source) -> Part:
    """Lay out the part."""
    with columns(4, 8) as (left, right):
        with left:
            channel, scaled, bars = _how()
            facts = widget("panels", elem_id="encode-values-facts")
        with right:
            charts = widget("chart", elem_id="encode-values-charts")

    def counted(values: Values, result: EncodeResult) -> ValuesResult:
        return latent_values(services.catalogue.vae(result.request.vae), result, wanted(services, values))

    def run(values: Values) -> Iterator[Any]:
        for step in encoding(services, source, values):
            if isinstance(step, Progress):
                yield step
            else:
                found = counted(values, step)
                facts = [*channel_facts(values, step), *values_facts(found)]
                yield [panels_value([], facts), charts_value(values_charts(found))]

    def download(values: Values) -> ValuesResult:
        return counted(values, encoded(services, source, values))

    return Part(
        TAB,
        "values",
        settings={**source.settings, "channel": channel, "scaled": scaled, "bars": bars},
        outputs=[facts, charts],
        run=run,
        code=lambda values: values_code(code_picture(values), request_of(values), wanted(services, values)),
        downloads={
            "PNG": lambda values: Download("values.png", chart_png(values_charts(download(values)))),
            "CSV": lambda values: Download("values.csv", chart_csv(values_charts(download(values)))),
        },
        extras={"own": source.own},
        live=["channel", "scaled", "bars"],
        shared=SHARED,
    )


def _how() -> tuple[gr.Slider, gr.Checkbox, gr.Slider]:
    channel = gr.Slider(0, 16, 0, step=1, label="Channel (0: all together)", elem_id="encode-values-channel")
    scaled = gr.Checkbox(False, label="After the latent scale, as the denoiser sees it", elem_id="encode-values-scaled")
    bars = gr.Slider(11, 101, 41, step=2, label="Bars", elem_id="encode-values-bars")
    return channel, scaled, bars


def wanted(services: Services, values: Values) -> ValuesRequest:
    """Translate the widgets for the VAE that is chosen."""
    return request_values(values, int(services.catalogue.card(values["vae"]).config["c"]))


def request_values(values: Values, channels: int) -> ValuesRequest:
    """Translate the widgets: on the page channels count from 1, and 0 is all of them; channels: that there are."""
    channel = channel_of(values, channels)
    return ValuesRequest(channel - 1 if channel else None, bool(values["scaled"]), int(values["bars"]))
