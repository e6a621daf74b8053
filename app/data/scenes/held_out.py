"""The combinations that no model ever trains on: one colour of every kind, in this one table.

Neither split of the seen scenes holds any of these pairs; `Scenes(combinations="unseen")` holds nothing else. Both
halves of a pair are common in training (a star in seven colours, twelve kinds in orange), only the pair is new.
"""

from app.data.scenes.attributes import COLOURS, KINDS

HELD_OUT: dict[str, str] = {
    "circle": "yellow",
    "square": "purple",
    "triangle": "red",
    "diamond": "green",
    "hexagon": "pink",
    "star": "orange",
    "ring": "blue",
    "cross": "white",
    "umbrella": "yellow",
    "snowman": "purple",
    "anchor": "pink",
    "cup": "green",
    "heart": "blue",
    "skull": "red",
    "knight": "orange",
    "crown": "purple",
    "airplane": "green",
    "telephone": "white",
    "flag": "pink",
    "cat": "blue",
}

HELD_OUT_COLOUR = tuple(COLOURS.index(HELD_OUT[kind]) for kind in KINDS)
"""The same table as class numbers: HELD_OUT_COLOUR[kind] is the colour that this kind never has."""
