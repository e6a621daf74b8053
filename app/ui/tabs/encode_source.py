"""What all parts of the Encode tab share: VAE, picture and its size; and the doors that a visitor's picture has."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component
from gradio.data_classes import ImageData
from PIL import Image

from app.core.errors import BadUpload
from app.data.scenes import SIDES
from app.data.scenes.attributes import COLOUR_RGB, INK_RGB
from app.data.uploads import HINT, read_upload
from app.figures.parts import Fact
from app.figures.space_smooth import rung_title
from app.labs.encode import EncodeRequest, EncodeResult, encode_stages, prepare
from app.labs.gallery import NAMES, SCENES, SIDE, gallery_original, gallery_picture
from app.models.vae import VAEConfig
from app.store.card import Card
from app.store.checkpoint import config_of
from app.ui.errors import show_note, show_problem
from app.ui.events import ON_CPU, sent
from app.ui.image_input import PictureInput, payload_bytes
from app.ui.kept import Kept, picture_key
from app.ui.part import Progress, Values
from app.ui.services import Services
from app.ui.tabs.shelf import OWN, offer_own, shelf_and_field
from app.ui.widgets.base import widget

TAB, OPENING, WHOLE = "encode", SCENES[0], "whole"
"""WHOLE: the size of a picture as it is."""
SHARED = ("vae", "picture", "size")
SIZES = {
    "64": "fitted to 64 × 64 pixels, as in training",
    "128": "fitted to 128 × 128",
    "256": "fitted to 256 × 256",
    "512": "fitted to 512 × 512",
    WHOLE: "its own size, at most 1024 pixels long",
}
MOST_SKETCH = 400_000
"""Characters of a drawing as a data: URL; one of the pad has a few thousand."""
TOLD = "() => window.dispatchEvent(new CustomEvent('lab-shared', { detail: { tab: 'encode' } }))"
MAIN = "f4c4"
"""The VAE that the tabs open with, if it is there."""
NO_PICTURE = "A link cannot hold somebody's own picture, so you see one of the gallery instead. Upload it again."


@dataclass(frozen=True, eq=False)
class Source:
    """The widgets, and the few encodings of large pictures that are kept: a small store, as each takes 30 MB."""

    settings: dict[str, Component]
    own: gr.Image
    large: Kept


def build_source(services: Services, models: list[str]) -> Source:
    """Lay out the doors and connect them: whatever comes in, the parts hear that something they share changed.

    models: the VAEs that are offered, the opening one first.
    """
    with gr.Row(elem_classes="lab-columns lab-source-row"):
        with gr.Column(scale=7, min_width=300):
            title = "Pictures that no model has seen"
            shelf, picture = shelf_and_field(title, OPENING, elem_id="encode-shelf", field_id="encode-picture-name")
        with gr.Column(scale=5, min_width=300):
            settings = _settings(services, models, picture)
    with gr.Accordion("Your own picture: upload, camera, drawing", open=False, elem_id="encode-own"):
        own, sketch = _own_picture()
    offer_own(shelf, own)
    key = gr.Textbox("", visible="hidden", elem_id="encode-key", label="which of the visitor's pictures")
    source = Source(settings, own, Kept(most=3))
    _connect(source, sketch, key)
    return source


def _settings(services: Services, models: list[str], picture: gr.Dropdown) -> dict[str, Component]:
    choices = [(described(services.catalogue.cards[name]), name) for name in models]
    vae = gr.Dropdown(choices, value=models[0], label="VAE", elem_id="encode-vae")
    sizes = [(text, name) for name, text in SIZES.items()]
    size = gr.Dropdown(sizes, value="64", label="Size of the picture", elem_id="encode-size")
    return {"vae": vae, "picture": picture, "size": size}


def _own_picture() -> tuple[gr.Image, gr.HTML]:
    inks = {"ink": INK_RGB, **COLOUR_RGB, "grey": (138, 140, 144)}
    colours = [[name, "#{:02x}{:02x}{:02x}".format(*rgb)] for name, rgb in inks.items()]
    with gr.Row(elem_classes="lab-columns"):
        with gr.Column(scale=6, min_width=300):
            own = PictureInput(
                label="Your own picture",
                type="pil",
                sources=["upload", "webcam", "clipboard"],
                height=300,
                elem_id="encode-upload",
            )
        with gr.Column(scale=6, min_width=300):
            sketch = widget("sketch", elem_id="encode-sketch", title="Draw", colours=colours)
    return own, sketch


def _connect(source: Source, sketch: gr.HTML, key: gr.Textbox) -> None:
    picture: Any = source.settings["picture"]
    own = source.own
    gr.on([own.input, own.clear], on_upload, own, [picture, own, key], **ON_CPU)  # input: by upload, camera or paste
    sketch.use(on_sketch, None, [picture, own, key], **ON_CPU)
    shared: list[Any] = [*source.settings.values(), key]
    gr.on([one.change for one in shared], None, None, None, js=TOLD, **ON_CPU)


def on_upload(picture: Image.Image | BadUpload | None, opening: str = OPENING) -> tuple[Any, Any, Any]:
    """Take the visitor's picture; the opening one when it is taken away. What can't be read is taken away."""
    if isinstance(picture, BadUpload):
        show_note(picture)
        return gr.skip(), None, gr.skip()
    if picture is None:
        return opening, gr.skip(), ""
    return OWN, gr.skip(), picture_key(picture)


def on_sketch(event: gr.EventData) -> tuple[Any, Any, Any]:
    """Take a drawing through the same door as an upload."""
    url = str(sent(event, "png"))[:MOST_SKETCH]
    try:
        if not url.startswith("data:image/png;base64,"):
            raise BadUpload("There is no drawing in that.", hint=HINT)
        drawn = read_upload(payload_bytes(ImageData(url=url)))
    except BadUpload as error:
        show_note(error)
        return gr.skip(), gr.skip(), gr.skip()
    return OWN, drawn, picture_key(drawn)


def picture_of(values: Values, opening: str = OPENING) -> tuple[str | None, Image.Image]:
    """Return the picture on the screen: its name in the gallery, or None for the visitor's own; and itself.

    opening: what stands in, with a note, for a visitor's picture that is not there.
    """
    name, own = str(values["picture"]), values.get("own")
    if name == OWN and isinstance(own, Image.Image):
        return None, own
    if name == OWN:
        show_problem(NO_PICTURE)
        name = opening
    return name, gallery_picture(name) if values["size"] == str(SIDE) else gallery_original(name)


def request_of(values: Values, most: int | None = None) -> EncodeRequest:
    """Return the request of the settings; most: the largest side that a part can take, larger ones are fitted to it."""
    side = None if values["size"] == WHOLE else int(values["size"])
    if most is not None:
        side = most if side is None else min(side, most)
    return EncodeRequest(str(values["vae"]), side, int(values.get("seed", 0)))


def size_facts(values: Values, most: int) -> list[Fact]:
    """Say so where a part shows a smaller picture than the size above it asks for."""
    if values["size"] != WHOLE and int(values["size"]) <= most:
        return []
    why = "cropped and scaled to a square: what this part computes is too much for a larger picture"
    return [Fact("Size in this part", f"{most} × {most} pixels", why, "pixel")]


def channel_of(values: Values, channels: int) -> int:
    """Return the channel of the settings, counted from 1, cut to those that this VAE has; 0 stays."""
    return min(int(values["channel"]), channels)


def channel_facts(values: Values, result: EncodeResult) -> list[Fact]:
    """Say so where the latent has no such channel, and its last one is taken instead."""
    channels = result.z.shape[1]
    if channel_of(values, channels) == int(values["channel"]):
        return []
    return [Fact("Channel", str(channels), "the last one: this VAE has no more", "latent")]


def encoded(services: Services, source: Source, values: Values, most: int | None = None) -> EncodeResult:
    """Encode the picture on the screen, or take the encoding that is kept."""
    *_, last = encoding(services, source, values, most)
    assert isinstance(last, EncodeResult)
    return last


def encoding(services: Services, source: Source, values: Values, most: int | None = None) -> Any:
    """Yield Progress while a large picture is encoded, which takes seconds on a small machine, then the result."""
    request, (name, picture) = request_of(values, most), picture_of(values)
    small, quick = (request.side is not None and request.side <= side for side in (256, 128))
    key = ("encode", request, name or picture_key(picture))

    def encode() -> Generator[Progress, None, EncodeResult]:
        model = services.catalogue.vae(request.vae)
        for stage in encode_stages(model, prepare(model, picture, request), request, services.runtime):
            if stage.result is not None:
                return stage.result
            if not quick:
                yield Progress(stage.doing, stage.done)
        raise AssertionError("the last stage has the result")

    yield (yield from (services.kept if small else source.large).run(key, encode))


def code_picture(values: Values, opening: str = OPENING) -> str | None:
    """Return what the code loads: a name of the gallery, None for the visitor's own picture."""
    own = values["picture"] == OWN and isinstance(values.get("own"), Image.Image)
    return None if own else str(values["picture"] if values["picture"] in NAMES else opening)


def described(card: Card) -> str:
    """Return a VAE's name with what it does to the number of values, and its KL weight where that is not the usual."""
    config: VAEConfig = config_of(card)
    name = card.name if config.kl_weight == VAEConfig.kl_weight else rung_title(card.name, config.kl_weight)
    return f"{name}: {config.reduction:g} times fewer numbers"


def scene_vaes(services: Services) -> list[str]:
    """Return the VAEs that learnt from pictures as scenes are, the main one first."""
    names = [name for name in services.catalogue.names("vae") if services.catalogue.card(name).training.side in SIDES]
    return sorted(names, key=lambda name: (name != MAIN, name))
