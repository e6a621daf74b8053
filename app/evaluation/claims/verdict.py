"""What was found about a claim, and how single checks add up to a verdict.

The rule, for every claim: a core check that fails settles it ("does not hold here"), one that n cannot settle leaves it
"undecided"; if all core checks pass, any other check that does not pass is a limit. Checks are written, with their
thresholds, before anything is measured; each says beside its figures what it asks for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Verdict = Literal["holds", "holds with a limit", "does not hold here", "undecided", "not measured"]
Outcome = bool | None
"""Whether a check passed; None: n is too small to tell."""
OPEN = "too few to tell"


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
    """One part of a claim: what was seen, what is asked for, and whether it is so.

    seen: a clause with its figures, true whichever way the check ends; of a part that is not core, how the limit is
    put where it shows. asked: what must be so for the check to pass, with the threshold.
    """

    seen: str
    asked: str
    outcome: Outcome
    core: bool = True

    def text(self) -> str:
        """Return what was seen, with what is asked for behind it."""
        return f"{self.seen} (asked: {self.asked}{f'; {OPEN}' if self.outcome is None else ''})"


def conclude(figures: Sequence[Figure], checks: Sequence[Check]) -> Finding:
    """Add checks up by the rule of this module."""
    core = [check for check in checks if check.core]
    failed = [check for check in core if check.outcome is False]
    unsettled = [check for check in core if check.outcome is None]
    limits = [check for check in checks if not check.core and check.outcome is not True]
    if failed:
        return Finding("does not hold here", tuple(figures), _sentence(failed))
    if unsettled:
        return Finding("undecided", tuple(figures), _sentence(unsettled))
    if limits:
        return Finding("holds with a limit", tuple(figures), f"{_sentence(core)} The limit: {_clauses(limits)}.")
    return Finding("holds", tuple(figures), _sentence(core))


def every(outcomes: Iterable[Outcome]) -> Outcome:
    """True if all are; False if one is; None if it depends on what n could not settle."""
    found = list(outcomes)
    return False if False in found else None if None in found else True


def some(outcomes: Iterable[Outcome]) -> Outcome:
    """True if one is; False if none is; None if it depends on what n could not settle."""
    found = list(outcomes)
    return True if True in found else None if None in found else False


def unmet(outcomes: Mapping[str, Outcome]) -> str:
    """List by name what is not known to be so; what n could not settle says that."""
    names = (name + (f" ({OPEN})" if found is None else "") for name, found in outcomes.items() if found is not True)
    return ", ".join(names)


def _clauses(checks: Sequence[Check]) -> str:
    return "; ".join(check.text() for check in checks)


def _sentence(checks: Sequence[Check]) -> str:
    text = _clauses(checks)
    return text[:1].upper() + text[1:] + "."
