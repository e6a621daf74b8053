"""Connect the events of a part: its own, and those of the furniture that the kit puts around it."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import gradio as gr
from gradio.components import Component

from app.ui.events import ON_CPU
from app.ui.links import Value
from app.ui.part import Furniture, Part
from app.ui.services import Services
from app.ui.widgets.base import packed
from app.ui.wiring import Handlers


def wired(handle: Handlers, handler: Callable[..., Iterator[Any]], count: int, outputs: int) -> Callable[..., Any]:
    """Return a handler of `count` inputs and the event as gradio wants it: with a signature that can be read.

    It ends the visitor's earlier run of the part, unless a file is all that is asked for. A generator
    stays one, so that gradio streams it and can stop it.
    """

    def stream(*raw: Any) -> Iterator[Any]:
        *inputs, event, request = raw
        frames = handler(*inputs, event)
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


def connect(part: Part, presets: Mapping[str, Mapping[str, Value]], kit: Furniture, services: Services) -> None:
    """Connect the events of a part."""
    handle = Handlers(part, presets)
    settings: list[Component] = list(part.settings.values())
    extras = list(part.extras.values())
    inputs, shown = [*settings, *extras], [*part.outputs, kit.link, kit.code, kit.head.status]
    options: dict[str, Any] = {**ON_CPU, "show_progress_on": [kit.head.status]}
    count = len(inputs)

    def run(*raw: Any) -> Iterator[Any]:
        return handle.on_run(*raw[:-1])

    def reveal(*raw: Any) -> Iterator[Any]:
        return handle.on_reveal(*raw[:-1])

    runs = [_furnished(handle, kit, inputs, [*settings, *extras, *shown])]
    triggers = [*part.triggers, *(getattr(part.settings[name], _change(part.settings[name])) for name in part.live)]
    if triggers:
        runs.append(gr.on(triggers, wired(handle, run, count, len(shown)), inputs, shown, **options))
    if part.reveal is not None and part.guess is not None:
        asked = [*inputs, part.guess]
        runs.append(part.reveal.click(wired(handle, reveal, count + 1, len(shown)), asked, shown, **options))
    kit.head.stop.click(
        lambda: packed({"text": "stopped", "share": None}), None, kit.head.status, cancels=runs, queue=False
    )


def _furnished(handle: Handlers, kit: Furniture, inputs: list[Component], outputs: list[Any]) -> Any:
    """Connect all furniture but Stop to one event; several may run at once, as a file may be asked for during a run."""
    asked: list[Any] = [_event(kit.opener, "open"), _event(kit.opener, "again"), kit.head.reset.click]
    asked += [_event(one, "pick") for one in (kit.head.presets, kit.downloads) if one is not None]
    every = [*outputs, *([] if kit.downloads is None else [kit.downloads])]
    options: dict[str, Any] = {**ON_CPU, "trigger_mode": "multiple", "show_progress_on": [kit.head.status]}
    handler = wired(handle, handle.on_furniture, len(inputs), len(every))
    return gr.on(asked, handler, inputs, every, **options)


def _event(widget: gr.HTML, name: str) -> Any:
    """Return an event of a widget as gr.on takes it: those of a gr.HTML are plain functions, which it refuses."""
    facts: dict[str, Any] = {"has_trigger": True, "callback": None, "connection": "sse", "event_specific_args": []}
    return SimpleNamespace(__self__=widget, event_name=name, **facts)


def _change(component: Component) -> str:
    """The event of a change by the visitor's hand: set by Python, a widget would run its part twice."""
    return "input" if hasattr(component, "input") else "change"
