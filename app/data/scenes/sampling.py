"""Which scene item i is: every attribute drawn in turn, uniform over what the earlier ones leave possible.

The rules: a thing never has its background's name; two things differ in kind and in colour; a pair (kind, colour) of
HELD_OUT never occurs among the seen scenes, and every thing of an unseen scene is such a pair.
"""

import numpy as np
from jaxtyping import Bool, Float, Int64

from app.data.scenes.attributes import BACKGROUNDS, COLOURS, KINDS
from app.data.scenes.draws import Draws
from app.data.scenes.factors import COLUMN, LABEL_COLUMNS, LABEL_SIZES, ONE, UNKNOWN
from app.data.scenes.held_out import HELD_OUT_COLOUR

LAYOUT_ODDS = (0.65, 0.175, 0.175)
"""How often a scene is one thing, side by side, stacked."""

_SAME_NAME = np.array([[background == colour for colour in COLOURS] for background in BACKGROUNDS])
_HELD_OUT = np.arange(len(COLOURS)) == np.array(HELD_OUT_COLOUR)[:, None]
_OTHER_SLOT = {"a": "b", "b": "a"}


def sample_labels(
    draws: Draws, *, unseen: bool = False, wishes: Int64[np.ndarray, "11"] | None = None
) -> Int64[np.ndarray, "b 11"]:
    """Draw the labels of every item. What `wishes` says (not -1) is kept as it is and the rest is chosen around it."""
    start = np.full(len(LABEL_COLUMNS), UNKNOWN, np.int64) if wishes is None else wishes
    labels = np.tile(start, (len(draws), 1))
    for column, position in COLUMN.items():
        chosen = _choose(draws.uniform(column), _odds(column, labels, unseen))
        labels[:, position] = np.where(labels[:, position] == UNKNOWN, chosen, labels[:, position])
    alone = labels[:, COLUMN["layout"]] == ONE
    labels[np.ix_(alone, [position for column, position in COLUMN.items() if column.endswith("_b")])] = UNKNOWN
    labels[~alone, COLUMN["place"]] = UNKNOWN
    return labels


def sample_swapped(draws: Draws) -> Bool[np.ndarray, "b"]:
    """Draw whether a caption names slot b first: 'below' instead of 'above'."""
    return draws.uniform("swapped") < 0.5


def _choose(uniform: Float[np.ndarray, "b"], odds: Float[np.ndarray, "b n"]) -> Int64[np.ndarray, "b"]:
    """Pick a class for each row with the odds given (they need not sum to 1)."""
    edges = np.cumsum(odds, axis=1)
    return (uniform[:, None] * edges[:, -1:] >= edges).sum(axis=1).clip(max=odds.shape[1] - 1)


def _odds(column: str, labels: Int64[np.ndarray, "b 11"], unseen: bool) -> Float[np.ndarray, "b n"]:
    odds = np.ones((len(labels), LABEL_SIZES[COLUMN[column]]))
    if column == "layout":
        second_wished = (labels[:, [COLUMN["kind_b"], COLUMN["colour_b"]]] != UNKNOWN).any(axis=1)
        return np.where(second_wished[:, None] & (np.arange(len(LAYOUT_ODDS)) == ONE), 0, odds * LAYOUT_ODDS)
    if column == "background":
        return odds * ~(_blocked(labels, "colour_a", _SAME_NAME.T) | _blocked(labels, "colour_b", _SAME_NAME.T))
    if column.startswith("kind"):
        return odds * _possible_kinds(column, labels, unseen)
    if column.startswith("colour"):
        return odds * _possible_colours(column, labels, unseen)
    return odds


def _possible_kinds(column: str, labels: Int64[np.ndarray, "b 11"], unseen: bool) -> Bool[np.ndarray, "b n"]:
    other = _OTHER_SLOT[column[-1]]
    possible = ~_blocked(labels, f"kind_{other}", np.eye(len(KINDS), dtype=bool))
    if unseen:
        possible &= _possible_colours(f"colour_{column[-1]}", labels, False)[:, HELD_OUT_COLOUR]
    return possible


def _possible_colours(column: str, labels: Int64[np.ndarray, "b 11"], unseen: bool) -> Bool[np.ndarray, "b n"]:
    slot = column[-1]
    held_out = _blocked(labels, f"kind_{slot}", _HELD_OUT)
    if unseen:
        return held_out
    taken = _blocked(labels, f"colour_{_OTHER_SLOT[slot]}", np.eye(len(COLOURS), dtype=bool))
    return ~(held_out | taken | _blocked(labels, "background", _SAME_NAME))


def _blocked(labels: Int64[np.ndarray, "b 11"], column: str, table: Bool[np.ndarray, "m n"]) -> Bool[np.ndarray, "b n"]:
    """Return each row's line of the table, nothing where that label is not known yet."""
    known = labels[:, COLUMN[column]]
    return table[known] & (known != UNKNOWN)[:, None]
