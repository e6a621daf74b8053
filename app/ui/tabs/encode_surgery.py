"""Encode, part 'surgery': erase a cell, copy it elsewhere, shift or scale a channel; the change shows the reach."""

import json
from collections.abc import Iterator
from typing import Any

import gradio as gr

from app.core.pictures import to_picture
from app.figures.exports import npz_bytes
from app.figures.latents import groups_png, shown
from app.figures.surgery import reach_facts, surgery_group
from app.labs.encode import EncodeResult
from app.labs.snippets_encode import surgery_code
from app.labs.surgery import CopyCell, Edit, EraseCell, ScaleChannel, ShiftChannel, SurgeryResult, operate
from app.ui.layout import columns, seed_box
from app.ui.part import Download, Part, Progress, Values
from app.ui.services import Services
from app.ui.tabs.encode_cell import cell_number, cell_of, cut_facts
from app.ui.tabs.encode_source import (
    SHARED,
    TAB,
    Source,
    channel_facts,
    channel_of,
    code_picture,
    encoding,
    request_of,
    size_facts,
)
from app.ui.tabs.picks import on_pick, when_typed
from app.ui.widgets.base import packed, png_uri, widget
from app.ui.widgets.values import Json, panels_value

ERASE, COPY, SHIFT, SCALE = "Erase the cell", "Copy the cell", "Shift a channel", "Scale a channel"
OPERATIONS = [ERASE, COPY, SHIFT, SCALE]
FROM, TO = "the cell", "where it is copied to"
MOST_SIDE = 256
PLACES = ("row", "column", "to_row", "to_column")
CHOSEN = (
    f"(inputs[0] === {json.dumps(TO)} ? [inputs[1], inputs[2], told.row, told.column] "
    ": [told.row, told.column, inputs[3], inputs[4]])"
)
"""A click sets the cell, or the place to copy it to; inputs: the target, then PLACES."""


def build_surgery(services: Services, source: Source) -> Part:
    """Lay out the part."""
    with columns(5, 7) as (left, right):
        with left:
            cells, settings, picked = _operation()
        with right:
            panels = widget("panels", elem_id="encode-surgery-panels")

    def operated(values: Values) -> Iterator[Any]:
        for step in encoding(services, source, values, MOST_SIDE):
            if isinstance(step, Progress):
                yield step
            else:
                edit, model = edit_of(values, step), services.catalogue.vae(step.request.vae)
                yield step, operate(model, step.z, (edit,), services.runtime)

    def run(values: Values) -> Iterator[Any]:
        for step in operated(values):
            yield step if isinstance(step, Progress) else _shown(values, *step)

    def result(values: Values) -> SurgeryResult:
        *_, (_, found) = operated(values)
        return found

    return Part(
        TAB,
        "surgery",
        settings={**source.settings, **settings},
        outputs=[cells, panels],
        run=run,
        code=lambda values: _code(services, source, values),
        downloads={
            "PNG": lambda values: Download("surgery.png", groups_png([surgery_group(result(values))])),
            ".npz of the latent": lambda values: Download("edited.npz", npz_bytes({"z": result(values).z[0]})),
        },
        extras={"own": source.own},
        triggers=[picked.change, *when_typed(*(settings[name] for name in (*PLACES, "seed")))],
        live=["operation", "channel", "amount"],
        shared=SHARED,
    )


def _operation() -> tuple[gr.HTML, dict[str, Any], gr.Textbox]:
    """Lay out the board and what is done; a click on the board sets the cell, or where it is copied to.

    Returns the board, the settings, and the field that changes with each click.
    """
    operation = gr.Dropdown(OPERATIONS, value=ERASE, label="Operation", elem_id="encode-surgery-operation")
    target = gr.Radio([FROM, TO], value=FROM, label="A click chooses", elem_id="encode-surgery-target")
    cells = widget("cells", elem_id="encode-cells", title="Cells of the latent")
    with gr.Row(elem_classes="lab-pair"):
        row, column = cell_number("Row", 8, "encode-surgery-row"), cell_number("Column", 8, "encode-surgery-column")
    with gr.Row(elem_classes="lab-pair"):
        to_row = cell_number("Copy to row", 2, "encode-surgery-to-row")
        to_column = cell_number("Copy to column", 2, "encode-surgery-to-column")
    channel = gr.Slider(1, 16, 1, step=1, label="Channel to shift or scale", elem_id="encode-surgery-channel")
    label = "Shift by so many std, or scale by this factor"
    amount = gr.Slider(-4, 4, 2, step=0.25, label=label, elem_id="encode-surgery-amount")
    label = "Seed: the latent that is drawn"
    seed = seed_box(0, "encode-surgery-seed", label=label)
    places = dict(zip(PLACES, (row, column, to_row, to_column), strict=True))
    picked = on_pick(cells, CHOSEN, list(places.values()), [target, *places.values()])
    return cells, {"operation": operation, **places, "channel": channel, "amount": amount, "seed": seed}, picked


def edit_of(values: Values, result: EncodeResult) -> Edit:
    """Translate the widgets; channels count from 1 on the page and are cut to those there are."""
    number = channel_of(values, result.z.shape[1]) - 1
    if values["operation"] == COPY:
        return CopyCell(*cell_of(values, result), *cell_of(values, result, ("to_row", "to_column")))
    if values["operation"] == SHIFT:
        return ShiftChannel(number, float(values["amount"]))
    if values["operation"] == SCALE:
        return ScaleChannel(number, float(values["amount"]))
    return EraseCell(*cell_of(values, result))


def _code(services: Services, source: Source, values: Values) -> str:
    *_, result = encoding(services, source, values, MOST_SIDE)
    return surgery_code(code_picture(values), request_of(values, MOST_SIDE), edit_of(values, result))


def _shown(values: Values, encoded: EncodeResult, found: SurgeryResult) -> list[Any]:
    cut = cut_facts(values, encoded) if values["operation"] in (ERASE, COPY) else channel_facts(values, encoded)
    facts = [*cut, *reach_facts(found, encoded), *size_facts(values, MOST_SIDE)]
    return [_board(values, encoded), panels_value([surgery_group(found)], facts)]


def _board(values: Values, encoded: EncodeResult) -> Json:
    rows, columns_ = encoded.mean.shape[-2:]
    picture = png_uri(shown(to_picture(encoded.picture[0])))
    cell = list(cell_of(values, encoded))
    to = list(cell_of(values, encoded, ("to_row", "to_column"))) if values["operation"] == COPY else None
    return packed({"src": picture, "rows": rows, "columns": columns_, "chosen": cell, "to": to})
