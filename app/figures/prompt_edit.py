"""What the Prompt lab shows of edited pictures and of combinations that were never seen."""

from collections.abc import Mapping
from typing import Any

from app.core.pictures import to_picture
from app.evaluation.rates import Rate
from app.figures.maps import amount_legend, amount_map
from app.figures.parts import WITH_CHECKPOINT, Chart, Fact, Series, Tile
from app.figures.prompt import Graded, Strip, graded_note, own_or_not, picture_of, rate_series
from app.labs.prompt_edit import STRENGTHS, InpaintResult, StrengthResult
from app.labs.prompt_unseen import Arm, UnseenResult

VISIBLE = 2 / 255
"""One 8-bit step of a picture in [-1, 1]."""
MOST_SHOWN = 8


def strength_strip(result: StrengthResult, own: float | None = None) -> Strip:
    """Return the picture as the VAE gives it, and after a run from each strength; own: the visitor's, marked."""
    before = Graded(picture_of("strength 0", result.before[0], "the picture through the VAE alone", "decoder"))
    rest = [
        Graded(
            picture_of(
                own_or_not(f"strength {strength:g}", strength == own), picture, f"the picture at strength {strength:g}"
            ),
            marks,
        )
        for strength, picture, marks in zip(result.request.strengths, result.pictures, result.marks, strict=True)
    ]
    note = "The same noise in all. Marks: against the caption, not against the picture."
    return Strip("From keeping the picture to following the caption", (before, *rest), graded_note(result.marks, note))


def strength_chart(result: StrengthResult, own: float | None = None) -> Chart:
    """Return how far the picture moves, and how much of the caption it has, against strength; own: marked."""
    x = result.request.strengths
    series = [Series("change of the picture", (0.0, *x), (0.0, *result.moved.tolist()), "pixel")]
    if all(result.marks):
        shares = tuple(sum(mark.right for mark in given) / len(given) for given in result.marks)
        series.append(Series("share of the caption", x, shares, "text"))
    note = "Change: root mean square, pixels in [-1, 1]."
    marks = () if own is None else ((own, "yours"),)
    x_label = "strength: share of the schedule walked back"
    return Chart("Picture or caption?", x_label, "change, share", tuple(series), note, marks=marks)


STRENGTH_GUESSES: dict[str, float | None] = {f"strength {one:g}": one for one in STRENGTHS} | {"at none of them": None}


def strength_facts(result: StrengthResult, guess: str) -> list[Fact]:
    """Return the guess beside the first of the fixed strengths after which everything is as the caption says."""
    if not all(result.marks):
        return [Fact("Your guess", guess, "there is nothing to compare it with", "text")]
    tried = list(zip(result.request.strengths, result.marks, result.moved.tolist(), strict=True))
    right = [one for one in tried if one[0] in STRENGTHS and all(mark.right for mark in one[1])]
    measured = f"strength {right[0][0]:g}" if right else "at none of them"
    verdict = "as you guessed" if measured == guess else "not as you guessed"
    facts = [
        Fact("Your guess", guess, "first strength at which everything is right", "text"),
        Fact("Measured", measured, verdict, "pixel"),
    ]
    if not right:
        return facts
    note = f"change of the picture there, root mean square; at strength 1 it is {tried[-1][2]:.2f}"
    return [*facts, Fact("The picture's price", f"{right[0][2]:.2f}", note, "pixel")]


def inpaint_strip(result: InpaintResult) -> Strip:
    """Return before, mask, after and where the pixels changed."""
    change = result.change
    top = max(float(change.max()), 1e-3)
    graded = (
        Graded(picture_of("before", result.before[0], "the picture through the VAE alone", "decoder")),
        Graded(picture_of("after", result.after[0], "the picture with the painted cells drawn anew"), result.marks),
        Graded(Tile("change", "pixel", amount_map(change, 0.0, top), "how much each pixel changed")),
    )
    note = "The latent outside the painted cells is kept exactly; the decoder looks a little across the border."
    return Strip("Drawn anew inside the mask", graded, graded_note((result.marks,), note), amount_legend(0.0, top))


def inpaint_facts(result: InpaintResult) -> list[Fact]:
    """Return what changed: cells, pixels inside, pixels outside and how far outside."""
    painted, change = result.painted, result.change
    cells, total = int(result.mask.sum()), result.mask.numel()
    outside = change[~painted]
    kept = float((result.x - result.x0).abs()[..., ~result.mask].max()) if cells < total else 0.0
    facts = [
        Fact("Painted", f"{cells} of {total}", "cells of the latent are drawn anew", "latent"),
        Fact("Latent outside", f"{kept:g}", "largest change: it is kept as it was", "latent"),
        Fact("Pixels inside", f"{float(change[painted].mean()) / VISIBLE:.0f} steps", "mean change, of 255", "pixel"),
    ]
    if len(outside):
        share = float((outside > VISIBLE).float().mean())
        note = "of the pixels outside change visibly: the decoder's reach"
        facts.append(Fact("Pixels outside", f"{share:.0%}", note, "decoder"))
    return facts


