"""Prompt, part 'pair': two captions from one noise."""

from collections.abc import Iterator
from typing import Any

from app.core.pictures import to_picture
from app.figures.exports import chart_csv, film_gif, npz_bytes
from app.figures.parts import GUESS_FIRST
from app.figures.prompt import PAIR_GUESSES, pair_chart, pair_facts, pair_film, pair_strip
from app.labs.prompt_pair import PairRequest, PairResult, compare_captions_steps
from app.labs.snippets_prompt import pair_code
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
from app.ui.tabs.prompt_values import graded_value
from app.ui.widgets.base import widget
from app.ui.widgets.values import charts_value, film_value

NAME = "pair"
OTHER = "a small striped blue star at the top left on a pink background"
VIEWS: list[tuple[str, Any]] = [("first caption", "decoder"), ("second caption", "decoder"), ("difference", "pixel")]
NOTE = "Each step shows the clean picture that the denoiser expects then."
BEFORE = "The end of both runs. The way there comes with your guess."


def build_pair(services: Services) -> Part:
    """Lay out the part."""
    with columns() as (left, right):
        with left:
            captions = {"caption": ("First caption", STAR), "other": ("Second caption", OTHER)}
            settings = captions_of(services, NAME, captions)
            settings |= run_settings(services, NAME, negative=False)
            question = "My guess: when are the two samples half as far apart as at the end?"
            guess, reveal = guess_row(f"{TAB}-{NAME}", question, list(PAIR_GUESSES))
        with right:
            film, graded, chart = (widget(kind, elem_id=f"prompt-pair-{kind}") for kind in ("film", "graded", "chart"))

    def run(values: Values) -> Iterator[Any]:
        result = yield from _result(services, request_of(values))
        yield _shown(result, values["guess"])

    return Part(
        TAB,
        NAME,
        settings=settings,
        outputs=[film, graded, chart],
        run=run,
        code=lambda values: pair_code(request_of(values), str(generator_name(services))),
        downloads=_downloads(services),
        triggers=entered(settings),
        guess=guess,
        reveal=reveal,
    )


def _shown(result: PairResult, guess: Any) -> list[Any]:
    """Return the outputs: before the guess the finished pictures alone."""
    revealed = guess in PAIR_GUESSES
    sheet, moments = pair_film(result if revealed else result.end)
    film = film_value(sheet, VIEWS, moments, title="Two captions, one noise", note=NOTE if revealed else BEFORE)
    facts = pair_facts(result, guess) if revealed else [GUESS_FIRST]
    return [film, graded_value([pair_strip(result)], facts), charts_value([pair_chart(result)] if revealed else [])]


def request_of(values: Values) -> PairRequest:
    """Return the request of the settings."""
    return PairRequest(ask_of(values), str(values["other"]))


def _result(services: Services, request: PairRequest) -> Working[PairResult]:
    model, judge = models_of(services)
    text = "both captions in one batch"
    return worked(services, request, text, lambda: compare_captions_steps(model, judge, request, services.runtime))


def _downloads(services: Services) -> dict[str, Any]:
    def result(values: Values) -> PairResult:
        return result_of(_result(services, request_of(values)))

    def gif(values: Values) -> Download:
        return Download(
            "pair.gif", film_gif([to_picture(pair) for pair in result(values).decoded.movedim(1, 3).flatten(3)])
        )

    return {
        "GIF": gif,
        "CSV": lambda values: Download("pair.csv", chart_csv([pair_chart(result(values))])),
        ".npz of the latents": lambda values: Download("pair.npz", npz_bytes({"x": result(values).x})),
    }
