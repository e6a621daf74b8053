"""How events are run: one queue for all model work, two requests at a time, nothing offered as a public API.

A choice that only fills in another widget is made in the browser (`in_browser`): a round trip through gradio's queue
takes a tenth of a second, and the lab's own run needs one anyway.
"""

from typing import Any, TypedDict

import gradio as gr


class EventOptions(TypedDict):
    """Keyword arguments of a gradio event."""

    concurrency_id: str
    concurrency_limit: int
    trigger_mode: Any
    show_progress: Any
    api_visibility: Any


ON_CPU: EventOptions = {
    "concurrency_id": "cpu",
    "concurrency_limit": 2,
    "trigger_mode": "always_last",  # the default drops what comes while the last one runs
    "show_progress": "minimal",
    "api_visibility": "private",
}
"""For every event that runs a model: gr.Button.click(fn, inputs, outputs, **ON_CPU)."""


def sent(event: gr.EventData, name: str) -> Any:
    """Return what a widget sent under a name, None where that is nothing: anybody may send an event anything."""
    return event._data.get(name) if isinstance(event._data, dict) else None


def in_browser(widget: gr.HTML, result: str) -> dict[str, Any]:
    """Return the options of an event that JavaScript answers.

    result: an expression of `told`, what the widget told last (dom.js), and `inputs`, the values of the inputs:
    the value of the output, or a list of several.
    """
    told = f"JSON.parse(document.querySelector('#{widget.elem_id} [data-told]').dataset.told)"
    return {"js": f"(...inputs) => {{ const told = {told}; return {result}; }}", "api_visibility": "private"}
