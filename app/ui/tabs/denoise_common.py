"""What the parts of the Denoise tab share: which denoisers there are, runs that tell how far they are, and a store."""

from collections.abc import Iterator
from time import perf_counter
from typing import TypeVar

import gradio as gr

from app.store.checkpoint import config_of
from app.ui.caption_input import caption_box
from app.ui.layout import seed_box
from app.ui.part import Part, Progress
from app.ui.services import Services
from app.ui.tabs.pipeline import HEART, default_model

TAB = "denoise"
OPENING = HEART
NO_MODEL = (
    "There is no generator yet. Train one with `python -m app train generator --out checkpoints/generator`, then start "
    "the app again."
)
NO_JUDGE = (
    "There is no judge yet, which reads pictures here. Train one: `python -m app train judge --out checkpoints/judge`."
)
PACE = 0.3
"""Seconds between two reports of how far a run is: often enough to stop it, too seldom to slow it."""

Item = TypeVar("Item")


def latent_denoisers(services: Services) -> list[str]:
    """Return the denoisers that work on latents: the generator first, if it is there."""
    names = services.catalogue.names("denoiser")
    usable = [name for name in names if services.catalogue.cards[name].partner]
    return sorted(usable, key=lambda name: name != default_model(usable)) if usable else []


def has_judge(services: Services) -> bool:
    """Whether the judge can be loaded."""
    return "judge" in services.catalogue.names("judge")


def target_of(services: Services, name: str) -> str:
    """Return what a denoiser predicts, from its card."""
    return str(config_of(services.catalogue.card(name, "denoiser")).target)


def say_missing(text: str) -> Part | None:
    """Say on the page why a part is not there; returns None, for the part."""
    gr.Markdown(text)
    return None


def reported(items: Iterator[Item], total: int, into: list[Item], text: str = "step") -> Iterator[Progress]:
    """Collect the items, and say now and then how far it is."""
    last = perf_counter()
    for number, item in enumerate(items, start=1):
        into.append(item)
        if number < total and perf_counter() - last > PACE:
            last = perf_counter()
            yield Progress(f"{text} {number} of {total}", number / total)


def vocabulary_of(services: Services, name: str) -> list[str]:
    """Return the words that a denoiser can read, from its card."""
    return list(config_of(services.catalogue.card(name, "denoiser")).text.vocabulary)


def sampling_widgets(part: str, words: list[str], *, steps: int, most: int) -> dict[str, gr.components.Component]:
    """Return caption, seed, steps and guidance, the settings that every run has; words: that the model can read."""
    name = f"{TAB}-{part}"
    caption = caption_box(OPENING, elem_id=f"{name}-caption", words=words)
    with gr.Row(elem_classes="lab-pair"):
        seed = seed_box(3, f"{name}-seed")
        count = gr.Slider(1, most, steps, step=1, label="Steps", elem_id=f"{name}-steps")
    weight = gr.Slider(0.0, 12.0, 3.0, step=0.5, label="Guidance (1 = off)", elem_id=f"{name}-guidance")
    return {"caption": caption, "seed": seed, "steps": count, "guidance": weight}
