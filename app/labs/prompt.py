"""What the experiments on captions share: runs of many captions in one batch, and the judge's marks on the pictures.

Work that takes a while is a generator: it yields the share done, from 0 to 1, and returns its result. So a page can
show how far it is and stop it between two steps; `finished` runs it to its end.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import torch
from jaxtyping import Float
from torch import Tensor

from app.core.errors import BadRequest
from app.core.runtime import Runtime
from app.data.scenes import LABEL_COLUMNS, LABEL_TABLES, parse_caption, scene_to_labels
from app.data.scenes.factors import UNKNOWN
from app.evaluation.judging import read_pictures
from app.evaluation.sampling import SamplingOptions, sample
from app.models.text import check_words, split_words
from app.store.catalogue import LoadedDenoiser, LoadedJudge

Item = TypeVar("Item")
Result = TypeVar("Result")
Work: TypeAlias = Generator[float, None, Result]
"""Yields the share that is done and returns the result."""

MOST_ROW_STEPS = 4000
"""The largest run of this tab: pictures times steps."""


def finished(work: Generator[Any, None, Result]) -> Result:
    """Run to the end, for whoever does not want to watch."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


@torch.inference_mode()
def drawn(
    model: LoadedDenoiser, captions: Sequence[str], seeds: Sequence[int], options: SamplingOptions, runtime: Runtime
) -> Work[Tensor]:
    """Run a batch to its end; returns the last samples, (B, C, H, W), unit variance, float32 on the CPU."""
    check_size(len(captions), options.steps)
    for state in sample(model, captions, seeds, options, runtime):
        yield state.step / options.steps
    return state.x


def check_size(pictures: int, steps: int) -> None:
    """Raise BadRequest for a run that would keep the machine from everybody else."""
    if pictures * steps > MOST_ROW_STEPS:
        raise BadRequest(
            f"That are {pictures} pictures of {steps} steps.",
            hint=f"Pictures times steps may be {MOST_ROW_STEPS} at most: use fewer of either.",
        )


def spread_over(fractions: tuple[float, float], work: Work[Result]) -> Work[Result]:
    """Let a part of some work count from one share of the whole to another."""
    low, high = fractions
    while True:
        try:
            yield low + (high - low) * next(work)
        except StopIteration as end:
            return end.value


def counted(items: Iterator[Item], total: int) -> Work[list[Item]]:
    """Let items that come one after the other, `total` in all, be some work: its result is a list of them."""
    found = list[Item]()
    for item in items:
        found.append(item)
        yield len(found) / total
    return found


@dataclass(frozen=True)
class Mark:
    """What the judge reads for one thing that the caption says. name: 'colour', or 'colour of the second'."""

    name: str
    wanted: str
    read: str

    @property
    def right(self) -> bool:
        """Whether it is as wanted."""
        return self.read == self.wanted


Marks: TypeAlias = tuple[Mark, ...]
UNREADABLE = "not to be read"
"""What stands for an attribute that the judge's own reading of the layout rules out."""


def wishes(caption: str) -> dict[str, str]:
    """Return what the caption asks for, by label column; empty if it does not have the form of a scene's caption."""
    scene = parse_caption(caption)
    if scene is None:
        return {}
    numbers = zip(LABEL_COLUMNS, scene_to_labels(scene).tolist(), strict=True)
    return {column: LABEL_TABLES[column][number] for column, number in numbers if number != UNKNOWN}


@torch.inference_mode()
def readings(
    judge: LoadedJudge | None, pictures: Float[Tensor, "n 3 h w"], runtime: Runtime
) -> tuple[dict[str, str], ...]:
    """Return what the judge reads off each picture, by label column; nothing if there is no judge for such pictures."""
    if judge is None or judge.network.config.side != pictures.shape[-1]:
        return tuple({} for _ in pictures)
    rows = read_pictures(judge, pictures, runtime).tolist()
    return tuple(
        {
            column: UNREADABLE if number == UNKNOWN else LABEL_TABLES[column][number]
            for column, number in zip(LABEL_COLUMNS, row, strict=True)
        }
        for row in rows
    )


def marks(wanted: dict[str, str], read: dict[str, str]) -> Marks:
    """Compare a reading with wishes; empty where there is nothing to compare."""
    both = "kind_b" in wanted
    return tuple(Mark(spoken(column, both), wanted[column], read[column]) for column in wanted if column in read)


def spoken(column: str, two_things: bool) -> str:
    """Return a label column's name for people: slot a is the left or upper one of two things."""
    name, _, slot = column.replace("layout", "arrangement").partition("_")
    return f"{name} of the {'first' if slot == 'a' else 'second'}" if two_things and slot else name


def words_of(model: LoadedDenoiser, caption: str) -> list[str]:
    """Return the caption's words as the network reads them; raises UnknownWord for one outside the vocabulary."""
    check_words(caption, model.network.config.text.vocabulary)
    return split_words(caption)
