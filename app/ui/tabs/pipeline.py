"""The Pipeline tab: a caption becomes a picture, and every tensor on the way is on the screen."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import gradio as gr

from app.core.errors import LabError
from app.diffusion.samplers import SAMPLERS
from app.figures.pipeline import TILE, moment_sprites
from app.labs.generate import MOST_SEED, GenerateRequest
from app.labs.pipeline import PipelineResult, run_pipeline
from app.labs.snippets import generate_code
from app.ui.errors import friendly, show_note, show_problem
from app.ui.events import ON_CPU
from app.ui.levels import build_levels
from app.ui.links import Value, View, from_query, to_query
from app.ui.services import Services
from app.ui.widgets.base import png_bytes, widget
from app.ui.widgets.values import Json, ribbon_value, scrubber_value

QUESTION = "## How does a caption become a picture?\nPress *Generate*, then drag the slider and watch the noise go."
NO_MODEL = (
    "## There is no generator yet\nTrain one with `python -m app train generator --out checkpoints/generator`, "
    "then start the app again."
)
RIBBON = (
    "### Every tensor on the way, with its true shape\n"
    "A latent's channels lie side by side in one map: blue is below zero, white is zero, orange is above."
)
NAME = "pipeline"
MOST_STEPS, MOST_GUIDANCE = 100, 12.0
STAR = "a small striped red star at the top left on a blue background"
HEART = "a large striped red heart at the top left on a blue background"
CAT = "a large dotted orange cat in the centre on a grey background"
TWO = "a small yellow crown above a large blue cup on a black background"
PRESETS = {
    "Everything said": GenerateRequest(HEART, seed=3),
    "Something small": GenerateRequest(STAR, seed=7),
    "Two things": GenerateRequest(TWO, seed=3),
    "A combination it never saw": GenerateRequest("a large plain blue heart on a white background", seed=5),
    "Only 2 steps": GenerateRequest(CAT, seed=11, steps=2),
    "Guidance off": GenerateRequest(CAT, seed=11, guidance=1.0),
    "Guidance too strong": GenerateRequest(CAT, seed=11, guidance=12.0),
}
"""What to try, each a setting that shows something; the first is on the screen when the page opens."""
OPENING = next(iter(PRESETS.values()))


class Settings(NamedTuple):
    """The widgets that make a request, in the order of a handler's arguments."""

    caption: gr.Textbox
    seed: gr.Number
    steps: gr.Slider
    guidance: gr.Slider
    sampler: gr.Dropdown
    model: gr.Dropdown


class Buttons(NamedTuple):
    """What starts a run."""

    generate: gr.Button
    next_seed: gr.Button
    presets: gr.HTML


class Shown(NamedTuple):
    """One result, ready for the widgets, as often as it is asked for."""

    result: PipelineResult
    sheet: bytes
    ribbon: Json
    query: str
    code: str

    def outputs(self) -> tuple[Json, Json, str, str]:
        """Return the values of the scrubber, the ribbon, the link and the code."""
        return scrubber_value(self.sheet, TILE, self.result), self.ribbon, self.query, self.code


def build(services: Services) -> None:
    """Lay out the tab and connect it."""
    models = services.catalogue.names("denoiser")
    if not models:
        gr.Markdown(NO_MODEL)
        return
    gr.Markdown(QUESTION, elem_classes="lab-question")
    with gr.Row(elem_classes="lab-columns"):
        with gr.Column(scale=4, min_width=300):
            settings, buttons = _caption_and_presets(models)
        with gr.Column(scale=7, min_width=300):
            scrubber = widget("scrubber", elem_id="pipeline-scrubber")
    gr.Markdown(RIBBON, elem_classes="lab-question")
    ribbon = widget("ribbon", elem_id="pipeline-ribbon")
    link = widget("link", elem_id="pipeline-link")
    code = build_levels(NAME)
    _connect(services, settings, buttons, [scrubber, ribbon, link, code])


def _caption_and_presets(models: list[str]) -> tuple[Settings, Buttons]:
    caption = gr.Textbox(
        OPENING.caption, label="Caption", lines=1, max_lines=4, max_length=300, elem_id="pipeline-caption"
    )
    choices = [{"title": name, "hint": request.caption} for name, request in PRESETS.items()]
    presets = widget("choices", choices, elem_id="pipeline-presets", title="Try this", chosen=0)
    with gr.Row(elem_classes="lab-pair"):
        generate = gr.Button("Generate", variant="primary", min_width=120, elem_id="pipeline-generate")
        next_seed = gr.Button("Next seed", min_width=120, elem_id="pipeline-next")
    with gr.Column(elem_id="pipeline-settings"):
        settings = Settings(caption, *_numbers(), *_methods(models))
    return settings, Buttons(generate, next_seed, presets)


def _numbers() -> tuple[gr.Number, gr.Slider, gr.Slider]:
    steps = gr.Slider(1, MOST_STEPS, OPENING.steps, step=1, label="Steps", elem_id="pipeline-steps")
    guidance = gr.Slider(0, MOST_GUIDANCE, OPENING.guidance, step=0.5, label="Guidance", elem_id="pipeline-guidance")
    seed = gr.Number(OPENING.seed, label="Seed", precision=0, minimum=0, maximum=MOST_SEED, elem_id="pipeline-seed")
    return seed, steps, guidance


