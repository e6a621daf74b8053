"""Pipeline, part 'blueprint': latent and picture side by side at every step; when coarse and fine structure stand."""

from collections.abc import Iterator
from typing import Any

from app.figures.blueprint import (
    BEFORE,
    GUESSES,
    VIEWS,
    blueprint_chart,
    blueprint_facts,
    blueprint_sayings,
    blueprint_sprites,
    signal_chart,
)
from app.figures.exports import chart_csv, film_gif
from app.figures.pipeline import moment_frames
from app.labs.blueprint import BlueprintResult, blueprint
from app.labs.snippets_pipeline import blueprint_code
from app.ui.layout import columns, guess_row
from app.ui.part import Download, Part, Progress, Values
from app.ui.services import Services
from app.ui.tabs.pipeline_source import SHARED, TAB, Source, finished, request_of, running
from app.ui.widgets.base import widget
from app.ui.widgets.values import charts_value, film_value, panels_value

NOTE = "Left pair: where the run is. Right pair: what the denoiser expects behind the noise."


def build_blueprint(services: Services, source: Source) -> Part:
    """Lay out the part: film and signal are there at once, the picture's curves come with the answer."""
    with columns(4, 8) as (left, right):
        with left:
            texts = [each.text for each in GUESSES]
            guess, reveal = guess_row(f"{TAB}-blueprint", "The layout stands", texts)
            facts = widget("panels", elem_id="pipeline-blueprint-facts")
        with right:
            film = widget("film", elem_id="pipeline-blueprint-film", label="denoising step")
            chart = widget("chart", elem_id="pipeline-blueprint-chart")

    def measured(values: Values) -> Iterator[Progress | BlueprintResult]:
        for step in running(services, values):
            if isinstance(step, Progress):
                yield step
            else:
                yield blueprint(services.catalogue.denoiser(str(values["model"])), step, services.runtime)

    def run(values: Values) -> Iterator[Any]:
        for step in measured(values):
            yield step if isinstance(step, Progress) else _shown(step, values["guess"])

    def result(values: Values) -> BlueprintResult:
        return finished(measured(values))

    return Part(
        TAB,
        "blueprint",
        settings=source.settings,
        outputs=[facts, film, chart],
        run=run,
        code=lambda values: blueprint_code(request_of(values), str(values["model"])),
        downloads={
            "GIF": lambda values: Download("blueprint.gif", film_gif(_frames(result(values)), side=512)),
            "CSV": lambda values: Download("blueprint.csv", chart_csv([blueprint_chart(result(values))])),
        },
        shared=SHARED,
        guess=guess,
        reveal=reveal,
    )


def _frames(result: BlueprintResult) -> list[Any]:
    return moment_frames(blueprint_sprites(result))


def _shown(result: BlueprintResult, guess: str | None) -> list[Any]:
    sayings, revealed = blueprint_sayings(result), guess is not None
    if not revealed:
        sayings = [(place, "") for place, _ in sayings]
    film = film_value(
        blueprint_sprites(result, revealed).sheet,
        list(VIEWS if revealed else BEFORE),
        sayings,
        title="Latent and picture, step by step",
        note=NOTE
        if revealed
        else "Where the run is. What the denoiser expects behind the noise comes with your guess.",
    )
    charts = [blueprint_chart(result) if revealed else signal_chart(result)]
    return [panels_value([], blueprint_facts(result, guess)), film, charts_value(charts)]
