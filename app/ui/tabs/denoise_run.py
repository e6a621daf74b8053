"""Denoise, part 'run': one run of any sampler, every step in the browser, and its path through a plane."""

from collections.abc import Iterator
from time import perf_counter
from typing import Any

import gradio as gr
import torch

from app.diffusion.samplers import SAMPLERS
from app.figures.denoise import TARGETS, guidance_chart, run_facts, run_film
from app.figures.exports import chart_csv, film_gif, npz_bytes
from app.figures.parts import MEASURED_NOW
from app.labs.denoise import Asked, DenoiseRequest, DenoiseResult, denoise_run, denoise_steps, finish_run, trajectory
from app.labs.denoise_branch import MOST_STEPS as MOST_BRANCHED
from app.labs.snippets_denoise import run_code
from app.ui.kept import Kept
from app.ui.layout import columns
from app.ui.part import Download, Part, Progress, Values
from app.ui.services import Services
from app.ui.tabs.denoise_common import (
    NO_MODEL,
    TAB,
    latent_denoisers,
    reported,
    sampling_widgets,
    say_missing,
    target_of,
    vocabulary_of,
)
from app.ui.tabs.pipeline import CAT, TWO
from app.ui.widgets.base import packed, png_bytes, widget
from app.ui.widgets.values import Json, charts_value, film_value, panels_value

BOTH = "noise beside clean"
PAIR = ("race_eps", "race_x0")
ALONE = (
    "Two denoisers that are alike but for what they predict, the noise or the clean latent, are not among the models "
    "here yet: `python -m app train race_eps --out checkpoints/race_eps`, and the same with `race_x0`, make them."
)
MOST_STEPS = 100
FILM = "step of this run"
"""The label of the film's slider, by which the plane knows it."""
__all__ = ["CAT", "TWO", "build_run"]


def build_run(services: Services) -> Part | None:
    """Lay out the part."""
    models = latent_denoisers(services)
    if not models:
        return say_missing(NO_MODEL)
    choices = [(f"{name}: {TARGETS[target_of(services, name)]}", name) for name in models]
    if set(PAIR) <= set(models):
        choices.append(("race_eps beside race_x0: noise or clean latent", BOTH))
    with columns() as (left, right):
        with left:
            settings = sampling_widgets("run", vocabulary_of(services, models[0]), steps=20, most=MOST_STEPS)
            with gr.Row(elem_classes="lab-pair"):
                settings["sampler"] = gr.Dropdown(
                    list(SAMPLERS), value="ddim", label="Sampler", elem_id="denoise-run-sampler"
                )
                settings["eta"] = gr.Slider(0.0, 1.0, 0.0, step=0.1, label="eta (ddim)", elem_id="denoise-run-eta")
            settings["model"] = gr.Dropdown(choices, value=models[0], label="Denoiser", elem_id="denoise-run-model")
            if not set(PAIR) <= set(models):
                gr.Markdown(ALONE, elem_classes="lab-note")
            go = gr.Button("Run", variant="primary", elem_id="denoise-run-go")
            _branching(settings)
            facts = widget("panels", elem_id="denoise-run-facts")
        with right:
            film = widget("film", elem_id="denoise-run-film", label=FILM)
            plane = widget("plane", elem_id="denoise-run-plane", film="denoise-run-film", label=FILM)
            chart = widget("chart", elem_id="denoise-run-chart")
    show = _Run(services)
    return Part(
        TAB,
        "run",
        settings=settings,
        outputs=[film, plane, facts, chart],
        run=show.run,
        code=lambda values: run_code(request_of(values), names_of(values["model"])),
        downloads={"PNG": show.png, "GIF": show.gif, "CSV": show.csv, "NPZ": show.npz},
        triggers=[go.click, settings["caption"].submit],  # type: ignore[attr-defined]
    )


def _branching(settings: dict[str, Any]) -> None:
    """Lay out the way from this run into the part *Branch*, whose first run is the same one."""
    asked = ("caption", "seed", "steps", "guidance")
    view = f"{{ tab: '{TAB}', part: 'branch', caption, seed, steps: Math.min(steps, {MOST_BRANCHED}), guidance }}"
    follow = f"({', '.join(asked)}) => {{ window.labOpen('?' + new URLSearchParams({view})); }}"
    branch = gr.Button("Branch from a step of this run", elem_id="denoise-run-branch")
    branch.click(None, [settings[name] for name in asked], None, js=follow, api_visibility="private")


