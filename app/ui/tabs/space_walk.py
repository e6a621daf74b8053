"""Latent space, part 'walk': four ways from one picture to another, and which of them stays among pictures."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.figures.exports import chart_csv, chart_png, film_gif, npz_bytes
from app.figures.parts import Chart
from app.figures.space_walk import (
    PATH_TITLES,
    gif_frames,
    opening_facts,
    walk_charts,
    walk_facts,
    walk_film,
    walk_moments,
    walk_views,
)
from app.labs.gallery import SCENES
from app.labs.latent_paths import Score, all_walks, finish, score
from app.labs.snippets_space import walk_code
from app.labs.walk import Walk
from app.ui.layout import columns, guess_row
from app.ui.part import Download, Part, Progress, Values
from app.ui.services import Services
from app.ui.tabs.space_common import (
    JUDGE,
    MAIN,
    TAB,
    end_key,
    end_line,
    end_tensor,
    end_widgets,
    has,
    is_scene,
    real_level,
    say_missing,
    say_no_picture,
)
from app.ui.widgets.base import widget
from app.ui.widgets.values import charts_value, film_value, panels_value


@dataclass(frozen=True, eq=False)
class WalkPart:
    """The handlers."""

    services: Services

    def walks(self, values: Values) -> Generator[Progress, None, list[Walk]]:
        """Return the four walks."""
        key = ("space walk", end_key(values, "a"), end_key(values, "b"), values["frames"], values["steps"])
        return (yield from self.services.kept.run(key, lambda: self._walked(values)))

    def _walked(self, values: Values) -> Generator[Progress, None, list[Walk]]:
        catalogue, ends = self.services.catalogue, (end_tensor(values, "a"), end_tensor(values, "b"))
        frames, steps = int(values["frames"]), int(values["steps"])
        running = all_walks(catalogue.denoiser(MAIN), catalogue.judge(), ends, frames, steps, self.services.runtime)
        while True:
            try:
                path, share = next(running)
            except StopIteration as end:
                return end.value
            number = list(PATH_TITLES).index(path)
            yield Progress(f"{PATH_TITLES[path][0].lower()}: {share:.0%}", (number + share) / len(PATH_TITLES))

    def scored(self, values: Values, walks: list[Walk]) -> list[Score]:
        """Return the scores of the walks."""
        key = ("space scores", end_key(values, "a"), end_key(values, "b"), values["frames"], values["steps"])
        judge, level = self.services.catalogue.judge(), real_level(self.services)
        return self.services.kept.get(key, lambda: [score(w, judge, level, self.services.runtime) for w in walks])

    def run(self, values: Values) -> Iterator[Any]:
        """Show the walks; their scores appear with the guess."""
        say_no_picture(values, "a", "b")
        walks = yield from self.walks(values)
        yield Progress("comparing frames with scenes", None)
        scores, guess = self.scored(values, walks), values["guess"]
        charts = self.drawn(values, walks, scores)
        film = film_value(
            walk_film(walks),
            walk_views(walks),
            walk_moments(walks),
            title="From A to B on four paths",
            note="Move the slider: every frame is in the page already.",
            start=len(walks[0].pictures) // 2,
        )
        scenes = is_scene(values, "a") and is_scene(values, "b")
        facts = walk_facts(scores, guess, scenes) if guess is not None else opening_facts(walks)
        yield [film, panels_value([], facts), charts_value(charts if guess is not None else charts[1:2])]

    def finished(self, values: Values) -> list[Walk]:
        """Return the walks on the screen, for a file."""
        return finish(self.walks(values))

    def charts(self, values: Values) -> Any:
        """Return all curves, for a file."""
        walks = self.finished(values)
        return self.drawn(values, walks, self.scored(values, walks))

    def drawn(self, values: Values, walks: list[Walk], scores: list[Score]) -> list[Chart]:
        """Return the curves; they say so where the ends are not of the judge's world."""
        return walk_charts(walks, scores, scenes=is_scene(values, "a") and is_scene(values, "b"))

    def arrays(self, values: Values) -> bytes:
        """Return the frames of every path, and the latents of the paths that have some, as a file."""
        walks = self.finished(values)
        latents = {f"{walk.request.path}_z": walk.z for walk in walks if walk.z is not None}
        return npz_bytes({walk.request.path: walk.pictures for walk in walks} | latents)

    def code(self, values: Values) -> str:
        """Return the code of the view."""
        ends = (end_line(values, "a"), end_line(values, "b"))
        return walk_code(MAIN, ends, int(values["frames"]), int(values["steps"]))


def build_walk(services: Services) -> Part | None:
    """Lay out the part."""
    if not has(services, "denoiser", MAIN) or not has(services, "judge", JUDGE):
        say_missing(MAIN, JUDGE)
        return None
    handle = WalkPart(services)
    with columns(4, 8) as (left, right):
        with left:
            a, b = end_widgets("walk", "A", SCENES[0], 17), end_widgets("walk", "B", SCENES[2], 3)
            with gr.Accordion("How finely", open=False, elem_id="space-walk-more"):
                frames = gr.Slider(16, 48, 16, step=4, label="Frames", elem_id="space-walk-frames")
                steps = gr.Slider(4, 30, 8, step=1, label="Noise path: steps each way", elem_id="space-walk-steps")
            walk = gr.Button("Walk", elem_id="space-walk-walk")
            titles = [title for title, _ in PATH_TITLES.values()]
            guess, reveal = guess_row("space-walk", "My guess: which path stays among pictures?", titles)
            panels = widget("panels", elem_id="space-walk-panels")
        with right:
            film = widget("film", elem_id="space-walk-film", label="way from A to B")
            charts = widget("chart", elem_id="space-walk-charts")
    return Part(
        TAB,
        "walk",
        settings={
            "a": a.choice,
            "a_scene": a.scene,
            "b": b.choice,
            "b_scene": b.scene,
            "frames": frames,
            "steps": steps,
        },
        outputs=[film, panels, charts],
        run=handle.run,
        code=handle.code,
        downloads=_downloads(handle),
        extras={"own_a": a.own, "own_b": b.own},
        triggers=[walk.click],
        guess=guess,
        reveal=reveal,
    )


def _downloads(handle: WalkPart) -> dict[str, Callable[[Values], Download]]:
    return {
        "GIF": lambda values: Download("walk.gif", film_gif(gif_frames(handle.finished(values)), side=1024)),
        "PNG": lambda values: Download("walk.png", chart_png(handle.charts(values))),
        "CSV": lambda values: Download("walk.csv", chart_csv(handle.charts(values))),
        "NPZ": lambda values: Download("walk.npz", handle.arrays(values)),
    }
