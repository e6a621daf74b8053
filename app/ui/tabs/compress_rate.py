"""Compress, part 'rate': learned latents, JPEG, WebP and principal components at equal bytes, as real files."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from app.figures.compress_rate import equal_bytes_group, hidden_chart, rate_chart, rate_facts
from app.figures.exports import chart_csv, chart_png
from app.figures.latents import groups_png
from app.figures.parts import Fact
from app.labs.compress_rate import METHODS, RateRequest, RateResult, rate_steps
from app.labs.snippets_compress import rate_code
from app.store.catalogue import LoadedVAE
from app.ui.layout import columns, guess_row
from app.ui.part import Download, Part, Progress, Values
from app.ui.services import Services
from app.ui.tabs.compress_source import SHARED, TAB, Source, code_picture, picture_of, store_for, vae_choice
from app.ui.widgets.base import widget
from app.ui.widgets.values import charts_value, panels_value

LONGEST = 256
"""Pixels: some hundred files are written and read back."""
COUNTING = {"all": "every byte of the file", "growing": "without the fixed headers"}
WINNERS = ("the VAE", "JPEG", "WebP", "PCA")
"""As METHODS, in words for a guess."""


def build_rate(services: Services, source: Source) -> Part:
    """Lay out the part: the latent's file before the guess, its rivals after it."""
    with columns(4, 8) as (left, right):
        with left:
            vae = vae_choice(services, "rate", "f4c4")
            bits = gr.Slider(1, 10, 5, step=1, label="Bits a latent value", elem_id=f"{TAB}-rate-bits")
            counting = gr.Radio(
                [(text, name) for name, text in COUNTING.items()],
                value="all",
                label="What is counted",
                elem_id=f"{TAB}-rate-counting",
            )
            guess, reveal = guess_row(
                f"{TAB}-rate", "At equal bytes, least error has", list(WINNERS), "Write the files"
            )
            committed = gr.State("")
            facts = widget("panels", elem_id=f"{TAB}-rate-facts")
        with right:
            chart = widget("chart", elem_id=f"{TAB}-rate-chart")
            panels = widget("panels", elem_id=f"{TAB}-rate-panels")

    def steps(values: Values) -> Iterator[Any]:
        name, picture = picture_of(values, LONGEST)
        model, request = services.catalogue.vae(values["vae"]), request_of(values)
        held = store_for(services, source, picture).get(
            ("rate", name, values["size"], values["vae"], request), dict[str, RateResult]
        )
        if "result" not in held:
            for result, doing in rate_steps(model, picture, request, services.runtime):
                if result is None:
                    yield Progress(doing)
                else:
                    held["result"] = result
        yield held["result"]

    def coded(values: Values) -> RateResult:
        *_, result = steps(values)
        return result

    def run(values: Values) -> Iterator[Any]:
        said = str(values["guess"] or values["committed"] or "")
        for step in steps(values):
            yield step if isinstance(step, Progress) else _shown(services.catalogue.vae(values["vae"]), step, said)

    return Part(
        TAB,
        "rate",
        settings={**source.settings, "vae": vae, "bits": bits, "counting": counting},
        outputs=[facts, chart, panels, committed],
        run=run,
        code=lambda values: rate_code(code_picture(values), values["vae"], request_of(values), LONGEST),
        downloads={
            "PNG of the pictures": lambda values: Download("bytes.png", groups_png([equal_bytes_group(coded(values))])),
            "PNG of the chart": lambda values: Download("rates.png", chart_png([rate_chart(coded(values))])),
            "CSV": lambda values: Download("rates.csv", chart_csv([rate_chart(coded(values))])),
        },
        extras=source.extras(committed=committed),
        shared=SHARED,
        live=["vae", "bits", "counting"],
        guess=guess,
        reveal=reveal,
    )


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
    return [panels_value([], facts if revealed else facts[1:]), charts_value([chart]), panels_value(groups, []), said]
