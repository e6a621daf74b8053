"""The Encode tab: a picture becomes a mean and a standard deviation, and comes back."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import gradio as gr

from app.labs.gallery import NAMES
from app.ui.layout import parts_of
from app.ui.links import Value
from app.ui.part import Part, PartTab
from app.ui.services import Services
from app.ui.tabs.encode_bits import build_bits
from app.ui.tabs.encode_cell import build_cell
from app.ui.tabs.encode_draws import build_draws
from app.ui.tabs.encode_picture import build_picture
from app.ui.tabs.encode_source import TAB, WHOLE, Source, build_source, scene_vaes
from app.ui.tabs.encode_surgery import COPY, SCALE, SHIFT, build_surgery
from app.ui.tabs.encode_values import build_values

QUESTION = (
    "## What does the encoder keep of a picture?\n"
    "Choose a picture, or send your own: the VAE packs it into a few numbers and rebuilds it from them."
)
NO_MODEL = (
    "## There is no VAE yet\n"
    "Train one with `python -m app train f4c4 --out checkpoints/f4c4`, then start the app again."
)
SNOWMAN, STRIPED, MOTORCYCLE, LAKE = NAMES[3], NAMES[4], NAMES[8], NAMES[9]


class Described(NamedTuple):
    """A part before it knows the picture that it works on."""

    name: str
    title: str
    question: str
    build: Callable[[Services, Source], Part]
    presets: Mapping[str, Mapping[str, Value]]


PARTS = (
    Described(
        "picture",
        "Mean and deviation",
        "### Where does the encoder point, and how sure is it?\n"
        "Move over the maps: the same cell is marked in all of them, with its numbers.",
        build_picture,
        {
            "Stripes through a narrow gap": {"picture": STRIPED, "vae": "f8c4"},
            "A photograph in full size": {"picture": LAKE, "size": WHOLE},
            "The same at 64 pixels": {"picture": LAKE, "size": "64"},
        },
    ),
    Described(
        "bits",
        "Where the bits go",
        "### What does the encoder spend its budget on?\n"
        "The KL is the price of a cell. Guess first: does the latent tell less about this picture than a PNG file?",
        build_bits,
        {"A flat scene": {"picture": SNOWMAN}, "A photograph full of texture": {"picture": MOTORCYCLE}},
    ),
    Described(
        "values",
        "A standard normal?",
        "### Are the latent's values a standard normal?\n"
        "Training pulls them toward N(0, 1), a little. See how far they came, and why diffusion needs a scale.",
        build_values,
        {"One channel alone": {"channel": 1}, "As the denoiser sees them": {"scaled": 1}},
    ),
    Described(
        "draws",
        "Eight draws",
        "### One picture, many latents\n"
        "The encoder gives a distribution. Guess first: how much does the picture change with another draw?",
        build_draws,
        {"As the encoder says": {"temperature": "1"}, "Thirty times as wide": {"temperature": "30"}},
    ),
    Described(
        "cell",
        "One cell in numbers",
        "### How is a latent value drawn?\n"
        "Click a cell: its mean, its deviation, the noise that was drawn, and what came out of it.",
        build_cell,
        {"A cell inside": {"row": 4, "column": 4}, "A corner": {"row": 0, "column": 0}},
    ),
    Described(
        "surgery",
        "Surgery",
        "### How far does one cell reach?\n"
        "Click a cell and operate on it: the decoded difference is as wide as the decoder looks.",
        build_surgery,
        {
            "Copy a cell elsewhere": {"operation": COPY, "row": 4, "column": 4, "to_row": 1, "to_column": 6},
            "Shift a channel": {"operation": SHIFT, "channel": 1, "amount": 2.0},
            "Turn a channel round": {"operation": SCALE, "channel": 2, "amount": -1.0},
        },
    ),
)
"""Each works on the picture that is chosen above all of them."""


def build(services: Services) -> gr.Tabs | None:
    """Lay out the tab and connect it."""
    models = scene_vaes(services)
    if not models:
        gr.Markdown(NO_MODEL)
        return None
    gr.Markdown(QUESTION, elem_classes="lab-question")
    source = build_source(services, models)
    return parts_of(TAB, [_on(source, part, models) for part in PARTS], services)


def _on(source: Source, part: Described, models: list[str]) -> PartTab:
    """Tell a part its picture; a preset with a VAE that is not there keeps the one on the screen."""
    presets = {
        title: {name: value for name, value in preset.items() if name != "vae" or value in models}
        for title, preset in part.presets.items()
    }
    return PartTab(part.name, part.title, part.question, lambda services: part.build(services, source), presets)
