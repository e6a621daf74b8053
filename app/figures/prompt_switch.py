"""What the Prompt lab shows of a caption that changes on the way: what still follows it, and until when."""

from app.figures.parts import Chart, Fact, Series
from app.figures.prompt import NO_JUDGE, Graded, Strip, own_or_not, picture_of
from app.labs.prompt import spoken
from app.labs.prompt_switch import SwitchResult


def switch_strips(result: SwitchResult, own: int | None = None) -> list[Strip]:
    """Return one strip a noise: every moment of change. own: the visitor's, in steps, which is marked as such."""
    request, strips = result.request, []
    for noise in range(request.seeds):
        graded = tuple(
            Graded(
                picture_of(
                    own_or_not(f"after step {k}", k == own),
                    result.pictures[row, noise],
                    f"caption changed after {k} steps",
                ),
                note=_sides(result, row, noise),
            )
            for row, k in enumerate(request.after)
        )
        note = "Below each picture: what still follows the first caption, and what the second." if not noise else ""
        said = note if result.followed else NO_JUDGE
        strips.append(Strip(f"Seed {request.ask.seed + noise}", graded, said))
    return strips


def _sides(result: SwitchResult, row: int, noise: int) -> str:
    names: dict[str, list[str]] = {"first": [], "second": [], "neither": []}
    for column, grid in result.followed.items():
        names[grid[row][noise]].append(spoken(column, False))
    told = [f"{side}: {', '.join(found)}" for side, found in names.items() if found]
    return " · ".join(told)


def switch_chart(result: SwitchResult, own: int | None = None) -> Chart:
    """Return, for each attribute, the share of pictures that follow the second caption, against the step of change.

    own: the visitor's moment, in steps, marked on the axis.
    """
    x = tuple(float(k) for k in result.request.after)
    labels = tuple(f"signal {signal:.0%}" for signal in result.signal)
    series = tuple(Series(spoken(name, False), x, result.share(name), labels=labels) for name in result.followed)
    count = result.request.seeds
    note = f"n = {count} {'noise' if count == 1 else 'noises'}; 1: all follow the second caption, 0: none does."
    marks = () if own is None else ((float(own), "yours"),)
    x_label = "steps done when the caption changes"
    return Chart("Until when does it follow?", x_label, "share", series, note, marks=marks)


def last_followed(result: SwitchResult) -> dict[str, int | None]:
    """Return for each attribute the latest change after which at least half the pictures follow the second caption,
    without a gap from the first moment on; None if not even the first does.
    """
    found: dict[str, int | None] = {}
    for name in result.followed:
        last = None
        for k, share in zip(result.request.after, result.share(name), strict=True):
            if share < 0.5:
                break
            last = k
        found[name] = last
    return found


def switch_facts(result: SwitchResult, guess: str | None) -> list[Fact]:
    """Return the guess (which of place and colour settles first) and when each attribute last followed."""
    last = last_followed(result)
    facts = []
    if guess is not None:
        facts = [Fact("Your guess", guess, _settled(last, guess), "text")]
    steps = result.request.ask.steps
    return facts + [
        Fact(spoken(name, False), "never" if k is None else f"until step {k}", f"of {steps} a change is obeyed", "text")
        for name, k in last.items()
    ]


def order_settled(last: dict[str, int | None]) -> str | None:
    """Return what is settled first, 'place', 'colour' or 'both at once'; None if the captions do not tell."""
    if "place" not in last or "colour_a" not in last:
        return None
    place, colour = (-1 if last[name] is None else last[name] for name in ("place", "colour_a"))
    assert place is not None
    assert colour is not None
    return "both at once" if place == colour else "place" if place < colour else "colour"


def _settled(last: dict[str, int | None], guess: str) -> str:
    found = order_settled(last)
    if found is None:
        return "the captions must differ in place and in colour to tell"
    return "as measured" if found == guess else f"measured: {found}"
