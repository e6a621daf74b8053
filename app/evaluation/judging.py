"""Reading scenes with the judge, and comparing what it reads with what was asked for."""

from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from app.core.errors import BadRequest
from app.core.pictures import from_bytes
from app.core.runtime import Runtime
from app.data.scenes import LABEL_COLUMNS, LABEL_TABLES, Scenes
from app.data.scenes.factors import UNKNOWN
from app.evaluation.rates import wilson
from app.store.catalogue import LoadedJudge

LAYOUT, PLACE = LABEL_COLUMNS.index("layout"), LABEL_COLUMNS.index("place")
SLOT_B = [number for number, column in enumerate(LABEL_COLUMNS) if column.endswith("_b")]
KIND_B = LABEL_COLUMNS.index("kind_b")
BOUND = [LABEL_COLUMNS.index(column) for column in ("layout", "kind_a", "colour_a", "kind_b", "colour_b")]
"""What two things are and how they stand: both kinds, each in its own colour and slot, and the relation."""
Labels = Int64[np.ndarray, "b columns"]


class Group(NamedTuple):
    """Held-out scenes that are measured together: their name in the figures, the data set, things in a picture."""

    name: str
    scenes: Scenes
    things: int


def held_out_groups(side: int) -> tuple[Group, Group, Group]:
    """Return scenes of one thing, of two, and of combinations no training ever showed, at `side` pixels."""
    seen = Scenes(split="test", side=side)
    unseen = Scenes(split="test", side=side, combinations="unseen")
    return Group("one_thing", seen, 1), Group("two_things", seen, 2), Group("unseen_combinations", unseen, 1)


@torch.inference_mode()
def read_pictures(judge: LoadedJudge, pictures: Float[Tensor, "b 3 s s"], runtime: Runtime) -> Labels:
    """Return the class that the judge gives to each column; UNKNOWN where its own reading of the layout rules one out.

    Raises BadRequest for pictures of another side than the judge's.
    """
    side = judge.network.config.side
    if pictures.shape[-2:] != (side, side):
        raise BadRequest(
            f"The judge reads pictures of {side} pixels; these have {pictures.shape[-1]}.",
            hint="Train a judge for them.",
        )
    rows = [_read(judge, chunk, runtime) for chunk in pictures.split(128)]
    labels = torch.cat(rows).numpy()
    one_thing = labels[:, LAYOUT] == 0
    labels[np.ix_(one_thing, SLOT_B)] = UNKNOWN
    labels[~one_thing, PLACE] = UNKNOWN
    return labels


def _read(judge: LoadedJudge, pictures: Float[Tensor, "b 3 s s"], runtime: Runtime) -> Tensor:
    x = runtime.put(pictures.clamp(-1, 1))
    return torch.stack([scores.argmax(-1).cpu() for scores in judge.network(x).scores], dim=1)


def agreement(wanted: Labels, read: Labels) -> Bool[np.ndarray, "b columns"]:
    """Return where a column is as wanted; a column that nobody asked for (UNKNOWN) counts as right."""
    return (wanted == UNKNOWN) | (wanted == read)


def compliance(wanted: Labels, read: Labels) -> dict[str, Any]:
    """Return the rate for each attribute over the samples that ask for it, and for all attributes together.

    The two slots of a two-thing scene count as separate samples of kind, colour, size and texture.
    `things_colours_relation` is over the samples that ask for two things: both things, both colours and the relation
    right at once, whatever their sizes, textures and background.
    """
    right = agreement(wanted, read)
    figures: dict[str, Any] = {}
    for attribute in dict.fromkeys(column.removesuffix("_a").removesuffix("_b") for column in LABEL_COLUMNS):
        columns = [
            n for n, column in enumerate(LABEL_COLUMNS) if column.removesuffix("_a").removesuffix("_b") == attribute
        ]
        asked = wanted[:, columns] != UNKNOWN
        if asked.any():
            figures[attribute] = asdict(wilson(int(right[:, columns][asked].sum()), int(asked.sum())))
    two = wanted[:, KIND_B] != UNKNOWN
    if two.any():
        bound = right[np.ix_(two, BOUND)].all(axis=1)
        figures["things_colours_relation"] = asdict(wilson(int(bound.sum()), int(two.sum())))
    figures["all_attributes"] = asdict(wilson(int(right.all(axis=1).sum()), len(right)))
    return figures


def evaluate_judge(judge: LoadedJudge, count: int, runtime: Runtime) -> dict[str, dict[str, Any]]:
    """Measure the judge on held-out pictures: scenes of one thing, of two, and of combinations it never saw."""
    metrics: dict[str, dict[str, Any]] = {}
    for name, scenes, things in held_out_groups(judge.network.config.side):
        items = items_with(scenes, things, count)
        read = read_pictures(judge, from_bytes(scenes.pictures(items)), runtime)
        wanted = np.asarray(scenes.labels(items))
        metrics[name] = compliance(wanted, read)
        if name == "one_thing":
            metrics["confusion"] = confusion(wanted, read)
    return metrics


def confusion(wanted: Labels, read: Labels) -> dict[str, Any]:
    """Count, for each attribute of scenes of one thing, how often class i (row) was read as class j (column).

    `kind` is the table, `kind_classes` names its rows and columns, and so on. Not in a table: an attribute that the
    judge did not read, such as the place of what it took for two things.
    """
    from sklearn.metrics import confusion_matrix  # a second to import, and only this needs it: the page never does

    tables: dict[str, Any] = {"n": len(wanted)}
    for column, (name, classes) in enumerate(LABEL_TABLES.items()):
        shown = wanted[:, column] != UNKNOWN
        if shown.any():
            counts = confusion_matrix(wanted[shown, column], read[shown, column], labels=range(len(classes)))
            attribute = name.removesuffix("_a")
            tables |= {attribute: counts.tolist(), f"{attribute}_classes": list(classes)}
    return tables


def items_with(scenes: Scenes, things: int, count: int) -> list[int]:
    """Return the numbers of the first `count` items that show so many things (1 or 2)."""
    candidates = np.arange(min(4 * count + 64, len(scenes)))
    fits = (np.asarray(scenes.labels(candidates.tolist()))[:, LAYOUT] == 0) == (things == 1)
    return candidates[fits][:count].tolist()