def unseen_strips(result: UnseenResult) -> list[Strip]:
    """Return the first pairs: never seen above, seen below."""
    arms = (("Never seen in training", result.unseen), ("The same in a colour that was seen", result.seen))
    shown = min(MOST_SHOWN, result.request.pairs)
    more = f"The first {shown} of {result.request.pairs}." if shown < result.request.pairs else ""
    return [Strip(title, _arm_tiles(arm, shown), more) for title, arm in arms]


def _arm_tiles(arm: Arm, shown: int) -> tuple[Graded, ...]:
    names = [" ".join(mark.wanted for mark in sorted(given, key=_colour_first)[:2]) for given in arm.marks]
    return tuple(
        Graded(Tile(names[i] or arm.captions[i], "pixel", to_picture(arm.pictures[i]), arm.captions[i]), arm.marks[i])
        for i in range(shown)
    )


def _colour_first(mark: Any) -> int:
    return {"colour": 0, "kind": 1}.get(mark.name, 2)


ATTRIBUTES = ("kind", "colour", "texture", "size", "place", "background", "all_attributes")


def unseen_chart(result: UnseenResult) -> Chart:
    """Return the rates of both arms, attribute by attribute, with 95 % intervals."""
    series = []
    for name, arm, kind, shift in (("never seen", result.unseen, "text", -0.12), ("seen", result.seen, "pixel", 0.12)):
        rates = tuple(arm.rates[attribute] for attribute in ATTRIBUTES if attribute in arm.rates)
        x = tuple(number + shift for number in range(1, len(rates) + 1))
        series.append(rate_series(name, x, rates, kind))  # type: ignore[arg-type]
    names = [attribute.replace("_", " ") for attribute in ATTRIBUTES if attribute in result.unseen.rates]
    listed = ", ".join(f"{number} {name}" for number, name in enumerate(names, start=1))
    note = f"{result.request.pairs} pairs; whiskers: 95 % interval (Wilson). {listed}."
    return Chart("Right as the judge reads it", "attribute", "share of pictures, 0 to 1", tuple(series), note)


GUESSES = {
    "at least as often": (-2.0, 0.05),
    "up to 20 points less often": (0.05, 0.2),
    "over 20 points less often": (0.2, 2.0),
}
"""How much less often thing and colour are right together: at least, and less than."""


def unseen_facts(result: UnseenResult, guess: str | None) -> list[Fact]:
    """Return guess and measurement: how often thing and colour are right together, and how many pairs differ."""
    unseen, seen = result.bound(result.unseen), result.bound(result.seen)
    lost = (seen.rate or 0.0) - (unseen.rate or 0.0)
    facts = []
    if guess in GUESSES:
        low, high = GUESSES[str(guess)]
        verdict = "as measured here" if low <= lost < high else "not as measured here"
        facts = [Fact("Your guess", str(guess), verdict, "text")]
    seen_only, unseen_only = result.only
    return [
        *facts,
        rate_fact("Thing and colour, never seen", unseen, "text"),
        rate_fact("Thing and colour, seen", seen, "pixel"),
        Fact(
            "Only one of a pair is right", f"{seen_only} and {unseen_only}", "the seen one, the never seen one", "text"
        ),
    ]


def rate_fact(name: str, rate: Rate, kind: Any) -> Fact:
    """Return a rate as a fact with its interval."""
    if rate.rate is None or rate.low is None or rate.high is None:
        return Fact(name, "not measured", "n = 0", kind)
    return Fact(name, f"{rate.rate:.0%}", f"{rate.low:.0%} to {rate.high:.0%} (95 %), n = {rate.n}", kind)


def shipped_chart(metrics: Mapping[str, Any]) -> Chart | None:
    """Return the card's figures for one-thing scenes, seen and never seen, if it has them."""
    groups = (("never seen", "unseen_combinations", "text", -0.12), ("seen", "one_thing", "pixel", 0.12))
    series = []
    for name, group, kind, shift in groups:
        figures = metrics.get(group)
        if not isinstance(figures, dict) or any(attribute not in figures for attribute in ATTRIBUTES):
            return None
        rates = tuple(Rate(**figures[attribute]) for attribute in ATTRIBUTES)
        x = tuple(number + shift for number in range(1, len(ATTRIBUTES) + 1))
        series.append(rate_series(name, x, rates, kind))  # type: ignore[arg-type]
    note = "On many more pictures than here, of other held-out captions; the numbers are attributes as above."
    title = "The same, when the model was made"
    return Chart(title, "attribute", "share of pictures, 0 to 1", tuple(series), note, stamp=WITH_CHECKPOINT)
