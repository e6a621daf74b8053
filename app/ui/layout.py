"""How a part is laid out: columns, a guess, and the furniture that every part has."""

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import gradio as gr

from app.core.randomness import MOST_SEED
from app.ui.connect import connect
from app.ui.levels import MATHS, read_text
from app.ui.part import Furniture, Part, PartTab
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
    """Lay out a guess among choices, none of them chosen, and the button that commits it; part: 'tab-name'."""
    guess = gr.Radio(choices, value=None, label=label, elem_id=f"{part}-guess")
    return guess, gr.Button(button, variant="primary", min_width=140, elem_id=f"{part}-reveal")


def seed_box(value: int, elem_id: str, *, label: str = "Seed", most: int = MOST_SEED) -> gr.Number:
    """Lay out a field for a seed."""
    return gr.Number(value, label=label, precision=0, minimum=0, maximum=most, elem_id=elem_id)


def parts_of(tab: str, parts: Sequence[PartTab], services: Services) -> gr.Tabs:
    """Lay out the parts of a tab as tabs in it, each complete; returns them, so that an address can select one."""
    with gr.Tabs(elem_id=f"lab-{tab}-parts") as tabs:
        for one in parts:
            with gr.Tab(one.title, id=one.name, elem_id=f"lab-{tab}-{one.name}", elem_classes="lab-part"):
                gr.Markdown(one.question, elem_classes="lab-question")
                head, status = _above(tab, one)
                part = one.build(services)
                if part is None:
                    head.visible = False
                else:
                    presets = one.presets_for(part)
                    head.props |= {"stops": inspect.isgeneratorfunction(part.run), "presets": list(presets)}
                    connect(part, presets, Furniture(head, status, _foot(part)), services.cores)
    return tabs


def _above(tab: str, one: PartTab) -> tuple[gr.HTML, gr.HTML]:
    """Lay out what stands above a part: the head, which does not know yet what the part can do, and status."""
    part, asked = f"{tab}-{one.name}", {"tab": tab, "part": one.name, "presets": [], "stops": False}
    return widget("head", elem_id=f"{part}-head", **asked), widget("status", elem_id=f"{part}-status", part=part)


def _foot(part: Part) -> gr.HTML:
    """Lay out what stands below a part: the levels, downloads and its address."""
    gr.Markdown(
        "\n".join(_level(part.id, level, title) for level, title in (("words", "In words"), ("maths", "In maths"))),
        latex_delimiters=MATHS,
        sanitize_html=False,  # would take the ids; the texts are our own
        elem_id=f"{part.id}-levels",
        elem_classes="lab-levels",
    )
    return widget("foot", elem_id=f"{part.id}-foot", part=part.id, kinds=list(part.downloads))


def _level(part: str, level: str, title: str) -> str:
    """Return the Markdown of a level that can be opened."""
    text = read_text(part, level)
    return f'<details class="lab-level" id="{part}-{level}"><summary>{title}</summary>\n\n{text}\n\n</details>\n'
