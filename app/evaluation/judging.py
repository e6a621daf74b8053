"""Reading scenes with the judge, and comparing what it reads with what was asked for."""

from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from app.core.pictures import from_bytes
from app.core.runtime import Runtime
from app.data.scenes import LABEL_COLUMNS, Scenes
from app.evaluation.rates import wilson
from app.store.catalogue import LoadedJudge

NOT_APPLICABLE = -1
LAYOUT, PLACE = LABEL_COLUMNS.index("layout"), LABEL_COLUMNS.index("place")
SLOT_B = [number for number, column in enumerate(LABEL_COLUMNS) if column.endswith("_b")]
Labels = Int64[np.ndarray, "b columns"]


@torch.inference_mode()
def read_pictures(judge: LoadedJudge, pictures: Float[Tensor, "b 3 s s"], runtime: Runtime) -> Labels:
    """Return the class that the judge gives to each column; -1 where its own reading of the layout rules one out."""
    rows = [_read(judge, chunk, runtime) for chunk in pictures.split(128)]
    labels = torch.cat(rows).numpy()
    one_thing = labels[:, LAYOUT] == 0
    labels[np.ix_(one_thing, SLOT_B)] = NOT_APPLICABLE
    labels[~one_thing, PLACE] = NOT_APPLICABLE
    return labels


def _read(judge: LoadedJudge, pictures: Float[Tensor, "b 3 s s"], runtime: Runtime) -> Tensor:
    x = runtime.put(pictures.clamp(-1, 1))
    return torch.stack([scores.argmax(-1).cpu() for scores in judge.network(x).scores], dim=1)


def agreement(wanted: Labels, read: Labels) -> Bool[np.ndarray, "b columns"]:
    """Return where a column is as wanted; a column that nobody asked for (-1) counts as right."""
    return (wanted == NOT_APPLICABLE) | (wanted == read)


def compliance(wanted: Labels, read: Labels) -> dict[str, Any]:
    """Return the rate for each attribute over the samples that ask for it, and for all attributes together.

    The two slots of a two-thing scene count as separate samples of kind, colour, size and texture.
    """
    right = agreement(wanted, read)
    figures: dict[str, Any] = {}
    for attribute in dict.fromkeys(column.removesuffix("_a").removesuffix("_b") for column in LABEL_COLUMNS):
        columns = [
            n for n, column in enumerate(LABEL_COLUMNS) if column.removesuffix("_a").removesuffix("_b") == attribute
        ]
        asked = wanted[:, columns] != NOT_APPLICABLE
        if asked.any():
            figures[attribute] = asdict(wilson(int(right[:, columns][asked].sum()), int(asked.sum())))
    figures["all_attributes"] = asdict(wilson(int(right.all(axis=1).sum()), len(right)))
    return figures


def evaluate_judge(judge: LoadedJudge, count: int, runtime: Runtime) -> dict[str, dict[str, Any]]:
    """Measure the judge on held-out pictures: scenes of one thing, of two, and of combinations it never saw."""
    metrics = {}
    for group, scenes, things in (
        ("one_thing", Scenes(split="test"), 1),
        ("two_things", Scenes(split="test"), 2),
        ("unseen_combinations", Scenes(split="test", combinations="unseen"), 1),
    ):
        items = items_with(scenes, things, count)
        read = read_pictures(judge, from_bytes(scenes.pictures(items)), runtime)
        metrics[group] = compliance(np.asarray(scenes.labels(items)), read)
    return metrics


def items_with(scenes: Scenes, things: int, count: int) -> list[int]:
    """Return the numbers of the first `count` items that show so many things (1 or 2)."""
    candidates = np.arange(4 * count + 64)
    fits = (np.asarray(scenes.labels(candidates.tolist()))[:, LAYOUT] == 0) == (things == 1)
    return candidates[fits][:count].tolist()
