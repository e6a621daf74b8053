"""The Pipeline tab: the whole model as one ribbon, for a caption and for a visitor's own picture."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import gradio as gr

from app.labs.gallery import NAMES
from app.ui.layout import parts_of
from app.ui.links import Value
from app.ui.part import Part, PartTab
from app.ui.services import Services
from app.ui.tabs.pipeline_blueprint import build_blueprint
from app.ui.tabs.pipeline_own import build_own
from app.ui.tabs.pipeline_source import CAT, HEART, STAR, TAB, TWO, Source, build_source, default_model
from app.ui.tabs.pipeline_stages import build_stages
from app.ui.tabs.pipeline_walk import build_walk

__all__ = ["CAT", "HEART", "TWO", "build", "default_model"]

QUESTION = (
    "## How does a caption become a picture?\n"
    "Three networks in a row. Type a caption and press *Generate*; each part below looks at the same run."
)
NO_MODEL = (
    "## There is no generator yet\nTrain one with `python -m app train generator --out checkpoints/generator`, "
    "then start the app again."
)
PRESETS: dict[str, dict[str, Value]] = {
    "Everything said": {"caption": HEART, "seed": 3, "steps": 20, "guidance": 3.0},
    "Something small": {"caption": STAR, "seed": 7, "steps": 20, "guidance": 3.0},
    "Two things": {"caption": TWO, "seed": 3, "steps": 20, "guidance": 3.0},
    "A combination it never saw": {"caption": "a large plain blue heart on a white background", "seed": 5, "steps": 20},
    "Only 2 steps": {"caption": CAT, "seed": 11, "steps": 2, "guidance": 3.0},
    "Guidance off": {"caption": CAT, "seed": 11, "steps": 20, "guidance": 1.0},
    "Guidance too strong": {"caption": CAT, "seed": 11, "steps": 20, "guidance": 12.0},
}
"""What to try, each a setting that shows something; the first is on the screen when the page opens."""


class Described(NamedTuple):
    """A part before it knows the run that it looks at."""

    name: str
    title: str
    question: str
    build: Callable[[Services, Source], Part | None]
    presets: Mapping[str, Mapping[str, Value]]


PARTS = (
    Described(
        "walk",
        "From a caption",
        "### What is on the way from the caption to the picture?\n"
        "Drag the slider and watch the noise go. Below: every tensor with its true shape.",
        build_walk,
        PRESETS,
    ),
    Described(
        "own",
        "Your picture through it",
        "### What does the whole model do to a picture of mine?\n"
        "Encode it, add noise up to a level, denoise it, decode it. Strength 0 is the VAE alone.",
        build_own,
        {
            "The VAE alone": {"strength": 0.0, "caption": ""},
            "A little noise, no caption": {"strength": 0.3, "caption": "", "picture": NAMES[4]},
            "Another colour": {
                "strength": 0.7,
                "caption": "a large checkered purple umbrella in the centre on a white background",
                "picture": NAMES[0],
            },
            "A photograph becomes a scene": {"strength": 0.8, "caption": HEART, "picture": NAMES[9]},
        },
    ),
    Described(
        "stages",
        "Leave one out",
        "### Does every stage matter?\n"
        "Leave one out at a time. Guess first: without which does the judge still find most of the caption?",
        build_stages,
        {"A star": {"caption": STAR, "seed": 7}, "Two things": {"caption": TWO, "seed": 3}},
    ),
    Described(
        "blueprint",
        "Blueprint first",
        "### Is there a blueprint before there is detail?\n"
        "Latent and picture side by side, at every step. Guess first: when does the layout stand?",
        build_blueprint,
        {"Fifty steps": {"steps": 50}, "Another picture": {"caption": CAT, "seed": 11}},
    ),
)
"""All of them show the run whose caption stands above them."""


def build(services: Services) -> gr.Tabs | None:
    """Lay out the tab and connect it."""
    models = services.catalogue.names("denoiser")
    if not models:
        gr.Markdown(NO_MODEL)
        return None
    gr.Markdown(QUESTION, elem_classes="lab-question")
    source = build_source(models)
    return parts_of(TAB, [_on(source, part) for part in PARTS], services)


def _on(source: Source, part: Described) -> PartTab:
    return PartTab(part.name, part.title, part.question, lambda services: part.build(services, source), part.presets)
