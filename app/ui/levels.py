"""The levels below a figure: the same thing in words, in maths, and as code that reproduces it."""

from pathlib import Path

import gradio as gr

from app.ui.widgets.base import widget

TEXTS = Path(__file__).parent / "words"
MATHS: list[dict[str, str | bool]] = [{"left": "$$", "right": "$$", "display": False}]
"""Formulas are between double dollars, inline or alone in a paragraph; a single dollar stays a dollar."""


def build_levels(tab: str) -> gr.HTML:
    """Lay out the levels of a tab (its texts are app/ui/words/TAB.*.md); returns the widget that shows the code."""
    with gr.Column(elem_id=f"{tab}-levels", elem_classes="lab-levels"):
        with gr.Accordion("In words", open=False, elem_id=f"{tab}-words"):
            gr.Markdown(read_text(tab, "words"))
        with gr.Accordion("In maths", open=False, elem_id=f"{tab}-maths"):
            gr.Markdown(read_text(tab, "maths"), latex_delimiters=MATHS)
        with gr.Accordion("As code", open=False, elem_id=f"{tab}-as-code"):
            return widget("code", elem_id=f"{tab}-code")


def read_text(tab: str, level: str) -> str:
    """Return the text of one level of a tab."""
    return (TEXTS / f"{tab}.{level}.md").read_text(encoding="utf-8")
