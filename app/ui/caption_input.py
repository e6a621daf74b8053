"""A caption box that helps: it offers words of the vocabulary, and marks those that no model has seen.

The box itself stays a gr.Textbox, so settings, links and events work as with any other; the help is widgets/caption.js.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import cache

import gradio as gr

from app.data.scenes import WORDS, Scenes
from app.ui.widgets.base import widget

CAPTIONS, MOST_NEXT = 400, 6
"""How many training captions say which word often follows which, and how many such words are offered."""


@cache
def following_words() -> Mapping[str, Sequence[str]]:
    """Return for each word those that follow it most often in training captions; '' stands for the beginning."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for caption in Scenes().captions(range(CAPTIONS)):
        words = caption.split()
        for before, after in zip(["", *words], words, strict=False):
            counts[before][after] += 1
    return {before: [word for word, _ in after.most_common(MOST_NEXT)] for before, after in counts.items()}


def caption_box(value: str, *, elem_id: str, label: str = "Caption", words: Sequence[str] = WORDS) -> gr.Textbox:
    """Lay out a caption box with its help below it; returns the box. words: what the model at hand can read."""
    box = gr.Textbox(value, label=label, lines=1, max_lines=3, elem_id=elem_id)
    widget("caption", elem_id=f"{elem_id}-help", box=elem_id, words=list(words), next=dict(following_words()))
    return box
