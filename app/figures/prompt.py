"""What the Prompt lab shows: pictures with the judge's marks below them, curves, and guesses beside measurements."""

from dataclasses import dataclass, replace
from math import isfinite

from jaxtyping import Float
from PIL import Image
from torch import Tensor

from app.core.pictures import to_picture
from app.evaluation.rates import Rate
from app.figures.maps import amount_map
from app.figures.parts import MEASURED_NOW, Chart, Fact, Kind, Legend, Series, Tile
from app.figures.sheets import sprite_sheet
from app.labs.prompt import UNREADABLE, Marks
from app.labs.prompt_pair import PairResult
from app.labs.prompt_sweep import SweepResult

MARKS_LATER = "The judge's marks come with your guess."
NO_JUDGE = "Nothing is graded: there is no judge for pictures of this size, or the caption does not describe a scene."


@dataclass(frozen=True)
class Graded:
    """A picture, what the judge marks on it (empty: nothing), and a sentence of its own."""

    tile: Tile
    marks: Marks = ()
    note: str = ""


@dataclass(frozen=True)
class Strip:
    """Graded pictures side by side under one title. note: one sentence; legend: of maps among the pictures."""

    title: str
    graded: tuple[Graded, ...]
    note: str = ""
    legend: Legend | None = None
    stamp: str = MEASURED_NOW


def picture_of(title: str, picture: Float[Tensor, "3 H W"], alt: str, kind: Kind = "pixel") -> Tile:
    """Return a picture in [-1, 1] as a tile."""
    return Tile(title, kind, to_picture(picture), alt)


def own_or_not(title: str, own: bool) -> str:
    """Return the title of a picture, which says so if it is of a value that the visitor chose among fixed ones."""
    return f"{title}: yours" if own else title


def graded_note(marks: tuple[Marks, ...], note: str) -> str:
    """Return the note, or why nothing is graded."""
    return note if any(marks) else f"{note} {NO_JUDGE}".strip()


def sweep_strips(result: SweepResult) -> list[Strip]:
    """Return one strip a seed: the same noise at every weight; below it the one without the negative caption."""
    strips = []
    for column in range(result.request.pictures):
        strips.append(_weight_strip(result, column, with_negative=len(result.request.negatives) > 1))
        if result.without is not None:
            strips.append(_weight_strip(result.without, column, with_negative=False))
    return strips


def _weight_strip(result: SweepResult, column: int, *, with_negative: bool) -> Strip:
    seed, given = result.request.seeds[column], tuple(row[column] for row in result.marks)
    graded = tuple(
        Graded(_weight_tile(weight, result.pictures[row, column], seed, with_negative), given[row])
        for row, weight in enumerate(result.request.weights)
    )
    first = with_negative or len(result.request.negatives) == 1
    title = f"Seed {seed}" if first else f"Seed {seed}, without the negative caption"
    note = "One noise, one caption; only the guidance weight differs." if first and not column else ""
    return Strip(title, graded, graded_note(given, note))


def _weight_tile(weight: float, picture: Float[Tensor, "3 H W"], seed: int, with_negative: bool) -> Tile:
    names = {0.0: f"w = 0: {'the negative' if with_negative else 'no'} caption", 1.0: "w = 1: no guidance"}
    return picture_of(names.get(weight, f"w = {weight:g}"), picture, f"seed {seed} at guidance weight {weight:g}")


def unmarked(strips: list[Strip]) -> list[Strip]:
    """Return the strips without the judge's marks: what can be shown before a guess of them."""
    return [
        replace(strip, graded=tuple(replace(one, marks=()) for one in strip.graded), note=MARKS_LATER)
        for strip in strips
    ]


def sweep_chart(result: SweepResult) -> Chart:
    """Return compliance against weight, and how different the pictures of one weight are."""
    weights, rates = result.request.weights, result.rates
    series = [Series("of all that was asked for", weights, result.shares, "text")]
    if result.without is not None:
        series += [Series("… without the negative caption", weights, result.without.shares, "latent")]
    if result.request.pictures > 1:
        series += [rate_series("pictures right in everything", weights, rates, "pixel")]
        top = max((d for d in result.diversity if isfinite(d)), default=1.0) or 1.0
        shares = tuple(d / top for d in result.diversity)
        series += [Series(f"diversity, as a share of {top:.2f}", weights, shares, "noise")]
    count = result.request.pictures
    note = f"n = {count} {'picture' if count == 1 else 'pictures'} a weight" + (
        ": take more to see a curve instead of a chance." if count == 1 else ", whiskers: 95 % interval."
    )
    return Chart("How much is as the caption says?", "guidance weight w", "share, 0 to 1", tuple(series), note)


def rate_series(name: str, x: tuple[float, ...], rates: tuple[Rate, ...], kind: Kind | None) -> Series:
    """Return rates as points with their 95 % intervals."""
    y, low, high = (tuple(getattr(rate, end) or 0.0 for rate in rates) for end in ("rate", "low", "high"))
    return Series(name, x, y, kind, "points", low, high, tuple(f"n = {rate.n}" for rate in rates))


