"""Compress, part 'ladder': one picture through every VAE; guess where the texture goes, and compare in place."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from app.figures.compress_ladder import NONE, ladder_chart, ladder_facts, ladder_groups
from app.figures.exports import chart_csv
from app.figures.latents import groups_png
from app.figures.parts import Fact
from app.labs.compress_ladder import LadderResult, climb, missing_rungs, rungs_at_hand
from app.labs.snippets_compress import ladder_code
from app.ui.layout import columns, guess_row
from app.ui.part import Download, Part, Progress, Values
from app.ui.services import Services
from app.ui.tabs.compress_source import SHARED, TAB, Source, code_picture, judge_for, picture_of, store_for
from app.ui.tabs.compress_values import ladder_value
from app.ui.widgets.base import widget
from app.ui.widgets.values import charts_value, panels_value

GUESS = "The first rung that destroys the texture is"
HOW = "Posterior means are decoded; errors are mean absolute differences, of a range of 2. "


def build_ladder(services: Services, source: Source) -> Part:
    """Lay out the part: pictures to judge before the guess, verdicts after it."""
    rungs = rungs_at_hand(services.catalogue)
    with columns(4, 8) as (left, right):
        with left:
            guess, reveal = guess_row(f"{TAB}-ladder", GUESS, [*rungs, NONE], "Let it be judged")
            committed = gr.State("")
            facts = widget("panels", elem_id=f"{TAB}-ladder-facts")
        with right:
            ladder = widget("ladder", elem_id=f"{TAB}-ladder-ladder")
    chart = widget("chart", elem_id=f"{TAB}-ladder-chart")

    def climbed(values: Values) -> LadderResult:
        name, picture = picture_of(values)
        key = ("ladder", name, values["size"], tuple(rungs))
        models = [services.catalogue.vae(rung) for rung in rungs]
        judge = judge_for(services.catalogue, values)
        return store_for(services, source, picture).get(key, lambda: climb(models, picture, services.runtime, judge))

    def run(values: Values) -> Iterator[Any]:
        yield Progress(f"{len(rungs)} rungs")
        result, said = climbed(values), str(values["guess"] or values["committed"] or "")
        yield [
            panels_value([], [*ladder_facts(result, revealed=bool(said)), *_verdict(result, said)]),
            ladder_value(result, note=HOW + _missing(services), revealed=bool(said)),
            charts_value([ladder_chart(result)]),
            said,
        ]

    return Part(
        TAB,
        "ladder",
        settings=source.settings,
        outputs=[facts, ladder, chart, committed],
        run=run,
        code=lambda values: ladder_code(code_picture(values), rungs, judge_for(services.catalogue, values) is not None),
        downloads={
            "PNG": lambda values: Download("ladder.png", groups_png(ladder_groups(climbed(values)))),
            "CSV": lambda values: Download("ladder.csv", chart_csv([ladder_chart(climbed(values))])),
        },
        extras=source.extras(committed=committed),
        shared=SHARED,
        guess=guess,
        reveal=reveal,
    )


def _verdict(result: LadderResult, guess: str) -> list[Fact]:
    if not guess:
        return []
    right = guess == (result.first_loss or NONE)
    return [Fact("Your guess", guess, "as measured" if right else "not as measured", "text")]


def _missing(services: Services) -> str:
    missing = missing_rungs(services.catalogue)
    return f"Not trained yet, so not here: {', '.join(missing)}." if missing else ""
