"""A shelf of pictures, and the hidden field that holds the name of the chosen one, as an address does."""

import json
from collections.abc import Callable, Sequence

import gradio as gr
from PIL import Image

from app.labs.gallery import NAMES, SCENES, gallery_picture
from app.ui.events import in_browser
from app.ui.widgets.base import png_uri, widget
from app.ui.widgets.values import Json

OWN = "own"
"""The name of the visitor's picture beside the names of the shelf."""


def picture_shelf(
    title: str,
    opening: str,
    *,
    elem_id: str,
    field_id: str,
    names: Sequence[str] = NAMES,
    picture: Callable[[str], Image.Image] = gallery_picture,
) -> gr.Dropdown:
    """Lay out a shelf and return the field alone."""
    return shelf_and_field(title, opening, elem_id=elem_id, field_id=field_id, names=names, picture=picture)[1]


def shelf_and_field(
    title: str,
    opening: str,
    *,
    elem_id: str,
    field_id: str,
    names: Sequence[str] = NAMES,
    picture: Callable[[str], Image.Image] = gallery_picture,
) -> tuple[gr.HTML, gr.Dropdown]:
    """Lay out a shelf and its field. The two follow each other in the browser, without the server."""
    chosen = list(names).index(opening)
    shelf = widget("choices", shelf_value(names, picture), elem_id=elem_id, title=title, chosen=chosen)
    field = gr.Dropdown([*names, OWN], value=opening, label="Picture", visible="hidden", elem_id=field_id)
    known = json.dumps([*names, OWN])
    shelf.pick(None, None, field, **in_browser(shelf, f"{known}[told.index]"))
    mark = f"(name) => ({{ __type__: 'update', props: {{ chosen: {known}.indexOf(name) }} }})"
    field.change(None, field, shelf, js=mark, api_visibility="private")
    return shelf, field


def offer_own(shelf: gr.HTML, own: gr.Image) -> None:
    """Put the visitor's picture on the shelf, behind the others, for as long as it is there."""
    shown = "(own) => ({ __type__: 'update', props: { own: own ? own.url : '' } })"
    own.change(None, own, shelf, js=shown, api_visibility="private")


def shelf_value(names: Sequence[str], picture: Callable[[str], Image.Image]) -> list[Json]:
    """Return pictures as choices: short titles, full captions as hints."""
    return [
        {"title": short(name) if name in SCENES else name, "hint": name, "src": png_uri(picture(name))}
        for name in names
    ]


def short(caption: str) -> str:
    """Return the thing itself: 'a large checkered green umbrella in ...' is 'umbrella'."""
    things = caption.split(" on a ")[0].split(" in the ")[0].split(" at the ")[0]
    return " and ".join(part.split()[-1] for part in things.replace(" to the left of ", " above ").split(" above "))
