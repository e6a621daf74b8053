"""Prompt, part 'sweep': one noise, several guidance weights, and how much of the caption the judge finds."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from app.figures.exports import chart_csv
from app.figures.prompt import sweep_chart, sweep_facts, sweep_strips, unmarked
from app.labs.prompt_sweep import WEIGHTS, SweepRequest, SweepResult, sweep_steps
from app.labs.snippets_prompt import sweep_code
from app.ui.layout import columns, guess_row
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
from app.ui.tabs.prompt_values import graded_value, strips_download
from app.ui.widgets.base import widget
from app.ui.widgets.values import charts_value

NAME = "sweep"
SNOWMAN = "a large striped red snowman on the left on a white background"
GUESSES: dict[str, float | None] = {f"w = {weight:g}": weight for weight in WEIGHTS[1:]} | {"at none of them": None}
BEFORE = WEIGHTS[:2]
"""What is drawn before there is a guess: no caption, and the caption without guidance."""


def build_sweep(services: Services) -> Part:
    """Lay out the part."""
    with columns() as (left, right):
        with left:
            settings = captions_of(services, NAME, {"caption": ("Caption", SNOWMAN)})
            settings |= run_settings(services, NAME, seed=3, guidance=None)
            label = "Noises: pictures for each weight"
            settings["pictures"] = gr.Dropdown(["1", "4", "8"], value="1", label=label, elem_id="prompt-sweep-pictures")
            question = "My guess: at which weight is everything as the caption says for the first time?"
            guess, reveal = guess_row(f"{TAB}-{NAME}", question, list(GUESSES), "Draw all weights and reveal")
        with right:
            graded, chart = (widget(kind, elem_id=f"prompt-sweep-{kind}") for kind in ("graded", "chart"))

    def run(values: Values) -> Iterator[Any]:
        result = yield from swept(services, request_of(values))
        guessed = values["guess"] in GUESSES
        facts = sweep_facts(result, GUESSES[values["guess"]]) if guessed else []
        charts = [sweep_chart(result)] if guessed else []
        strips = sweep_strips(result) if guessed else unmarked(sweep_strips(result))
        yield [graded_value(strips, facts), charts_value(charts)]

    return Part(
        TAB,
        NAME,
        settings=settings,
        outputs=[graded, chart],
        run=run,
        code=lambda values: sweep_code(request_of(values), str(generator_name(services))),
        downloads=_downloads(services),
        triggers=entered(settings),
        guess=guess,
        reveal=reveal,
    )


def request_of(values: Values) -> SweepRequest:
    """Return the request of the settings: all weights once there is a guess."""
    weights = WEIGHTS if values["guess"] in GUESSES else BEFORE
    return SweepRequest(ask_of(values), weights, int(values["pictures"]))


def swept(services: Services, request: SweepRequest) -> Working[SweepResult]:
    """Draw a sweep, or take the one that is kept."""
    model, judge = models_of(services)
    text = f"{len(request.negatives) * len(request.weights) * request.pictures} pictures in one batch"
    return worked(services, request, text, lambda: sweep_steps(model, judge, request, services.runtime))


def _downloads(services: Services) -> dict[str, Any]:
    def whole(values: Values) -> SweepResult:
        request = SweepRequest(ask_of(values), WEIGHTS, int(values["pictures"]))
        return result_of(swept(services, request))

    return {
        "PNG": lambda values: strips_download("guidance.png", sweep_strips(whole(values))),
        "CSV": lambda values: Download("guidance.csv", chart_csv([sweep_chart(whole(values))])),
    }
