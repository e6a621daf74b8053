"""Prompt, part 'unseen': combinations that training never saw, graded beside the same scenes in seen colours."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from app.figures.exports import chart_csv
from app.figures.prompt_edit import GUESSES, shipped_chart, unseen_chart, unseen_facts, unseen_strips
from app.labs.prompt_unseen import UnseenRequest, UnseenResult, unseen_steps
from app.labs.snippets_prompt import unseen_code
from app.ui.layout import columns, guess_row
from app.ui.part import Download, Part, Values
from app.ui.services import Services
from app.ui.tabs.prompt_bench import TAB, Working, generator_name, models_of, result_of, run_settings, worked
from app.ui.tabs.prompt_values import graded_value, strips_download
from app.ui.widgets.base import widget
from app.ui.widgets.values import charts_value

NAME = "unseen"
NO_JUDGE = (
    "Grading needs a judge, and there is none. Train one with `python -m app train judge --out checkpoints/judge`."
)
PAIRS = ("8", "16", "32", "64")
BEFORE = 2
"""Pairs that are shown before there is a guess."""


def build_unseen(services: Services) -> Part | None:
    """Lay out the part; without a judge there is nothing to measure."""
    if not services.catalogue.names("judge"):
        gr.Markdown(NO_JUDGE)
        return None
    with columns() as (left, right):
        with left:
            pairs = gr.Dropdown(list(PAIRS), value=PAIRS[0], label="Pairs of pictures", elem_id="prompt-unseen-pairs")
            settings = {"pairs": pairs, **run_settings(services, NAME, negative=False)}
            question = "My guess: how often are thing and colour both right, compared with colours that were seen?"
            guess, reveal = guess_row(f"{TAB}-{NAME}", question, list(GUESSES), "Draw, grade and reveal")
        with right:
            graded, chart = (widget(kind, elem_id=f"prompt-unseen-{kind}") for kind in ("graded", "chart"))

    def run(values: Values) -> Iterator[Any]:
        result = yield from _result(services, request_of(values))
        if values["guess"] not in GUESSES:
            yield [graded_value(unseen_strips(result)), charts_value([])]
            return
        shipped = shipped_chart(models_of(services)[0].card.metrics)
        charts = [unseen_chart(result), *([shipped] if shipped else [])]
        yield [graded_value(unseen_strips(result), unseen_facts(result, values["guess"])), charts_value(charts)]

    return Part(
        TAB,
        NAME,
        settings=settings,
        outputs=[graded, chart],
        run=run,
        code=lambda values: unseen_code(request_of(values), str(generator_name(services))),
        downloads=_downloads(services),
        guess=guess,
        reveal=reveal,
    )


def request_of(values: Values) -> UnseenRequest:
    """Return the request of the settings: two pairs until there is a guess."""
    pairs = int(values["pairs"]) if values["guess"] in GUESSES else BEFORE
    return UnseenRequest(pairs, int(values["seed"]), int(values["steps"]), float(values["guidance"]))


def _result(services: Services, request: UnseenRequest) -> Working[UnseenResult]:
    model, judge = models_of(services)
    assert judge is not None  # the part is not built without one
    text = f"{request.pairs} pairs, eight at a time"
    return worked(services, request, text, lambda: unseen_steps(model, judge, request, services.runtime))


def _downloads(services: Services) -> dict[str, Any]:
    def result(values: Values) -> UnseenResult:
        return result_of(_result(services, request_of({**values, "guess": next(iter(GUESSES))})))

    return {
        "PNG": lambda values: strips_download("unseen.png", unseen_strips(result(values))),
        "CSV": lambda values: Download("unseen.csv", chart_csv([unseen_chart(result(values))])),
    }
