"""A view as an address: the tab and its settings, so that a link restores a screen exactly in another browser.

Presets and lessons use the same settings. An address is typed by anybody: what does not fit gives the default view and
a sentence, never an error.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

Value = str | int | float
MOST_CHARACTERS = 400
"""Longest text of one setting; longer ones are not ours."""
TAB = "tab"


@dataclass(frozen=True)
class View:
    """What a tab's screen depends on. settings: every setting of the tab, by name.

    problem: why the address could not be followed, as a sentence for the visitor; '' if it could.
    """

    tab: str
    settings: Mapping[str, Value] = field(default_factory=dict)
    problem: str = ""


def to_query(view: View, defaults: Mapping[str, Value]) -> str:
    """Return '?tab=...' with the settings that differ from the defaults, in their order."""
    changed = {
        name: view.settings[name] for name in defaults if view.settings.get(name, defaults[name]) != defaults[name]
    }
    return "?" + urlencode({TAB: view.tab} | {name: _text(value) for name, value in changed.items()})


def from_query(
    query: Mapping[str, str], tab: str, defaults: Mapping[str, Value], choices: Mapping[str, Sequence[str]]
) -> View:
    """Return the view that an address asks of a tab: defaults for what it does not say.

    A setting has the type of its default; choices: what the settings named in it may be. What makes no sense gives the
    defaults and a problem. An address of another tab asks for nothing.
    """
    if query.get(TAB, "") != tab:
        return View(tab, dict(defaults))
    settings: dict[str, Value] = dict(defaults)
    for name, text in query.items():
        if name == TAB or name.startswith("__"):  # gradio's own, such as __theme
            continue
        value = _parsed(text, defaults[name]) if name in defaults else None
        if value is None or value not in choices.get(name, [value]):
            return View(tab, dict(defaults), "This link could not be followed, so you see the tab as it opens.")
        settings[name] = value
    return View(tab, settings)


def _text(value: Value) -> str:
    return str(value)


def _parsed(text: str, default: Value) -> Value | None:
    """Return the text as the type of the default, None if it is none."""
    if len(text) > MOST_CHARACTERS:
        return None
    if isinstance(default, str):
        return text
    try:
        number = float(text)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    if isinstance(default, int):
        return int(number) if number == int(number) else None
    return number
