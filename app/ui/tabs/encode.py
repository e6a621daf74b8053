"""The Encode tab: a picture becomes a mean and a standard deviation, and comes back."""

from collections.abc import Callable

import gradio as gr

from app.labs.gallery import NAMES
from app.ui.layout import parts_of
from app.ui.part import Part, PartTab
from app.ui.services import Services
from app.ui.tabs.encode_bits import build_bits
from app.ui.tabs.encode_cell import build_cell
from app.ui.tabs.encode_draws import build_draws
from app.ui.tabs.encode_picture import build_picture
from app.ui.tabs.encode_source import TAB, WHOLE, Source, build_source
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
LAKE, MOTORCYCLE = NAMES[9], NAMES[8]
STRIPED = NAMES[4]


def build(services: Services) -> gr.Tabs | None:
    """Lay out the tab and connect it."""
    models = services.catalogue.names("vae")
    if not models:
        gr.Markdown(NO_MODEL)
        return None
    gr.Markdown(QUESTION, elem_classes="lab-question")
    source = build_source(services, models)
    return parts_of(TAB, parts(source, models), services)


def parts(source: Source, models: list[str]) -> list[PartTab]:
    """Return the parts of the tab; each works on the picture chosen above them."""

    def on(build_part: Callable[[Services, Source], Part]) -> Callable[[Services], Part]:
        return lambda services: build_part(services, source)

    coarse = {"vae": "f8c4"} if "f8c4" in models else {}
    return [
        PartTab(
            "picture",
            "Mean and deviation",
            "### Where does the encoder point, and how sure is it?\n"
            "Move over the maps: the same cell is marked in all of them, with its numbers.",
            on(build_picture),
            presets={
                "Stripes through a narrow gap": {"picture": STRIPED, **coarse},
                "A photograph in full size": {"picture": LAKE, "size": WHOLE},
                "The same at 64 pixels": {"picture": LAKE, "size": "64"},
            },
        ),
        PartTab(
            "bits",
            "Where the bits go",
            "### What does the encoder spend its budget on?\n"
            "The KL is the price of a cell. Guess first: does the latent tell less about this picture than a PNG file?",
            on(build_bits),
            presets={"A flat scene": {"picture": NAMES[3]}, "A photograph full of texture": {"picture": MOTORCYCLE}},
        ),
        PartTab(
            "values",
            "A standard normal?",
            "### Are the latent's values a standard normal?\n"
            "Training pulls them toward N(0, 1), a little. See how far they came, and why diffusion needs a scale.",
            on(build_values),
            presets={"One channel alone": {"channel": 1}, "As the denoiser sees them": {"scaled": 1}},
        ),
        PartTab(
            "draws",
            "Eight draws",
            "### One picture, many latents\n"
            "The encoder gives a distribution. Guess first: how much does the picture change with another draw?",
            on(build_draws),
            presets={"As the encoder says": {"temperature": "1"}, "Thirty times as wide": {"temperature": "30"}},
        ),
        PartTab(
            "cell",
            "One cell in numbers",
            "### How is a latent value drawn?\n"
            "Click a cell: its mean, its deviation, the noise that was drawn, and what came out of it.",
            on(build_cell),
            presets={"The middle": {"row": 8, "column": 8}, "A corner": {"row": 0, "column": 0}},
        ),
        PartTab(
            "surgery",
            "Surgery",
            "### How far does one cell reach?\n"
            "Click a cell and operate on it: the decoded difference is as wide as the decoder looks.",
            on(build_surgery),
            presets={
                "Copy the middle to a corner": {"operation": COPY, "row": 8, "column": 8, "to_row": 2, "to_column": 2},
                "Shift a channel": {"operation": SHIFT, "channel": 1, "amount": 2.0},
                "Turn a channel round": {"operation": SCALE, "channel": 2, "amount": -1.0},
            },
        ),
    ]
