"""Connect the events of a part: its own, and those of the furniture that the kit puts around it."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import gradio as gr
from gradio.components import Component
from gradio.events import EventListenerMethod, set_cancel_events

from app.core.cores import Cores
from app.ui.events import ON_CPU
from app.ui.links import Value
from app.ui.part import Furniture, Part
from app.ui.wiring import Handlers


def wired(
    handle: Handlers, handler: Callable[..., Iterator[Any]], cores: Cores, count: int, outputs: int
) -> Callable[..., Any]:
    """Return a handler of `count` inputs and the event as gradio wants it: with a signature that can be read.

    It computes with its share of the cores, and ends the visitor's earlier run of the part, unless a file is all
    that is asked for. A generator stays one, so that gradio streams it and can stop it.
    """

    def stream(*raw: Any) -> Iterator[Any]:
        *inputs, event, request = raw
        frames = cores.each(handler(*inputs, event))
        if handle.asked_for(event) == "download":
            yield from frames
        else:
            yield from handle.turns.take(str(request.session_hash), frames, [gr.skip()] * outputs)

    kind, added = inspect.Parameter.POSITIONAL_OR_KEYWORD, {"event": gr.EventData, "request": gr.Request}
    names = [inspect.Parameter(f"a{i}", kind) for i in range(count)]
    names += [inspect.Parameter(name, kind, annotation=what) for name, what in added.items()]
    made: Any = stream
    made.__signature__, made.__annotations__ = inspect.Signature(names), added
    return made


def connect(part: Part, presets: Mapping[str, Mapping[str, Value]], kit: Furniture, cores: Cores) -> None:
    """Connect the events of a part; cores: what its runs share with others."""
    handle = Handlers(part, presets)
    settings: list[Component] = list(part.settings.values())
    extras = list(part.extras.values())
    committed: list[Any] = [gr.State(None)] if handle.guesses else []
    guess: list[Any] = [part.guess] if handle.guesses else []
    inputs, shown = [*settings, *extras, *guess, *committed], [*part.outputs, kit.foot, kit.status]
    for one in [*settings, *guess]:
        one.preprocess = _as_sent  # what is wrong with it is said by app.ui.settings, also to those without a page
    options: dict[str, Any] = {**ON_CPU, "show_progress_on": [kit.status]}
    count = len(inputs)

    def run(*raw: Any) -> Iterator[Any]:
        return handle.on_run(*raw[:-1])

    def reveal(*raw: Any) -> Iterator[Any]:
        return handle.on_reveal(*raw[:-1])

    asked: dict[str, Any] = {**options, "trigger_mode": "multiple"}  # a file may be asked for during a run
    furniture = [_event(kit.head, "ask"), _event(kit.foot, "ask")]
    handler = wired(handle, handle.on_furniture, cores, count, count + len(shown))
    runs = [gr.on(furniture, handler, inputs, [*inputs, *shown], **asked)]
    triggers = [*part.triggers, *(getattr(part.settings[name], _change(part.settings[name])) for name in part.live)]
    if triggers:
        runs.append(gr.on(triggers, wired(handle, run, cores, count, len(shown)), inputs, shown, **options))
    if part.reveal is not None and handle.guesses:
        revealed = [*shown, *committed]
        runs.append(part.reveal.click(wired(handle, reveal, cores, count, len(revealed)), inputs, revealed, **options))
    set_cancel_events([EventListenerMethod(kit.head, "stop")], runs)


def _as_sent(value: Any) -> Any:
    return value


def _event(widget: gr.HTML, name: str) -> Any:
    """Return an event of a widget as gr.on takes it: those of a gr.HTML are plain functions, which it refuses."""
    facts: dict[str, Any] = {"has_trigger": True, "callback": None, "connection": "sse", "event_specific_args": []}
    return SimpleNamespace(__self__=widget, event_name=name, **facts)


def _change(component: Component) -> str:
    """The event of a change by the visitor's hand: set by Python, a widget would run its part twice."""
    return "input" if hasattr(component, "input") else "change"
