"""The part of the Encode tab about the posterior: guess, draw several times, and see guess and measurement together."""

from collections.abc import Callable
from dataclasses import dataclass

import gradio as gr
from PIL import Image

from app.core.errors import BadUpload
from app.figures.draws import GUESSES, Guess, draw_facts, draw_groups
from app.labs.encode import EncodeRequest, encode
from app.labs.gallery import SIDE
from app.labs.posterior import ResampleRequest, check_gradient, resample
from app.ui.errors import friendly
from app.ui.events import ON_CPU
from app.ui.services import Services
from app.ui.widgets.base import widget
from app.ui.widgets.values import Json, panels_value

QUESTION = (
    "### One picture, many latents\n"
    "The encoder gives a distribution. Guess first: how much will the picture change if its latent is drawn again?"
)
TEMPERATURES = [0.0, 1.0, 10.0, 30.0, 100.0, 300.0]

Source = Callable[[str, Image.Image | BadUpload | None], Image.Image]
"""(name on the screen, the visitor's upload) -> the picture on the screen."""


@dataclass(frozen=True, eq=False)
class Handlers:
    """What the events call. Nothing in here belongs to a visitor."""

    services: Services
    picture_of: Source

    def show(self, vae: str, picture: Image.Image, guess: Guess | None, temperature: float) -> Json:
        """Run the labs and draw their figures."""
        model, runtime = self.services.catalogue.vae(vae), self.services.runtime
        encoded = encode(model, picture, EncodeRequest(vae, side=SIDE), runtime)
        result = resample(model, encoded, ResampleRequest(temperature=temperature), runtime)
        gradient = None if encoded.kl_bits is None else check_gradient(model, encoded, runtime)
        return panels_value(draw_groups(result), draw_facts(result, guess, gradient))

    @friendly
    def on_picture(self, vae: str, name: str, own: Image.Image | BadUpload | None) -> Json:
        """Show draws at temperature 0, all alike: something real that does not give the answer away."""
        return self.show(vae, self.picture_of(name, own), None, 0.0)

    @friendly
    def on_draw(self, vae: str, name: str, own: Image.Image | BadUpload | None, guess: str, temperature: float) -> Json:
        """Draw eight times from the posterior of the picture on the screen."""
        chosen = next((each for each in GUESSES if each.text == guess), GUESSES[0])
        return self.show(vae, self.picture_of(name, own), chosen, float(temperature))


def build_draws(services: Services, inputs: list[gr.components.Component], picture_of: Source) -> None:
    """Lay the part out and connect it. inputs: VAE, name of the picture on the screen, upload."""
    gr.Markdown(QUESTION, elem_classes="lab-question")
    with gr.Row(elem_classes="lab-guess"):
        texts = [guess.text for guess in GUESSES]
        guess = gr.Radio(texts, value=texts[0], label="My guess", elem_id="encode-guess")
        temperature = gr.Dropdown(
            [(f"{value:g}" if value != 1 else "1: as the encoder says", value) for value in TEMPERATURES],
            value=1.0,
            label="Temperature: factor on the deviation",
            elem_id="encode-temperature",
        )
        draw = gr.Button("Draw 8 times", variant="primary", min_width=140, elem_id="encode-draw")
    panels = widget("panels", elem_id="encode-draws")
    handle = Handlers(services, picture_of)
    gr.on(None, handle.on_picture, inputs, panels, **ON_CPU)  # no triggers: at opening, and at every other picture
    draw.click(handle.on_draw, [*inputs, guess, temperature], panels, **ON_CPU)
