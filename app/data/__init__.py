"""Data sets by name: `open_dataset("scenes+photos", split="train")`. A new one costs one file and a line in DATASETS.

A name may have an argument and a weight: `scenes:unseen`, `openml:mnist`, `folder:PATH`, `scenes*2+photos*1`. The PATH
of a folder may be that of a zip of one.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from app.core.errors import BadData, BadRequest
from app.core.files import read_at_most
from app.core.registry import Registry
from app.data.base import PictureSet, Split
from app.data.digits import open_digits
from app.data.folder import MOST_ZIP_BYTES, from_zip, open_folder
from app.data.mixture import Mixture
from app.data.openml import open_openml
from app.data.photos import Photos
from app.data.scenes import Combinations, Scenes

Opener = Callable[[str, Split, int, int], PictureSet]
"""Opens a data set from (the argument after its ':', or ''; split; side in pixels; seed)."""

COMBINATIONS: Registry[Combinations] = Registry("kind of scenes", seen="seen", unseen="unseen")

DEFAULT_WEIGHTS = {"scenes": 2}
"""How many items a data set gives to one turn of a sum that names no weight; 1 where nothing is said."""


def _no_argument(name: str, argument: str) -> None:
    if argument:
        raise BadRequest(f"The data set {name} takes no ':{argument}'.", hint=f"Write {name} alone.")


def _scenes(argument: str, split: Split, side: int, seed: int) -> PictureSet:
    return Scenes(split=split, seed=seed, side=side, combinations=COMBINATIONS[argument or "seen"])


def _photos(argument: str, split: Split, side: int, seed: int) -> PictureSet:
    _no_argument("photos", argument)
    return Photos(split, seed, side=side)


def _digits(argument: str, split: Split, side: int, seed: int) -> PictureSet:
    _no_argument("digits", argument)
    return open_digits(split, side)


def _openml(argument: str, split: Split, side: int, seed: int) -> PictureSet:
    return open_openml(argument, split, side)


def _folder(argument: str, split: Split, side: int, seed: int) -> PictureSet:
    path = Path(argument).expanduser()
    if path.suffix.lower() == ".zip" and path.is_file():
        return from_zip(read_at_most(path, MOST_ZIP_BYTES, BadData), split, side, path.name)
    return open_folder(argument, split, side)


DATASETS: Registry[Opener] = Registry(
    "data set",
    scenes=_scenes,
    photos=_photos,
    digits=_digits,
    openml=_openml,
    folder=_folder,
)


class Term(NamedTuple):
    """One data set of a sum. argument: what stands after its ':', or ''; weight: how many items it gives to a turn."""

    name: str
    argument: str
    weight: int

    @property
    def spec(self) -> str:
        """What opens this data set alone."""
        return f"{self.name}:{self.argument}" if self.argument else self.name


def terms_of(spec: str) -> list[Term]:
    """Take a sum of data sets apart; raises BadRequest for a weight that is none."""
    return [_parse(term) for term in _split_sum(spec)]


def open_dataset(spec: str, *, split: Split, side: int = 64, seed: int = 0) -> PictureSet:
    """Open a data set, or a weighted sum of them, at `side` pixels.

    Raises UnknownName for a name that is not in DATASETS, BadRequest, BadData or BadUpload for what cannot be opened.
    """
    if side < 1:
        raise BadRequest(f"Pictures can't have a side of {side} pixels.", hint="Use 64, or another positive number.")
    terms = terms_of(spec)
    parts = tuple(DATASETS[term.name](term.argument, split, side, seed) for term in terms)
    return parts[0] if len(parts) == 1 else Mixture(parts, tuple(term.weight for term in terms))


def _split_sum(spec: str) -> list[str]:
    """Split at '+'; a folder comes last and keeps all that follows, as a path may hold '+' and '*' itself."""
    before, folder, path = spec.partition("folder:")
    if not folder or (before and not before.endswith("+")):
        return spec.split("+")
    return [*before.split("+")[:-1], folder + path]


def _parse(term: str) -> Term:
    """Take 'name:argument*weight' apart."""
    name, _, argument = term.strip().partition(":")
    if name == "folder":
        return Term(name, argument, 1)
    stem, star, weight = term.strip().partition("*")
    name, _, argument = stem.partition(":")
    if star and not (weight.isdecimal() and int(weight) > 0):
        raise BadRequest(
            f"'{weight}' in '{term}' is no weight.", hint="Write a whole number, such as scenes*2+photos*1."
        )
    return Term(name, argument, int(weight) if star else DEFAULT_WEIGHTS.get(name, 1))
