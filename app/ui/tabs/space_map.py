"""Latent space, part 'map': thousands of scenes as points, coloured by what they show; a click decodes and pins one."""

import json
from collections.abc import Generator, Iterator
from dataclasses import asdict, dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import gradio as gr

from app.data.scenes import LABEL_COLUMNS
from app.figures.exports import npz_bytes
from app.figures.parts import MEASURED_NOW, WITH_CHECKPOINT
from app.figures.space_export import map_csv, map_png
from app.figures.space_map import COLUMNS, FACTORS, THUMB, map_dots, map_facts, pin_groups, thumbnails
from app.labs.latent_fit import Fits, follow
from app.labs.latent_map import (
    BATCH,
    LatentMap,
    MapRequest,
    Points,
    encode_in_batches,
    gathered,
    project,
    strongest,
    with_places,
)
from app.labs.latent_pins import MOST_PINS, Pin, parse_pins, pin_scene
from app.labs.latent_shipped import SHIPPED, read_map
from app.labs.snippets_space import map_code
from app.ui.kept import Kept
from app.ui.layout import columns
from app.ui.part import Download, Part, Progress, Values
from app.ui.services import Services
from app.ui.tabs.picks import on_pick, when_typed
from app.ui.tabs.space_common import ON_MAP, TAB, say_missing, scene_vaes
from app.ui.widgets.base import as_file, packed, widget
from app.ui.widgets.values import Json, panels_value

SHEET_QUALITY = 85
"""Thumbnails are small and many: as WebP with a little loss they are 0.4 MB, where a PNG has 1."""
LIVE_COUNT = 500
"""Scenes of the map that a visitor is met with where none is shipped."""


@dataclass(frozen=True, eq=False)
class MapPart:
    """The handlers. Maps, fits and pins are kept for all visitors: they depend on weights and settings alone."""

    services: Services
    fits: Fits = field(default_factory=Fits)
    small: Kept = field(default_factory=Kept)

    def request(self, values: Values) -> MapRequest:
        """Translate the widgets."""
        method = str(values["method"]).lower()
        near = (int(values["neighbours"]), float(values["min_dist"])) if method == "umap" else (15, 0.1)
        return MapRequest(method, int(values["count"]), 0, *near)

    def shipped(self, vae: str) -> LatentMap | None:
        """Return the map in the checkpoint's folder."""
        card = self.services.catalogue.card(vae)
        key = ("space shipped", card.latents_sha256)
        return self.services.kept.get(key, lambda: read_map(self.services.catalogue.root, card))

    def points(self, vae: str, count: int) -> Generator[Progress, None, Points]:
        """Return the points of a VAE: shipped ones if there are enough, else encoded now."""
        found = self.shipped(vae)
        if found is not None and found.points is not None and count <= len(found.latents):
            return found.points.first(count)
        key = ("space points", self.services.catalogue.card(vae).latents_sha256, count)
        return (yield from self.services.kept.run(key, lambda: self._encoded(vae, count)))

    def _encoded(self, vae: str, count: int) -> Generator[Progress, None, Points]:
        rows = []
        for batch in encode_in_batches(self.services.catalogue.vae(vae), count, self.services.runtime):
            rows.append(batch)
            done = min(len(rows) * BATCH, count)
            yield Progress(f"encoding: {done:,} of {count:,} scenes", done / count)
        return gathered(iter(rows))

    def chart(self, vae: str, request: MapRequest) -> Generator[Progress, None, LatentMap]:
        """Return the map: shipped, from kept points, or fitted in the background while the page tells how far it is."""
        found = self.shipped(vae)
        if found is not None and request == SHIPPED:
            return found
        points = yield from self.points(vae, request.count)
        if request.method == "pca":
            return project(points, request)
        key = (self.services.catalogue.card(vae).latents_sha256, request)
        places = self.fits.known(key)
        if places is None:
            fit = self.fits.start(key, strongest(points).latents, request.fit)
            for said in follow(fit):
                yield Progress(f"fitting UMAP in the background: {said}")
            places = fit.places
        assert places is not None
        return with_places(points, request, places)

    def run(self, values: Values) -> Iterator[Any]:
        """Show the map and what is pinned; thumbnails follow as soon as they are drawn."""
        vae, request, colour = str(values["vae"]), self.request(values), str(values["colour"])
        pins = parse_pins(str(values["pins"]), request.count)
        chart = yield from self.chart(vae, request)
        key = (self.services.catalogue.card(vae).weights_sha256, request)
        facts = self.small.get((*key, colour), lambda: map_facts(chart, colour))
        groups = pin_groups(chart, [self.pinned(vae, index) for index in pins])
        panels = panels_value(groups, facts, stamp_of(chart))
        data = map_data(vae, chart, colour, pins)
        files = {"points": as_file(self.small.get((*key, "dots"), lambda: dots_file(chart)), "points.json")}
        sheets = ("space sheet", request.count)
        if self.services.kept.find(sheets) is None:
            yield [packed(data, **files), panels]
        sheet = self.services.kept.get(sheets, lambda: sheet_file(request.count))
        yield [packed(data, **files, sheet=as_file(sheet, "scenes.webp")), panels]

    def pinned(self, vae: str, index: int) -> Pin:
        """Return a pinned scene, decoded once."""
        model = self.services.catalogue.vae(vae)
        return self.small.get(
            (model.card.weights_sha256, index), lambda: pin_scene(model, index, self.services.runtime)
        )

    def code(self, values: Values) -> str:
        """Return the code of the view."""
        request = self.request(values)
        found = self.shipped(str(values["vae"]))
        ready = found is not None and request.count <= SHIPPED.count
        return map_code(str(values["vae"]), request, ready, parse_pins(str(values["pins"]), request.count))

    def finished(self, values: Values) -> LatentMap:
        """Return the map on the screen, for a file."""
        steps = self.chart(str(values["vae"]), self.request(values))
        while True:
            try:
                next(steps)
            except StopIteration as end:
                return end.value


