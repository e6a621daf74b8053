"""Compress, parts 'upscaling' and 'spectrum': what a decoder does that enlarging cannot, and which waves are lost."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

from app.figures.compress_lost import (
    SPECTRUM_GUESSES,
    band_group,
    spectrum_chart,
    spectrum_facts,
    upscaling_facts,
    upscaling_groups,
)
from app.figures.exports import chart_csv, chart_png
from app.figures.latents import groups_png
from app.figures.parts import GUESS_FIRST, Fact
from app.labs.compress_spectrum import SpectrumResult, spectrum_steps
from app.labs.compress_upscaling import UpscalingResult, upscaling_steps
from app.labs.prompt import finished
from app.labs.snippets_compress import spectrum_code, upscaling_code
from app.ui.layout import columns, guess_row
from app.ui.part import Download, Part, Progress, Values, working
from app.ui.services import Services
from app.ui.tabs.compress_source import SHARED, TAB, Source, code_picture, judge_for, picture_of, store_for, vae_choice
from app.ui.widgets.base import widget
from app.ui.widgets.values import charts_value, panels_value

FINE = "Of the error, waves shorter than 8 pixels make"
NEAREST = "Nearest to the original comes"
WAYS = {"the decoder": "decoder", "bicubic upscaling": "bicubic", "nearest-pixel upscaling": "nearest"}


@dataclass(frozen=True, eq=False)
class Upscaling:
    """What the events of the part call. Nothing in here belongs to a visitor."""

    services: Services
    source: Source

    def comparing(self, values: Values) -> Generator[Progress, None, UpscalingResult]:
        """Enlarge and decode the picture on the screen, saying how far it is, or take the result that is kept."""
        (name, picture), text = picture_of(values), "three ways back to full size"
        key = ("upscaling", name, values["size"], values["vae"])
        catalogue, runtime = self.services.catalogue, self.services.runtime

        def compare() -> Generator[Progress, None, UpscalingResult]:
            yield Progress(text, 0.0)
            model, judge = catalogue.vae(values["vae"]), judge_for(catalogue, values)
            return (yield from working(upscaling_steps(model, picture, runtime, judge), text))

        return (yield from store_for(self.services, self.source, picture).run(key, compare))

    def compared(self, values: Values) -> UpscalingResult:
        """Return the result alone."""
        return finished(self.comparing(values))

    def run(self, values: Values) -> Iterator[Any]:
        """Show what goes in before the guess, and the ways back after it."""
        result, said = (yield from self.comparing(values)), str(values["guess"] or "")
        if not said:
            yield [panels_value([], [GUESS_FIRST]), panels_value(upscaling_groups(result, revealed=False), [])]
            return
        right = WAYS.get(said) == result.winner
        mine = Fact("Your guess", said, "as measured" if right else "not as measured", "text")
        yield [panels_value([], [*upscaling_facts(result), mine]), panels_value(upscaling_groups(result), [])]


def build_upscaling(services: Services, source: Source) -> Part:
    """Lay out the part."""
    view = Upscaling(services, source)
    with columns(4, 8) as (left, right):
        with left:
            vae = vae_choice(services, "upscaling", "f8c4")
            guess, reveal = guess_row(f"{TAB}-upscaling", NEAREST, list(WAYS), "Enlarge and decode")
            facts = widget("panels", elem_id=f"{TAB}-upscaling-facts")
        with right:
            panels = widget("panels", elem_id=f"{TAB}-upscaling-panels")
    return Part(
        TAB,
        "upscaling",
        settings={**source.settings, "vae": vae},
        outputs=[facts, panels],
        run=view.run,
        code=lambda values: upscaling_code(code_picture(values), values["vae"]),
        downloads={
            "PNG": lambda values: Download("upscaling.png", groups_png(upscaling_groups(view.compared(values))))
        },
        extras=source.extras(),
        shared=SHARED,
        live=["vae"],
        guess=guess,
        reveal=reveal,
    )


@dataclass(frozen=True, eq=False)
class Spectrum:
    """What the events of the part call. Nothing in here belongs to a visitor."""

    services: Services
    source: Source

    def measuring(self, values: Values) -> Generator[Progress, None, SpectrumResult]:
        """Split the picture on the screen into waves, saying how far it is, or take the result that is kept."""
        (name, picture), text = picture_of(values), "the picture, its reconstruction and the error"
        key = ("spectrum", name, values["size"], values["vae"])

        def measure() -> Generator[Progress, None, SpectrumResult]:
            yield Progress(text, 0.0)
            model = self.services.catalogue.vae(values["vae"])
            return (yield from working(spectrum_steps(model, picture, self.services.runtime), text))

        return (yield from store_for(self.services, self.source, picture).run(key, measure))

    def measured(self, values: Values) -> SpectrumResult:
        """Return the result alone."""
        return finished(self.measuring(values))

    def run(self, values: Values) -> Iterator[Any]:
        """Show shares, curves and pictures: of the picture alone before the guess."""
        result, said = (yield from self.measuring(values)), str(values["guess"] or "")
        facts, revealed = spectrum_facts(result, said) if said else [GUESS_FIRST], bool(said)
        chart, group = spectrum_chart(result, revealed), band_group(result, revealed)
        yield [panels_value([], facts), charts_value([chart]), panels_value([group], [])]

    def downloads(self) -> dict[str, Callable[[Values], Download]]:
        """Return the files that a visitor may take along."""
        return {
            "PNG of the chart": lambda v: Download("spectrum.png", chart_png([spectrum_chart(self.measured(v))])),
            "PNG of the pictures": lambda v: Download("waves.png", groups_png([band_group(self.measured(v))])),
            "CSV": lambda v: Download("spectrum.csv", chart_csv([spectrum_chart(self.measured(v))])),
        }


def build_spectrum(services: Services, source: Source) -> Part:
    """Lay out the part."""
    view = Spectrum(services, source)
    with columns(4, 8) as (left, right):
        with left:
            vae = vae_choice(services, "spectrum", "f8c4")
            guess, reveal = guess_row(f"{TAB}-spectrum", FINE, list(SPECTRUM_GUESSES), "Encode, decode and reveal")
            facts = widget("panels", elem_id=f"{TAB}-spectrum-facts")
        with right:
            chart = widget("chart", elem_id=f"{TAB}-spectrum-chart")
            panels = widget("panels", elem_id=f"{TAB}-spectrum-panels")
    return Part(
        TAB,
        "spectrum",
        settings={**source.settings, "vae": vae},
        outputs=[facts, chart, panels],
        run=view.run,
        code=lambda values: spectrum_code(code_picture(values), values["vae"]),
        downloads=view.downloads(),
        extras=source.extras(),
        shared=SHARED,
        live=["vae"],
        guess=guess,
        reveal=reveal,
    )
