"""Compress, part 'spot': reconstruction against generation over the whole zoo; a click on a point says all about it."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from app.figures.compress_spot import guess_facts, picked, spot_chart, spot_facts, spot_group
from app.figures.exports import chart_csv, chart_png
from app.figures.parts import WITH_CHECKPOINT
from app.labs.compress_race import PIXELS
from app.labs.compress_spot import SpotResult, read_spots
from app.labs.snippets_compress import spot_code
from app.ui.events import ON_CPU, sent
from app.ui.layout import columns, guess_row
from app.ui.part import Download, Part, Values
from app.ui.services import Services
from app.ui.tabs.compress_source import TAB
from app.ui.widgets.base import widget
from app.ui.widgets.values import charts_value, panels_value

BEST = "After equal training the best pictures come from the denoiser on"


def build_spot(services: Services) -> Part:
    """Lay out the part: nothing is measured, every number is a card's."""
    result = read_spots(services.catalogue)
    names = [spot.name for spot in result.spots]
    first = "generator" if "generator" in names else names[0]  # not the best of the raced ones: that is the question
    guess = reveal = None
    with columns(4, 8) as (left, right):
        with left:
            if result.best:
                guess, reveal = guess_row(f"{TAB}-spot", BEST, _raced_on(result), "Reveal")
            model = gr.Dropdown(names, value=first, label="Model", elem_id=f"{TAB}-spot-model")
            panels = widget("panels", elem_id=f"{TAB}-spot-panels")
        with right:
            chart = widget("chart", elem_id=f"{TAB}-spot-chart")

    def run(values: Values) -> list[Any]:
        chosen, said = result.find(values["model"]) or result.spots[0], str(values["guess"] or "")
        revealed = bool(said) or guess is None
        facts = [*(guess_facts(result, said) if said else []), *spot_facts(chosen, revealed)]
        panels = panels_value([spot_group(result, chosen, revealed)], facts, WITH_CHECKPOINT)
        return [panels, charts_value([spot_chart(result, revealed)])]

    chart.pick(_picker(result), None, model, **ON_CPU)
    return Part(
        TAB,
        "spot",
        settings={"model": model},
        outputs=[panels, chart],
        run=run,
        code=lambda values: spot_code(values["model"]),
        downloads={
            "PNG": lambda _: Download("zoo.png", chart_png([spot_chart(result)])),
            "CSV": lambda _: Download("zoo.csv", chart_csv([spot_chart(result)])),
        },
        triggers=[model.change],
        guess=guess,
        reveal=reveal,
    )


def _raced_on(result: SpotResult) -> list[str]:
    return sorted((spot.vae for spot in result.raced), key=lambda vae: (vae != PIXELS, vae))


def _picker(result: SpotResult) -> Callable[[gr.EventData], Any]:
    def pick(event: gr.EventData) -> Any:
        """Choose the model of the point that was clicked; anything else chooses nothing."""
        name = picked(result, sent(event, "series"), sent(event, "index"))
        return name or gr.skip()

    return pick
