"""How a part is laid out: columns, a guess, and the furniture that every part has."""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import gradio as gr

from app.ui.connect import connect
from app.ui.levels import MATHS, read_text
from app.ui.links import Value
from app.ui.part import Furniture, Head, Part, PartTab
from app.ui.services import Services
from app.ui.widgets.base import widget


@contextmanager
def columns(left: int = 4, right: int = 8) -> Iterator[tuple[gr.Column, gr.Column]]:
    """Lay out two columns, settings and figures; on a telephone they lie below each other."""
    with gr.Row(elem_classes="lab-columns lab-two"):
        with gr.Column(scale=left, min_width=300) as first:
            pass
        with gr.Column(scale=right, min_width=300) as second:
            pass
        yield first, second


def guess_row(part: str, label: str, choices: list[str], button: str = "Run and reveal") -> tuple[gr.Radio, gr.Button]:
    """Lay out a guess among choices and the button that commits it; part: 'tab-name'."""
    guess = gr.Radio(choices, value=choices[0], label=label, elem_id=f"{part}-guess")
    return guess, gr.Button(button, variant="primary", min_width=140, elem_id=f"{part}-reveal")


def parts_of(tab: str, parts: Sequence[PartTab], services: Services) -> gr.Tabs:
    """Lay out the parts of a tab as tabs in it, each complete; returns them, so that an address can select one."""
    with gr.Tabs(elem_id=f"lab-{tab}-parts") as tabs:
        for one in parts:
            with gr.Tab(one.title, id=one.name, elem_id=f"lab-{tab}-{one.name}", elem_classes="lab-part"):
                gr.Markdown(one.question, elem_classes="lab-question")
                head = _head(f"{tab}-{one.name}", one.presets)
                part = one.build(services)
                if part is not None:
                    head.stop.visible = inspect.isgeneratorfunction(part.run)
                    connect(part, one.presets, Furniture(_opener(part), head, *_foot(part)), services)
    return tabs


def _head(part: str, presets: Mapping[str, Mapping[str, Value]]) -> Head:
    """Lay out what stands above a part: presets, how far a run is, stop and reset."""
    shelf = None
    if presets:
        choices = [{"title": title} for title in presets]
        shelf = widget("choices", choices, elem_id=f"{part}-presets", title="Try this", chosen=-1)
    with gr.Row(elem_classes="lab-toolbar"):
        status = widget("status", elem_id=f"{part}-status")
        stop = gr.Button("Stop", size="sm", min_width=80, scale=0, elem_id=f"{part}-stop")
        reset = gr.Button("Reset", size="sm", min_width=80, scale=0, elem_id=f"{part}-reset")
    return Head(shelf, status, stop, reset)


def _opener(part: Part) -> gr.HTML:
    return widget("opener", elem_id=f"{part.id}-opener", tab=part.tab, part=part.name)


def _foot(part: Part) -> tuple[gr.HTML | None, gr.HTML, gr.HTML]:
    """Lay out what stands below a part: downloads, link and levels."""
    downloads = None
    if part.downloads:
        downloads = widget("downloads", elem_id=f"{part.id}-downloads", kinds=list(part.downloads))
    link = widget("link", elem_id=f"{part.id}-link")
    with gr.Column(elem_id=f"{part.id}-levels", elem_classes="lab-levels"):
        for level, title in (("words", "In words"), ("maths", "In maths")):
            with gr.Accordion(title, open=False, elem_id=f"{part.id}-{level}"):
                gr.Markdown(read_text(part.id, level), latex_delimiters=MATHS)
        with gr.Accordion("As code", open=False, elem_id=f"{part.id}-as-code"):
            code = widget("code", elem_id=f"{part.id}-code")
    return downloads, link, code
