"""What happens when: the answers to the events that every part has, from its description (app.ui.part)."""

import inspect
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

import gradio as gr

from app.core.errors import BadRequest, BadUpload, LabError
from app.ui.errors import show_note, show_problem
from app.ui.links import TAB, Value, View, from_query, to_query
from app.ui.part import Outputs, Part, Progress, Values
from app.ui.settings import checked, choices_of, default_of, within
from app.ui.turns import Turns
from app.ui.widgets.base import as_file, packed
from app.ui.widgets.values import clock

PART = "part"
"""The name of the part in an address, beside the tab and the settings."""
PROGRESS_SECONDS = 0.2
"""Between two reports of a run: each takes the server and the page tens of milliseconds."""
GUESS = "guess"
"""The name of a committed guess in an address."""
MOST_QUERY = 4000
"""Longest address that is read."""
KEPT: Any = object()
"""Stands for the guess that was committed before."""
LOST = "This link could not be followed, so you see the page as it opens."


@dataclass(frozen=True, eq=False)
class Handlers:
    """The events of one part. Nothing in here belongs to a visitor."""

    part: Part
    presets: Mapping[str, Mapping[str, Value]]
    turns: Turns = field(default_factory=Turns)

    @property
    def defaults(self) -> dict[str, Value]:
        """What the part opens with."""
        return {name: default_of(component) for name, component in self.part.settings.items()}

    @property
    def guesses(self) -> bool:
        """Whether a guess is committed in this part: its widget and what was committed are then the last inputs."""
        return self.part.guess is not None and self.part.reveal is not None

    def values(self, raw: Sequence[Any], settings: Mapping[str, Value] | None = None, guess: Any = KEPT) -> Values:
        """Return all values of a run from the inputs as gradio hands them over, or with other settings or guess."""
        count = len(self.part.settings)
        chosen = checked(self.part.settings, raw[:count]) if settings is None else dict(settings)
        extras = dict(zip(self.part.extras, raw[count:], strict=False))
        for name, extra in extras.items():
            if isinstance(extra, BadUpload):
                show_note(extra)
                extras[name] = None
        return {**chosen, **extras, "guess": self._committed(raw) if guess is KEPT else guess}

    def _committed(self, raw: Sequence[Any]) -> Any:
        """Return the guess that was committed before, None if there is none or it counted for its own run alone."""
        after = raw[len(self.part.settings) + len(self.part.extras) + 1 :]
        return after[0] if after and self.guesses and not self.part.once else None

    def address(self, values: Values) -> str:
        """Return the address of a view."""
        view = View(self.part.tab, {name: values[name] for name in self.part.settings})
        query = to_query(view, self.defaults)
        guess = "" if values["guess"] is None or self.part.once else "&" + urlencode({GUESS: values["guess"]})
        return query.replace(f"{TAB}={self.part.tab}", f"{TAB}={self.part.tab}&{PART}={self.part.name}", 1) + guess

    def frames(self, values: Values) -> Iterator[list[Any]]:
        """Run the part: yield what each output, the foot and the status show."""
        still = [gr.skip() for _ in self.part.outputs]
        began, made = time.perf_counter(), self.part.run(values)
        told = -math.inf
        for item in made if inspect.isgenerator(made) else iter([made]):
            if isinstance(item, Progress):
                if time.perf_counter() - told < PROGRESS_SECONDS:
                    continue
                told = time.perf_counter()
                yield [*still, gr.skip(), packed({"text": item.text, "share": item.share, "run": began})]
            else:
                outputs: Outputs = item  # type: ignore[assignment]
                foot = packed({"address": self.address(values), "code": self.part.code(values)})
                yield [*outputs, foot, _took(began)]

    def guarded(
        self,
        values: Callable[[], Values],
        before: Callable[[Values], list[Any]],
        instead: Callable[[], Values] | None = None,
    ) -> Iterator[Any]:
        """Run, with `before` in front of each frame; a mistake of the visitor becomes a note and changes nothing.

        instead: what is run after a mistake, for a screen that would stay empty.
        """
        try:
            found = values()
            for frame in self.frames(found):
                yield [*before(found), *frame]
        except LabError as error:
            show_note(error)
            if instead is not None:
                yield from self.guarded(instead, before)
                return
            count = len(before(dict.fromkeys(self.part.settings))) + len(self.part.outputs) + 1
            yield [*[gr.skip()] * count, packed({"text": "", "share": None})]

    def on_run(self, *raw: Any) -> Iterator[Any]:
        """Run with the settings on the screen."""
        yield from self.guarded(lambda: self.values(raw), lambda _: [])

    def on_reveal(self, *raw: Any) -> Iterator[Any]:
        """Run with the settings and the guess on the screen, which is committed by that; it is the last output."""
        asked, committed = raw[len(self.part.settings) + len(self.part.extras)], gr.skip()

        def guessed() -> Values:
            nonlocal committed
            known = {} if self.part.guess is None else {GUESS: self.part.guess}
            guess = checked(known, [asked] * len(known)).get(GUESS)
            if guess == "":
                raise BadRequest("There is no guess yet.", hint="Choose an answer first, then press the button again.")
            committed = guess
            return self.values(raw, guess=guess)

        for frame in self.guarded(guessed, lambda _: []):
            yield [*frame, committed]

    def on_open(self, *raw: Any) -> Iterator[Any]:
        """Show what the address asks for, or how the part opens. The last argument is the event with the query."""
        settings, guess, problem = self._asked(_query_of(raw[-1]))
        show_problem(LOST if getattr(raw[-1], "lost", False) is True else problem)
        kept = () if self._is_asked(raw[-1]) else self.part.shared
        yield from self.guarded(
            lambda: self.values(raw[:-1], {**settings, **self._on_screen(raw, kept)}, guess),
            lambda values: [gr.skip() if name in kept else values[name] for name in self.part.settings],
            lambda: self.values(raw[:-1], {**self.defaults, **self._on_screen(raw, kept)}, None),
        )

    def on_reset(self, *raw: Any) -> Iterator[Any]:
        """Back to how the part opens, without the visitor's picture."""
        empty = [None if not isinstance(extra, gr.State) else extra.value for extra in self.part.extras.values()]
        inputs = [*raw[: len(self.part.settings)], *empty]
        yield from self.guarded(
            lambda: self.values(inputs, self.defaults, None), lambda values: [*self._settings_of(values), *empty]
        )

    def on_preset(self, *raw: Any) -> Iterator[Any]:
        """Set the widgets to a preset and run. The last argument is the event with the number of the preset."""
        index = getattr(raw[-1], "index", 0)
        known = list(self.presets.values())
        chosen = known[index] if isinstance(index, int) and 0 <= index < len(known) else {}
        yield from self.guarded(
            lambda: self.values(raw[:-1], {**self.defaults, **self._on_screen(raw, self.part.shared), **chosen}),
            self._settings_of,
        )

    def on_download(self, *raw: Any) -> Any:
        """Make the file that was asked for from what is on the screen: the event holds its address."""
        index = getattr(raw[-1], "index", 0)
        settings, guess, problem = self._asked(str(getattr(raw[-1], "address", ""))[:MOST_QUERY])
        shown = (None, KEPT) if problem or not getattr(raw[-1], "address", "") else (settings, guess)
        makers = list(self.part.downloads.values())
        make = makers[index] if isinstance(index, int) and 0 <= index < len(makers) else makers[0]
        try:
            made = make(self.values(raw[:-1], *shown))
        except LabError as error:
            show_note(error)
            return gr.skip()
        return packed({"name": made.name, "at": time.time()}, file=as_file(made.content, made.name))

    def on_furniture(self, *raw: Any) -> Iterator[Any]:
        """Do what the kit is asked for: open, run again, reset, a preset or a file. The last argument is the event.

        One event for all, because gradio's page compares each of its components with each of its events.
        """
        inputs, asked = raw[:-1], self.asked_for(raw[-1])
        again, rest = [gr.skip()] * len(self.part.settings), [gr.skip()] * len(self.part.extras)
        guess = self._guess_after(asked, raw[-1]) if self.guesses else []
        if asked == "download":
            shown = [gr.skip()] * len(self.part.outputs)
            yield [*again, *rest, *[gr.skip()] * len(guess), *shown, self.on_download(*raw), gr.skip()]
        elif asked == "reset":
            count = len(again) + len(rest)
            yield from ([*frame[:count], *guess, *frame[count:]] for frame in self.on_reset(*inputs))
        else:
            handler = {"open": self.on_open, "preset": self.on_preset}.get(asked)
            for frame in handler(*raw) if handler else ([*again, *shown] for shown in self.on_run(*inputs)):
                yield [*frame[: len(again)], *rest, *guess, *frame[len(again) :]]

    def _guess_after(self, asked: str, event: Any) -> list[Any]:
        """Return what the widget of the guess and the committed guess become."""
        if asked == "open":
            guess = self._asked(_query_of(event))[1]
            return [gr.skip() if guess is None else guess, guess]
        return [getattr(self.part.guess, "value", None), None] if asked == "reset" else [gr.skip(), gr.skip()]

    def asked_for(self, event: Any) -> str:
        """Return what the furniture asks for (head.js, foot.js); 'again' if that is nothing it can."""
        asked = event._data.get("what") if isinstance(event._data, dict) else None
        known = ["open", "preset", "reset", *(["download"] if self.part.downloads else [])]
        return asked if asked in known else "again"

    def _on_screen(self, raw: Sequence[Any], names: Sequence[str]) -> dict[str, Value]:
        """Return some settings as they are on the screen."""
        now = dict(zip(self.part.settings, raw, strict=False))
        return checked({name: self.part.settings[name] for name in names}, [now[name] for name in names])

    def _is_asked(self, event: Any) -> bool:
        """Whether the address of the page asks for this very part, or for what the parts share without naming one."""
        query = dict(parse_qsl(_query_of(event).lstrip("?")))
        if query.get(TAB) != self.part.tab:
            return False
        return query[PART] == self.part.name if PART in query else any(name in query for name in self.part.shared)

    def _settings_of(self, values: Values) -> list[Any]:
        return [values[name] for name in self.part.settings]

    def _asked(self, address: str) -> tuple[dict[str, Value], Any, str]:
        """Return the settings and the guess that an address asks of this part, and why it cannot be followed, or ''."""
        query = dict(parse_qsl(address.lstrip("?"), keep_blank_values=True))
        if query.pop(PART, self.part.name) != self.part.name:
            return self.defaults, None, ""
        known = {**self.part.settings, **({GUESS: self.part.guess} if self.guesses and self.part.guess else {})}
        choices = {name: few for name, one in known.items() if (few := choices_of(one)) is not None}
        view = from_query(query, self.part.tab, {name: default_of(one) for name, one in known.items()}, choices)
        settings = dict(view.settings)
        if GUESS not in query:
            settings.pop(GUESS, None)
        if view.problem or not all(within(known[name], value) for name, value in settings.items()):
            return self.defaults, None, view.problem or LOST
        guess = settings.pop(GUESS, None)
        return settings, guess if query.get(TAB) == self.part.tab else None, ""


def _query_of(event: Any) -> str:
    return str(getattr(event, "query", ""))[:MOST_QUERY]


def _took(began: float) -> dict[str, Any]:
    return packed({"text": f"computed in {clock(time.perf_counter() - began)}", "share": None})
