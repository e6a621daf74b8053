"""What `python -m app bench --browser` does on the page: one row a thing that a visitor waits for.

A row names elements by their ids alone, so it is one line to mend when a tab changes; a row whose tab or part is not
there prints a dash.
"""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from app.labs.compress_pictures import SIZES

Event = Literal["click", "pin", "move", "scrub", "upload"]
"""click: the next of all elements that the selector finds. pin: a click on a dot of the map that was not clicked yet.
move: the hand on the latent pad. scrub: the slider of a film, one moment on. upload: a photograph of 512 x 512 pixels,
another one each time."""


@dataclass(frozen=True)
class Action:
    """what: is timed, and target_ms: may it take, by the project's own budget. view: the address that opens the part.

    event, on: what is done, to which element. watch, attribute: the element whose attribute changes when it is drawn.
    before: (element, text) to fill in first, untimed; {k} is the number of the repetition, so that nothing that is
    kept from an earlier run can answer.
    once_each: click each element once at most: the server would answer a second click from what it kept.
    door: what to click first, once, so that the element is there.
    """

    what: str
    target_ms: float
    view: str
    event: Event
    on: str
    watch: str
    attribute: str = "data-drawn"
    before: tuple[tuple[str, str], ...] = ()
    once_each: bool = False
    door: str = ""


def _run(steps: int, target_ms: float) -> Action:
    return Action(
        f"{steps} guided steps, all frames decoded",
        target_ms,
        f"?tab=denoise&part=run&steps={steps}",
        "click",
        "#denoise-run-go",
        "#denoise-run-film",
        before=(("#denoise-run-seed input", "{k}"),),
    )


ACTIONS = (
    Action(
        "encode a picture of the gallery",
        300,
        "?tab=encode&part=picture",
        "click",
        "#encode-shelf button",
        "#encode-panels",
    ),
    Action(
        "point of the map to decoded picture",
        250,
        "?tab=space&part=map",
        "pin",
        "#space-map-chart",
        "#space-map-panels",
    ),
    Action(
        "latent pad to decoded picture",
        150,
        "?tab=space&part=pad",
        "move",
        "#space-pad-pad",
        "#space-pad-pad",
        "data-exact",
    ),
    Action(
        "scrub a computed run, a frame",
        20,
        "?tab=denoise&part=run",
        "scrub",
        "#denoise-run-film",
        "#denoise-run-film",
        "data-shown",
    ),
    _run(20, 500),
    _run(50, 1000),
    Action(
        "guidance sweep, 5 x 20 steps",
        1200,
        "?tab=prompt&part=sweep&guess=w+%3D+2",
        "click",
        "#prompt-sweep-reveal",
        "#prompt-sweep-graded",
        before=(("#prompt-sweep-seed input", "{k}"),),
    ),
    Action(
        "ladder of all rungs, 64 pixels",
        500,
        "?tab=compress&part=ladder",
        "click",
        "#compress-shelf button",
        "#compress-ladder-ladder",
        once_each=True,
    ),
    Action(
        "ladder of all rungs, 512 x 512 uploaded",
        4000,
        f"?tab=compress&part=ladder&{urlencode({'size': SIZES[1]})}",
        "upload",
        "#compress-upload input[type=file]",
        "#compress-ladder-ladder",
        door="#compress-own button",
    ),
)