def names_of(model: str) -> tuple[str, ...]:
    """Return the denoisers that a choice stands for."""
    return PAIR if model == BOTH else (model,)


def request_of(values: Values) -> DenoiseRequest:
    """Return the request of the settings; eta counts for ddim alone."""
    eta = values["eta"] if values["sampler"] == "ddim" else 0.0
    return DenoiseRequest(
        values["caption"], values["seed"], values["steps"], values["guidance"], values["sampler"], eta
    )


class _Run:
    """What the events call. The store holds a few runs by their request and denoiser."""

    def __init__(self, services: Services) -> None:
        self.services, self.kept = services, Kept(4)

    def run(self, values: Values) -> Iterator[Progress | list[Any]]:
        """Run each denoiser, telling how far it is, then show all steps at once."""
        request, results = request_of(values), []
        for name in names_of(values["model"]):
            result = self.kept.find((request, name))
            if result is None:
                steps, began = list[Asked](), perf_counter()
                model = self.services.catalogue.denoiser(name)
                yield from reported(denoise_steps(model, request, self.services.runtime), request.steps, steps)
                result = self._finished(name, request, steps, perf_counter() - began)
            results.append(result)
        yield self.shown(results)

    def _finished(self, name: str, request: DenoiseRequest, steps: list[Asked], seconds: float) -> DenoiseResult:
        model, runtime = self.services.catalogue.denoiser(name), self.services.runtime
        return self.kept.get((request, name), lambda: finish_run(model, request, steps, seconds, runtime))

    def results(self, values: Values) -> list[DenoiseResult]:
        """Return the runs on the screen."""
        request, runtime = request_of(values), self.services.runtime
        return [
            self.kept.get((request, name), lambda n=name: denoise_run(  # type: ignore[misc]
                self.services.catalogue.denoiser(n), request, runtime))
            for name in names_of(values["model"])
        ]  # fmt: skip

    def shown(self, results: list[DenoiseResult]) -> list[Any]:
        """Return the values of the widgets."""
        sheet, views, moments = run_film(results)
        title = "Every step" if len(results) == 1 else "Every step: noise predicted, or the clean latent"
        film = film_value(sheet, views, moments, title=title, start=(len(moments) - 1) // 3)
        chart = guidance_chart(results)
        charts = charts_value([chart] if chart else [], "Without guidance there is no pull to draw.")
        return [film, plane_value(results), panels_value([], run_facts(results)), charts]

    def png(self, values: Values) -> Download:
        """All steps on one sheet."""
        return Download("steps.png", png_bytes(run_film(self.results(values))[0]))

    def gif(self, values: Values) -> Download:
        """All steps, one after the other."""
        sheet, _, moments = run_film(self.results(values))
        high = sheet.height // len(moments)
        frames = [sheet.crop((0, k * high, sheet.width, (k + 1) * high)) for k in range(len(moments))]
        return Download("steps.gif", film_gif(frames))

    def csv(self, values: Values) -> Download:
        """How far the caption pulls at each step; only the head of the table where it was not asked."""
        chart = guidance_chart(self.results(values))
        return Download("guidance.csv", chart_csv([chart] if chart else []))

    def npz(self, values: Values) -> Download:
        """The samples and what was expected of them, at every moment."""
        found = self.results(values)
        arrays = {f"{name}_{r.target}": getattr(r, name) for r in found for name in ("x", "x0", "eps")}
        levels = {"levels": torch.tensor(found[0].levels).float(), "alpha_bar": torch.tensor(found[0].signal)}
        return Download("run.npz", npz_bytes(arrays | levels))


def plane_value(results: list[DenoiseResult]) -> Json:
    """Value of the widget `plane`."""
    planes = []
    for result in results:
        p = trajectory(result)
        points = {k: None if (v := getattr(p, k)) is None else v.tolist() for k in ("path", "guided", "cond", "uncond")}
        planes.append({"name": TARGETS[result.target] if len(results) > 1 else "", "share": p.share, **points})
    note = (
        "Of all directions of the latent, the two in which the run moves most. The arrows say where the network "
        "expects the clean latent; guided lies on the line through the other two, beyond the caption's."
    )
    return packed({"planes": planes, "note": note, "stamp": MEASURED_NOW})
