"""What the widgets of a part are set to, checked: anybody may send a handler anything, also without the page."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from gradio.components import Component

from app.core.errors import BadRequest
from app.ui.links import Value

MOST_CHARACTERS = 400
"""Longest text of a setting; captions are shorter, and nobody types more by hand."""


def default_of(component: Component) -> Value:
    """Return what a widget is built with, as a plain value of an address; a checkbox is 1 or 0."""
    value = getattr(component, "value", None)
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float) and _whole(component) and value == int(value):
        return int(value)
    return value if isinstance(value, str | int | float) else ""


def _whole(component: Component) -> bool:
    """Whether a number widget holds whole numbers only."""
    step = getattr(component, "step", None)
    return getattr(component, "precision", None) == 0 or (isinstance(step, int | float) and step == int(step) > 0)


def choices_of(component: Component) -> list[str] | None:
    """Return what a widget may be set to if it is a choice among texts, else None."""
    choices = getattr(component, "choices", None)
    if not choices:
        return None
    return [str(choice[1] if isinstance(choice, list | tuple) else choice) for choice in choices]


def within(component: Component, value: Value) -> bool:
    """Whether a value lies in the range or among the choices of its widget."""
    choices = choices_of(component)
    if choices is not None:
        return str(value) in choices
    if isinstance(value, str):
        return len(value) <= MOST_CHARACTERS
    low, high = getattr(component, "minimum", None), getattr(component, "maximum", None)
    return (low is None or value >= low) and (high is None or value <= high)


def checked(components: Mapping[str, Component], raw: Sequence[Any]) -> dict[str, Value]:
    """Return settings as the types of their defaults; an emptied box counts as its default.

    Raises BadRequest, which names the widget, for a number that is none, out of range, or a choice there is not.
    """
    return {name: _checked(component, value) for (name, component), value in zip(components.items(), raw, strict=True)}


def _checked(component: Component, raw: Any) -> Value:
    default, label = default_of(component), str(getattr(component, "label", "") or "A setting")
    if raw is None or (raw == "" and not isinstance(default, str)):
        return default
    if isinstance(default, str):
        value: Value = str(raw)
    else:
        number = _number(raw, label)
        value = int(number) if isinstance(default, int) and _whole(component) else number
        if isinstance(raw, bool):
            value = int(raw)
    if not within(component, value):
        raise BadRequest(f"{label}: {_short(value)} is not possible.", hint=_possible(component))
    return value


def _number(raw: Any, label: str) -> float:
    try:
        number = float(raw)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise BadRequest(f"{label}: {_short(raw)} is no number.", hint="Type a number.")
    return number


def _short(value: object) -> str:
    text = str(value)
    return f"'{text[:40]}…'" if len(text) > 40 else f"'{text}'"


def _possible(component: Component) -> str:
    choices = choices_of(component)
    if choices is not None:
        return f"Choose one of: {', '.join(choices[:12])}."
    low, high = getattr(component, "minimum", None), getattr(component, "maximum", None)
    if low is None and high is None:
        return f"Use at most {MOST_CHARACTERS} characters."
    return f"Use {low:g} to {high:g}." if low is not None and high is not None else "Use a smaller number."
