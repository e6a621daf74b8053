"""Mistakes that the visitor can mend become a friendly note; bugs keep their traceback."""

import html
from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr

from app.core.errors import LabError


@contextmanager
def shown_to_user(seconds: float | None = 20) -> Iterator[None]:
    """Turn a LabError into a note on the page, for so many seconds; None: until it is closed.

    The note is HTML, and the message may hold what the visitor typed.
    """
    try:
        yield
    except LabError as error:
        text = html.escape(f"{error.message} {error.hint}".strip())
        raise gr.Error(text, title="Please change one thing", duration=seconds, print_exception=False) from None
