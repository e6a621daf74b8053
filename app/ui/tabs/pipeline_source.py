"""What all parts of the Pipeline tab share: the caption and how it is sampled, and the buttons that run it."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import gradio as gr
from gradio.components import Component

from app.core.randomness import MOST_SEED
from app.diffusion.samplers import SAMPLERS
from app.labs.generate import GenerateRequest
from app.labs.pipeline import PipelineResult, pipeline_steps
from app.ui.caption_input import caption_box
from app.ui.events import ON_CPU
from app.ui.layout import seed_box
from app.ui.part import Progress, Values
from app.ui.services import Services
from app.ui.widgets.ribbon_value import Door

TAB = "pipeline"
SHARED = ("caption", "seed", "steps", "guidance", "sampler", "model")
MOST_STEPS, MOST_GUIDANCE = 100, 12.0
STAR = "a small striped red star at the top left on a blue background"
HEART = "a large striped red heart at the top left on a blue background"
CAT = "a large dotted orange cat in the centre on a grey background"
TWO = "a small yellow crown above a large blue cup on a black background"
OPENING = GenerateRequest(HEART, seed=3)
TOLD = "() => window.dispatchEvent(new CustomEvent('lab-shared', { detail: { tab: 'pipeline' } }))"
QUIETLY = "() => window.dispatchEvent(new CustomEvent('lab-shared', { detail: { tab: 'pipeline', quiet: true } }))"


GALLERY = ", with a picture of the gallery"
"""Said at a door whose lab cannot be handed the picture itself."""
FROM_NOISE = ", from pure noise"
"""Said at a door of a picture's way whose lab starts without the picture."""
RUN = ("caption", "seed", "steps", "guidance")
NARROWER: dict[str, dict[str, tuple[float, float]]] = {
    "prompt": {"seed": (0, MOST_SEED - 100), "steps": (1, 50), "own_strength": (0.05, 1.0)},
    "denoise-decide": {"steps": (1, 50)},
}
"""Least and most that a tab or a part takes where the Pipeline tab takes more; a test compares them with the parts."""


@dataclass(frozen=True, eq=False)
class Source:
    """The shared widgets, by their names in an address."""

    settings: dict[str, Component]


def build_source(models: list[str]) -> Source:
    """Lay the shared widgets out and connect the buttons: the part on the screen runs, each other when it is seen."""
    with gr.Row(elem_classes="lab-columns pipeline-source"):
        with gr.Column(scale=6, min_width=300):
            caption = caption_box(OPENING.caption, elem_id="pipeline-caption")
            with gr.Row(elem_classes="lab-pair"):
                generate = gr.Button("Generate", variant="primary", min_width=120, elem_id="pipeline-generate")
                following = gr.Button("Next seed", min_width=120, elem_id="pipeline-next")
        with (
            gr.Column(scale=6, min_width=300),
            gr.Accordion("Seed, steps, guidance, sampler", open=False, elem_id="pipeline-more"),
        ):
            settings = {"caption": caption, **_numbers(), **_methods(models)}
    gr.on([generate.click, caption.submit], None, None, None, js=TOLD, **ON_CPU)
    following.click(next_seed, settings["seed"], settings["seed"], **ON_CPU).then(None, None, None, js=TOLD, **ON_CPU)
    gr.on([one.change for one in settings.values()], None, None, None, js=QUIETLY, **ON_CPU)  # type: ignore[attr-defined]
    return Source(settings)


def next_seed(seed: Any) -> int:
    """Count up; after the largest seed comes 0; what is no seed counts as 0."""
    known = int(seed) if isinstance(seed, int | float) and 0 <= seed <= MOST_SEED else 0
    return (known + 1) % (MOST_SEED + 1)


