"""Encode, part 'draws': guess, draw eight times from the posterior, and see guess and measurement together."""

from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from app.figures.draws import GUESSES, draw_facts, draw_groups, spread_maps
from app.figures.encoding import maps_csv
from app.figures.exports import npz_bytes
from app.figures.latents import groups_png
from app.figures.value_maps import maps_groups
from app.labs.posterior import ResampleRequest, ResampleResult, resample
from app.labs.snippets_encode import draws_code
from app.ui.layout import columns, guess_row, seed_box
from app.ui.part import Download, Part, Progress, Values
from app.ui.services import Services
from app.ui.tabs.encode_source import SHARED, TAB, Source, code_picture, encoding, request_of, size_facts
from app.ui.widgets.base import widget
from app.ui.widgets.maps_value import maps_value
from app.ui.widgets.values import panels_value

TEMPERATURES = {"0": "0: the mean, every time", "1": "1: as the encoder says"} | {
    name: f"{name} times as wide" for name in ("3", "10", "30", "100", "300")
}
MOST_SIDE = 128
"""Pixels: eight pictures are decoded in a batch, and larger ones would take a small machine many seconds."""


def build_draws(services: Services, source: Source) -> Part:
    """Lay out the part: before the guess there are draws at temperature 0, all alike."""
    with columns(4, 8) as (left, right):
        with left:
            texts = [each.text for each in GUESSES]
            guess, reveal = guess_row(f"{TAB}-draws", "I think that the draws differ", texts, "Draw 8 times")
            temperature, seed = _how()
            facts = widget("panels", elem_id="encode-draws-facts")
        with right:
            panels = widget("panels", elem_id="encode-draws-panels")
            maps = widget("maps", elem_id="encode-draws-maps")

    def drawn(values: Values, result: Any) -> ResampleResult:
        wanted = wanted_of(values, committed=values["guess"] is not None)
        return resample(services.catalogue.vae(result.request.vae), result, wanted, services.runtime)

    def run(values: Values) -> Iterator[Any]:
        for step in encoding(services, source, values, MOST_SIDE):
            yield step if isinstance(step, Progress) else _shown(drawn(values, step), values)

    def download(values: Values) -> ResampleResult:
        *_, result = encoding(services, source, values, MOST_SIDE)
        return drawn({**values, "guess": ""}, result)

    return Part(
        TAB,
        "draws",
        settings={**source.settings, "temperature": temperature, "seed": seed},
        outputs=[facts, panels, maps],
        run=run,
        code=lambda values: draws_code(
            code_picture(values), request_of(values, MOST_SIDE), wanted_of(values, values["guess"] is not None)
        ),
        downloads=_downloads(download),
        extras={"own": source.own},
        shared=SHARED,
        guess=guess,
        reveal=reveal,
    )


def _shown(found: ResampleResult, values: Values) -> list[Any]:
    chosen = next((each for each in GUESSES if each.text == values["guess"]), None)
    facts = [*draw_facts(found, chosen), *size_facts(values, MOST_SIDE)]
    return [panels_value([], facts), panels_value(draw_groups(found), []), maps_value(spread_maps(found))]


def _downloads(result: Callable[[Values], ResampleResult]) -> dict[str, Callable[[Values], Download]]:
    return {
        "PNG": lambda values: Download("draws.png", _png(result(values))),
        "CSV": lambda values: Download("draws.csv", maps_csv(spread_maps(result(values)))),
        ".npz of the latents": lambda values: Download("draws.npz", npz_bytes({"z": result(values).z})),
    }


def _png(found: ResampleResult) -> bytes:
    return groups_png([*draw_groups(found), *maps_groups(spread_maps(found))])


def _how() -> tuple[gr.Dropdown, gr.Number]:
    temperature = gr.Dropdown(
        [(text, name) for name, text in TEMPERATURES.items()],
        value="1",
        label="Temperature: factor on the deviation",
        elem_id="encode-draws-temperature",
    )
    seed = seed_box(0, "encode-draws-seed")
    return temperature, seed


def wanted_of(values: Values, committed: bool = True) -> ResampleRequest:
    """Translate the widgets; before a guess is committed the draws are all the mean."""
    return ResampleRequest(8, float(values["temperature"]) if committed else 0.0, int(values["seed"]))
