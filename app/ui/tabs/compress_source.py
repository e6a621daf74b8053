"""What the parts of the Compress tab share: the picture, its size, and a visitor's own."""

from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from app.core.errors import BadUpload
from app.core.pictures import to_tensor
from app.labs.compress_ladder import vaes_at_hand
from app.labs.compress_pictures import NAMES, SIZES, kept, named_picture, sized
from app.labs.gallery import SCENES
from app.store.catalogue import Catalogue, LoadedJudge
from app.ui.errors import show_note, show_problem
from app.ui.events import ON_CPU
from app.ui.image_input import PictureInput
from app.ui.kept import Kept, picture_key
from app.ui.part import Values
from app.ui.services import Services
from app.ui.tabs.encode_source import described
from app.ui.tabs.shelf import OWN, picture_shelf

TAB, OPENING = "compress", SCENES[0]
SHARED = ("picture", "size")
TOLD = "() => window.dispatchEvent(new CustomEvent('lab-shared', { detail: { tab: 'compress' } }))"
NO_PICTURE = "A link cannot hold somebody's own picture, so you see the first one of the shelf. Upload it again."


@dataclass(frozen=True, eq=False)
class Source:
    """The widgets, and a small store for what large pictures give, as each takes tens of megabytes."""

    settings: dict[str, Component]
    own: gr.Image
    large: Kept

    def extras(self, **more: Component) -> dict[str, Component]:
        """Return what no address can hold."""
        return {"own": self.own, **more}


def build_source() -> Source:
    """Lay out the shelf, the size and the upload; whatever changes, the parts hear of it."""
    with gr.Row(elem_classes="lab-columns compress-source"):
        with gr.Column(scale=7, min_width=300):
            title = "Scenes and photographs that no model has seen, and a stress set"
            picture = picture_shelf(
                title,
                OPENING,
                elem_id="compress-shelf",
                field_id="compress-picture-name",
                names=NAMES,
                picture=named_picture,
            )
        with gr.Column(scale=5, min_width=300):
            size = gr.Radio(list(SIZES), value=SIZES[0], label="Size of the picture", elem_id="compress-size")
            with gr.Accordion("Your own picture", open=False, elem_id="compress-own"):
                own = PictureInput(
                    label="Your own picture",
                    type="pil",
                    sources=["upload", "webcam", "clipboard"],
                    height=200,
                    elem_id="compress-upload",
                )
    key = gr.Textbox("", visible="hidden", elem_id="compress-key", label="which of the visitor's pictures")
    source = Source({"picture": picture, "size": size}, own, Kept(most=3))
    gr.on([own.upload, own.input, own.clear], on_upload, own, [picture, own, key], **ON_CPU)
    shared: list[Any] = [picture, size, key]
    gr.on([one.change for one in shared], None, None, None, js=TOLD)
    return source


def on_upload(picture: Image.Image | BadUpload | None) -> tuple[Any, Any, Any]:
    """Take the visitor's picture; the opening one when it is taken away. What can't be read is taken away."""
    if isinstance(picture, BadUpload):
        show_note(picture)
        return gr.skip(), None, gr.skip()
    if picture is None:
        return OPENING, gr.skip(), ""
    return OWN, gr.skip(), picture_key(picture)


def picture_of(values: Values, longest: int | None = None) -> tuple[str, Float[Tensor, "1 3 h w"]]:
    """Return what stands for the picture in a key, and its pixels; longest: what a part can take at most."""
    name, own = str(values["picture"]), values.get("own")
    if name == OWN and isinstance(own, Image.Image):
        name, picture = picture_key(own), sized(own, str(values["size"]))
    else:
        if name == OWN:
            show_problem(NO_PICTURE)
            name = OPENING
        picture = named_picture(name, str(values["size"]))
    if longest is not None and max(picture.size) > longest:
        picture = kept(picture, longest)
    return name, to_tensor(picture)[None]


def store_for(services: Services, source: Source, picture: Float[Tensor, "1 3 h w"]) -> Kept:
    """Return where results of a picture of this size are kept."""
    return services.kept if picture.numel() <= 3 * 64 * 64 else source.large


def judge_for(catalogue: Catalogue, values: Values) -> LoadedJudge | None:
    """Return the judge for a scene at 64 pixels, if it is there: it has learnt to read nothing else."""
    reads = code_picture(values)[0] in SCENES and values["size"] == SIZES[0]
    return catalogue.judge() if reads and "judge" in catalogue.names("judge") else None


def code_picture(values: Values) -> tuple[str | None, str]:
    """Return the name in the code, None for the visitor's own picture, and the size."""
    own = values["picture"] == OWN and isinstance(values.get("own"), Image.Image)
    name = str(values["picture"]) if values["picture"] in NAMES else OPENING
    return None if own else name, str(values["size"])


def vae_choice(services: Services, part: str, preferred: str) -> gr.Dropdown:
    """Lay out the choice of a VAE for a part."""
    models = vaes_at_hand(services.catalogue)
    choices = [(described(services.catalogue.card(name)), name) for name in models]
    value = preferred if preferred in models else models[0]
    return gr.Dropdown(choices, value=value, label="VAE", elem_id=f"{TAB}-{part}-vae")