def _methods(models: list[str]) -> tuple[gr.Dropdown, gr.Dropdown]:
    sampler = gr.Dropdown(list(SAMPLERS), value=OPENING.sampler, label="Sampler", elem_id="pipeline-sampler")
    model = gr.Dropdown(
        models, value=default_model(models), label="Model", visible=len(models) > 1, elem_id="pipeline-model"
    )
    return sampler, model


def default_model(models: list[str]) -> str:
    """Return 'generator' if it is there, else the first."""
    return "generator" if "generator" in models else models[0]


@dataclass(frozen=True, eq=False)
class Handlers:
    """What the events call. Nothing in here belongs to a visitor."""

    services: Services

    def show(self, request: GenerateRequest, model: str) -> Shown:
        """Run the lab and draw its figures."""
        result = run_pipeline(self.services.catalogue.denoiser(model), request, self.services.runtime)
        query = to_query(View(NAME, _settings_of(request, model)), self.defaults)
        sheet, code = png_bytes(moment_sprites(result).sheet), generate_code(request, model)
        return Shown(result, sheet, ribbon_value(result), query, code)

    @property
    def model(self) -> str:
        """The model that the page opens with."""
        return default_model(self.services.catalogue.names("denoiser"))

    @property
    def defaults(self) -> dict[str, Value]:
        """The settings that the page opens with, in the order of the widgets."""
        return _settings_of(OPENING, self.model)

    @cached_property
    def opening(self) -> Shown:
        """What is on the screen when the page opens: computed once. A network's first run is slow and not timed."""
        self.show(GenerateRequest(OPENING.caption, steps=1), self.model)
        return self.show(OPENING, self.model)

    def on_load(self, asked: gr.Request) -> tuple[Any, ...]:
        """Show what the address asks for, or the opening."""
        choices = {"sampler": list(SAMPLERS), "model": self.services.catalogue.names("denoiser")}
        view = from_query(dict(asked.query_params), NAME, self.defaults, choices)
        show_problem(view.problem)
        if view.settings != self.defaults:
            try:
                return *view.settings.values(), *self._linked(view).outputs()
            except LabError as error:
                show_note(error)
        return *self.defaults.values(), *self.opening.outputs()

    def _linked(self, view: View) -> Shown:
        caption, seed, steps, guidance, sampler, model = view.settings.values()
        request = make_request(str(caption), float(seed), float(steps), float(guidance), str(sampler))
        return self.show(request, str(model))

    @friendly
    def on_generate(
        self, caption: str, seed: float | None, steps: float, guidance: float, sampler: str, model: str
    ) -> tuple[Json, Json, str, str]:
        """Generate with the settings on the screen."""
        return self.show(make_request(caption, seed, steps, guidance, sampler), model).outputs()

    @friendly
    def on_next_seed(
        self, caption: str, seed: float | None, steps: float, guidance: float, sampler: str, model: str
    ) -> tuple[int, Json, Json, str, str]:
        """Generate with the next seed and write it into its box."""
        following = (int(seed or 0) + 1) % (MOST_SEED + 1)
        shown = self.show(make_request(caption, following, steps, guidance, sampler), model)
        return following, *shown.outputs()

    @friendly
    def on_preset(self, model: str, event: gr.EventData) -> tuple[str, int, int, float, str, Json, Json, str, str]:
        """Set the widgets to a preset and generate."""
        chosen = preset(event.index)
        shown = self.show(chosen, model).outputs()
        return chosen.caption, chosen.seed, chosen.steps, chosen.guidance, chosen.sampler, *shown


def _connect(services: Services, settings: Settings, buttons: Buttons, outputs: list[gr.HTML]) -> None:
    handle, inputs = Handlers(services), list(settings)
    gr.on(None, handle.on_load, None, [*inputs, *outputs], **ON_CPU)  # without triggers and inputs: when the page opens
    gr.on([buttons.generate.click, settings.caption.submit], handle.on_generate, inputs, outputs, **ON_CPU)
    buttons.next_seed.click(handle.on_next_seed, inputs, [settings.seed, *outputs], **ON_CPU)
    buttons.presets.pick(handle.on_preset, settings.model, [*inputs[:-1], *outputs], **ON_CPU)


def _settings_of(request: GenerateRequest, model: str) -> dict[str, Value]:
    """Return what a link to a view must say, in the order of the widgets."""
    return {
        "caption": request.caption,
        "seed": request.seed,
        "steps": request.steps,
        "guidance": request.guidance,
        "sampler": request.sampler,
        "model": model,
    }


def make_request(
    caption: str, seed: float | None, steps: float | None, guidance: float | None, sampler: str
) -> GenerateRequest:
    """Translate widget values; an emptied number box counts as the opening's value. The request checks the ranges."""
    return GenerateRequest(
        caption or "",
        seed=OPENING.seed if seed is None else int(seed),
        steps=OPENING.steps if steps is None else min(int(steps), MOST_STEPS),
        guidance=OPENING.guidance if guidance is None else float(guidance),
        sampler=sampler,
    )


def preset(index: object) -> GenerateRequest:
    """Return the preset that the browser names; anything but a known number is the first one."""
    requests = list(PRESETS.values())
    return requests[index] if isinstance(index, int) and 0 <= index < len(requests) else requests[0]
