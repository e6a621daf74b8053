"""Prompt, part 'words': the cross-attention of each word over the grid, at every step."""

from collections.abc import Iterator
from typing import Any

import gradio as gr
import numpy as np

from app.data.scenes.attributes import KINDS
from app.figures.exports import film_gif, npz_bytes
from app.figures.prompt_words import attention_facts, attention_layers, attention_sheet, lit_pictures
from app.labs.generate import GenerateRequest
from app.labs.prompt_attention import AttentionResult, attention_steps
from app.labs.snippets_prompt import attention_code
from app.ui.layout import columns
from app.ui.part import Download, Part, Values
from app.ui.services import Services
from app.ui.tabs.prompt_bench import (
    STAR,
    TAB,
    Working,
    ask_of,
    captions_of,
    entered,
    generator_name,
    models_of,
    result_of,
    run_settings,
    worked,
)
from app.ui.tabs.prompt_values import attention_value
from app.ui.widgets.base import widget
from app.ui.widgets.values import panels_value

NAME = "attention"
NOTE = "Bright: the word's own brightest cell of the run. In a cell the shares of all words add up to 100 %."


def build_attention(services: Services) -> Part:
    """Lay out the part."""
    with columns(3, 9) as (left, right):
        with left:
            settings = captions_of(services, NAME, {"caption": ("Caption", STAR)})
            settings |= run_settings(services, NAME, steps=16, negative=False)
            go = gr.Button("Draw and record", variant="primary", elem_id="prompt-attention-go")
        with right:
            lit, facts = (widget(kind, elem_id=f"prompt-attention-{kind}") for kind in ("attention", "panels"))

    def run(values: Values) -> Iterator[Any]:
        result = yield from _result(services, ask_of(values))
        yield [_lit(result), panels_value([], attention_facts(result))]

    return Part(
        TAB,
        NAME,
        settings=settings,
        outputs=[lit, facts],
        run=run,
        code=lambda values: attention_code(ask_of(values), str(generator_name(services))),
        downloads=_downloads(services),
        triggers=[go.click, *entered(settings)],
    )


def _result(services: Services, ask: GenerateRequest) -> Working[AttentionResult]:
    model, _ = models_of(services)
    text = f"{ask.steps} steps, every map recorded"
    return worked(services, ("attention", ask), text, lambda: attention_steps(model, ask, services.runtime))


def _lit(result: AttentionResult) -> dict[str, Any]:
    steps = result.request.steps
    moments = [f"step {k + 1} of {steps}" for k in range(steps)] + ["finished picture"]
    start = first_noun(result.words)
    return attention_value(attention_sheet(result), result.words, moments, attention_layers(result), start, NOTE)


def first_noun(words: tuple[str, ...]) -> int:
    """Return the number of the first word that names a thing, else of the last word: what is lit first."""
    return next((number for number, word in enumerate(words) if word in KINDS), len(words) - 1)


def _downloads(services: Services) -> dict[str, Any]:
    def result(values: Values) -> AttentionResult:
        return result_of(_result(services, ask_of(values)))

    return {
        "GIF": lambda values: Download("attention.gif", film_gif(lit_pictures(result(values)))),
        ".npz of the maps": lambda values: Download("attention.npz", npz_bytes(_arrays(result(values)))),
    }


def _arrays(result: AttentionResult) -> dict[str, Any]:
    named = {f"layer_{number}": maps for number, maps in enumerate(result.maps, start=1)}
    return {"words": np.array(result.words), **named}
