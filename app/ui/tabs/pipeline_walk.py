"""Pipeline, part 'walk': a caption becomes a picture; a scrubber over the run, and the ribbon of every tensor."""

from collections.abc import Iterator
from typing import Any

from app.figures.exports import film_gif, npz_bytes
from app.figures.pipeline import moment_frames, moment_sprites, stage_facts
from app.labs.pipeline import PipelineResult
from app.labs.snippets_pipeline import walk_code
from app.ui.layout import columns
from app.ui.part import Download, Part, Progress, Values
from app.ui.services import Services
from app.ui.tabs.pipeline_source import SHARED, TAB, Source, doors_of, finished, partner_of, request_of, running
from app.ui.widgets.base import png_bytes, widget
from app.ui.widgets.ribbon_value import Doors, ribbon_value, scrubber_value
from app.ui.widgets.values import panels_value


def build_walk(services: Services, source: Source) -> Part:
    """Lay out the part."""
    with columns(8, 4) as (left, right):
        with left:
            scrubber = widget("scrubber", elem_id="pipeline-scrubber")
        with right:
            facts = widget("panels", elem_id="pipeline-walk-facts")
    ribbon = widget("ribbon", elem_id="pipeline-ribbon")

    def run(values: Values) -> Iterator[Any]:
        for step in running(services, values):
            yield step if isinstance(step, Progress) else _shown(step, doors_of(values, partner_of(services, values)))

    def result(values: Values) -> PipelineResult:
        return finished(running(services, values))

    return Part(
        TAB,
        "walk",
        settings=source.settings,
        outputs=[scrubber, facts, ribbon],
        run=run,
        code=lambda values: walk_code(request_of(values), str(values["model"])),
        downloads={
            "PNG": lambda values: Download("picture.png", _png(result(values))),
            "GIF of the run": lambda values: Download("run.gif", _gif(result(values))),
            ".npz of the latents": lambda values: Download("run.npz", npz_bytes(_arrays(result(values)))),
        },
        shared=SHARED,
    )


def _shown(result: PipelineResult, doors: Doors) -> list[Any]:
    film = scrubber_value(moment_sprites(result.moments, result.in_latents), result.moments, result.in_latents)
    return [film, panels_value([], stage_facts(result)), ribbon_value(result, doors)]


def _png(result: PipelineResult) -> bytes:
    sprites = moment_sprites(result.moments, result.in_latents)
    last = moment_frames(sprites)[-1]
    return png_bytes(last.crop((2 * sprites.tile, 0, 3 * sprites.tile, sprites.tile)))


def _gif(result: PipelineResult) -> bytes:
    return film_gif(moment_frames(moment_sprites(result.moments, result.in_latents)), side=576)


def _arrays(result: PipelineResult) -> dict[str, Any]:
    moments = result.moments
    return {"x": moments.x, "x0": moments.x0, "decoded": moments.decoded, "features": result.features}
