"""Denoise, part 'steps': quality against the number of steps, shipped with the model, and one more point now."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr

from app.core.errors import BadCheckpoint
from app.diffusion.samplers import SAMPLERS
from app.figures.denoise_measures import quality_charts, quality_facts
from app.figures.exports import chart_csv, chart_png
from app.figures.parts import GUESS_FIRST, MEASURED_NOW, WITH_CHECKPOINT
from app.labs.denoise_quality import QualityPoint, QualityRequest, StepsTable, measure_point, read_table
from app.labs.snippets_denoise import quality_code
from app.ui.layout import columns, guess_row
from app.ui.part import Download, Part, Progress, Values
from app.ui.services import Services
from app.ui.tabs.denoise_common import NO_JUDGE, NO_MODEL, TAB, has_judge, latent_denoisers, say_missing
from app.ui.widgets.base import widget
from app.ui.widgets.values import charts_value, panels_value

GUESSES = ("2", "5", "10", "20")
"""What can be guessed where no table says which steps were measured."""
MOST_POINTS, MOST_COUNT = 12, 64
FIRST_STEPS = 2


def build_quality(services: Services) -> Part | None:
    """Lay out the part: the curves only begin until the guess, or until a point is measured."""
    models = latent_denoisers(services)
    if not models or not has_judge(services):
        return say_missing(NO_JUDGE if models else NO_MODEL)
    show = _Quality(services, models[0])
    with columns() as (left, right):
        with left:
            choices = guesses(show.table()[0])
            guess, reveal = guess_row("denoise-steps", "I think DDIM is as good as it gets from", choices, "Reveal")
            with gr.Row(elem_classes="lab-pair"):
                sampler = gr.Dropdown(list(SAMPLERS), value="ddim", label="Sampler", elem_id="denoise-steps-sampler")
                steps = gr.Slider(1, 50, 4, step=1, label="Steps", elem_id="denoise-steps-steps")
            count = gr.Slider(4, MOST_COUNT, 8, step=4, label="Pictures to grade", elem_id="denoise-steps-count")
            go = gr.Button("Measure one more point now", elem_id="denoise-steps-go")
            facts = widget("panels", elem_id="denoise-steps-facts")
        with right:
            note = gr.Markdown("", elem_id="denoise-steps-note", elem_classes="lab-note")
            chart = widget("chart", elem_id="denoise-steps-chart")
    points, presses, answered = gr.State(()), gr.State(0), gr.State(0)
    go.click(lambda n: n + 1, presses, presses, queue=False)
    return Part(
        TAB,
        "steps",
        settings={"sampler": sampler, "steps": steps, "count": count},
        outputs=[chart, facts, note, points, answered],
        run=show.run,
        code=lambda values: quality_code(request_of(values), models[0]),
        downloads={"PNG": show.png, "CSV": show.csv},
        extras={"points": points, "presses": presses, "answered": answered},
        triggers=[presses.change],
        guess=guess,
        reveal=reveal,
    )


def request_of(values: Values) -> QualityRequest:
    """Return the request of one more point."""
    return QualityRequest(values["sampler"], values["steps"], values["count"])


def guesses(table: StepsTable | None) -> list[str]:
    """Return the numbers of steps, from 2, at which DDIM was measured: an answer to another guess nobody knows."""
    measured = sorted({point.steps for point in table.points if point.sampler == "ddim"} - {1}) if table else []
    return [str(steps) for steps in measured] or list(GUESSES)


def beginning(table: StepsTable) -> StepsTable:
    """Return what is shown before a guess: the points of the fewest steps."""
    return replace(table, points=tuple(point for point in table.points if point.steps <= FIRST_STEPS))


class _Quality:
    """What the events call; the points measured now are in the visitor's state.

    So are the presses of the button: how many there were, and up to which one a measurement was begun.
    """

    def __init__(self, services: Services, model: str) -> None:
        self.services, self.model = services, model

    def table(self) -> tuple[StepsTable | None, str]:
        """Return what ships with the model, and why it does not if so."""
        cards = self.services.catalogue.cards
        try:
            return read_table(self.services.catalogue.root / self.model, cards[self.model], cards["judge"]), ""
        except BadCheckpoint as error:
            return None, f"{error.message} Measure points of your own."

    def run(self, values: Values) -> Iterator[Progress | list[Any]]:
        """Show the chart; first measure one more point if the button was pressed since the last run began."""
        table, problem = self.table()
        points, presses = tuple(values["points"] or ()), values["presses"]
        if presses != values["answered"]:
            yield [*[gr.skip()] * 4, presses]  # before anything can be stopped, so that no later run measures for it
            yield Progress(f"0 of {values['count']} pictures graded", 0.0)
            for done, point in self._measured(request_of(values)):
                if point is None:
                    yield Progress(f"{done} of {values['count']} pictures graded", done / values["count"])
                else:
                    points = (*points, point)[-MOST_POINTS:]
        guess = int(values["guess"]) if values["guess"] else None
        hidden = not points and guess is None
        shown = beginning(table) if hidden and table is not None else table
        charts = quality_charts(shown, points) if shown is not None or points else []
        facts = [GUESS_FIRST] if hidden else quality_facts(table, points, guess)
        note = problem or (f"Up to {FIRST_STEPS} steps. The curves go on with your guess." if hidden else "")
        stamp = MEASURED_NOW if table is None else WITH_CHECKPOINT
        said = note if charts else ""  # where there is no chart, the note stands in its place
        yield [charts_value(charts, note), panels_value([], facts, stamp), said, points, presses]

    def _measured(self, request: QualityRequest) -> Iterator[tuple[int, QualityPoint | None]]:
        catalogue = self.services.catalogue
        return measure_point(catalogue.denoiser(self.model), catalogue.judge(), request, self.services.runtime)

    def png(self, values: Values) -> Download:
        """The chart."""
        return Download("steps.png", chart_png(quality_charts(self.table()[0], values["points"] or ())))

    def csv(self, values: Values) -> Download:
        """The points."""
        return Download("steps.csv", chart_csv(quality_charts(self.table()[0], values["points"] or ())))
