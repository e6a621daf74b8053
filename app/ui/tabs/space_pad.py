"""Latent space, part 'pad': the plane of the 2-D digits VAE, and a pad that decodes any point under the hand."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Semaphore
from typing import Any

import gradio as gr

from app.core.errors import BadRequest, LabError
from app.core.pictures import to_picture
from app.figures.exports import npz_bytes
from app.figures.parts import MEASURED_NOW
from app.figures.space_pad import digit_colours, digit_dots, grid_sheet, pad_facts, pad_groups
from app.labs.latent_pad import EDGE, GRID, Plane, checked_point, decode_points, map_digits, planar
from app.labs.snippets_space import pad_code
from app.ui.layout import columns
from app.ui.part import Download, Part, Progress, Values
from app.ui.services import Services
from app.ui.tabs.picks import on_pick, when_typed
from app.ui.tabs.space_common import TAB
from app.ui.widgets.base import as_file, packed, png_bytes, png_uri, widget
from app.ui.widgets.values import Json, panels_value


@dataclass(frozen=True, eq=False)
class PadPart:
    """The handlers. calls: exact decodes come outside the queue, so they are limited here."""

    services: Services
    vae: str
    calls: Semaphore = field(default_factory=lambda: Semaphore(2))

    def plane(self) -> Plane:
        """Return the digits and the decoded grid; made once."""
        model = self.services.catalogue.vae(self.vae)
        key = ("space plane", model.card.weights_sha256)
        return self.services.kept.get(key, lambda: map_digits(model, self.services.runtime))

    def decode_exact(self, point: Any) -> Json:
        """Decode the point under the hand; anybody may call this with anything, which then gets no picture."""
        try:
            x, y = float(point["x"]), float(point["y"])
            xy = checked_point(x, y)
        except (LabError, KeyError, TypeError, ValueError, OverflowError):
            return {}
        with self.calls:
            decoded = decode_points(self.services.catalogue.vae(self.vae), xy, self.services.runtime)
        return {"src": png_uri(to_picture(decoded[0])), "x": x, "y": y}

    def run(self, values: Values) -> Iterator[Any]:
        """Show the plane, and what lies at the point."""
        x, y = parse_point(str(values["point"]))
        yield Progress("encoding digits", None)
        plane, xy = self.plane(), checked_point(x, y)
        decoded = decode_points(self.services.catalogue.vae(self.vae), xy, self.services.runtime)
        sheet = png_bytes(grid_sheet(plane).sheet)
        dots = json.dumps(digit_dots(plane), separators=(",", ":")).encode()
        files = {"sheet": as_file(sheet, "grid.png"), "dots": as_file(dots, "dots.json")}
        yield [
            packed(pad_data(x, y, plane), **files),
            panels_value(pad_groups(plane, xy, decoded), pad_facts(plane, xy)),
        ]

    def picture(self, values: Values) -> Download:
        """Return the decoded point as a file."""
        xy = checked_point(*parse_point(str(values["point"])))
        decoded = decode_points(self.services.catalogue.vae(self.vae), xy, self.services.runtime)
        return Download("digit.png", png_bytes(to_picture(decoded[0])))

    def arrays(self, values: Values) -> Download:
        """Return the latents of all digits as a file."""
        plane = self.plane()
        return Download("digits.npz", npz_bytes({"z": plane.z, "digits": plane.digits}))


def pad_data(x: float, y: float, plane: Plane) -> Json:
    """Return what the widget needs beside its files."""
    return {
        "x": x,
        "y": y,
        "edge": EDGE,
        "grid": GRID,
        "tile": plane.grid.shape[-1],
        "colours": digit_colours(),
        "stamp": MEASURED_NOW,
        "title": "A latent of two numbers: the whole space at a glance",
        "note": f"{len(plane.z):,} digits where the encoder puts them. Drag to decode any point. Rings: 1, 2, 3 std.",
    }


def parse_point(text: str) -> tuple[float, float]:
    """Read 'x, y'."""
    try:
        x, y = (float(part) for part in text.replace(",", " ").split())
    except ValueError:
        x = y = math.nan
    if not (math.isfinite(x) and math.isfinite(y)):
        raise BadRequest(f"'{text[:40]}' is no point.", hint="Write two numbers, such as 0.5, -1.2.")
    checked_point(x, y)
    return x, y


def build_pad(services: Services) -> Part | None:
    """Lay out the part."""
    names = planar(services.catalogue)
    if not names:
        gr.Markdown(
            "The VAE whose latent is one point in the plane is not here. It trains in minutes: "
            "`python -m app train digits --out checkpoints/digits`"
        )
        return None
    handle = PadPart(services, names[0])

    def decode_exact(point: Any) -> Json:  # gradio marks the functions it serves, which a method does not allow
        return handle.decode_exact(point)

    with columns(9, 3) as (left, right):
        with left:
            pad = widget("pad", elem_id="space-pad-pad", server_functions=[decode_exact])
        with right:
            point = gr.Textbox("0.00, 0.00", label="Point x, y", elem_id="space-pad-point")
    panels = widget("panels", elem_id="space-pad-panels")
    picked = on_pick(pad, "[told.text]", [point])
    return Part(
        TAB,
        "pad",
        settings={"point": point},
        outputs=[pad, panels],
        run=handle.run,
        code=lambda values: pad_code(handle.vae, *parse_point(str(values["point"]))),
        downloads={"PNG": handle.picture, "NPZ": handle.arrays},
        triggers=[picked.change, *when_typed(point)],
    )
