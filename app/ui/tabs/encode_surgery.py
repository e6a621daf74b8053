"""The part of the Encode tab about single cells: click one, read its numbers, erase or copy it, push a channel."""

from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image

from app.core.errors import BadUpload
from app.core.pictures import to_picture
from app.figures.surgery import cell_facts, surgery_group
from app.labs.encode import EncodeRequest, EncodeResult, encode
from app.labs.gallery import SIDE
from app.labs.posterior import read_cell
from app.labs.surgery import CopyCell, Edit, EraseCell, ScaleChannel, ShiftChannel, operate
from app.ui.errors import friendly
from app.ui.events import ON_CPU
from app.ui.services import Services
from app.ui.tabs.encode_draws import Source
from app.ui.widgets.base import png_uri, widget
from app.ui.widgets.values import Json, panels_value

QUESTION = (
    "### Operate on the latent\n"
    "Choose a cell: you read how its numbers were drawn. Then operate, and see how far the decoder carries the change."
)
ERASE, COPY, SHIFT, SCALE = (
    "Erase the cell",
    "Copy it to the opposite cell",
    "Shift a channel by 2 std",
    "Halve a channel",
)
OPERATIONS = [ERASE, COPY, SHIFT, SCALE]
Cell = tuple[int, int]
Own = Image.Image | BadUpload | None


@dataclass(frozen=True, eq=False)
class Handlers:
    """What the events call. Nothing in here belongs to a visitor."""

    services: Services
    picture_of: Source

    def encoded(self, vae: str, name: str, own: Own) -> EncodeResult:
        """Encode the picture on the screen."""
        model = self.services.catalogue.vae(vae)
        return encode(model, self.picture_of(name, own), EncodeRequest(vae, side=SIDE), self.services.runtime)

    @friendly
    def on_picture(self, vae: str, name: str, own: Own) -> tuple[Json, Cell, Json]:
        """Show the latent's grid over the picture, and the erased cell in its middle."""
        result = self.encoded(vae, name, own)
        rows, columns = result.mean.shape[-2:]
        cell = (rows // 2, columns // 2)
        value = {"src": png_uri(to_picture(result.picture[0])), "rows": rows, "columns": columns, "chosen": list(cell)}
        return value, cell, self.operated(vae, result, cell, ERASE, 1)

    @friendly
    def on_cell(
        self, vae: str, name: str, own: Own, operation: str, channel: float, event: gr.EventData
    ) -> tuple[Cell, Json]:
        """Operate on the cell that was clicked."""
        result = self.encoded(vae, name, own)
        cell = _cell_of(event, result)
        return cell, self.operated(vae, result, cell, operation, int(channel))

    @friendly
    def on_operation(self, vae: str, name: str, own: Own, operation: str, channel: float, cell: Cell) -> Json:
        """Operate again with other settings on the cell chosen before."""
        result = self.encoded(vae, name, own)
        rows, columns = result.mean.shape[-2:]
        return self.operated(vae, result, (min(cell[0], rows - 1), min(cell[1], columns - 1)), operation, int(channel))

    def operated(self, vae: str, encoded: EncodeResult, cell: Cell, operation: str, channel: int) -> Json:
        """Run the lab and draw its figures."""
        edit = edit_of(operation, cell, channel, encoded)
        result = operate(self.services.catalogue.vae(vae), encoded.z, (edit,), self.services.runtime)
        facts = [] if encoded.kl_bits is None else cell_facts(read_cell(encoded, *cell))
        return panels_value([surgery_group(result)], facts)


def edit_of(operation: str, cell: Cell, channel: int, encoded: EncodeResult) -> Edit:
    """Translate the widgets; channel counts from 1 and is cut to those there are."""
    channels, rows, columns = encoded.z.shape[1:]
    number = min(max(channel, 1), channels) - 1
    if operation == COPY:
        return CopyCell(*cell, rows - 1 - cell[0], columns - 1 - cell[1])
    if operation == SHIFT:
        return ShiftChannel(number, 2.0)
    return ScaleChannel(number, 0.5) if operation == SCALE else EraseCell(*cell)


def _cell_of(event: gr.EventData, result: EncodeResult) -> Cell:
    """Return the cell that the browser names, cut to those there are."""
    rows, columns = result.mean.shape[-2:]

    def within(value: Any, last: int) -> int:
        return min(max(value, 0), last) if isinstance(value, int) else 0

    return within(event.row, rows - 1), within(event.column, columns - 1)


def build_surgery(services: Services, inputs: list[gr.components.Component], picture_of: Source) -> None:
    """Lay the part out and connect it. inputs: VAE, name of the picture on the screen, upload."""
    gr.Markdown(QUESTION, elem_classes="lab-question")
    cell = gr.State((0, 0))
    with gr.Row(elem_classes="lab-operate"):
        with gr.Column(scale=4, min_width=260):
            cells = widget("cells", elem_id="encode-cells", title="Cells of the latent")
            operation = gr.Dropdown(OPERATIONS, value=ERASE, label="Operation", elem_id="encode-operation")
            channel = gr.Slider(1, 16, 1, step=1, label="Channel", elem_id="encode-channel")
        with gr.Column(scale=8, min_width=300):
            panels = widget("panels", elem_id="encode-surgery")
    handle, settings = Handlers(services, picture_of), [operation, channel]
    gr.on(None, handle.on_picture, inputs, [cells, cell, panels], **ON_CPU)  # at opening, and at every other picture
    cells.pick(handle.on_cell, [*inputs, *settings], [cell, panels], **ON_CPU)
    gr.on([operation.input, channel.input], handle.on_operation, [*inputs, *settings, cell], panels, **ON_CPU)
