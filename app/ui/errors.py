"""Mistakes that the visitor can mend become a friendly note; bugs keep their traceback."""

import html
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import gradio as gr

from app.core.errors import LabError

Inputs = ParamSpec("Inputs")
Output = TypeVar("Output")

SECONDS = 20
"""How long a note stays, unless it is closed."""


def friendly(handler: Callable[Inputs, Output]) -> Callable[Inputs, Output | Any]:
    """Make a handler answer a LabError with a note; what is on the screen stays as it is."""

    @wraps(handler)
    def run(*args: Inputs.args, **kwargs: Inputs.kwargs) -> Output | Any:
        try:
            return handler(*args, **kwargs)
        except LabError as error:
            show_note(error)
            return gr.skip()

    return run


def show_note(error: LabError) -> None:
    """Show a note on the visitor's page. Notes are HTML, and the message may hold what the visitor typed."""
    text = html.escape(f"{error.message} {error.hint}".strip())
    gr.Warning(text, duration=SECONDS, title="Please change one thing")


def show_problem(problem: str) -> None:
    """Show one sentence of ours as a note; nothing for ''."""
    if problem:
        gr.Warning(html.escape(problem), duration=SECONDS, title="Please note")
