"""Prompt, part 'strength': from a picture to the caption, by how far it is sent back into the noise."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from app.figures.exports import chart_csv
from app.figures.prompt_edit import strength_chart, strength_strip
from app.labs.prompt_edit import StrengthRequest, StrengthResult, from_picture_steps
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
            settings = captions_of(NAME, {"caption": ("Caption", GREEN)})
            source = build_source(NAME)
            settings |= {"picture": source.picture, **run_settings(NAME, negative=False)}
            go = gr.Button("Draw all strengths", variant="primary", elem_id="prompt-strength-go")
        with right:
            graded, chart = (widget(kind, elem_id=f"prompt-strength-{kind}") for kind in ("graded", "chart"))

    def run(values: Values) -> Iterator[Any]:
        result = yield from _result(services, values)
        yield [graded_value([strength_strip(result)]), charts_value([strength_chart(result)])]

    def code(values: Values) -> str:
        return strength_code(picture_of(values)[0], StrengthRequest(ask_of(values)), str(generator_name(services)))

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


def _result(services: Services, values: Values) -> Working[StrengthResult]:
    (model, judge), request = models_of(services), StrengthRequest(ask_of(values))
    picture, key = picture_of(values)[1], (request, key_of(values))
    text = f"{len(request.strengths)} strengths"
    return worked(services, key, text, lambda: from_picture_steps(model, judge, picture, request, services.runtime))


def _downloads(services: Services) -> dict[str, Any]:
    def result(values: Values) -> StrengthResult:
        return result_of(_result(services, values))

    return {
        "PNG": lambda values: strips_download("strength.png", [strength_strip(result(values))]),
        "CSV": lambda values: Download("strength.csv", chart_csv([strength_chart(result(values))])),
    }
