"""The picture that the last two parts of the Prompt tab start from: one of the gallery, or the visitor's own."""

from dataclasses import dataclass

import gradio as gr
from PIL import Image

from app.core.errors import BadUpload
from app.labs.gallery import NAMES, SCENES, gallery_picture
from app.ui.errors import show_note, show_problem
from app.ui.events import ON_CPU
from app.ui.image_input import PictureInput
from app.ui.kept import picture_key
from app.ui.part import Values
from app.ui.tabs.prompt_bench import TAB
from app.ui.tabs.shelf import OWN, picture_shelf

OPENING = SCENES[1]
NO_PICTURE = "A link cannot hold somebody's own picture, so you see one of the gallery. Upload it again."


@dataclass(frozen=True, eq=False)
class Source:
    """picture: the setting of a link; own: the visitor's picture, which no link can hold.

    key: which of the visitor's pictures; it changes with each upload, where the name of the setting stays.
    """

    picture: gr.Dropdown
    own: gr.Image
    key: gr.Textbox


def build_source(part: str) -> Source:
    """Lay out and connect the gallery and the upload."""
    shelf_id, field_id = f"{TAB}-{part}-shelf", f"{TAB}-{part}-picture"
    picture = picture_shelf("Start from", OPENING, elem_id=shelf_id, field_id=field_id)
    with gr.Accordion("Your own picture", open=False):
        own = PictureInput(
            label="Upload", type="pil", sources=["upload", "clipboard"], height=200, elem_id=f"{TAB}-{part}-own"
        )
    key = gr.Textbox("", visible="hidden", elem_id=f"{TAB}-{part}-key", label="which of the visitor's pictures")
    gr.on([own.upload, own.input, own.clear], on_own, own, [picture, own, key], **ON_CPU)
    return Source(picture, own, key)


def on_own(picture: Image.Image | BadUpload | None) -> tuple[object, object, object]:
    """Take the visitor's picture; the opening one when it is taken away. What can't be read is taken away."""
    if isinstance(picture, BadUpload):
        show_note(picture)
        return gr.skip(), None, gr.skip()
    return (OPENING if picture is None else OWN), gr.skip(), picture_key(picture)


def picture_of(values: Values) -> tuple[str | None, Image.Image]:
    """Return the picture on the screen: its name in the gallery, None for the visitor's own; and itself."""
    name, own = str(values["picture"]), values.get("own")
    if name == OWN and isinstance(own, Image.Image):
        return None, own
    name = name if name in NAMES else OPENING
    return name, gallery_picture(name)


def say_no_picture(values: Values) -> None:
    """Say so where the visitor's own picture is asked for and there is none."""
    own = isinstance(values.get("own"), Image.Image)
    show_problem(NO_PICTURE if values["picture"] == OWN and not own else "")


def key_of(values: Values) -> str:
    """Return what stands for the picture in a key of kept results."""
    name, picture = picture_of(values)
    return name or picture_key(picture)
