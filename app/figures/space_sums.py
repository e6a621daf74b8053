"""A - B + C as pictures with every factor graded, and how often such sums come out right."""

from app.core.pictures import to_picture
from app.evaluation.rates import Rate
from app.figures.parts import Chart, Fact, Group, Series, Tile
from app.labs.arithmetic import Arithmetic
from app.labs.latent_sums import FactorRate

NAMES = {
    "layout": "Number of things",
    "background": "Background",
    "place": "Place",
    "kind_a": "What it is",
    "colour_a": "Colour",
    "size_a": "Size",
    "texture_a": "Texture",
}


GUESSES = {"none wrong": (0, 0), "one or two wrong": (1, 2), "three or more wrong": (3, 99)}
"""A guess, and how many wrong factors it means."""


def sum_group(result: Arithmetic) -> Group:
    """Return the three scenes and the decoded sum."""
    tiles = [
        Tile(name, "pixel", to_picture(picture), f"scene {name}")
        for name, picture in zip("ABC", result.pictures[:3], strict=True)
    ]
    tiles.append(
        Tile("A − B + C, decoded", "decoder", to_picture(result.pictures[3]), "the sum of the latents, decoded")
    )
    tiles.append(
        Tile("The scene it stands for", "pixel", to_picture(result.meant[0]), "the scene that the sum stands for")
    )
    return Group("The sum", tuple(tiles), "Posterior means are added number by number; then the decoder draws the sum.")


def sum_facts(result: Arithmetic, guess: str) -> list[Fact]:
    """Return guess and measurement, and for each factor of the sum what it should be and what the judge reads."""
    right, asked = sum(result.right.values()), len(result.right)
    low, high = GUESSES.get(guess, (0, 0))
    verdict = "as you guessed" if low <= asked - right <= high else "not as you guessed"
    facts = [
        Fact("Your guess", guess, "", "text"),
        Fact("Measured", f"{asked - right} of {asked} wrong", verdict, "decoder"),
    ]
    for factor, wanted in result.wanted.items():
        ok = result.right[factor]
        read = result.read.get(factor, "nothing")
        note = "right" if ok else f"wrong: the judge reads {read}"
        name = NAMES.get(factor, factor.replace("_", " "))
        facts.append(Fact(name, wanted, note, "text" if ok else "pixel"))
    return facts


def opening_facts(result: Arithmetic) -> list[Fact]:
    """Return what can be said before the guess: the factors of the scene that the sum stands for."""
    names = {factor: NAMES.get(factor, factor.replace("_", " ")) for factor in result.wanted}
    wanted = [
        Fact(names[factor], value, "in the scene it stands for", "text") for factor, value in result.wanted.items()
    ]
    return [Fact("The judge reads", "guess first", f"then {len(wanted)} factors are graded", "decoder"), *wanted]


def length_chart(result: Arithmetic) -> Chart:
    """Return what can be shown before the guess: how large the sum is, channel by channel."""
    sizes = tuple(result.z[0].square().mean(dim=(1, 2)).sqrt().tolist())
    bars = Series("A − B + C", tuple(float(k + 1) for k in range(len(sizes))), sizes, "latent", "bars")
    note = "The sum is a latent that no encoder gave. Which factors can be added, many sums tell after your guess."
    return Chart("How large is the sum?", "channel", "root mean square of the latent", (bars,), note)


def sums_chart(rates: list[FactorRate], n: int) -> Chart:
    """Return, for each factor, how often it comes out right, and its ceiling, with 95 % intervals."""
    names = tuple(NAMES[rate.factor] for rate in rates)
    series = (
        _points("changed as it should", [rate.changed for rate in rates], names, -0.18),
        _points("other factors kept", [rate.kept for rate in rates], names, 0.0),
        _points("ceiling: the right scene, encoded and decoded", [rate.ceiling for rate in rates], names, 0.18),
    )
    marks = tuple((float(number), name.lower()) for number, name in enumerate(names, start=1))
    note = f"{n} random sums for each factor, with 95 % intervals."
    return Chart("Which factors can be added?", "factor", "share right", series, note, marks=marks)


def _points(title: str, rates: list[Rate], names: tuple[str, ...], shift: float) -> Series:
    x = tuple(number + shift for number in range(1, len(rates) + 1))
    values = tuple((rate.rate or 0.0, rate.low or 0.0, rate.high or 0.0) for rate in rates)
    y, low, high = (tuple(each) for each in zip(*values, strict=True))
    return Series(title, x, y, style="points", low=low, high=high, labels=names)
