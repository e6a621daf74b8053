"""What the main generator draws, attribute by attribute: its figure, the judge's ceiling, and what was aimed at."""

from dataclasses import dataclass

from app.data.scenes import LABEL_COLUMNS
from app.evaluation.report import DASH, Cards, figure_at, markdown_table, shown
from app.evaluation.report_targets import goal_of

ATTRIBUTES = tuple(dict.fromkeys(column.removesuffix("_a").removesuffix("_b") for column in LABEL_COLUMNS))
OF_ONE = (*ATTRIBUTES, "all_attributes")
OF_TWO = (*(name for name in ATTRIBUTES if name != "place"), "things_colours_relation", "all_attributes")
"""Two things have no place of their own."""
CEILING = (
    "The ceiling is the judge's reading of the real scenes of the same captions as the VAE rebuilds them, graded on "
    "what the captions ask for: up to chance, a generator whose latents are like the encoder's is not read better."
)


@dataclass(frozen=True)
class GradeTable:
    """One group of captions of one generator, a row for each attribute. group: its name below the card's metrics."""

    question: str
    note: str
    group: str
    attributes: tuple[str, ...]
    model: str = "generator"

    @property
    def models(self) -> tuple[str, ...]:
        """The model that the table is about."""
        return (self.model,)

    def body(self, cards: Cards) -> str:
        """Return figure, ceiling and target of each attribute."""
        card = cards.get(self.model)
        if card is None:
            return f"Not measured. Not here: `{self.model}`."
        rows = []
        for name in self.attributes:
            path = f"{self.group}.{name}"
            figures = [shown(figure_at(card, each)) for each in (path, f"ceiling_{path}")]
            rows.append([name.replace("_", " "), *figures, goal_of(self.model, path) or DASH])
        return markdown_table(["attribute", f"`{self.model}`", "its ceiling", "target"], rows)


GRADES = (
    GradeTable(
        "What does the main generator draw?",
        f"Captions of one thing, seen combinations of kind and colour. Guidance 3, 20 steps. {CEILING}",
        "one_thing",
        OF_ONE,
    ),
    GradeTable(
        "… combinations that no training showed",
        "Every thing is a pair of kind and colour that was held out.",
        "unseen_combinations",
        OF_ONE,
    ),
    GradeTable(
        "… two things",
        "Both slots of a scene count as samples of kind, colour, size and texture. 'Things colours relation' asks for "
        "both things, both colours and the relation at once, 'all attributes' for everything that the caption says.",
        "two_things",
        OF_TWO,
    ),
)
