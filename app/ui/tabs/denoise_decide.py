"""Denoise, part 'decide': a timeline of what the judge reads in each predicted clean picture, after a guess."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from app.figures.denoise import TILE
from app.figures.denoise_experiments import decide_chart, decide_facts, timeline_rows, timeline_sheet
from app.figures.exports import chart_csv, chart_png
from app.figures.parts import GUESS_FIRST, MEASURED_NOW
from app.labs.denoise import Asked, DenoiseRequest
from app.labs.denoise_decide import MOST_RUNS, DecideRequest, DecideResult, decide, decide_steps, read_decisions
from app.labs.snippets_denoise import decide_code
from app.ui.kept import Kept
from app.ui.layout import columns, guess_row
from app.ui.part import Download, Part, Progress, Values
from app.ui.services import Services
from app.ui.tabs.denoise_common import (
    NO_JUDGE,
    NO_MODEL,
    TAB,
    has_judge,
    latent_denoisers,
    reported,
    sampling_widgets,
    say_missing,
    vocabulary_of,
)
from app.ui.widgets.base import as_file, packed, webp_bytes, widget
from app.ui.widgets.values import Json, charts_value, panels_value

GUESSES = ["place", "colour", "shape", "texture"]


def build_decide(services: Services) -> Part | None:
    """Lay out the part: the predicted pictures of one run are there at once, the averages after the guess."""
    models = latent_denoisers(services)
    if not models or not has_judge(services):
        return say_missing(NO_JUDGE if models else NO_MODEL)
    with columns() as (left, right):
        with left:
            guess, reveal = guess_row("denoise-decide", "I think the last to be decided is the", GUESSES)
            settings = sampling_widgets("decide", vocabulary_of(services, models[0]), steps=20, most=50)
            settings["runs"] = gr.Slider(
                1, MOST_RUNS, 6, step=1, label="Runs that differ in their noise", elem_id="denoise-decide-runs"
            )
            settings["model"] = gr.Dropdown(
                models, value=models[0], label="Denoiser", visible=len(models) > 1, elem_id="denoise-decide-model"
            )
            facts = widget("panels", elem_id="denoise-decide-facts")
        with right:
            timeline = widget("timeline", elem_id="denoise-decide-timeline")
            chart = widget("chart", elem_id="denoise-decide-chart")
    show = _Decide(services)
    return Part(
        TAB,
        "decide",
        settings=settings,
        outputs=[timeline, chart, facts],
        run=show.run,
        code=lambda values: decide_code(request_of(values), values["model"]),
        downloads={"PNG": show.png, "CSV": show.csv},
        guess=guess,
        reveal=reveal,
        triggers=[settings["caption"].submit],  # type: ignore[attr-defined]
    )


def request_of(values: Values) -> DecideRequest:
    """Return the request of the settings."""
    run = DenoiseRequest(values["caption"], values["seed"], values["steps"], values["guidance"])
    return DecideRequest(run, values["runs"])


class _Decide:
    """What the events call. The store holds a few results by their request and denoiser."""

    def __init__(self, services: Services) -> None:
        self.services, self.kept = services, Kept(4)

    def run(self, values: Values) -> Iterator[Progress | list[Any]]:
        """Without a guess only the first run is made, and its pictures shown; with one, everything."""
        guess, request = values["guess"], request_of(values)
        if guess is None:
            request = DecideRequest(request.run, 1)
        result = self.kept.find((request, values["model"]))
        if result is None:
            steps: list[Asked] = []
            model, runtime = self.services.catalogue.denoiser(values["model"]), self.services.runtime
            yield from reported(decide_steps(model, request, runtime), request.run.steps, steps)
            judge = self.services.catalogue.judge()
            key = (request, values["model"])
            result = self.kept.get(key, lambda: read_decisions(model, judge, request, steps, runtime))
        if guess is None:
            yield [timeline_value(result, revealed=False), charts_value([]), panels_value([], [GUESS_FIRST])]
        else:
            facts = panels_value([], decide_facts(result, guess))
            yield [timeline_value(result, revealed=True), charts_value([decide_chart(result)]), facts]

    def result(self, values: Values) -> DecideResult:
        """Return the result with all runs."""
        request, catalogue = request_of(values), self.services.catalogue
        model, judge = catalogue.denoiser(values["model"]), catalogue.judge()
        key = (request, values["model"])
        return self.kept.get(key, lambda: decide(model, judge, request, self.services.runtime))

    def png(self, values: Values) -> Download:
        """The curves."""
        return Download("decided.png", chart_png([decide_chart(self.result(values))]))

    def csv(self, values: Values) -> Download:
        """The curves as numbers."""
        return Download("decided.csv", chart_csv([decide_chart(self.result(values))]))


def timeline_value(result: DecideResult, revealed: bool) -> Json:
    """Value of the widget `timeline`; before the guess it holds the pictures alone."""
    rows = timeline_rows(result) if revealed else []
    named = [
        {"name": r.name, "readings": r.readings, "settled": r.settled, "decided": r.decided, "verdict": r.verdict}
        for r in rows
    ]
    note = (
        f"Seed {result.request.run.seed}. What the judge reads, filled from where it never changes again."
        if revealed
        else "The clean picture that the denoiser predicts after each step. What is decided when?"
    )
    data = {
        "tile": TILE,
        "columns": [str(k) for k in range(len(result.signal))],
        "rows": named,
        "title": "Predicted clean pictures" if not revealed else "What the judge reads",
        "note": note,
        "stamp": MEASURED_NOW,
    }
    return packed(data, sheet=as_file(webp_bytes(timeline_sheet(result)), "sheet.webp"))
