"""A table of named things that answers a misspelt name with the nearest known one."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Generic, TypeVar

from app.core.errors import UnknownName

Entry = TypeVar("Entry")


def did_you_mean(name: str, known: list[str]) -> str:
    """Return a hint that names the nearest known name, if one is near, and then all known names."""
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    guess = f"Did you mean '{near[0]}'? " if near else ""
    return f"{guess}Known: {', '.join(known)}."


class Registry(Mapping[str, Entry], Generic[Entry]):
    """An explicit, ordered, read-only table: `Registry("sampler", ddpm=ddpm, ddim=ddim)`."""

    def __init__(self, what: str, **entries: Entry) -> None:
        self.what = what
        self._entries = entries

    def __getitem__(self, name: str) -> Entry:
        """Return the entry; raises UnknownName, which a person can read, for a name that is not in the table."""
        if name not in self._entries:
            raise UnknownName(f"There is no {self.what} called '{name}'.", hint=did_you_mean(name, list(self._entries)))
        return self._entries[name]

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)