def dots_file(chart: LatentMap) -> bytes:
    """Return the points as the JSON file of the widget: the browser fetches it once for all colours and pins."""
    made = asdict(map_dots(chart)) | {"columns": COLUMNS, "tile": THUMB}
    return json.dumps(made, separators=(",", ":")).encode()


def sheet_file(count: int) -> bytes:
    """Return the thumbnails as one picture."""
    buffer = BytesIO()
    thumbnails(count).sheet.save(buffer, format="WEBP", quality=SHEET_QUALITY, method=2)
    return buffer.getvalue()


def stamp_of(chart: LatentMap) -> str:
    """Return where a map comes from: from the checkpoint's folder, or computed now."""
    shipped = chart.points is not None and chart.points.shipped and chart.request == SHIPPED
    return WITH_CHECKPOINT if shipped else MEASURED_NOW


def map_data(vae: str, chart: LatentMap, factor: str, pins: list[int]) -> Json:
    """Return what the widget needs beside its files."""
    how = "UMAP" if chart.request.method == "umap" else "PCA"
    return {
        "title": f"{len(chart.xy):,} scenes in the latent space of {vae}, by {how}",
        "note": f"Each dot is a scene no model was trained on, coloured by its {FACTORS[factor]}.",
        "stamp": stamp_of(chart),
        "factor": factor,
        "pins": pins,
        "most": MOST_PINS,
        "walk": walk_between(*pins[-2:]) if len(pins) > 1 else "",
    }


def walk_between(first: int, second: int) -> str:
    """Return the address of the walk between two scenes of the map."""
    ends = {"a": ON_MAP, "a_scene": first, "b": ON_MAP, "b_scene": second}
    return "?" + urlencode({"tab": TAB, "part": "walk", **ends})


def build_map(services: Services) -> Part | None:
    """Lay out the part."""
    names = scene_vaes(services)
    if not names:
        say_missing("a VAE")
        return None
    handle = MapPart(services)
    with columns(3, 9) as (left, right):
        with left:
            settings, make = _map_settings(names, ready=handle.shipped(names[0]) is not None)
        with right:
            chart = widget("map", elem_id="space-map-chart")
    panels, pins = widget("panels", elem_id="space-map-panels"), settings["pins"]
    picked = on_pick(chart, "[told.text]", [pins])
    return Part(
        TAB,
        "map",
        settings=settings,
        outputs=[chart, panels],
        run=handle.run,
        code=handle.code,
        downloads={
            "PNG": lambda values: Download("map.png", map_png(handle.finished(values), str(values["colour"]))),
            "CSV": lambda values: Download("map.csv", map_csv(handle.finished(values))),
            "NPZ": lambda values: Download("map.npz", map_arrays(handle.finished(values))),
        },
        triggers=[make.click, picked.change, *when_typed(pins)],
        live=["colour", "method"],
    )


def _map_settings(names: list[str], *, ready: bool) -> tuple[dict[str, Any], gr.Button]:
    """Lay out the settings; ready: whether the default map ships with the checkpoint. Returns them and 'make'."""
    factors = [(title, name) for name, title in FACTORS.items() if name in LABEL_COLUMNS]
    first = "UMAP" if ready else "PCA"
    settings: dict[str, Any] = {
        "colour": gr.Dropdown(factors, value="background", label="Colour by", elem_id="space-map-colour"),
        "method": gr.Radio(["UMAP", "PCA"], value=first, label="Projection", elem_id="space-map-method"),
        "pins": gr.Textbox("17, 3", label="Pinned scenes, the last one last", elem_id="space-map-pins"),
    }
    more, make = _another_map(names, SHIPPED.count if ready else LIVE_COUNT)
    return settings | more, make


def _another_map(names: list[str], count: int) -> tuple[dict[str, Any], gr.Button]:
    """Lay out what a new fit may be made of, and the button that starts it."""
    least, near_label = "UMAP: least distance", "UMAP: neighbours a point looks at"
    with gr.Accordion("Another map", open=False, elem_id="space-map-more"):
        settings = {
            "vae": gr.Dropdown(names, value=names[0], label="VAE", elem_id="space-map-vae"),
            "count": gr.Slider(100, 5000, count, step=100, label="Scenes", elem_id="space-map-count"),
            "neighbours": gr.Slider(2, 100, 15, step=1, label=near_label, elem_id="space-map-near"),
            "min_dist": gr.Slider(0, 0.9, SHIPPED.min_dist, step=0.05, label=least, elem_id="space-map-dist"),
        }
        return settings, gr.Button("Make this map", elem_id="space-map-make")


def map_arrays(chart: LatentMap) -> bytes:
    """Return latents, places and labels as a file."""
    return npz_bytes({"latents": chart.latents, "xy": chart.xy, "labels": chart.labels})
