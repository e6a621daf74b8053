"""Denoise, part 'noise': the way into the noise, on the latent and on the pixels."""

from typing import Any

import gradio as gr

from app.diffusion.schedule import SCHEDULES
from app.figures.denoise import noise_facts, noise_film, schedule_charts
from app.figures.exports import chart_csv, film_gif, npz_bytes
from app.labs.denoise_noise import NoiseRequest, NoiseResult, add_noise_to
from app.labs.gallery import NAMES
from app.labs.snippets_denoise import noise_code
from app.ui.events import ON_CPU
from app.ui.image_input import PictureInput
from app.ui.kept import Kept
from app.ui.layout import columns, seed_box
from app.ui.part import Download, Part, Values
from app.ui.services import Services
from app.ui.tabs.denoise_common import TAB, latent_denoisers, say_missing
from app.ui.tabs.prompt_source import OPENING, key_of, on_own, picture_of, say_no_picture
from app.ui.tabs.shelf import OWN
from app.ui.widgets.base import png_bytes, widget
from app.ui.widgets.values import charts_value, film_value, panels_value

NO_VAE = "There is no VAE here yet. Train one with `python -m app train f4c4 --out checkpoints/f4c4`."


def build_noise(services: Services) -> Part | None:
    """Lay out the part."""
    models = services.catalogue.names("vae")
    if not models:
        return say_missing(NO_VAE)
    opening = _partner(services) or ("f4c4" if "f4c4" in models else models[0])
    with columns() as (left, right):
        with left:
            named = [*((name, name) for name in NAMES), ("your own, below", OWN)]
            picture = gr.Dropdown(named, value=OPENING, label="Picture", elem_id="denoise-noise-picture")
            own = PictureInput(label="Or your own", type="pil", sources=["upload", "clipboard"], height=160,
                               elem_id="denoise-noise-upload")  # fmt: skip
            label = "which of the visitor's pictures"
            key = gr.Textbox("", visible="hidden", elem_id="denoise-noise-key", label=label)
            schedule = gr.Dropdown(list(SCHEDULES), value="cosine", label="Schedule", elem_id="denoise-noise-schedule")
            with gr.Row(elem_classes="lab-pair"):
                seed = seed_box(0, "denoise-noise-seed", label="Seed of the noise")
                vae = gr.Dropdown(models, value=opening, label="VAE", elem_id="denoise-noise-vae")
            facts = widget("panels", elem_id="denoise-noise-facts")
        with right:
            film = widget("film", elem_id="denoise-noise-film", label="step t of the schedule")
            chart = widget("chart", elem_id="denoise-noise-chart")
    gr.on([own.upload, own.input, own.clear], on_own, own, [picture, own, key], **ON_CPU)
    show = _Noise(services)
    return Part(
        TAB,
        "noise",
        settings={"picture": picture, "schedule": schedule, "seed": seed, "vae": vae},
        outputs=[film, facts, chart],
        run=show.run,
        code=lambda v: noise_code(_request(v), v["vae"], picture_of(v)[0]),
        downloads={"PNG": show.png, "GIF": show.gif, "CSV": show.csv, "NPZ": show.npz},
        extras={"own": own, "key": key},
        triggers=[key.change],
        live=["picture", "schedule", "seed", "vae"],
    )


class _Noise:
    """What the events call. The store holds results by all they depend on, a visitor's picture by its hash."""

    def __init__(self, services: Services) -> None:
        self.services, self.kept = services, Kept(4)

    def result(self, values: Values) -> NoiseResult:
        """Noise the picture on the screen."""
        request, vae, (_, picture) = _request(values), values["vae"], picture_of(values)
        model, runtime = self.services.catalogue.vae(vae), self.services.runtime
        key = ("noise", request, vae, key_of(values))
        return self.kept.get(key, lambda: add_noise_to(model, picture, request, runtime))

    def run(self, values: Values) -> list[Any]:
        """Show the film at a level where something can be seen, the powers, and the curves."""
        say_no_picture(values)
        result = self.result(values)
        sheet, views, moments = noise_film(result)
        title = "From clean to noise"
        film = film_value(sheet, views, moments, title=title, start=len(moments) // 3)
        return [film, panels_value([], noise_facts(result)), charts_value(schedule_charts(values["schedule"]))]

    def png(self, values: Values) -> Download:
        """All levels on one sheet."""
        return Download("noise.png", png_bytes(noise_film(self.result(values))[0]))

    def gif(self, values: Values) -> Download:
        """The three views, from clean to noise."""
        sheet, _, moments = noise_film(self.result(values))
        high = sheet.height // len(moments)
        return Download("noise.gif", film_gif([sheet.crop((0, k * high, sheet.width, (k + 1) * high))
                                               for k in range(len(moments))]))  # fmt: skip

    def csv(self, values: Values) -> Download:
        """The curves of the schedules."""
        return Download("schedules.csv", chart_csv(schedule_charts(values["schedule"])))

    def npz(self, values: Values) -> Download:
        """The noised latents."""
        return Download("noised-latents.npz", npz_bytes({"x": self.result(values).x}))


def _request(values: Values) -> NoiseRequest:
    return NoiseRequest(values["schedule"], values["seed"])


def _partner(services: Services) -> str:
    """The VAE of the generator, if there is one."""
    names = latent_denoisers(services)
    return services.catalogue.cards[names[0]].partner if names else ""
