"""The Encode tab: a picture becomes a mean and a standard deviation, and comes back."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import gradio as gr
from PIL import Image

from app.core.errors import BadUpload
from app.figures.latents import encoding_facts, encoding_groups
from app.labs.encode import EncodeRequest, encode
from app.labs.gallery import NAMES, PHOTOS, SCENES, SIDE, gallery_picture
from app.labs.snippets import encode_code
from app.models.vae import VAEConfig
from app.store.card import Card
from app.store.checkpoint import config_of
from app.ui.errors import friendly, show_note, show_problem
from app.ui.events import ON_CPU
from app.ui.image_input import PictureInput
from app.ui.levels import build_levels
from app.ui.links import Value, View, from_query, to_query
from app.ui.services import Services
from app.ui.tabs.encode_draws import build_draws
from app.ui.tabs.encode_surgery import build_surgery
from app.ui.widgets.base import png_uri, widget
from app.ui.widgets.values import Json, panels_value

QUESTION = (
    "## What does the encoder keep of a picture?\n"
    "Choose a picture or upload your own: the VAE packs it into a few numbers and rebuilds it from them."
)
NO_MODEL = (
    "## There is no VAE yet\n"
    "Train one with `python -m app train f4c4 --out checkpoints/f4c4`, then start the app again."
)
TAB = "encode"
OPENING = SCENES[0]
OWN = "own"
"""The name of the visitor's upload, beside the names of the gallery."""


def build(services: Services) -> None:
    """Lay out the tab and connect it."""
    models = services.catalogue.names("vae")
    if not models:
        gr.Markdown(NO_MODEL)
        return
    gr.Markdown(QUESTION, elem_classes="lab-question")
    chosen = gr.State(OPENING)
    with gr.Row(elem_classes="lab-columns"):
        with gr.Column(scale=4, min_width=300):
            model = _choose_model(services, models)
            sources = _choose_picture()
        with gr.Column(scale=8, min_width=300):
            panels = widget("panels", elem_id="encode-panels")
    build_draws(services, [model, chosen, sources[1]], picture_of)
    build_surgery(services, [model, chosen, sources[1]], picture_of)
    link = widget("link", elem_id="encode-link")
    code = build_levels(TAB)
    _connect(services, chosen, model, sources, [panels, link, code])


def _choose_model(services: Services, models: list[str]) -> gr.Dropdown:
    choices = [(described(services.catalogue.cards[name]), name) for name in models]
    return gr.Dropdown(choices, value=default_model(models), label="VAE", elem_id="encode-vae")


def _choose_picture() -> tuple[gr.HTML, gr.Image]:
    shelf = widget("choices", elem_id="encode-shelf", title="Pictures that no model has seen", chosen=0)
    upload = PictureInput(
        label="Your own picture", type="pil", sources=["upload", "clipboard"], height=200, elem_id="encode-upload"
    )
    return shelf, upload


