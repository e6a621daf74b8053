"""Compress, parts 'upscaling' and 'spectrum': what a decoder does that enlarging cannot, and which waves are lost."""

from typing import Any

import gradio as gr

from app.figures.compress_lost import (
    band_group,
    spectrum_chart,
    spectrum_facts,
    upscaling_facts,
    upscaling_groups,
)
from app.figures.exports import chart_csv, chart_png
from app.figures.latents import groups_png
from app.figures.parts import Fact
from app.labs.compress_spectrum import SpectrumResult, measure_spectrum
from app.labs.compress_upscaling import UpscalingResult, compare_upscaling
from app.labs.snippets_compress import spectrum_code, upscaling_code
from app.ui.layout import columns, guess_row
from app.ui.part import Download, Part, Values
from app.ui.services import Services
from app.ui.tabs.compress_source import SHARED, TAB, Source, code_picture, judge_for, picture_of, store_for, vae_choice
from app.ui.widgets.base import widget
from app.ui.widgets.values import charts_value, panels_value

WAYS = {"the decoder": "decoder", "bicubic upscaling": "bicubic", "nearest-pixel upscaling": "nearest"}


def build_upscaling(services: Services, source: Source) -> Part:
    """Lay out the part: original and small picture before the guess, the ways back after it."""
    with columns(4, 8) as (left, right):
        with left:
            vae = vae_choice(services, "upscaling", "f8c4")
            guess, reveal = guess_row(
                f"{TAB}-upscaling", "Nearest to the original comes", list(WAYS), "Enlarge and decode"
            )
            committed = gr.State("")
            facts = widget("panels", elem_id=f"{TAB}-upscaling-facts")
        with right:
            panels = widget("panels", elem_id=f"{TAB}-upscaling-panels")

    def compared(values: Values) -> UpscalingResult:
        name, picture = picture_of(values)
        model, judge = services.catalogue.vae(values["vae"]), judge_for(services.catalogue, values)
        return store_for(services, source, picture).get(
            ("upscaling", name, values["size"], values["vae"]),
            lambda: compare_upscaling(model, picture, services.runtime, judge),
        )

    def run(values: Values) -> list[Any]:
        result, said = compared(values), str(values["guess"] or values["committed"] or "")
        if not said:
            return [panels_value([], []), panels_value(upscaling_groups(result, revealed=False), []), said]
        right = WAYS.get(said) == result.winner
        mine = Fact("Your guess", said, "as measured" if right else "not as measured", "text")
        return [panels_value([], [*upscaling_facts(result), mine]), panels_value(upscaling_groups(result), []), said]

    return Part(
        TAB,
        "upscaling",
        settings={**source.settings, "vae": vae},
        outputs=[facts, panels, committed],
        run=run,
        code=lambda values: upscaling_code(code_picture(values), values["vae"]),
        downloads={"PNG": lambda values: Download("upscaling.png", groups_png(upscaling_groups(compared(values))))},
        extras=source.extras(committed=committed),
        shared=SHARED,
        live=["vae"],
        guess=guess,
        reveal=reveal,
    )


def build_spectrum(services: Services, source: Source) -> Part:
    """Lay out the part."""
    with columns(4, 8) as (left, right):
        with left:
            vae = vae_choice(services, "spectrum", "f8c4")
            facts = widget("panels", elem_id=f"{TAB}-spectrum-facts")
        with right:
            chart = widget("chart", elem_id=f"{TAB}-spectrum-chart")
            panels = widget("panels", elem_id=f"{TAB}-spectrum-panels")

    def measured(values: Values) -> SpectrumResult:
        name, picture = picture_of(values)
        model = services.catalogue.vae(values["vae"])
        return store_for(services, source, picture).get(
            ("spectrum", name, values["size"], values["vae"]),
            lambda: measure_spectrum(model, picture, services.runtime),
        )

    def run(values: Values) -> list[Any]:
        result = measured(values)
        return [
            panels_value([], spectrum_facts(result)),
            charts_value([spectrum_chart(result)]),
            panels_value([band_group(result)], []),
        ]

    return Part(
        TAB,
        "spectrum",
        settings={**source.settings, "vae": vae},
        outputs=[facts, chart, panels],
        run=run,
        code=lambda values: spectrum_code(code_picture(values), values["vae"]),
        downloads={
            "PNG of the chart": lambda values: Download("spectrum.png", chart_png([spectrum_chart(measured(values))])),
            "PNG of the pictures": lambda values: Download("waves.png", groups_png([band_group(measured(values))])),
            "CSV": lambda values: Download("spectrum.csv", chart_csv([spectrum_chart(measured(values))])),
        },
        extras=source.extras(),
        shared=SHARED,
        live=["vae"],
    )
