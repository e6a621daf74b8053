"""The levels below a figure: the same thing in words, in maths, and as code that reproduces it."""

from pathlib import Path

TEXTS = Path(__file__).parent / "words"
MATHS: list[dict[str, str | bool]] = [{"left": "$$", "right": "$$", "display": False}]
"""Formulas are between double dollars, inline or alone in a paragraph; a single dollar stays a dollar."""


def read_text(tab: str, level: str) -> str:
    """Return the text of one level of a tab."""
    return (TEXTS / f"{tab}.{level}.md").read_text(encoding="utf-8")
