"""Captioned pictures that are drawn on demand: item i of a seed is the same scene on every machine.

`Scenes` is the data set; `Scene`, `Thing` and the tables of `attributes` say what a scene is; captions and labels are
two other ways of writing one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from jaxtyping import Int64, UInt8

from app.core.errors import BadRequest
from app.core.randomness import seed_of
from app.data.base import Split, check_indices
from app.data.scenes.captions import PARAPHRASES, WORDS, canonical_caption, caption_of, parse_caption
from app.data.scenes.draws import Draws
from app.data.scenes.factors import (
    LABEL_COLUMNS,
    LABEL_SIZES,
    LABEL_TABLES,
    Scene,
    Thing,
    labels_to_scene,
    scene_to_labels,
)
from app.data.scenes.held_out import HELD_OUT
from app.data.scenes.render import draw
from app.data.scenes.sampling import sample_labels, sample_swapped

__all__ = [
    "HELD_OUT",
    "LABEL_COLUMNS",
    "LABEL_SIZES",
    "LABEL_TABLES",
    "PARAPHRASES",
    "WORDS",
    "Scene",
    "Scenes",
    "Thing",
    "canonical_caption",
    "caption_of",
    "labels_to_scene",
    "parse_caption",
    "scene_to_labels",
]

Combinations = Literal["seen", "unseen"]
"""seen: no thing is a pair (kind, colour) of HELD_OUT. unseen: every thing is."""
SIDES = (32, 64, 128)


@dataclass(frozen=True)
class Scenes:
    """The procedural data set. side: height and width in pixels, 32, 64 or 128."""

    split: Split = "train"
    seed: int = 0
    length: int = 1_000_000
    side: int = 64
    combinations: Combinations = "seen"
    name: str = field(default="scenes", init=False)

    def __post_init__(self) -> None:
        if self.side not in SIDES:
            raise BadRequest(f"Scenes cannot be {self.side} pixels wide.", hint="Use a side of 32, 64 or 128.")
        if self.split not in get_args(Split) or self.combinations not in get_args(Combinations):
            raise BadRequest(
                f"There are no scenes called '{self.split}', '{self.combinations}'.",
                hint="Use split train or test, and combinations seen or unseen.",
            )

    def __len__(self) -> int:
        return self.length

    def pictures(self, indices: Sequence[int]) -> UInt8[np.ndarray, "b 3 h w"]:
        """Draw these items; raises IndexError for an item that is not there."""
        draws = self._draws(indices)
        return draw(self._sample(draws), draws, self.side)

    def labels(self, indices: Sequence[int]) -> Int64[np.ndarray, "b 11"]:
        """Return the class numbers of these items in the order of LABEL_COLUMNS; -1 where a column does not apply."""
        return self._sample(self._draws(indices))

    def scenes(self, indices: Sequence[int]) -> list[Scene]:
        """Return what is on these pictures, complete, in the order in which the captions name the things."""
        draws = self._draws(indices)
        pairs = zip(self._sample(draws), sample_swapped(draws).tolist(), strict=True)
        return [labels_to_scene(labels, swapped) for labels, swapped in pairs]

    def captions(self, indices: Sequence[int]) -> list[str]:
        """Return a true caption of each item, in its own one of PARAPHRASES wordings."""
        paraphrases = self._draws(indices).integers("paraphrase", PARAPHRASES).tolist()
        return [caption_of(scene, number) for scene, number in zip(self.scenes(indices), paraphrases, strict=True)]

    def render_scene(self, scene: Scene, seed: int) -> UInt8[np.ndarray, "3 h w"]:
        """Draw a scene of your choice; what it leaves open, the seed decides."""
        draws = Draws(seed_of("scenes", "chosen"), [seed])
        labels = sample_labels(draws, wishes=scene_to_labels(scene))
        return draw(labels, draws, self.side)[0]

    def _draws(self, indices: Sequence[int]) -> Draws:
        return Draws(seed_of("scenes", self.seed, self.split, self.combinations), check_indices(indices, self.length))

    def _sample(self, draws: Draws) -> Int64[np.ndarray, "b 11"]:
        return sample_labels(draws, unseen=self.combinations == "unseen")
