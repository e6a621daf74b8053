"""What a claim is, what was found about it, and how single checks add up to a verdict.

The rule, for every claim: a core check that fails settles it ("does not hold here"), one that n cannot settle leaves it
"undecided"; if all core checks pass, any other check that does not pass is a limit. Checks are written, with their
thresholds, before anything is measured.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from app.core.errors import LabError
from app.store.catalogue import Catalogue

Verdict = Literal["holds", "holds with a limit", "does not hold here", "undecided", "not measured"]
Outcome = bool | None
"""Whether a check passed; None: n is too small to tell."""


class Figure(NamedTuple):
    """A measured number: what it is, and its value as text with unit and n."""

    label: str
    value: str


@dataclass(frozen=True)
class Finding:
    """The verdict, the figures that it rests on, and why it is this one."""

    verdict: Verdict
    figures: tuple[Figure, ...]
    why: str


@dataclass(frozen=True)
class Check:
    """One part of a claim: what was seen, and whether that is what the part says.

    seen: a clause with its figures; of a part that is not core, how the limit is put where it shows.
    """

    seen: str
    outcome: Outcome
    core: bool = True


@dataclass(frozen=True)
class Claim:
    """needs: names of the models; measure: (catalogue, how many pictures or captions) -> finding."""

    number: int
    statement: str
    experiment: str
    needs: tuple[str, ...]
    measure: Callable[[Catalogue, int], Finding]


def conclude(figures: Sequence[Figure], checks: Sequence[Check]) -> Finding:
    """Add checks up by the rule of this module."""
    core = [check for check in checks if check.core]
    failed = [check for check in core if check.outcome is False]
    unsettled = [check for check in core if check.outcome is None]
    limits = [check for check in checks if not check.core and check.outcome is not True]
    if failed:
        return Finding("does not hold here", tuple(figures), _sentence(failed))
    if unsettled:
        return Finding("undecided", tuple(figures), f"Too few to tell. {_sentence(unsettled)}")
    if limits:
        return Finding("holds with a limit", tuple(figures), f"{_sentence(core)} The limit: {_clauses(limits)}.")
    return Finding("holds", tuple(figures), _sentence(core))


def measure_claim(claim: Claim, catalogue: Catalogue, count: int) -> Finding:
    """Measure one claim; what a user could mend (a missing or broken model) becomes "not measured", a bug does not."""
    missing = [name for name in claim.needs if name not in catalogue.cards]
    if missing:
        broken = "".join(f" {catalogue.broken[name]}" for name in missing if name in catalogue.broken)
        return Finding("not measured", (), f"Not here, or not usable: {', '.join(missing)}.{broken}")
    try:
        return claim.measure(catalogue, count)
    except LabError as error:
        return Finding("not measured", (), str(error))


def every(outcomes: Iterable[Outcome]) -> Outcome:
    """True if all are; False if one is; None if it depends on what n could not settle."""
    found = list(outcomes)
    return False if False in found else None if None in found else True


def some(outcomes: Iterable[Outcome]) -> Outcome:
    """True if one is; False if none is; None if it depends on what n could not settle."""
    found = list(outcomes)
    return True if True in found else None if None in found else False


def unmet(outcomes: Mapping[str, Outcome]) -> str:
    """List by name what is not known to be so."""
    return ", ".join(name for name, outcome in outcomes.items() if outcome is not True)


def _clauses(checks: Sequence[Check]) -> str:
    return "; ".join(check.seen + (" (too few to tell)" if check.outcome is None else "") for check in checks)


def _sentence(checks: Sequence[Check]) -> str:
    text = "; ".join(check.seen for check in checks)
    return text[:1].upper() + text[1:] + "."
