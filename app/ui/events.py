"""How events are run: one queue for all model work, two requests at a time, nothing offered as a public API."""

from typing import Any, TypedDict


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
