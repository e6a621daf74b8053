"""Encode, part 'cell': the reparameterisation as the numbers of one clicked cell, and where the gradient arrives."""

import hashlib
from collections.abc import Generator, Iterator
from typing import Any

import gradio as gr

from app.figures.draws import gradient_facts
from app.figures.encoding import latent_maps, marked
from app.figures.parts import Fact
from app.figures.surgery import cell_facts, readings_csv
from app.labs.encode import EncodeResult
from app.labs.posterior import GradientCheck, check_gradient, read_cell
from app.labs.snippets_encode import cell_code
from app.ui.layout import columns, seed_box
from app.ui.part import Download, Part, Progress, Values
from app.ui.services import Services
from app.ui.tabs.encode_source import SHARED, TAB, Source, code_picture, encoding, request_of, size_facts
from app.ui.tabs.picks import NOW, on_pick, when_typed
from app.ui.widgets.base import widget
from app.ui.widgets.maps_value import maps_value
from app.ui.widgets.values import panels_value

MOST_SIDE, MOST_CELL = 256, 1023
"""Pixels: the gradient is run through the whole decoder."""


def cell_number(label: str, value: int, elem_id: str) -> gr.Number:
    """Return a box for the row or column of a cell."""
    return gr.Number(value, label=label, precision=0, minimum=0, maximum=MOST_CELL, min_width=90, elem_id=elem_id)


def build_cell(services: Services, source: Source) -> Part:
    """Lay out the part."""
    with columns(6, 6) as (left, right):
        with left:
            maps = widget("maps", elem_id="encode-cell-maps", hint="Click a cell to read how its values were drawn.")
        with right:
            with gr.Row(elem_classes="lab-pair"):
                row = cell_number("Row", 8, "encode-cell-row")
                column = cell_number("Column", 8, "encode-cell-column")
                seed = seed_box(0, "encode-cell-seed")
            again = gr.Button("Draw again", min_width=120, elem_id="encode-cell-again")
            facts = widget("panels", elem_id="encode-cell-facts")
    picked = on_pick(maps, "[told.row, told.column]", [row, column])
    again.click(None, seed, [seed, picked], js=f"(now) => [Number(now || 0) + 1, {NOW}]", api_visibility="private")

    def run(values: Values) -> Iterator[Any]:
        for step in encoding(services, source, values, MOST_SIDE):
            if isinstance(step, Progress):
                yield step
            else:
                yield _shown(step, values, (yield from checking(services, step)))

    def download(values: Values) -> Download:
        *_, result = encoding(services, source, values, MOST_SIDE)
        return Download("cell.csv", readings_csv(read_cell(result, *cell_of(values, result))))

    return Part(
        TAB,
        "cell",
        settings={**source.settings, "row": row, "column": column, "seed": seed},
        outputs=[maps, facts],
        run=run,
        code=lambda values: cell_code(
            code_picture(values), request_of(values, MOST_SIDE), (int(values["row"]), int(values["column"]))
        ),
        downloads={"CSV": download},
        extras={"own": source.own},
        triggers=[picked.change, *when_typed(row, column, seed)],
        shared=SHARED,
    )


def cell_of(values: Values, result: EncodeResult, names: tuple[str, str] = ("row", "column")) -> tuple[int, int]:
    """Return a cell of the settings, cut to those that this latent has: another VAE has fewer."""
    height, width = result.mean.shape[-2:]
    return min(int(values[names[0]]), height - 1), min(int(values[names[1]]), width - 1)


def cut_facts(values: Values, result: EncodeResult) -> list[Fact]:
    """Say so where the latent has no such cell, and the one at its edge is taken instead."""
    row, column = cell_of(values, result)
    if (row, column) == (int(values["row"]), int(values["column"])):
        return []
    rows, columns_ = result.mean.shape[-2:]
    why = f"the nearest one: this latent has {rows} × {columns_} cells, counted from 0"
    return [Fact("Cell", f"row {row}, column {column}", why, "latent")]


def checking(services: Services, result: EncodeResult) -> Generator[Progress, None, GradientCheck | None]:
    """Return the gradient check of an encoding, made once: no cell and no seed changes it. None without a draw."""
    if result.kl_bits is None:
        return None
    model = services.catalogue.vae(result.request.vae)
    pixels = hashlib.sha256(result.picture.numpy().tobytes()).hexdigest()

    def check() -> Generator[Progress, None, GradientCheck]:
        yield Progress("the error is sent back through the decoder")
        return check_gradient(model, result, services.runtime)

    return (yield from services.kept.run(("gradient", model.card.weights_sha256, pixels), check))


def _shown(result: EncodeResult, values: Values, checked: GradientCheck | None) -> list[Any]:
    cell, facts = cell_of(values, result), [*size_facts(values, MOST_SIDE), *gradient_facts(checked)]
    drawn = [] if result.kl_bits is None else cell_facts(read_cell(result, *cell))
    facts = [*cut_facts(values, result), *drawn, *facts]
    return [maps_value(marked(latent_maps(result), cell)), panels_value([], facts)]
