"""Latent space, part 'holes': what every rung of the KL ladder makes of draws from its prior."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.figures.exports import chart_csv, chart_png, film_gif, npz_bytes
from app.figures.space_holes import (
    gif_frames,
    holes_chart,
    holes_facts,
    holes_film,
    holes_moments,
    holes_views,
    opening_facts,
    spread_chart,
)
from app.labs.latent_holes import SPREADS, Holes, HolesRequest, decode_holes
from app.labs.latent_paths import finish
from app.labs.snippets_space import holes_code
from app.ui.layout import columns, guess_row
from app.ui.part import Download, Part, Progress, Values, working
from app.ui.services import Services
from app.ui.tabs.space_common import JUDGE, TAB, has, missing_rungs, real_level, rungs, say_missing
from app.ui.widgets.base import widget
from app.ui.widgets.values import charts_value, film_value, panels_value

OPENING = SPREADS.index(1.0)


@dataclass(frozen=True, eq=False)
class HolesPart:
    """The handlers."""

    services: Services

    def holes(self, values: Values) -> Generator[Progress, None, list[Holes]]:
        """Return the draws of every rung."""
        request, found = holes_request(values), []
        for name in rungs(self.services):
            key = ("space holes", self.services.catalogue.card(name).weights_sha256, request)
            found.append((yield from self.services.kept.run(key, lambda name=name: self._drawn(name, request))))  # type: ignore[misc]
        return found

    def _drawn(self, name: str, request: HolesRequest) -> Generator[Progress, None, Holes]:
        catalogue = self.services.catalogue
        steps = decode_holes(
            catalogue.vae(name), catalogue.judge(), real_level(self.services), request, self.services.runtime
        )
        return (yield from working(steps, f"decoding draws with {name}"))

    def run(self, values: Values) -> Iterator[Any]:
        """Show the draws; what the judge says appears with the guess."""
        holes = yield from self.holes(values)
        titles, guess = rungs(self.services), values["guess"]
        film = film_value(
            holes_film(holes),
            holes_views(holes, titles),
            holes_moments(holes),
            title="Draws of the prior, decoded",
            note="The slider turns the spread s. At 0 all draws are the one latent of zeros.",
            start=OPENING,
        )
        if guess is None:
            yield [film, panels_value([], opening_facts(holes)), charts_value([spread_chart(holes, titles)])]
            return
        facts, chart = holes_facts(holes, titles, guess), holes_chart(holes, titles)
        yield [film, panels_value([], facts), charts_value([chart])]

    def charts(self, values: Values) -> Any:
        """Return the curves, for a file."""
        return [holes_chart(finish(self.holes(values)), rungs(self.services))]

    def arrays(self, values: Values) -> bytes:
        """Return all pictures, and the latents they were decoded from, as a file."""
        holes = finish(self.holes(values))
        return npz_bytes({one.vae: one.pictures for one in holes} | {f"{one.vae}_z": one.z for one in holes})


def holes_request(values: Values) -> HolesRequest:
    """Translate the widgets."""
    return HolesRequest(SPREADS, int(values["draws"]), int(values["seed"]), bool(values["measured"]))


def build_holes(services: Services) -> Part | None:
    """Lay out the part."""
    titles = rungs(services)
    if not titles or not has(services, "judge", JUDGE):
        say_missing("a VAE", JUDGE)
        return None
    handle = HolesPart(services)
    with columns(4, 8) as (left, right):
        with left:
            label = "My guess: whose draws at s = 1 look most like scenes?"
            guess, reveal = guess_row("space-holes", label, list(titles.values()))
            measured = gr.Checkbox(
                False, label="Draw with the measured mean and spread of each channel", elem_id="space-holes-measured"
            )
            draws = gr.Slider(2, 16, 8, step=2, label="Draws", elem_id="space-holes-draws")
            seed = gr.Slider(0, 99, 0, step=1, label="Seed", elem_id="space-holes-seed")
            if missing := missing_rungs(services):
                gr.Markdown(missing, elem_classes="lab-missing")
            panels = widget("panels", elem_id="space-holes-panels")
        with right:
            film = widget("film", elem_id="space-holes-film", label="spread of the draws")
            charts = widget("chart", elem_id="space-holes-charts")
    return Part(
        TAB,
        "holes",
        settings={"measured": measured, "draws": draws, "seed": seed},
        outputs=[film, panels, charts],
        run=handle.run,
        code=lambda values: holes_code(list(rungs(services)), holes_request(values)),
        downloads={
            "GIF": lambda values: Download("holes.gif", film_gif(gif_frames(finish(handle.holes(values))), side=1024)),
            "PNG": lambda values: Download("holes.png", chart_png(handle.charts(values))),
            "CSV": lambda values: Download("holes.csv", chart_csv(handle.charts(values))),
            "NPZ": lambda values: Download("holes.npz", handle.arrays(values)),
        },
        live=["measured", "draws", "seed"],
        guess=guess,
        reveal=reveal,
    )
