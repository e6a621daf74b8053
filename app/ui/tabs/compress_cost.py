"""Compress, part 'cost': what a picture of any size costs on this machine, from a two-second self-test."""

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from app.core.errors import BadRequest
from app.figures.compress_cost import (
    REFERENCES,
    cost_facts,
    cost_group,
    factor_chart,
    machine_facts,
    measured_facts,
)
from app.figures.exports import chart_csv, chart_png
from app.figures.parts import ESTIMATED, Chart
from app.labs.compress_cost import (
    FACTORS,
    LONGEST,
    MOST_CHANNELS,
    MOST_GUIDANCE,
    MOST_STEPS,
    CostRequest,
    Estimate,
    Speed,
    compare_factors,
    estimate,
    factor_steps,
    self_test_steps,
)
from app.labs.compress_measure import MeasuredSize, measure_size
from app.labs.prompt import finished
from app.labs.snippets_compress import cost_code
from app.ui.events import ON_CPU
from app.ui.layout import columns
from app.ui.part import Download, Part, Progress, Values, working
from app.ui.services import Services
from app.ui.settings import checked
from app.ui.tabs.compress_source import TAB
from app.ui.widgets.base import widget
from app.ui.widgets.values import charts_value, panels_value

GOOD_FOR = 600
"""Seconds that a self-test is kept: what else runs on a machine changes."""
DEFAULT = CostRequest()


@dataclass(frozen=True, eq=False)
class Calculator:
    """What the events of the part call. Nothing in here belongs to a visitor."""

    services: Services
    settings: dict[str, Any]

    def measured(self, values: Values, found: Estimate) -> Generator[Progress, None, MeasuredSize | None]:
        """Measure the size on the screen if the button was pressed for it, or take what was measured then.

        press: when, and what the settings were; None for never.
        """
        press = values["press"]
        if press is None or self._pressed(press[1]) != found.request:
            return None
        key = ("measured size", found.request, press[0])
        steps = partial(working, measure_size(found, self.services.runtime), "measuring this size")
        return (yield from self.services.kept.run(key, steps))

    def _pressed(self, settings: Sequence[Any]) -> CostRequest | None:
        """Return what a press asked for, None for what was refused then."""
        try:
            return request_of(checked(self.settings, settings))
        except BadRequest:
            return None

    def timing(self, values: Values) -> Generator[Progress, None, Speed]:
        """Run the self-test after a press, saying how far it is, or take one of the last minutes.

        tests: when it was pressed, 0 for never.
        """
        key = ("self-test", int(values["tests"] or 0), int(time.time() // GOOD_FOR))
        text = "timing this machine for two seconds"

        def test() -> Generator[Progress, None, Speed]:
            yield Progress(text, 0.0)
            return (yield from working(self_test_steps(self.services.runtime), text))

        return (yield from self.services.kept.run(key, test))

    def speed(self, values: Values) -> Speed:
        """Return the result of the self-test alone."""
        return finished(self.timing(values))

    def chart(self, values: Values) -> Chart:
        """Return the chart on the screen."""
        return factor_chart(compare_factors(request_of(values), self.speed(values), self.services.runtime))

    def run(self, values: Values) -> Iterator[Any]:
        """Time the machine, then count."""
        request = request_of(values)
        speed = yield from self.timing(values)
        text = "counting operations and memory"
        yield Progress(text, 0.0)
        compared = yield from working(factor_steps(request, speed, self.services.runtime), text)
        found = estimate(request, speed, self.services.runtime)
        measured = yield from self.measured(values, found)
        yield [
            panels_value([], machine_facts(speed)),
            panels_value([], measured_facts(measured, found)),
            panels_value([cost_group(found), *REFERENCES], cost_facts(found, compared[0]), ESTIMATED),
            charts_value([factor_chart(compared)]),
        ]


def build_cost(services: Services) -> Part:
    """Lay out the part."""
    with columns(4, 8) as (left, right):
        with left:
            settings = _settings()
            size = gr.Button("Measure this size", min_width=140, elem_id=f"{TAB}-cost-size")
            measured = widget("panels", elem_id=f"{TAB}-cost-measured")
            again = gr.Button("Repeat the self-test (2 s)", min_width=140, elem_id=f"{TAB}-cost-test")
            tests, press = gr.State(0), gr.State(None)
            machine = widget("panels", elem_id=f"{TAB}-cost-machine")
        with right:
            panels = widget("panels", elem_id=f"{TAB}-cost-panels")
            chart = widget("chart", elem_id=f"{TAB}-cost-chart")
    view, sent = Calculator(services, settings), list(settings.values())
    size.click(lambda *now: (time.time_ns(), now), sent, press, **ON_CPU)
    again.click(time.time_ns, None, tests, **ON_CPU)  # of no other press, so that no kept result answers it
    return Part(
        TAB,
        "cost",
        settings=settings,
        outputs=[machine, measured, panels, chart],
        run=view.run,
        code=lambda values: cost_code(request_of(values)),
        downloads={
            "PNG": lambda values: Download("cost.png", chart_png([view.chart(values)])),
            "CSV": lambda values: Download("cost.csv", chart_csv([view.chart(values)])),
        },
        extras={"tests": tests, "press": press},
        triggers=[tests.change, press.change],
        live=list(settings),
    )


def _settings() -> dict[str, Any]:
    def whole(name: str, value: int, high: int, label: str) -> gr.Number:
        return gr.Number(value, label=label, precision=0, minimum=1, maximum=high, elem_id=f"{TAB}-cost-{name}")

    with gr.Row():
        height = whole("height", DEFAULT.height, LONGEST, "Height (pixels)")
        width = whole("width", DEFAULT.width, LONGEST, "Width (pixels)")
    f = gr.Radio([str(f) for f in FACTORS], value=str(DEFAULT.f), label="f (1 = pixels)", elem_id=f"{TAB}-cost-f")
    c = whole("c", DEFAULT.c, MOST_CHANNELS, "c, channels of the latent")
    steps = gr.Slider(1, MOST_STEPS, DEFAULT.steps, step=1, label="Steps", elem_id=f"{TAB}-cost-steps")
    guidance = gr.Slider(
        0.0, MOST_GUIDANCE, DEFAULT.guidance, step=0.5, label="Guidance (0 or 1: asked once)", elem_id=f"{TAB}-cost-w"
    )
    return {"height": height, "width": width, "f": f, "c": c, "steps": steps, "guidance": guidance}


def request_of(values: Values) -> CostRequest:
    """Translate the widgets."""
    whole = {name: int(values[name]) for name in ("height", "width", "f", "c", "steps")}
    return CostRequest(**whole, guidance=float(values["guidance"]))
