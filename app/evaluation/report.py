"""checkpoints/REPORT.md: the figures of all cards as one table for each question, readable without the code.

A section is a question, a note and a body made of the cards. A table is a list of models and a list of columns; a
column says where in a card its figure is. What was not measured stays a dash: every number here is on a card.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol, runtime_checkable

from app.evaluation.rates import Rate
from app.store.card import Card

Cards = dict[str, Card]
DASH = "–"


@dataclass(frozen=True)
class Column:
    """heading with its unit; path: where the figure is, 'group.name' below a card's metrics, or read() of the card.

    count: where its n is, for a figure that is no rate and whose table has no column for n.
    """

    heading: str
    path: str = ""
    read: Callable[[Card], object] | None = None
    count: str = ""

    def value(self, card: Card) -> object:
        """Return the figure itself, None if the card lacks it."""
        return self.read(card) if self.read is not None else figure_at(card, self.path)

    def cell(self, card: Card) -> str:
        """Return the figure as text, with its n if that stands elsewhere, or a dash if the card lacks it."""
        value, n = self.value(card), figure_at(card, self.count) if self.count else None
        return shown(value) if value is None or n is None else f"{shown(value)} (n = {shown(n)})"


@runtime_checkable
class Section(Protocol):
    """What the report is made of."""

    @property
    def question(self) -> str:
        """Its heading."""
        ...

    @property
    def note(self) -> str:
        """What to look at, and what to beware of."""
        ...

    def body(self, cards: Cards) -> str:
        """Return the figures as Markdown."""
        ...


@dataclass(frozen=True)
class Table:
    """One question, what to look at, and the models that answer it, in the order of the answer."""

    question: str
    note: str
    models: tuple[str, ...]
    columns: tuple[Column, ...]

    def body(self, cards: Cards) -> str:
        """Return a row a model; one that is not there has dashes, and is named below."""
        missing = ", ".join(f"`{name}`" for name in self.models if name not in cards)
        if not any(name in cards for name in self.models):
            return f"Not measured. Not here: {missing}."
        rows = [_row(name, cards.get(name), self.columns) for name in self.models]
        headings = ["model", *(column.heading for column in self.columns)]
        return markdown_table(headings, rows) + (f"\n\nNot here: {missing}." if missing else "")


def report_text(cards: Cards, sections: Sequence[Section], machine: str) -> str:
    """Return the report as Markdown, a section each, and the judge's confusions at the end."""
    parts = ["# What these models do, measured", HEAD.format(machine=machine)]
    parts += [f"## {section.question}\n\n{section.note}\n\n{section.body(cards)}" for section in sections]
    return "\n\n".join([*parts, *confusion_sections(cards)]) + "\n"


HEAD = (
    "Written by `python -m app evaluate` from the cards; do not edit. All figures are on held-out data. A rate "
    "stands with its 95 % interval (Wilson) and n. Each model was trained once: intervals are over held-out pictures, "
    "not over trainings, and a difference of some tenths of a dB may be chance of the training. {machine}"
)


def markdown_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows as a Markdown table, the first column to the left, figures to the right."""
    rule = [":--", *("--:" for _ in headings[1:])]
    return "\n".join("| " + " | ".join(row) + " |" for row in [headings, rule, *rows])


def shown(value: object) -> str:
    """Return a figure as text: a rate with its interval, a list in short, None as a dash."""
    if value is None:
        return DASH
    if isinstance(value, dict) and set(value) == set(asdict(Rate(None, 0))):
        return _rate(Rate(**value))
    if isinstance(value, list | tuple):
        return ", ".join(shown(each) for each in value)
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _rate(rate: Rate) -> str:
    if rate.rate is None or rate.low is None or rate.high is None:
        return DASH
    return f"{rate.rate:.1%} ({rate.low:.1%}–{rate.high:.1%}, n = {rate.n})"


def figure_at(card: Card, path: str) -> object:
    """Return what stands at 'group.name' below a card's metrics, None if nothing does."""
    found: Any = card.metrics
    for key in path.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _row(name: str, card: Card | None, columns: Sequence[Column]) -> list[str]:
    return [f"`{name}`", *(DASH if card is None else column.cell(card) for column in columns)]


def confusion_sections(cards: Cards) -> list[str]:
    """Return a section for each judge whose card holds its confusion tables (app.evaluation.judging.confusion)."""
    sections = []
    for name, card in cards.items():
        tables = card.metrics.get("confusion", {})
        found = [attribute for attribute in tables if f"{attribute}_classes" in tables]
        if found:
            note = f"Held-out scenes of one thing, n = {tables['n']}. Row: what was drawn; column: what `{name}` read."
            parts = [f"### {each}\n\n{_confusion(tables[each], tables[f'{each}_classes'])}" for each in found]
            sections.append("\n\n".join([f"## What does `{name}` take for what?", note, *parts]))
    return sections


def _confusion(counts: Sequence[Sequence[int]], classes: Sequence[str]) -> str:
    """Return counts as a table, with a point where there is nothing, so that mistakes stand out."""
    rows = [[each, *(str(n) if n else "·" for n in row)] for each, row in zip(classes, counts, strict=True)]
    return markdown_table(["drawn", *classes], rows)