def sweep_facts(result: SweepResult, guess: float | None) -> list[Fact]:
    """Return the guess (the weight; None for 'at none') beside the first weight at which everything is right."""
    graded = any(any(row) for row in result.marks)
    found = first_right(result)
    measured = "at none of them" if found is None else f"w = {found:g}"
    guessed = "at none of them" if guess is None else f"w = {guess:g}"
    if not graded:
        return [Fact("Your guess", guessed, "there is nothing to compare it with", "text")]
    verdict = "as you guessed" if found == guess else "not as you guessed"
    facts = [
        Fact("Your guess", guessed, "first weight at which everything is right", "text"),
        Fact("Measured", measured, verdict, "pixel"),
    ]
    best = max(range(len(result.shares)), key=lambda i: result.shares[i])
    weight = result.request.weights[best]
    facts.append(
        Fact("Most is right at", f"w = {weight:g}", f"{result.shares[best]:.0%} of what was asked for", "text")
    )
    return [*facts, *_size_fact(result)]


def _size_fact(result: SweepResult) -> list[Fact]:
    """Return how much larger the latent is at the strongest weight than without guidance, if both were drawn."""
    if 1.0 not in result.request.weights:
        return []
    times = result.size[-1] / result.size[result.request.weights.index(1.0)]
    note = "as large as at w = 1: strong guidance leaves what the decoder knows"
    return [Fact(f"Latent at w = {result.request.weights[-1]:g}", f"{times:.2f} times", note, "latent")]


def first_right(result: SweepResult) -> float | None:
    """Return the smallest weight above 0 at which every picture is right in everything, None if there is none."""
    rated = zip(result.request.weights, result.rates, strict=True)
    return min((weight for weight, rate in rated if weight > 0 and rate.rate == 1), default=None)


def pair_strip(result: PairResult) -> Strip:
    """Return the two finished pictures with their marks."""
    graded = tuple(
        Graded(picture_of(name, result.decoded[-1, side], f"the picture of {name}"), result.marks[side])
        for side, name in enumerate(("first caption", "second caption"))
    )
    both = [(one, result.read[1][name]) for name, one in result.read[0].items()]
    read = [(one, other) for one, other in both if UNREADABLE not in (one, other)]
    same = sum(one == other for one, other in read)
    said = f"The judge reads the same in {same} of {len(read)} respects." if read else ""
    return Strip("Where the two runs end", graded, graded_note(result.marks, said))


PAIR_GUESSES = ("in the first third of the steps", "in the second third", "in the last third")
"""When the two samples are, for the first time, half as far apart as at the end."""


def pair_facts(result: PairResult, guess: str) -> list[Fact]:
    """Return the guess beside the moment at which the samples are half as far apart as at the end, and the pictures."""
    k, pictures, steps = result.parted, result.pictures_parted, result.request.ask.steps
    if k is None or pictures is None:
        return [Fact("Your guess", guess, "there is nothing to compare it with: both runs end the same", "text")]
    measured = PAIR_GUESSES[min(2, 3 * k // steps)]
    verdict = "as you guessed" if guess == measured else "not as you guessed"
    return [
        Fact("Your guess", guess, "the samples have half of their final distance", "text"),
        Fact("Samples", f"after {k} of {steps} steps", f"{measured}: {verdict}", "latent"),
        Fact("Expected pictures", f"after {pictures} of {steps} steps", "have half of theirs", "decoder"),
        Fact("Signal left then", f"{result.signal[k]:.1%}", "of the samples' power; the rest is noise", "noise"),
    ]


def pair_film(result: PairResult) -> tuple[Image.Image, list[tuple[str, str]]]:
    """Return a sheet with a row a moment (first, second, their difference on one scale) and what to say of each."""
    difference = (result.decoded[:, 0].clamp(-1, 1) - result.decoded[:, 1].clamp(-1, 1)).abs().mean(dim=1)
    top, tiles = max(float(difference.max()), 1e-3), []
    for pair, change in zip(result.decoded, difference, strict=True):
        tiles += [to_picture(pair[0]), to_picture(pair[1]), amount_map(change, 0.0, top)]
    last = len(result.signal) - 1
    moments = []
    for k, (signal, apart) in enumerate(zip(result.signal, result.pictures_apart.tolist(), strict=True)):
        place = f"step {k + 1} of {last}" if k < last else "finished"
        moments.append((place, f"Signal {signal:.1%}; the two pictures are {apart:.2f} apart (root mean square)."))
    return sprite_sheet(tiles, columns=3).sheet, moments


def pair_chart(result: PairResult) -> Chart:
    """Return how far apart the two samples and the two expected pictures are, step by step."""
    steps = tuple(float(k) for k in range(len(result.signal)))
    labels = tuple(f"signal {signal:.0%}" for signal in result.signal)
    series = (
        Series("the two samples", steps, _floats(result.apart), "latent", labels=labels),
        Series("the two expected pictures", steps, _floats(result.pictures_apart), "decoder", labels=labels),
    )
    note = "Root mean square; two independent noises would be 1.41 apart."
    marks = () if result.parted is None else ((float(result.parted), "samples: half of the way"),)
    return Chart("How far apart?", "steps done", "distance", series, note, marks=marks)


def _floats(values: Tensor) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
