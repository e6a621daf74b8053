"""Compress, part 'ladder': one picture through every VAE; guess where the texture goes, and compare in place."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

from app.figures.compress_ladder import NONE, ladder_chart, ladder_facts, ladder_groups
from app.figures.exports import chart_csv
from app.figures.latents import groups_png
from app.figures.parts import Fact
from app.labs.compress_ladder import LadderResult, climb_steps, missing_rungs, rungs_at_hand
from app.labs.prompt import finished
from app.labs.snippets_compress import ladder_code
from app.ui.layout import columns, guess_row
from app.ui.part import Download, Part, Progress, Values, working
from app.ui.services import Services
from app.ui.tabs.compress_source import SHARED, TAB, Source, code_picture, judge_for, picture_of, store_for
from app.ui.tabs.compress_values import ladder_value
from app.ui.widgets.base import widget
from app.ui.widgets.values import charts_value, panels_value

GUESS = "The first rung that destroys the texture is"
HOW = "Posterior means are decoded; errors are mean absolute differences, of a range of 2. "


@dataclass(frozen=True, eq=False)
class Ladder:
    """What the events of the part call. Nothing in here belongs to a visitor."""

    services: Services
    source: Source

    @property
    def rungs(self) -> list[str]:
        """The VAEs at hand, weakest compression first."""
        return rungs_at_hand(self.services.catalogue)

    def climbing(self, values: Values) -> Generator[Progress, None, LadderResult]:
        """Send the picture on the screen up the ladder, saying how far it is, or take the result that is kept."""
        (name, picture), rungs = picture_of(values), self.rungs
        key, text = ("ladder", name, values["size"], tuple(rungs)), f"{len(rungs)} rungs"
        catalogue, runtime = self.services.catalogue, self.services.runtime

        def climb() -> Generator[Progress, None, LadderResult]:
            yield Progress(text, 0.0)
            models = [catalogue.vae(rung) for rung in rungs]
            return (yield from working(climb_steps(models, picture, runtime, judge_for(catalogue, values)), text))

        return (yield from store_for(self.services, self.source, picture).run(key, climb))

    def climbed(self, values: Values) -> LadderResult:
        """Return the result alone."""
        return finished(self.climbing(values))

    def run(self, values: Values) -> Iterator[Any]:
        """Show pictures to judge before the guess, and verdicts after it."""
        result, said = (yield from self.climbing(values)), str(values["guess"] or "")
        yield [
            panels_value([], [*ladder_facts(result, revealed=bool(said)), *_verdict(result, said)]),
            ladder_value(result, note=HOW + _missing(self.services), revealed=bool(said)),
            charts_value([ladder_chart(result)]),
        ]

    def code(self, values: Values) -> str:
        """Return the code of the view."""
        judged = judge_for(self.services.catalogue, values) is not None
        return ladder_code(code_picture(values), self.rungs, judged)


def build_ladder(services: Services, source: Source) -> Part:
    """Lay out the part."""
    view = Ladder(services, source)
    with columns(4, 8) as (left, right):
        with left:
            guess, reveal = guess_row(f"{TAB}-ladder", GUESS, [*view.rungs, NONE], "Let it be judged")
            facts = widget("panels", elem_id=f"{TAB}-ladder-facts")
        with right:
            ladder = widget("ladder", elem_id=f"{TAB}-ladder-ladder")
    chart = widget("chart", elem_id=f"{TAB}-ladder-chart")
    return Part(
        TAB,
        "ladder",
        settings=source.settings,
        outputs=[facts, ladder, chart],
        run=view.run,
        code=view.code,
        downloads={
            "PNG": lambda values: Download("ladder.png", groups_png(ladder_groups(view.climbed(values)))),
            "CSV": lambda values: Download("ladder.csv", chart_csv([ladder_chart(view.climbed(values))])),
        },
        extras=source.extras(),
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
