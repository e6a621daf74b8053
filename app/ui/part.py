"""A part of a tab: one question a student can ask, with everything that all parts have alike.

A tab file lists its parts; each part's `build` makes the widgets and returns a `Part`. `app.ui.layout.parts_of` adds
presets, status, reset, link, downloads and the levels, and connects them (app.ui.connect, app.ui.wiring). Nothing in
a part may belong to a visitor.

    PARTS = [PartTab("noise", "Add noise", "### What does noise hide?\\nMove the slider.", build_noise, presets={...})]

    def build_noise(services: Services) -> Part:
        with columns() as (left, right):
            with left: t = gr.Slider(0, 1000, 300, step=1, label="Step t", elem_id="denoise-noise-t")
            with right: film = widget("film", elem_id="denoise-noise-film")
        return Part("denoise", "noise", settings={"t": t}, outputs=[film], run=run, code=code, live=["t"])

    def build(services: Services) -> gr.Tabs:
        return parts_of("denoise", PARTS, services)
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import gradio as gr
from gradio.components import Component

from app.ui.links import Value
from app.ui.services import Services
from app.ui.settings import within

Values = Mapping[str, Any]
"""Settings by name, checked, of the types of their defaults; then the extras by name, and 'guess' (None: none yet)."""

Result = TypeVar("Result")

Outputs = Sequence[Any]
"""Values of the part's outputs, in their order."""


@dataclass(frozen=True)
class Progress:
    """What a long run yields between outputs. share: 0 to 1 done, None if nobody knows; text: what is being done."""

    text: str
    share: float | None = None


def working(work: Generator[float, None, Result], text: str) -> Generator[Progress, None, Result]:
    """Run some work that yields the share that is done, telling the page; returns its result."""
    while True:
        try:
            yield Progress(text, next(work))
        except StopIteration as end:
            return end.value


@dataclass(frozen=True)
class Download:
    """A file for the visitor: its name, with the ending that says what it is, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, eq=False)
class Part:
    """What one part is made of.

    settings: the widgets an address restores, by their name in it. outputs: the widgets that `run` fills.
    run: values -> outputs; a generator may yield outputs as often as it likes, and Progress between them. What takes
    over half a second is a generator, so that Stop can end it. It runs when the part is first seen (with the settings
    of the address, guess None), at every trigger, and, for settings named in live, at each change.
    code: values -> a few lines of Python that make what is on the screen.
    downloads: by the name on the button, such as 'PNG' or 'CSV'; called with the values on the screen.
    extras: inputs that no address can hold (a visitor's picture, a gr.State); reset empties pictures.
    triggers: events such as button.click or caption.submit. guess, reveal: the widget of a guess and the button that
    commits it: from then on, until reset, run is called with the guess; with that run alone if once is set.
    shared: names of settings whose widgets stand above the parts and belong to all of them: a part that opens leaves
    them as they are unless the address asks for it. When the browser hears "lab-shared" {tab}, the part on the screen
    runs again, and each other part when it is next seen.
    """

    tab: str
    name: str
    settings: Mapping[str, Component]
    outputs: Sequence[Component]
    run: Callable[[Values], Outputs | Iterator[Progress | Outputs]]
    code: Callable[[Values], str]
    downloads: Mapping[str, Callable[[Values], Download]] = field(default_factory=dict)
    extras: Mapping[str, Component] = field(default_factory=dict)
    triggers: Sequence[Any] = ()
    live: Sequence[str] = ()
    guess: Component | None = None
    reveal: gr.Button | None = None
    shared: Sequence[str] = ()
    once: bool = False

    @property
    def id(self) -> str:
        """What the ids of its elements begin with."""
        return f"{self.tab}-{self.name}"


@dataclass(frozen=True)
class PartTab:
    """A part before it is built. question: Markdown, a heading and one line that says what to do.

    build returns None when what it needs is not there; it has then said so on the page.
    presets: 'try this' by title: the settings that differ from how the part opens.
    """

    name: str
    title: str
    question: str
    build: Callable[[Services], Part | None]
    presets: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)

    def presets_for(self, part: Part) -> dict[str, Mapping[str, Value]]:
        """Return the presets that the built part can take: a model that is not here leaves its preset out."""
        return {
            title: chosen
            for title, chosen in self.presets.items()
            if all(name in part.settings and within(part.settings[name], value) for name, value in chosen.items())
        }


@dataclass(frozen=True, eq=False)
class Furniture:
    """What the kit adds to a part and listens to. Few components, as gradio's page compares each with each event.

    head: presets, stop, reset, and when the part is seen; status: how far a run is; foot: code, downloads, address.
    """

    head: gr.HTML
    status: gr.HTML
    foot: gr.HTML
