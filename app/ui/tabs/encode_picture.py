"""Encode, part 'picture': picture, reconstruction and error; mean and deviation as maps whose numbers can be read."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from app.evaluation.training_errors import read_training_errors
from app.figures.encoding import badge, encoding_arrays, encoding_maps, latent_maps, logvar_maps, maps_csv
from app.figures.exports import npz_bytes
from app.figures.latents import encoding_facts, encoding_groups, error_group, groups_png
from app.labs.encode import EncodeResult
from app.labs.familiarity import judge_familiarity
from app.labs.snippets_encode import picture_code
from app.ui.layout import columns
from app.ui.part import Download, Part, Progress, Values
from app.ui.services import Services
from app.ui.tabs.encode_source import SHARED, TAB, Source, code_picture, encoded, encoding, request_of
from app.ui.widgets.base import widget
from app.ui.widgets.maps_value import maps_value
from app.ui.widgets.values import panels_value


def build_picture(services: Services, source: Source) -> Part:
    """Lay out the part."""
    with columns(6, 6) as (left, right):
        with left:
            panels = widget("panels", elem_id="encode-panels")
        with right:
            maps = widget("maps", elem_id="encode-maps")
    with gr.Accordion("In maths: the log-variance, as the encoder writes it", open=False, elem_id="encode-logvar"):
        logvar = widget("maps", elem_id="encode-logvar-maps")

    def run(values: Values) -> Iterator[Any]:
        for step in encoding(services, source, values):
            yield step if isinstance(step, Progress) else _shown(services, step)

    return Part(
        TAB,
        "picture",
        settings=source.settings,
        outputs=[panels, maps, logvar],
        run=run,
        code=lambda values: picture_code(code_picture(values), request_of(values)),
        downloads=_downloads(services, source),
        extras={"own": source.own},
        shared=SHARED,
    )


def _shown(services: Services, result: EncodeResult) -> list[Any]:
    model = services.catalogue.vae(result.request.vae)
    errors = read_training_errors(services.catalogue.root, model)
    found = None if errors is None else judge_familiarity(model, result, errors, services.runtime)
    facts = [*encoding_facts(result), badge(found)]
    return [
        panels_value([error_group(result)], facts),
        maps_value(latent_maps(result)),
        maps_value(logvar_maps(result)),
    ]


def _downloads(services: Services, source: Source) -> dict[str, Any]:
    def result(values: Values) -> EncodeResult:
        return encoded(services, source, values)

    return {
        "PNG": lambda values: Download("encoding.png", groups_png(encoding_groups(result(values)))),
        "CSV": lambda values: Download("latent.csv", maps_csv(encoding_maps(result(values)))),
        ".npz of the latents": lambda values: Download("latents.npz", npz_bytes(encoding_arrays(result(values)))),
    }
