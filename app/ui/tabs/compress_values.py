"""Figures of the Compress tab as the values of its two widgets, `ladder` and `race`."""

from app.figures.compress_ladder import error_legend, ladder_cards, ladder_sheet
from app.figures.compress_race import lane_card
from app.figures.parts import MEASURED_NOW, TIMED_AND_COUNTED
from app.labs.compress_ladder import LadderResult
from app.labs.compress_race import Lane
from app.ui.widgets.base import as_file, packed, png_uri, webp_bytes
from app.ui.widgets.values import Json

HIDDEN = ("fine detail kept",)
"""Facts that give the answer away before a guess is committed."""


def ladder_value(result: LadderResult, *, note: str, revealed: bool) -> Json:
    """Value of the widget `ladder`; before the guess the verdicts are left out, and the pictures are there to judge."""
    bar = error_legend()
    cards = [
        {
            "title": card.title,
            "subtitle": card.subtitle,
            "facts": [list(fact) for fact in card.facts if revealed or fact[0] not in HIDDEN],
            "saying": card.saying if revealed else "",
            "lost": card.lost and revealed,
        }
        for card in ladder_cards(result)
    ]
    data = {
        "width": result.picture.shape[-1],
        "height": result.picture.shape[-2],
        "cards": cards,
        "legend": {"bar": png_uri(bar.bar), "low": bar.low, "high": bar.high},
        "stamp": MEASURED_NOW,
        "note": note,
    }
    return packed(data, sheet=as_file(webp_bytes(ladder_sheet(result)), "ladder.webp"))


def race_value(lanes: tuple[Lane, Lane], steps: int, said: str) -> Json:
    """Value of the widget `race`."""
    shown = []
    for lane in lanes:
        card = lane_card(lane, steps)
        shown.append(
            {
                "title": card.title,
                "kind": card.kind,
                "watch": card.watch,
                "steps": card.steps,
                "share": card.share,
                "finished": card.finished,
                "note": card.note,
                "trained": lane.trained,
                "facts": [list(fact) for fact in card.facts],
                "src": "" if card.picture is None else png_uri(card.picture),
            }
        )
    return packed({"lanes": shown, "stamp": TIMED_AND_COUNTED, "said": said})
