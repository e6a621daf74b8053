"""Latent space, part 'smooth': how far pictures move when latents move, for every KL weight, and while denoising."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.figures.exports import chart_csv, chart_png
from app.figures.parts import GUESS_FIRST, Chart
from app.figures.space_smooth import (
    ALIKE,
    gain_chart,
    push_group,
    smooth_chart,
    smooth_facts,
    trajectory_facts,
)
from app.labs.generate import GenerateRequest
from app.labs.latent_paths import finish
from app.labs.latent_trajectory import Trajectory, trajectory_steps
from app.labs.smoothness import SIZES, Smoothness, SmoothnessRequest, measure_smoothness, push_example
from app.labs.snippets_space import smooth_code
from app.ui.layout import columns, guess_row
from app.ui.part import Download, Part, Progress, Values, working
from app.ui.services import Services
from app.ui.tabs.space_common import MAIN, TAB, missing_rungs, rungs, say_missing
from app.ui.widgets.base import widget
from app.ui.widgets.values import charts_value, panels_value

RACES = ("race_kl0", "race_kl1e-4", "race_kl1")
"""Equal denoisers on three rungs, whose runs are shown as far as they are there; if none is, the main one's."""
CAPTION, STEPS, ASKED = "a large striped red star in the centre on a blue background", 10, SIZES[2]


@dataclass(frozen=True, eq=False)
class SmoothPart:
    """The handlers."""

    services: Services

    @property
    def denoisers(self) -> list[str]:
        """The denoisers of RACES that are there, or the main one."""
        there = self.services.catalogue.names("denoiser")
        return [name for name in RACES if name in there] or [name for name in (MAIN,) if name in there]

    def trajectories(self, values: Values) -> Generator[Progress, None, list[Trajectory]]:
        """Return the denoising runs, from kept ones if they are."""
        request = run_request(values)
        runs = []
        for name in self.denoisers:
            key = ("space trajectory", name, request)
            runs.append((yield from self.services.kept.run(key, lambda name=name: self._denoised(name, request))))  # type: ignore[misc]
        return runs

    def _denoised(self, name: str, request: GenerateRequest) -> Generator[Progress, None, Trajectory]:
        steps = trajectory_steps(self.services.catalogue.denoiser(name), request, self.services.runtime)
        return (yield from working(steps, f"denoising with {name}"))

    def measured(self, values: Values) -> Generator[Progress, None, list[Smoothness]]:
        """Return the meter of every rung."""
        request, found = meter_request(values), []
        for number, name in enumerate(names := list(rungs(self.services))):
            yield Progress(f"pushing the latents of {name}", number / len(names))
            found.append(self._metered(name, request))
        return found

    def _metered(self, name: str, request: SmoothnessRequest) -> Smoothness:
        model, runtime = self.services.catalogue.vae(name), self.services.runtime
        key = ("space smooth", model.card.weights_sha256, request)
        return self.services.kept.get(key, lambda: measure_smoothness(model, request, runtime))

    def run(self, values: Values) -> Iterator[Any]:
        """Show pushes and denoising runs; the meter appears with the guess."""
        titles, guess = rungs(self.services), values["guess"]
        groups = []
        for number, (name, title) in enumerate(titles.items()):
            yield Progress(f"one scene, pushed in {name}", 0.3 * number / len(titles))
            groups.append(push_group(title, self._example(name, int(values["seed"])), SIZES))
        runs = yield from self.trajectories(values)
        if guess is None:
            yield [panels_value(groups, []), charts_value([]), panels_value([], [GUESS_FIRST])]
            return
        measured = yield from self.measured(values)
        facts = smooth_facts(measured, titles, ASKED, guess) + trajectory_facts(runs)
        yield [panels_value(groups, []), charts_value(self._charts(measured, runs)), panels_value([], facts)]

    def _example(self, name: str, seed: int) -> Any:
        model, runtime = self.services.catalogue.vae(name), self.services.runtime
        key = ("space push", model.card.weights_sha256, seed)
        return self.services.kept.get(key, lambda: push_example(model, seed, SIZES, seed, runtime))

    def _charts(self, measured: list[Smoothness], runs: list[Trajectory]) -> list[Chart]:
        titles = rungs(self.services)
        chart = smooth_chart(measured, titles, runs)
        return [chart, gain_chart(runs, titles)] if runs else [chart]

    def charts(self, values: Values) -> list[Chart]:
        """Return all curves, for a file."""
        return self._charts(finish(self.measured(values)), finish(self.trajectories(values)))

    def code(self, values: Values) -> str:
        """Return the code of the view."""
        return smooth_code(list(rungs(self.services)), meter_request(values), self.denoisers, run_request(values))


def meter_request(values: Values) -> SmoothnessRequest:
    """Translate the widgets."""
    return SmoothnessRequest(SIZES, int(values["pictures"]), int(values["seed"]))


def run_request(values: Values) -> GenerateRequest:
    """Translate the widgets."""
    return GenerateRequest(str(values["caption"]), seed=int(values["seed"]), steps=STEPS)


def build_smooth(services: Services) -> Part | None:
    """Lay out the part."""
    titles = rungs(services)
    if len(titles) < 2:
        say_missing("two VAEs to compare")
        return None
    handle = SmoothPart(services)
    with columns(4, 8) as (left, right):
        with left:
            choices = [*titles.values(), ALIKE]
            guess, reveal = guess_row(
                "space-smooth", f"My guess: whose pictures move least, for {ASKED:g} std?", choices
            )
            facts = widget("panels", elem_id="space-smooth-facts")
            caption = gr.Textbox(CAPTION, label="Caption of the denoising run", elem_id="space-smooth-caption")
            pictures = gr.Slider(
                4, 64, 8, step=4, label="Scenes the meter measures on", elem_id="space-smooth-pictures"
            )
            seed = gr.Slider(0, 99, 0, step=1, label="Seed: scene, push and noise", elem_id="space-smooth-seed")
            if missing := missing_rungs(services):
                gr.Markdown(missing, elem_classes="lab-missing")
        with right:
            charts = widget("chart", elem_id="space-smooth-charts")
    panels = widget("panels", elem_id="space-smooth-panels")
    return Part(
        TAB,
        "smooth",
        settings={"caption": caption, "pictures": pictures, "seed": seed},
        outputs=[panels, charts, facts],
        run=handle.run,
        code=handle.code,
        downloads={
            "PNG": lambda values: Download("smoothness.png", chart_png(handle.charts(values))),
            "CSV": lambda values: Download("smoothness.csv", chart_csv(handle.charts(values))),
        },
        triggers=[caption.submit],
        live=["seed"],
        guess=guess,
        reveal=reveal,
    )
