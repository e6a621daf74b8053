"""What was aimed at, what was measured, and whether it was met: the first table of the report.

A figure of fewer pictures than a target asks for settles nothing.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from app.evaluation.rates import Rate
from app.evaluation.report import DASH, Cards, Column, figure_at, markdown_table, shown
from app.store.card import Card
from app.training.recipes import RECIPES

ENOUGH = 500
"""Held-out pictures or captions that a target is measured on."""
HOURS, CORES = 5.0, 2
"""The whole zoo trains in so many hours on so many cores."""


@dataclass(frozen=True)
class Target:
    """column: where the figure is; limit: the least that is wanted, or the most if `below`, in the figure's unit.

    unit: '' for none, '%' for a rate, whose limit is from 0 to 1.
    ceiling: where the judge's ceiling is, '' for what has none. sample: where the number of pictures or captions stands
    that were measured, at least `fewest` (the n of an attribute is smaller: not every caption asks for it).
    """

    what: str
    model: str
    column: Column
    limit: float
    unit: str = ""
    ceiling: str = ""
    sample: str = ""
    below: bool = False
    fewest: int = ENOUGH

    @property
    def goal(self) -> str:
        """The target as text."""
        limit = f"{100 * self.limit:g} %" if self.unit == "%" else f"{self.limit:g} {self.unit}"
        return f"{'≤' if self.below else '≥'} {limit}".rstrip()

    def row(self, cards: Cards) -> list[str]:
        """Return model, what, target, figure, ceiling and verdict."""
        card = cards.get(self.model)
        found = [DASH, DASH, "not measured"]
        if card is not None:
            ceiling = shown(figure_at(card, self.ceiling)) if self.ceiling else DASH
            found = [self.column.cell(card), ceiling, self.verdict(card)]
        return [f"`{self.model}`", self.what, self.goal, *found]

    def verdict(self, card: Card) -> str:
        """Say whether the figure is as wanted, and whether another n pictures could easily say otherwise."""
        value = self.column.value(card)
        rate = Rate(**value) if isinstance(value, dict) else None
        number, n = rate.rate if rate else value, figure_at(card, self.sample) if self.sample else 0
        if not isinstance(number, int | float) or not isinstance(n, int):
            return "not measured"
        if n < self.fewest:
            return f"not settled: n < {self.fewest}"
        verdict = "met" if (number <= self.limit if self.below else number >= self.limit) else "missed"
        low, high = (rate.low, rate.high) if rate else (None, None)
        if low is not None and high is not None and low < self.limit <= high:
            return f"{verdict}, within its interval"
        return verdict


def _scene(model: str, name: str, limit: float) -> Target:
    column = Column("", f"held_out_scenes.{name}", count="held_out_scenes.n")
    what, *unit = name.split("_")
    return Target(f"{what.upper()} of scenes", model, column, limit, "dB" if unit else "", sample=column.count)


def _drawn(group: str, attribute: str, limit: float) -> Target:
    what = f"{group}: {attribute}".replace("_", " ")
    path = f"{group}.{attribute}"
    return Target(what, "generator", Column("", path), limit, "%", f"ceiling_{path}", f"{group}.all_attributes.n")


TARGETS = (
    _scene("f2c4", "psnr_db", 40),
    _scene("f4c4", "psnr_db", 35),
    _scene("f4c4", "ssim", 0.975),
    _scene("f8c16", "psnr_db", 33),
    _scene("f8c4", "psnr_db", 30.5),
    Target(
        "SSIM of held-out photographs at 512 x 512",
        "f4c4",
        Column("", "held_out_photos_512.ssim", count="held_out_photos_512.n"),
        0.85,
        sample="held_out_photos_512.n",
        fewest=20,  # there are no 500 different views that large
    ),
    *(_drawn("one_thing", attribute, 0.99) for attribute in ("place", "background", "size")),
    _drawn("one_thing", "colour", 0.96),
    _drawn("one_thing", "kind", 0.90),
    _drawn("one_thing", "texture", 0.85),
    _drawn("one_thing", "all_attributes", 0.75),
    _drawn("unseen_combinations", "all_attributes", 0.60),
    _drawn("two_things", "things_colours_relation", 0.40),
    Target(
        "one-thing scenes fully right",
        "judge",
        Column("", "one_thing.all_attributes"),
        0.95,
        "%",
        sample="one_thing.all_attributes.n",
    ),
    Target(
        "time of training",
        "digits",
        Column("", read=lambda card: round(card.training.seconds, 1)),
        60,
        "s",
        below=True,
        fewest=0,
    ),
)
LADDERS = (("f8c4", "f8c16"), ("f16c4", "f16c16"))
"""VAEs of one f with more and more numbers."""


@dataclass(frozen=True)
class Targets:
    """The section. claims: how many of the course's claims there are, and how many have a verdict."""

    claims: tuple[int, int]
    question: str = "Targets"
    note: str = (
        "'Within its interval': the 95 % interval of the rate reaches to the other side of the target. What was tried "
        "where a target is missed stands under *Remedies*, if anything was."
    )

    def body(self, cards: Cards) -> str:
        """Return a row a target."""
        rows = [target.row(cards) for target in TARGETS]
        rows += [_rising(models, cards) for models in LADDERS]
        rows += [_whole_zoo(cards), self._claims()]
        return markdown_table(["model", "what", "target", "measured", "the judge's ceiling", "verdict"], rows)

    def _claims(self) -> list[str]:
        there, settled = self.claims
        verdict = "met" if there == settled else "missed" if settled else "not measured"
        return ["all", "claims with a verdict", f"≥ {there}", str(settled), DASH, verdict]


def goal_of(model: str, path: str) -> str | None:
    """Return what a figure of a model is to reach, None if nothing was set for it."""
    found = [target for target in TARGETS if (target.model, target.column.path) == (model, path)]
    return found[0].goal if found else None


def _rising(models: tuple[str, ...], cards: Cards) -> list[str]:
    """Whether more numbers at the same f rebuild scenes better."""
    figures = [figure_at(cards[name], "held_out_scenes.psnr_db") if name in cards else None for name in models]
    measured = [value for value in figures if isinstance(value, int | float)]
    verdict = "not measured"
    if len(measured) == len(models):
        verdict = "met" if all(a < b for a, b in pairwise(measured)) else "missed"
    n = [shown(figure_at(cards[name], "held_out_scenes.n")) for name in models if name in cards]
    text = f"{' < '.join(shown(value) for value in figures)} (n = {', '.join(n) or DASH})"
    names = ", ".join(f"`{name}`" for name in models)
    return [names, "PSNR of scenes rises with the numbers (dB)", "rising", text, DASH, verdict]


def _whole_zoo(cards: Cards) -> list[str]:
    """How many core-hours all recipes take: timed steps of one core, or else seconds times threads, off the cards.

    What is trained may take too long already, whatever the rest needs.
    """
    trained = [cards[name] for name in RECIPES if name in cards]
    hours = sum(_core_seconds(card) for card in trained) / 3600
    so_far = "met" if len(trained) == len(RECIPES) else "not measured"
    verdict = so_far if hours <= HOURS * CORES else "missed"
    text = f"{hours:.1f} ({len(trained)} of {len(RECIPES)} recipes trained)"
    return ["all", "core-hours of training", f"≤ {HOURS * CORES:g}", text, DASH, verdict]


def _core_seconds(card: Card) -> float:
    return card.training.seconds * _threads(card) if card.core_seconds is None else card.core_seconds


def _threads(card: Card) -> int:
    found = re.search(r"(\d+) threads", card.training.machine)
    return int(found[1]) if found else 1
