"""What starts a run where something can be clicked or typed: a click once, typing when it is done."""

from collections.abc import Sequence
from typing import Any

import gradio as gr
from gradio.components import Component

from app.ui.events import in_browser

NOW = "String(performance.now())"
"""No two picks are alike, so that each is a change of the hidden field."""


def on_pick(widget: gr.HTML, chosen: str, fields: Sequence[Component], inputs: Sequence[Component] = ()) -> gr.Textbox:
    """Fill fields in the browser with what is picked in a widget; returns a hidden field that changes once a pick.

    chosen: the list of their values in JavaScript, an expression of `told` and `inputs` (app.ui.events.in_browser).
    Setting two boxes would be two changes, and a run for each.
    """
    picked = gr.Textbox("", visible="hidden", elem_id=f"{widget.elem_id}-picked", label="when something was picked")
    answer = in_browser(widget, f"[...{chosen}, {NOW}]")
    widget.pick(None, list(inputs) or None, [*fields, picked], **answer)
    return picked


def when_typed(*fields: Any) -> list[Any]:
    """Return the events of boxes that somebody has finished typing in: Enter, or leaving the box."""
    return [event for field in fields for event in (field.submit, field.blur)]