def _numbers() -> dict[str, Component]:
    with gr.Row(elem_classes="lab-pair"):
        seed = seed_box(OPENING.seed, "pipeline-seed")
        sampler = gr.Dropdown(list(SAMPLERS), value=OPENING.sampler, label="Sampler", elem_id="pipeline-sampler")
    steps = gr.Slider(1, MOST_STEPS, OPENING.steps, step=1, label="Steps", elem_id="pipeline-steps")
    guidance = gr.Slider(0, MOST_GUIDANCE, OPENING.guidance, step=0.5, label="Guidance", elem_id="pipeline-guidance")
    return {"seed": seed, "steps": steps, "guidance": guidance, "sampler": sampler}


def _methods(models: list[str]) -> dict[str, Component]:
    several = len(models) > 1
    model = gr.Dropdown(
        models,
        value=default_model(models),
        label="Model",
        visible=True if several else "hidden",
        elem_id="pipeline-model",
    )
    return {"model": model}


def default_model(models: list[str]) -> str:
    """Return 'generator' if it is there, else the first."""
    return "generator" if "generator" in models else models[0]


def request_of(values: Values) -> GenerateRequest:
    """Translate the widgets; the request checks the ranges."""
    return GenerateRequest(
        str(values["caption"]),
        seed=int(values["seed"]),
        steps=int(values["steps"]),
        guidance=float(values["guidance"]),
        sampler=str(values["sampler"]),
    )


def running(services: Services, values: Values) -> Iterator[Progress | PipelineResult]:
    """Yield Progress while a picture is made, then the result; or the result that is kept."""
    request, name = request_of(values), str(values["model"])

    def draw() -> Generator[Progress, None, PipelineResult]:
        for item in pipeline_steps(services.catalogue.denoiser(name), request, services.runtime):
            if isinstance(item, PipelineResult):
                return item
            yield Progress(f"step {item.step} of {request.steps}", item.step / (request.steps + 1))
        raise AssertionError("the last item is the result")

    yield (yield from services.kept.run(("pipeline", name, request), draw))


def finished(steps: Iterator[Any]) -> Any:
    """Return the last item: the result, where nobody looks at the progress."""
    *_, last = steps
    return last


def partner_of(services: Services, values: Values) -> str:
    """Return the VAE whose latents the model works on, '' for one that works on pixels."""
    return services.catalogue.card(str(values["model"])).partner


def doors_of(values: Values, vae: str) -> dict[str, Door]:
    """Return where stations and networks lead: their labs, with as much of the same settings as those have.

    vae: the partner of the model, '' for none: then no door leads to a latent.
    """

    def some(*names: str) -> dict[str, Any]:
        return {name: values[name] for name in names}

    run, coded = some(*RUN), {"vae": vae} if vae else {}
    model = some("model") if vae else {}  # the Denoise tab has no models of pixels
    doors = {
        "words": door("prompt", "sweep", "in Prompt: how strong?", some("caption", "seed", "steps")),
        "text": door("prompt", "drop", "in Prompt: what does each word do?", run),
        "features": door("prompt", "attention", "in Prompt: which cells read which word?", run),
        "noise": door("denoise", "noise", "in Denoise: add noise", {**coded, **some("seed")}),
        "film": door("denoise", "run", "in Denoise: step by step", {**run, **some("sampler"), **model}),
        "picture": door("denoise", "decide", "in Denoise: when is it decided?", {**run, **model}),
    }
    if not vae:
        return doors
    reach = door("encode", "surgery", f"in Encode: how far does one cell reach?{GALLERY}", {**coded, **some("seed")})
    return {**doors, "end": door("space", "map", f"in Latent space: the map of {vae}", coded), "decode": reach}


def door(tab: str, part: str, says: str, settings: dict[str, Any]) -> Door:
    """Return the way into a part of a tab; says: what it shows there. A setting out of its range there is left out."""
    ranges = {**NARROWER.get(tab, {}), **NARROWER.get(f"{tab}-{part}", {})}
    taken = {name: value for name, value in settings.items() if _fits(value, ranges.get(name))}
    return Door("?" + urlencode({"tab": tab, "part": part, **taken}), f"Open {says}")


def _fits(value: Any, limits: tuple[float, float] | None) -> bool:
    return limits is None or limits[0] <= value <= limits[1]
