"""Compress, part 'race': one denoiser design on pixels and on latents, two stop-watches running live."""

import time
from collections.abc import Iterator
from typing import Any

import gradio as gr

from app.figures.compress_race import LEADS, race_facts, rung_chart, training_group, was_guessed
from app.figures.exports import chart_csv
from app.figures.parts import TIMED_AND_COUNTED, Chart, Fact
from app.labs.compress_race import PIXELS, RUNGS, Lane, RaceRequest, is_trained, run_race, starting_lanes, step_cost
from app.labs.snippets_compress import race_code
from app.ui.caption_input import caption_box
from app.ui.layout import columns, guess_row, seed_box
from app.ui.part import Download, Part, Progress, Values
from app.ui.services import Services
from app.ui.tabs.compress_source import TAB
from app.ui.tabs.compress_values import race_value
from app.ui.widgets.base import widget
from app.ui.widgets.values import charts_value, panels_value

EVERY = 0.2
"""Seconds between two looks at the watches: more often a page could not follow."""
MOST_STEPS = 50
DEFAULT = RaceRequest()


def build_race(services: Services) -> Part:
    """Lay out the part: what is counted is there at once, the watches start with the guess."""
    with columns(4, 8) as (left, right):
        with left:
            settings = _settings()
            guess, reveal = guess_row(f"{TAB}-race", "Pixels will take", list(LEADS), "Start the race")
            facts = widget("panels", elem_id=f"{TAB}-race-facts")
        with right:
            lanes = widget("race", elem_id=f"{TAB}-race-lanes")
            chart = widget("chart", elem_id=f"{TAB}-race-chart")

    def run(values: Values) -> Iterator[Any]:
        yield from _raced(services, values)

    return Part(
        TAB,
        "race",
        settings=settings,
        outputs=[facts, lanes, chart],
        run=run,
        code=lambda values: race_code(request_of(values)),
        downloads={"CSV": lambda _: Download("steps.csv", chart_csv([rung_costs(services)]))},
        live=["rung"],
        once=True,
        guess=guess,
        reveal=reveal,
    )


def _raced(services: Services, values: Values) -> Iterator[Any]:
    """Yield the watches as they run; what stands beside them changes at the start and at the end only."""
    request, guess = request_of(values), str(values["guess"] or "")
    yield Progress("counting operations")
    start, rungs = starting_lanes(services.catalogue, request, services.runtime), rung_costs(services)
    learnt = training_of(services, request)
    runs = run_race(services.catalogue, request, services.runtime) if guess else iter([start])
    said = "Both run the same steps with the same design." if guess else "Guess, then start the race."
    for number, now in enumerate(_now_and_then(runs)):
        facts, chart = gr.skip(), gr.skip()
        if number == 0 or all(lane.finished for lane in now):
            told = [*race_facts(now, request.steps), *_verdict(now, guess)]
            facts, chart = panels_value([learnt], told, TIMED_AND_COUNTED), charts_value([rungs])
        yield [facts, race_value(now, request.steps, said), chart]


def _settings() -> dict[str, Any]:
    rung = gr.Radio(list(RUNGS), value=DEFAULT.rung, label="Pixels against the latents of", elem_id=f"{TAB}-race-rung")
    caption = caption_box(DEFAULT.caption, elem_id=f"{TAB}-race-caption")  # every lane reads the words of scenes
    steps = gr.Slider(1, MOST_STEPS, DEFAULT.steps, step=1, label="Steps", elem_id=f"{TAB}-race-steps")
    seed = seed_box(DEFAULT.seed, f"{TAB}-race-seed")
    return {"rung": rung, "caption": caption, "steps": steps, "seed": seed}


def request_of(values: Values) -> RaceRequest:
    """Translate the widgets."""
    return RaceRequest(values["rung"], values["caption"], int(values["steps"]), int(values["seed"]))


def rung_costs(services: Services) -> Chart:
    """Return the chart of a step's cost on every rung; the counts are kept with the shapes."""
    return rung_chart({name: step_cost(name, services.runtime) for name in (PIXELS, *RUNGS)})


def training_of(services: Services, request: RaceRequest) -> Any:
    """Return what the two denoisers learnt in their time, or that they have not."""
    names = (PIXELS, request.rung)
    trained = [name for name in names if is_trained(services.catalogue, name)]
    cards = [services.catalogue.card(f"race_{name}") for name in trained]
    return training_group(cards, [name for name in names if name not in trained])


def _now_and_then(runs: Iterator[tuple[Lane, Lane]]) -> Iterator[tuple[Lane, Lane]]:
    """Let through a look every now and then, every finish, and the end."""
    last, finished = 0.0, 0
    for now in runs:
        arrived = sum(lane.finished for lane in now)
        if time.monotonic() - last >= EVERY or arrived > finished:
            yield now
            last, finished = time.monotonic(), arrived


def _verdict(lanes: tuple[Lane, Lane], guess: str) -> list[Fact]:
    if not guess or not all(lane.finished for lane in lanes):
        return []
    right = was_guessed(guess, lanes[0].seconds / lanes[1].seconds)
    return [Fact("Your guess", guess, "as measured" if right else "not as measured", "text")]
