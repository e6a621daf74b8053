"""One colour for each kind of thing, the same in every figure and tab.

Hues after Okabe & Ito 2008, "Color Universal Design", which people with any common colour blindness can tell apart;
lightness moved so that each can be read as text: at least 4.5 : 1 against the page, in light and in dark.
"""

from typing import NamedTuple


class Ink(NamedTuple):
    """One colour for a light page and one for a dark page, as #rrggbb."""

    light: str
    dark: str


KINDS: dict[str, Ink] = {
    "pixel": Ink("#0062a8", "#6cb8f5"),
    "latent": Ink("#a05400", "#f2a93b"),
    "noise": Ink("#333b47", "#dfe4ea"),
    "text": Ink("#00735a", "#3fcfa5"),
    "decoder": Ink("#a8337f", "#f08fcb"),
}

PAGE = Ink("#ffffff", "#14171d")
"""What the figures lie on."""
