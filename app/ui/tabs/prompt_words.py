"""Prompt, part 'drop': what changes when a word is left out."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from app.figures.exports import chart_csv
from app.figures.prompt import Strip, sweep_strips
from app.figures.prompt_words import GROUPS, drop_charts, drop_facts, drop_strip, noise_strip
from app.labs.generate import GenerateRequest
from app.labs.prompt_sweep import SweepRequest
from app.labs.prompt_words import WordDropResult, drop_words_steps
from app.labs.snippets_prompt import sweep_code, words_code
from app.ui.layout import columns, guess_row
from app.ui.part import Download, Part, Values
from app.ui.services import Services
from app.ui.tabs.prompt_bench import (
    STAR,
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
from app.ui.tabs.prompt_sweep import swept
from app.ui.tabs.prompt_values import graded_value, strips_download
from app.ui.widgets.base import widget
from app.ui.widgets.values import charts_value

NAME = "drop"


def build_drop(services: Services) -> Part:
    """Lay out the part."""
    with columns() as (left, right):
        with left:
            settings = captions_of(services, NAME, {"caption": ("Caption", STAR)})
            settings |= run_settings(services, NAME, steps=10, negative=False)
            question = "My guess: which kind of word moves the picture most when it is left out?"
            guess, reveal = guess_row(f"{TAB}-{NAME}", question, list(GROUPS), "Leave out each word and reveal")
        with right:
            graded, chart = (widget(kind, elem_id=f"prompt-drop-{kind}") for kind in ("graded", "chart"))

    def run(values: Values) -> Iterator[Any]:
        if values["guess"] not in GROUPS:
            whole = yield from swept(services, whole_of(values))
            yield [graded_value([replace(sweep_strips(whole)[0], title="The whole caption")]), charts_value([])]
            return
        result = yield from _result(services, ask_of(values))
        facts = drop_facts(result, values["guess"])
        yield [graded_value(_strips(result), facts), charts_value(drop_charts(result))]

    return Part(
        TAB,
        NAME,
        settings=settings,
        outputs=[graded, chart],
        run=run,
        code=lambda values: _code(values, str(generator_name(services))),
        downloads=_downloads(services),
        triggers=entered(settings),
        guess=guess,
        reveal=reveal,
    )


def whole_of(values: Values) -> SweepRequest:
    """Return the request of the whole caption's picture: what is shown before there is a guess."""
    return SweepRequest(ask_of(values), (float(values["guidance"]),))


def _code(values: Values, model: str) -> str:
    if values["guess"] not in GROUPS:
        return sweep_code(whole_of(values), model)
    return words_code(ask_of(values), model)


def _result(services: Services, ask: GenerateRequest) -> Working[WordDropResult]:
    model, judge = models_of(services)
    text = "the caption without each of its words, in one batch"
    return worked(services, ("drop", ask), text, lambda: drop_words_steps(model, judge, ask, services.runtime))


def _strips(result: WordDropResult) -> list[Strip]:
    return [drop_strip(result), noise_strip(result)]


def _downloads(services: Services) -> dict[str, Any]:
    def result(values: Values) -> WordDropResult:
        return result_of(_result(services, ask_of(values)))

    return {
        "PNG": lambda values: strips_download("words.png", _strips(result(values))),
        "CSV": lambda values: Download("words.csv", chart_csv(drop_charts(result(values)))),
    }