@dataclass(frozen=True, eq=False)
class Handlers:
    """What the events call. Nothing in here belongs to a visitor."""

    services: Services

    def show(self, vae: str, name: str, own: Image.Image | None = None) -> tuple[Json, str, str]:
        """Run the lab on a picture of the gallery, or the visitor's own; returns the panels, their link and their code.

        A link cannot hold a picture: that of the visitor's own opens the gallery's first with the same VAE.
        """
        model, request = self.services.catalogue.vae(vae), EncodeRequest(vae, side=SIDE)
        result = encode(model, own or gallery_picture(name), request, self.services.runtime)
        query = to_query(View(TAB, {"vae": vae, "picture": OPENING if own else name}), self.defaults)
        code = encode_code(vae, None if own else name, SIDE)
        return panels_value(encoding_groups(result), encoding_facts(result)), query, code

    @property
    def defaults(self) -> dict[str, Value]:
        """The settings that the page opens with."""
        return {"vae": default_model(self.services.catalogue.names("vae")), "picture": OPENING}

    @cached_property
    def opening(self) -> tuple[Json, str, str]:
        """What is on the screen when the page opens, computed once."""
        return self.show(str(self.defaults["vae"]), OPENING)

    @friendly
    def on_load(self, asked: gr.Request) -> tuple[Any, ...]:
        """Show what the address asks for, or the opening; and the gallery."""
        choices = {"vae": self.services.catalogue.names("vae"), "picture": NAMES}
        view = from_query(dict(asked.query_params), TAB, self.defaults, choices)
        show_problem(view.problem)
        vae, name = str(view.settings["vae"]), str(view.settings["picture"])
        shown = self.opening if view.settings == self.defaults else self.show(vae, name)
        return vae, name, *shown, gr.update(value=shelf_value(), chosen=NAMES.index(name))

    @friendly
    def on_pick(self, vae: str, event: gr.EventData) -> tuple[str, Json, str, str]:
        """Encode a picture of the gallery."""
        name = gallery_name(event.index)
        return name, *self.show(vae, name)

    @friendly
    def on_upload(self, vae: str, picture: Image.Image | BadUpload | None) -> tuple[Any, ...]:
        """Encode the visitor's picture; when it is taken away, the opening one. What can't be read is taken away."""
        if isinstance(picture, BadUpload):
            show_note(picture)
            return gr.skip(), gr.skip(), gr.skip(), gr.skip(), gr.skip(), None
        if picture is None:
            return OPENING, *self.show(vae, OPENING), gr.update(chosen=0), gr.skip()
        return OWN, *self.show(vae, OWN, picture), gr.update(chosen=-1), gr.skip()

    @friendly
    def on_model(self, vae: str, name: str, picture: Image.Image | BadUpload | None) -> tuple[Json, str, str]:
        """Encode the picture on the screen with another VAE."""
        own = picture if name == OWN and isinstance(picture, Image.Image) else None
        return self.show(vae, name if name in NAMES else OPENING, own)


def _connect(
    services: Services, chosen: gr.State, model: gr.Dropdown, sources: tuple[gr.HTML, gr.Image], outputs: list[gr.HTML]
) -> None:
    handle, (shelf, upload) = Handlers(services), sources
    gr.on(None, handle.on_load, None, [model, chosen, *outputs, shelf], **ON_CPU)  # no triggers: when the page opens
    shelf.pick(handle.on_pick, model, [chosen, *outputs], **ON_CPU)
    uploaded = [upload.upload, upload.clear]
    gr.on(uploaded, handle.on_upload, [model, upload], [chosen, *outputs, shelf, upload], **ON_CPU)
    model.input(handle.on_model, [model, chosen, upload], outputs, **ON_CPU)


def picture_of(name: str, own: Image.Image | BadUpload | None) -> Image.Image:
    """Return the picture on the screen: the visitor's own, or one of the gallery."""
    if name == OWN and isinstance(own, Image.Image):
        return own
    return gallery_picture(name if name in NAMES else OPENING)


def described(card: Card) -> str:
    """Return a VAE's name with what it does to the number of values."""
    config: VAEConfig = config_of(card)
    return f"{card.name}: {config.reduction:g} times fewer numbers"


def default_model(models: list[str]) -> str:
    """Return 'f4c4' if it is there, else the first."""
    return "f4c4" if "f4c4" in models else models[0]


def shelf_value() -> list[Json]:
    """Return the gallery as choices: short titles, full captions as hints."""
    return [
        {"title": name if name in PHOTOS else short(name), "hint": name, "src": png_uri(gallery_picture(name))}
        for name in NAMES
    ]


def short(caption: str) -> str:
    """Return the thing itself: 'a large checkered green umbrella in ...' is 'umbrella'."""
    things = caption.split(" on a ")[0].split(" in the ")[0].split(" at the ")[0]
    return " and ".join(part.split()[-1] for part in things.replace(" to the left of ", " above ").split(" above "))


def gallery_name(index: object) -> str:
    """Return the picture that the browser names; anything but a known number is the opening one."""
    return NAMES[index] if isinstance(index, int) and 0 <= index < len(NAMES) else OPENING
