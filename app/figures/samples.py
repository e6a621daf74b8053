"""Sixty-four generated pictures on one sheet: what figures alone would hide."""

from jaxtyping import Float
from PIL import Image
from torch import Tensor

from app.core.pictures import to_picture
from app.figures.sheets import sprite_sheet

COLUMNS = 8


def picture_grid(pictures: Float[Tensor, "n 3 s s"]) -> Image.Image:
    """Return square pictures in [-1, 1], row by row, eight a row, without gaps."""
    return sprite_sheet([to_picture(picture) for picture in pictures], COLUMNS).sheet


def caption_list(captions: list[str]) -> str:
    """Return the captions of a grid as Markdown, a numbered line each, with row and column."""
    return "\n".join(
        f"{number + 1}. row {number // COLUMNS + 1}, column {number % COLUMNS + 1}: {caption}"
        for number, caption in enumerate(captions)
    )
