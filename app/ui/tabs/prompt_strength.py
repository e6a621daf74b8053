"""Prompt, part 'strength': from a picture to the caption, by how far it is sent back into the noise."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from app.figures.exports import chart_csv
from app.figures.parts import GUESS_FIRST
from app.figures.prompt import unmarked
from app.figures.prompt_edit import STRENGTH_GUESSES, strength_chart, strength_facts, strength_strip
from app.labs.prompt_edit import STRENGTHS, StrengthRequest, StrengthResult, from_picture_steps
from app.labs.snippets_prompt import strength_code
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
from app.ui.tabs.prompt_source import build_source, key_of, picture_of, say_no_picture
from app.ui.tabs.prompt_values import graded_value, strips_download
from app.ui.widgets.base import widget
from app.ui.widgets.values import charts_value

NAME = "strength"
RIGHT = "My guess: at which strength is everything as the caption says for the first time?"
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
            guess, reveal = guess_row(f"{TAB}-{NAME}", RIGHT, list(STRENGTH_GUESSES), "Draw all strengths and reveal")
        with right:
            graded, chart = (widget(kind, elem_id=f"prompt-strength-{kind}") for kind in ("graded", "chart"))

    def run(values: Values) -> Iterator[Any]:
        say_no_picture(values)
        result, own = (yield from _result(services, values)), own_strength(values)
        guessed = values["guess"] in STRENGTH_GUESSES
        facts = strength_facts(result, values["guess"]) if guessed else [GUESS_FIRST]
        charts = [strength_chart(result, own)] if guessed else []
        strips = [strength_strip(result, own)]
        yield [graded_value(strips if guessed else unmarked(strips), facts), charts_value(charts)]

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
        triggers=entered(settings),
        guess=guess,
        reveal=reveal,
    )


def own_strength(values: Values) -> float:
    """Return the visitor's own strength; a slider's number is not exact."""
    return round(float(values["own_strength"]), 2)


def request_of(values: Values) -> StrengthRequest:
    """Return the request of the settings: the fixed strengths and the visitor's; before a guess the last alone."""
    strengths = {*STRENGTHS, own_strength(values)} if values["guess"] in STRENGTH_GUESSES else {STRENGTHS[-1]}
    return StrengthRequest(ask_of(values), tuple(sorted(strengths)))


def _result(services: Services, values: Values) -> Working[StrengthResult]:
    (model, judge), request = models_of(services), request_of(values)
    picture, key = picture_of(values)[1], (request, key_of(values))
    text = f"{len(request.strengths)} strengths"
    return worked(services, key, text, lambda: from_picture_steps(model, judge, picture, request, services.runtime))


def _downloads(services: Services) -> dict[str, Any]:
    def result(values: Values) -> StrengthResult:
        return result_of(_result(services, {**values, "guess": values["guess"] or next(iter(STRENGTH_GUESSES))}))

    return {
        "PNG": lambda v: strips_download("strength.png", [strength_strip(result(v), own_strength(v))]),
        "CSV": lambda v: Download("strength.csv", chart_csv([strength_chart(result(v), own_strength(v))])),
    }
