"""Prompt, part 'strength': from a picture to the caption, by how far it is sent back into the noise."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from app.figures.exports import chart_csv
from app.figures.prompt_edit import strength_chart, strength_strip
from app.labs.prompt_edit import STRENGTHS, StrengthRequest, StrengthResult, from_picture_steps
from app.labs.snippets_prompt import strength_code
from app.ui.layout import columns
from app.ui.part import Download, Part, Values
from app.ui.services import Services
from app.ui.tabs.prompt_bench import (
    TAB,
    Working,
    ask_of,
    captions_of,
    entered,
    generator_name,
    models_of,
    result_of,
    run_settings,
    worked,
)
from app.ui.tabs.prompt_source import build_source, key_of, picture_of
from app.ui.tabs.prompt_values import graded_value, strips_download
from app.ui.widgets.base import widget
from app.ui.widgets.values import charts_value

NAME = "strength"
GREEN = "a small striped green star at the top left on a blue background"


def build_strength(services: Services) -> Part:
    """Lay out the part."""
    with columns() as (left, right):
        with left:
            settings = captions_of(services, NAME, {"caption": ("Caption", GREEN)})
            source = build_source(NAME)
            settings |= {"picture": source.picture, **run_settings(services, NAME, negative=False)}
            label = "Your own strength, beside the fixed ones"
            settings["own_strength"] = gr.Slider(
                0.05, 1.0, 0.5, step=0.05, label=label, elem_id="prompt-strength-own-strength"
            )
            go = gr.Button("Draw all strengths", variant="primary", elem_id="prompt-strength-go")
        with right:
            graded, chart = (widget(kind, elem_id=f"prompt-strength-{kind}") for kind in ("graded", "chart"))

    def run(values: Values) -> Iterator[Any]:
        result = yield from _result(services, values)
        own = own_strength(values)
        yield [graded_value([strength_strip(result, own)]), charts_value([strength_chart(result, own)])]

    def code(values: Values) -> str:
        return strength_code(picture_of(values)[0], request_of(values), str(generator_name(services)))

    return Part(
        TAB,
        NAME,
        settings=settings,
        outputs=[graded, chart],
        run=run,
        code=code,
        downloads=_downloads(services),
        extras={"own": source.own},
        triggers=[go.click, *entered(settings)],
    )


def own_strength(values: Values) -> float:
    """Return the visitor's own strength; a slider's number is not exact."""
    return round(float(values["own_strength"]), 2)


def request_of(values: Values) -> StrengthRequest:
    """Return the request of the settings: the visitor's strength among the fixed ones."""
    return StrengthRequest(ask_of(values), tuple(sorted({*STRENGTHS, own_strength(values)})))


def _result(services: Services, values: Values) -> Working[StrengthResult]:
    (model, judge), request = models_of(services), request_of(values)
    picture, key = picture_of(values)[1], (request, key_of(values))
    text = f"{len(request.strengths)} strengths"
    return worked(services, key, text, lambda: from_picture_steps(model, judge, picture, request, services.runtime))


def _downloads(services: Services) -> dict[str, Any]:
    def result(values: Values) -> StrengthResult:
        return result_of(_result(services, values))

    return {
        "PNG": lambda v: strips_download("strength.png", [strength_strip(result(v), own_strength(v))]),
        "CSV": lambda v: Download("strength.csv", chart_csv([strength_chart(result(v), own_strength(v))])),
    }
