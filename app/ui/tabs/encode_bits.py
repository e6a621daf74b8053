"""Encode, part 'bits': the KL of every cell, and all of it beside the bytes of a PNG file, after a guess."""

from collections.abc import Iterator
from typing import Any

from app.figures.bits import GUESSES, bits_facts, guess_facts, opening_facts
from app.figures.encoding import bits_maps, maps_csv
from app.figures.latents import groups_png
from app.figures.value_maps import maps_groups
from app.labs.encode import EncodeResult, png_bytes
from app.labs.snippets_encode import bits_code
from app.ui.layout import columns, guess_row
from app.ui.part import Download, Part, Progress, Values
from app.ui.services import Services
from app.ui.tabs.encode_source import SHARED, TAB, Source, code_picture, encoded, encoding, request_of
from app.ui.widgets.base import widget
from app.ui.widgets.maps_value import maps_value
from app.ui.widgets.values import panels_value


def build_bits(services: Services, source: Source) -> Part:
    """Lay out the part: the map is there at once, the sum only after the guess."""
    with columns(5, 7) as (left, right):
        with left:
            guess, reveal = guess_row(f"{TAB}-bits", "I think that the latent tells", [each.text for each in GUESSES])
            facts = widget("panels", elem_id="encode-bits-facts")
        with right:
            maps = widget("maps", elem_id="encode-bits-map")

    def run(values: Values) -> Iterator[Any]:
        for step in encoding(services, source, values):
            yield step if isinstance(step, Progress) else _shown(step, values["guess"])

    return Part(
        TAB,
        "bits",
        settings=source.settings,
        outputs=[facts, maps],
        run=run,
        code=lambda values: bits_code(code_picture(values), request_of(values)),
        downloads={
            "PNG": lambda values: Download(
                "bits.png", groups_png(maps_groups(bits_maps(encoded(services, source, values))))
            ),
            "CSV": lambda values: Download("bits.csv", maps_csv(bits_maps(encoded(services, source, values)))),
        },
        extras={"own": source.own},
        shared=SHARED,
        guess=guess,
        reveal=reveal,
    )


def _shown(result: EncodeResult, guess: str | None) -> list[Any]:
    chosen = next((each for each in GUESSES if each.text == guess), None)
    png = png_bytes(result.picture)
    if chosen is None:
        facts = opening_facts(result, png)
    else:
        facts = [*guess_facts(result, png, chosen), *bits_facts(result, png)]
    return [panels_value([], facts), maps_value(bits_maps(result))]
