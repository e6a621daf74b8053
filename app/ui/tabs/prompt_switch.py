"""Prompt, part 'switch': the caption is replaced at some step of the run."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from app.figures.exports import chart_csv
from app.figures.prompt_switch import switch_chart, switch_facts, switch_strips
from app.labs.prompt_switch import SwitchRequest, SwitchResult, switch_caption_steps
from app.labs.snippets_prompt import switch_code
from app.ui.layout import columns, guess_row
from app.ui.part import Download, Part, Values
from app.ui.services import Services
from app.ui.tabs.prompt_bench import (
    MOST_STEPS,
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

NAME = "switch"
FIRST = "a small plain green cup on the left on a grey background"
THEN = "a large striped yellow heart on the right on a pink background"
GUESSES = {"Its place": "place", "Its colour": "colour", "Both at once": "both at once"}
MOMENTS = 9


def build_switch(services: Services) -> Part:
    """Lay out the part."""
    with columns() as (left, right):
        with left:
            captions = {"caption": ("First caption", FIRST), "then": ("Then this one", THEN)}
            settings = captions_of(services, NAME, captions)
            settings |= run_settings(services, NAME, seed=11, negative=False)
            settings["noises"] = gr.Dropdown(["1", "2", "4"], value="1", label="Noises", elem_id="prompt-switch-noises")
            label = "Your own moment: change after so many steps"
            settings["at"] = gr.Slider(0, MOST_STEPS, 7, step=1, label=label, elem_id="prompt-switch-at")
            question = "My guess: what is lost first, as the change comes later?"
            guess, reveal = guess_row(f"{TAB}-{NAME}", question, list(GUESSES), "Change at every moment and reveal")
        with right:
            graded, chart = (widget(kind, elem_id=f"prompt-switch-{kind}") for kind in ("graded", "chart"))

    def run(values: Values) -> Iterator[Any]:
        result = yield from _result(services, request_of(values))
        guessed = GUESSES.get(str(values["guess"]))
        facts, own = switch_facts(result, guessed) if guessed else [], own_moment(values)
        charts = [switch_chart(result, own)] if guessed and result.followed else []
        yield [graded_value(switch_strips(result, own if guessed else None), facts), charts_value(charts)]

    return Part(
        TAB,
        NAME,
        settings=settings,
        outputs=[graded, chart],
        run=run,
        code=lambda values: switch_code(request_of(values), str(generator_name(services))),
        downloads=_downloads(services),
        triggers=entered(settings),
        guess=guess,
        reveal=reveal,
    )


def request_of(values: Values) -> SwitchRequest:
    """Return the request of the settings: the two ends alone until there is a guess, then all moments."""
    ask = ask_of(values)
    known = values["guess"] in GUESSES
    after = tuple(sorted({*moments_of(ask.steps), own_moment(values)})) if known else (0, ask.steps)
    return SwitchRequest(ask, str(values["then"]), after, int(values["noises"]))


def own_moment(values: Values) -> int:
    """Return the visitor's own moment: a number of steps, at most all of them."""
    return min(int(values["at"]), int(values["steps"]))


def moments_of(steps: int) -> tuple[int, ...]:
    """Return up to MOMENTS whole numbers of steps from 0 to all, as evenly as rounding allows."""
    return tuple(sorted({round(i * steps / (MOMENTS - 1)) for i in range(MOMENTS)}))


def _result(services: Services, request: SwitchRequest) -> Working[SwitchResult]:
    model, judge = models_of(services)
    text = f"{len(request.after) * request.seeds} runs in one batch, each with its own moment"
    return worked(services, request, text, lambda: switch_caption_steps(model, judge, request, services.runtime))


def _downloads(services: Services) -> dict[str, Any]:
    def result(values: Values) -> SwitchResult:
        return result_of(_result(services, request_of({**values, "guess": next(iter(GUESSES))})))

    return {
        "PNG": lambda values: strips_download("switch.png", switch_strips(result(values), own_moment(values))),
        "CSV": lambda values: Download("switch.csv", chart_csv([switch_chart(result(values), own_moment(values))])),
    }
