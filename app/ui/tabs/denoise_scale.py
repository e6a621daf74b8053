"""Denoise, part 'scale': sabotage of the latent scale, after a guess."""

from collections.abc import Generator, Iterator
from typing import Any

import gradio as gr

from app.core.pictures import to_tensor
from app.figures.denoise_measures import scale_charts, scale_facts, scale_groups
from app.figures.exports import chart_csv, npz_bytes
from app.figures.latents import group_sheet
from app.figures.parts import GUESS_FIRST
from app.labs.denoise import DenoiseRequest
from app.labs.denoise_scale import LADDER, ScaleRequest, ScaleResult, wrong_scale_steps
from app.labs.gallery import SCENES, gallery_picture
from app.labs.prompt import finished
from app.labs.snippets_denoise import scale_code
from app.ui.kept import Kept
from app.ui.layout import columns, guess_row, seed_box
from app.ui.part import Download, Part, Progress, Values, working
from app.ui.services import Services
from app.ui.tabs.denoise_common import NO_MODEL, TAB, latent_denoisers, say_missing
from app.ui.widgets.base import png_bytes, widget
from app.ui.widgets.values import charts_value, panels_value

GUESSES = [f"{k:g}" for k in LADDER if k != 1]
STEPS = 10


def build_scale(services: Services) -> Part | None:
    """Lay out the part: the picture at the right scale is there at once, the ladder after the guess."""
    models = latent_denoisers(services)
    if not models:
        return say_missing(NO_MODEL)
    with columns() as (left, right):
        with left:
            label = "Of the wrong ones, I think the picture survives best at k ="
            guess, reveal = guess_row("denoise-scale", label, GUESSES)
            picture = gr.Dropdown(list(SCENES), value=SCENES[2], label="Picture", elem_id="denoise-scale-picture")
            factor = gr.Slider(0.1, 10.0, 3.0, step=0.1, label="Your own k", elem_id="denoise-scale-factor")
            strength = gr.Slider(0.05, 0.99, 0.6, step=0.01, label="Share of noise at the start",
                                 elem_id="denoise-scale-strength")  # fmt: skip
            seed = seed_box(3, "denoise-scale-seed")
            facts = widget("panels", elem_id="denoise-scale-facts")
        with right:
            strips = widget("panels", elem_id="denoise-scale-strips")
            chart = widget("chart", elem_id="denoise-scale-chart")
    show = _Scale(services, models[0])
    return Part(
        TAB,
        "scale",
        settings={"picture": picture, "factor": factor, "strength": strength, "seed": seed},
        outputs=[strips, facts, chart],
        run=show.run,
        code=lambda values: scale_code(request_of(values), models[0], values["picture"]),
        downloads={"PNG": show.png, "CSV": show.csv, "NPZ": show.npz},
        guess=guess,
        reveal=reveal,
    )


def request_of(values: Values) -> ScaleRequest:
    """Return the request: the caption is the picture's own, so that the denoiser knows what it is looking for."""
    run = DenoiseRequest(values["picture"], values["seed"], STEPS)
    return ScaleRequest(run, values["factor"], values["strength"])


class _Scale:
    """What the events call."""

    def __init__(self, services: Services, model: str) -> None:
        self.services, self.model, self.kept = services, model, Kept(8)

    def steps(self, values: Values) -> Generator[Progress, None, ScaleResult]:
        """Run the ladder, saying how far it is, or take what is kept."""
        request, model = request_of(values), self.services.catalogue.denoiser(self.model)
        picture = to_tensor(gallery_picture(values["picture"]))[None]
        known = self.kept.find(request)
        if known is None:
            work = wrong_scale_steps(model, picture, request, self.services.runtime)
            found = yield from working(work, "every k in one batch")
            known = self.kept.get(request, lambda: found)
        return known

    def result(self, values: Values) -> ScaleResult:
        """Return the ladder alone."""
        return finished(self.steps(values))

    def run(self, values: Values) -> Iterator[Progress | list[Any]]:
        """Show everything once a guess is made; before, how the right scale looks."""
        result, guess = (yield from self.steps(values)), values["guess"]
        if guess is None:
            yield [panels_value(scale_groups(result, only=1.0), []), panels_value([], [GUESS_FIRST]), charts_value([])]
            return
        facts = panels_value([], scale_facts(result, float(guess)))
        yield [panels_value(scale_groups(result), []), facts, charts_value(scale_charts(result))]

    def png(self, values: Values) -> Download:
        """The strip of a picture through noise and back."""
        return Download("wrong-scale.png", png_bytes(group_sheet(scale_groups(self.result(values))[0])))

    def csv(self, values: Values) -> Download:
        """The curves."""
        return Download("wrong-scale.csv", chart_csv(scale_charts(self.result(values))))

    def npz(self, values: Values) -> Download:
        """The noised latents at every k."""
        return Download("wrong-scale.npz", npz_bytes({"noised": self.result(values).noised}))
