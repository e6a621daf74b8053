"""What the parts of the Prompt tab share: their settings, the models at hand, and runs that are kept."""

from collections.abc import Callable, Generator, Hashable
from typing import Any, TypeAlias, TypeVar

import gradio as gr
from gradio.components import Component

from app.core.randomness import MOST_SEED
from app.labs.generate import GenerateRequest
from app.labs.prompt import Work, finished
from app.store.catalogue import LoadedDenoiser, LoadedJudge
from app.store.checkpoint import config_of
from app.ui.caption_input import caption_box
from app.ui.layout import seed_box
from app.ui.part import Progress, Values, working
from app.ui.services import Services

TAB = "prompt"
STAR = "a small striped red star at the top left on a blue background"
NO_MODEL = (
    "## There is no model that reads captions yet\n"
    "Train one with `python -m app train generator --out checkpoints/generator`, then start the app again."
)
MOST_STEPS, MOST_WEIGHT = 50, 12.0
Result = TypeVar("Result")
Working: TypeAlias = Generator[Progress, None, Result]
"""Yields how far a run is, for the page, and returns its result."""


def generator_name(services: Services) -> str | None:
    """Return the denoiser that the tab works with: 'generator' if it is there, else the first; None without any."""
    names = services.catalogue.names("denoiser")
    return "generator" if "generator" in names else names[0] if names else None


def models_of(services: Services) -> tuple[LoadedDenoiser, LoadedJudge | None]:
    """Load the denoiser, and the judge if there is one."""
    name = generator_name(services)
    assert name is not None  # the tab is not built without one
    judges = services.catalogue.names("judge")
    judge = "judge" if "judge" in judges else judges[0] if judges else None
    return services.catalogue.denoiser(name), services.catalogue.judge(judge) if judge else None


def vocabulary_of(services: Services) -> list[str]:
    """Return the words that the denoiser can read, from its card."""
    card = services.catalogue.card(str(generator_name(services)), "denoiser")
    return list(config_of(card).text.vocabulary)


def captions_of(services: Services, part: str, captions: dict[str, tuple[str, str]]) -> dict[str, Component]:
    """Lay out caption boxes; captions: (label, text) by the name in a link."""
    words = vocabulary_of(services)
    return {
        name: caption_box(text, elem_id=f"{TAB}-{part}-{name}", label=label, words=words)
        for name, (label, text) in captions.items()
    }


def run_settings(
    services: Services,
    part: str,
    *,
    seed: int = 1,
    steps: int = 20,
    guidance: float | None = 3.0,
    negative: bool = True,
) -> dict[str, Component]:
    """Lay out seed, steps, guidance weight (None: no such setting) and negative caption."""
    with gr.Row():
        most = MOST_SEED - 100  # some parts count on from it
        noise = seed_box(seed, f"{TAB}-{part}-seed", most=most)
        count = gr.Slider(1, MOST_STEPS, steps, step=1, label="Steps", elem_id=f"{TAB}-{part}-steps")
    found: dict[str, Component] = {"seed": noise, "steps": count}
    if guidance is not None:
        label = "Guidance weight w"
        found["guidance"] = gr.Slider(
            0.0, MOST_WEIGHT, guidance, step=0.5, label=label, elem_id=f"{TAB}-{part}-guidance"
        )
    if negative:
        with gr.Accordion("Negative caption: what to steer away from", open=False):
            label, words = "Negative caption", vocabulary_of(services)
            found["negative"] = caption_box("", elem_id=f"{TAB}-{part}-negative", label=label, words=words)
    return found


def entered(settings: dict[str, Component]) -> list[Any]:
    """Return the events of a caption that is finished with the Enter key."""
    return [box.submit for box in settings.values() if isinstance(box, gr.Textbox)]


def ask_of(values: Values) -> GenerateRequest:
    """Return the request of the settings; what a part has no setting for keeps its default."""
    return GenerateRequest(
        str(values.get("caption", "")),
        seed=int(values.get("seed", 0)),
        steps=int(values.get("steps", 20)),
        guidance=float(values.get("guidance", 3.0)),
        negative=str(values.get("negative", "")),
    )


def worked(services: Services, key: Hashable, text: str, work: Callable[[], Work[Result]]) -> Working[Result]:
    """Run some work, or take the result that is kept; yields how far it is and returns the result."""
    return (yield from services.kept.run((TAB, key), lambda: working(work(), text)))


def result_of(work: Working[Result]) -> Result:
    """Run to the end without telling anybody: for downloads."""
    return finished(work)
