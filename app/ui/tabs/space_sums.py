"""Latent space, part 'sums': A - B + C with named factors, graded by the judge, once and many times."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.core.errors import BadRequest
from app.data.scenes import LABEL_TABLES, Scene, canonical_caption, parse_caption, scene_to_labels
from app.figures.exports import chart_csv, chart_png, npz_bytes
from app.figures.parts import Chart
from app.figures.space_sums import GUESSES, NAMES, length_chart, opening_facts, sum_facts, sum_group, sums_chart
from app.labs.arithmetic import Arithmetic, add_and_subtract, factor_names, sum_scene
from app.labs.latent_paths import finish
from app.labs.latent_sums import SumsRequest, measure_sums
from app.labs.snippets_space import sum_code
from app.ui.layout import columns, guess_row
from app.ui.part import Download, Part, Progress, Values, working
from app.ui.services import Services
from app.ui.tabs.picks import NOW
from app.ui.tabs.space_common import JUDGE, TAB, has, say_missing, scene_vaes
from app.ui.widgets.base import widget
from app.ui.widgets.values import charts_value, panels_value

A, B, C = (
    "a large plain red star in the centre on a white background",
    "a large plain red star in the centre on a black background",
    "a large plain yellow cup in the centre on a black background",
)
MANY = SumsRequest(8)
CHANGED = ("background", "colour_a", "kind_a", "place", "size_a", "texture_a")
"""Factors that can be changed by name."""


@dataclass(frozen=True, eq=False)
class SumsPart:
    """The handlers."""

    services: Services

    def result(self, values: Values) -> Arithmetic:
        """Return the sum."""
        catalogue, vae, seed = self.services.catalogue, str(values["vae"]), int(values["seed"])
        captions = captions_of(values)
        scenes = (complete(captions[0], "A"), complete(captions[1], "B"), complete(captions[2], "C"))
        return add_and_subtract(catalogue.vae(vae), catalogue.judge(), scenes, seed, self.services.runtime)

    def rates(self, vae: str) -> Any:
        """Return how often sums come out right, for each factor; told while it is measured."""
        catalogue = self.services.catalogue
        model, judge = catalogue.vae(vae), catalogue.judge()
        key = ("space sums", model.card.weights_sha256, judge.card.weights_sha256, MANY)
        steps = lambda: working(measure_sums(model, judge, MANY, self.services.runtime), "many random sums")  # noqa: E731
        return self.services.kept.run(key, steps)

    def run(self, values: Values) -> Iterator[Any]:
        """Show the sum; its grades, and those of many sums, appear with the guess."""
        yield Progress("adding latents", None)
        result, guess = self.result(values), values["guess"]
        pictures = [sum_group(result)]
        if guess is None:
            yield [panels_value(pictures, opening_facts(result)), charts_value([length_chart(result)])]
            return
        panels = panels_value(pictures, sum_facts(result, guess))
        yield [panels, gr.skip()]
        rates = yield from self.rates(str(values["vae"]))
        yield [panels, charts_value([sums_chart(rates, MANY.count)])]

    def charts(self, values: Values) -> list[Chart]:
        """Return the curves, for a file."""
        return [sums_chart(finish(self.rates(str(values["vae"]))), MANY.count)]

    def arrays(self, values: Values) -> bytes:
        """Return pictures and latent of the sum as a file."""
        result = self.result(values)
        return npz_bytes({"pictures": result.pictures, "z": result.z})


def captions_of(values: Values) -> tuple[str, str, str]:
    """Return the three captions."""
    return str(values["a"]), str(values["b"]), str(values["c"])


def complete(caption: str, letter: str) -> Scene:
    """Read a caption; raises BadRequest if it is none of a scene."""
    scene = parse_caption(caption)
    if scene is None:
        raise BadRequest(f"Picture {letter}: '{caption[:60]}' describes no scene.", hint=f"Write it like this: {A}.")
    return scene


def captions_by_factor() -> dict[str, dict[str, tuple[str, str]]]:
    """Return, for each factor and each value it can have, the captions of A and of B with that value.

    C is B with the new value: all else cancels, and the sum stands for A with the new value.
    """
    bases = [factor_names(scene_to_labels(complete(caption, letter))) for caption, letter in ((A, "A"), (C, "B"))]

    def pair(factor: str, value: str) -> tuple[str, str]:
        first, second = (canonical_caption(sum_scene({**base, factor: value})) for base in bases)
        return first, second

    return {factor: {value: pair(factor, value) for value in LABEL_TABLES[factor]} for factor in CHANGED}


def _change_one(*captions: gr.Textbox) -> gr.Textbox:
    """Lay out 'change a factor from one value to another', which fills A, B and C in the browser.

    Returns a hidden field that changes each time they are filled.
    """
    table = json.dumps(captions_by_factor())
    filled = gr.Textbox("", visible="hidden", elem_id="space-sums-filled", label="when the captions were filled in")
    with gr.Row(elem_classes="lab-pair"):
        choices = [(NAMES[factor], factor) for factor in CHANGED]
        factor = gr.Dropdown(choices, value=None, label="Change", min_width=90, elem_id="space-sums-factor")
        old = gr.Dropdown([], value=None, label="from", min_width=90, elem_id="space-sums-from")
        new = gr.Dropdown([], value=None, label="to", min_width=90, elem_id="space-sums-to")
    made = f"[all[old][0], all[old][1], all[now][1], {NOW}]"
    offer = (
        "const put = (value) => ({ __type__: 'update', choices: Object.keys(all).map((one) => [one, one]), value });"
    )
    first = (
        f"const all = {table}[factor], [old, now] = Object.keys(all); {offer} return [put(old), put(now), ...{made}];"
    )
    again = f"const all = {table}[factor]; return {made};"
    options: dict[str, Any] = {"api_visibility": "private"}
    factor.input(None, factor, [old, new, *captions, filled], js=f"(factor) => {{ {first} }}", **options)
    given = [factor, old, new]
    gr.on(
        [old.input, new.input], None, given, [*captions, filled], js=f"(factor, old, now) => {{ {again} }}", **options
    )
    return filled


def build_sums(services: Services) -> Part | None:
    """Lay out the part."""
    names = scene_vaes(services)
    if not names or not has(services, "judge", JUDGE):
        say_missing("a VAE", JUDGE)
        return None
    handle = SumsPart(services)
    with columns(4, 8) as (left, right):
        with left:
            a = gr.Textbox(A, label="A", elem_id="space-sums-a", lines=2)
            b = gr.Textbox(B, label="minus B", elem_id="space-sums-b", lines=2)
            c = gr.Textbox(C, label="plus C", elem_id="space-sums-c", lines=2)
            filled = _change_one(a, b, c)
            with gr.Accordion("More", open=False, elem_id="space-sums-more"):
                vae = gr.Dropdown(names, value=names[0], label="VAE", elem_id="space-sums-vae")
                seed = gr.Slider(0, 99, 1, step=1, label="Seed: where exactly things lie", elem_id="space-sums-seed")
            add = gr.Button("Add", elem_id="space-sums-add")
            label = "My guess: how many factors does the judge find wrong?"
            guess, reveal = guess_row("space-sums", label, list(GUESSES))
        with right:
            panels = widget("panels", elem_id="space-sums-panels")
            charts = widget("chart", elem_id="space-sums-charts")
    return Part(
        TAB,
        "sums",
        settings={"a": a, "b": b, "c": c, "vae": vae, "seed": seed},
        outputs=[panels, charts],
        run=handle.run,
        code=lambda values: sum_code(str(values["vae"]), captions_of(values), int(values["seed"]), MANY),
        downloads={
            "PNG": lambda values: Download("sums.png", chart_png(handle.charts(values))),
            "CSV": lambda values: Download("sums.csv", chart_csv(handle.charts(values))),
            "NPZ": lambda values: Download("sum.npz", handle.arrays(values)),
        },
        triggers=[add.click, a.submit, b.submit, c.submit, filled.change],
        live=["vae", "seed"],
        guess=guess,
        reveal=reveal,
    )
