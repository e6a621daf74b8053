"""Compress, part 'rate': learned latents, JPEG, WebP and principal components at equal bytes, as real files."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.figures.compress_rate import equal_bytes_group, hidden_chart, rate_chart, rate_facts
from app.figures.exports import chart_csv, chart_png
from app.figures.latents import groups_png
from app.figures.parts import Fact
from app.labs.compress_rate import LONGEST, METHODS, RateRequest, RateResult, rate_steps
from app.labs.prompt import finished
from app.labs.snippets_compress import rate_code
from app.store.catalogue import LoadedVAE
from app.ui.layout import columns, guess_row
from app.ui.part import Download, Part, Progress, Values
from app.ui.services import Services
from app.ui.tabs.compress_source import SHARED, TAB, Source, code_picture, picture_of, store_for, vae_choice
from app.ui.widgets.base import widget
from app.ui.widgets.values import charts_value, panels_value

COUNTING = {"all": "every byte of the file", "growing": "without the fixed headers"}
WINNERS = ("the VAE", "JPEG", "WebP", "PCA")
"""As METHODS, in words for a guess."""


@dataclass(frozen=True, eq=False)
class Rate:
    """What the events of the part call. Nothing in here belongs to a visitor."""

    services: Services
    source: Source

    def coding(self, values: Values) -> Generator[Progress, None, RateResult]:
        """Write the files, saying how far it is, or take the result that is kept."""
        name, picture = picture_of(values, LONGEST)
        model, request = self.services.catalogue.vae(values["vae"]), request_of(values)
        key = ("rate", name, values["size"], values["vae"], request)

        def code() -> Generator[Progress, None, RateResult]:
            for result, doing in rate_steps(model, picture, request, self.services.runtime):
                if result is not None:
                    return result
                yield Progress(doing)
            raise AssertionError("the last step has the result")

        return (yield from store_for(self.services, self.source, picture).run(key, code))

    def coded(self, values: Values) -> RateResult:
        """Return the result alone."""
        return finished(self.coding(values))

    def run(self, values: Values) -> Iterator[Any]:
        """Show the latent's files before the guess, and its rivals' after it."""
        said = str(values["guess"] or "")
        model = self.services.catalogue.vae(values["vae"])
        yield _shown(model, (yield from self.coding(values)), said)

    def downloads(self) -> dict[str, Callable[[Values], Download]]:
        """Return the files that a visitor may take along."""
        return {
            "PNG of the pictures": lambda v: Download("bytes.png", groups_png([equal_bytes_group(self.coded(v))])),
            "PNG of the chart": lambda v: Download("rates.png", chart_png([rate_chart(self.coded(v))])),
            "CSV": lambda v: Download("rates.csv", chart_csv([rate_chart(self.coded(v))])),
        }


def build_rate(services: Services, source: Source) -> Part:
    """Lay out the part."""
    view = Rate(services, source)
    with columns(4, 8) as (left, right):
        with left:
            settings = _settings(services)
            guess, reveal = guess_row(
                f"{TAB}-rate", "At equal bytes, least error has", list(WINNERS), "Write the files"
            )
            facts = widget("panels", elem_id=f"{TAB}-rate-facts")
        with right:
            chart = widget("chart", elem_id=f"{TAB}-rate-chart")
            panels = widget("panels", elem_id=f"{TAB}-rate-panels")
    return Part(
        TAB,
        "rate",
        settings={**source.settings, **settings},
        outputs=[facts, chart, panels],
        run=view.run,
        code=lambda values: rate_code(code_picture(values), values["vae"], request_of(values), LONGEST),
        downloads=view.downloads(),
        extras=source.extras(),
        shared=SHARED,
        live=list(settings),
        guess=guess,
        reveal=reveal,
    )


def _settings(services: Services) -> dict[str, Any]:
    vae = vae_choice(services, "rate", "f4c4")
    bits = gr.Slider(1, 10, 5, step=1, label="Bits a latent value", elem_id=f"{TAB}-rate-bits")
    ways = [(text, name) for name, text in COUNTING.items()]
    counting = gr.Radio(ways, value="all", label="What is counted", elem_id=f"{TAB}-rate-counting")
    return {"vae": vae, "bits": bits, "counting": counting}


def request_of(values: Values) -> RateRequest:
    """Translate the widgets."""
    return RateRequest(int(values["bits"]), values["counting"] == "all")


def _shown(model: LoadedVAE, result: RateResult, said: str) -> list[Any]:
    facts, revealed = rate_facts(result, model.card.parameters), bool(said)
    if revealed:
        right = WINNERS[METHODS.index(result.winner)] == said
        facts.append(Fact("Your guess", said, "as measured" if right else "not as measured", "text"))
    chart = rate_chart(result) if revealed else hidden_chart(result)
    groups = [equal_bytes_group(result, revealed=revealed)]
    return [panels_value([], facts if revealed else facts[1:]), charts_value([chart]), panels_value(groups, [])]
