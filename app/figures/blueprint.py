"""When coarse and when fine structure stands: curves, and a film of latents and pictures side by side."""

from dataclasses import dataclass

from app.core.pictures import to_picture
from app.figures.parts import Chart, Fact, Kind, Series
from app.figures.pipeline import TILE, sample_tile
from app.figures.sheets import Sprites, sprite_sheet
from app.labs.blueprint import STANDS, BlueprintResult

VIEWS: tuple[tuple[str, Kind], ...] = (
    ("Noisy latent", "noise"),
    ("The same, decoded", "noise"),
    ("Expected latent", "latent"),
    ("The same, decoded", "decoder"),
)


@dataclass(frozen=True)
class StandGuess:
    """After which share of the steps the coarse structure stands: at least `above` and less than `below`."""

    text: str
    above: float
    below: float


GUESSES = (
    StandGuess("in the first third of the steps", 0.0, 1 / 3),
    StandGuess("in the second third", 1 / 3, 2 / 3),
    StandGuess("in the last third", 2 / 3, 1.01),
)


BEFORE = VIEWS[:2]
"""What is shown before the guess: where the run is, and not what it expects."""


def blueprint_sprites(result: BlueprintResult, revealed: bool = True) -> Sprites:
    """Four tiles a row, one row a moment: the noisy latent, it decoded, the expected latent, it decoded.

    Before they are revealed, the first two.
    """
    moments, latents = result.run.moments, result.run.in_latents
    tiles = []
    for k in range(len(moments.done)):
        tiles += [sample_tile(moments.x[k], latents), to_picture(result.as_it_is[k])]
        if revealed:
            tiles += [sample_tile(moments.x0[k], latents), to_picture(moments.decoded[k])]
    columns = len(VIEWS if revealed else BEFORE)
    return sprite_sheet([tile.resize((TILE, TILE), 0) for tile in tiles], columns)


def blueprint_sayings(result: BlueprintResult) -> list[tuple[str, str]]:
    """Where each moment is, and how much of the finished picture is expected there."""
    steps = result.run.generated.request.steps
    return [
        (f"step {done} of {steps}", f"Coarse structure {max(0.0, coarse):.0%}, fine structure {max(0.0, fine):.0%}.")
        for done, coarse, fine in zip(result.run.moments.done, result.coarse, result.fine, strict=True)
    ]


def signal_chart(result: BlueprintResult) -> Chart:
    """What can be shown before the guess: how much of the sample is signal after each step, whatever it may show."""
    moments = result.run.moments
    steps, shares = tuple(map(float, moments.done)), _percent(moments.signal)
    curve = Series("signal in the sample, by the schedule", steps, shares, "noise")
    note = "So fast the noise goes. How fast the picture comes is measured already: guess first."
    return Chart("How much of the sample is signal?", "steps done", "share of its power in %", (curve,), note)


def blueprint_chart(result: BlueprintResult) -> Chart:
    """Share of the finished picture's structure that is expected after each step."""
    steps = tuple(float(done) for done in result.run.moments.done)
    curves = (
        Series("coarse: waves longer than 8 pixels", steps, _percent(result.coarse), "decoder"),
        Series("fine: shorter waves", steps, _percent(result.fine), "pixel"),
        Series("the clean latent", steps, _percent(result.latent), "latent"),
    )
    marks = (
        (float(result.coarse_stands), f"coarse stands at {STANDS:.0%}"),
        (float(result.fine_stands), "fine stands"),
    )
    note = "What is expected below 0 % is worse than a blank picture, and drawn at 0."
    title = "How much of the finished picture is expected?"
    return Chart(title, "steps done", "share of its power in %", curves, note, marks=marks)


def _percent(shares: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(100 * max(0.0, share) for share in shares)


def blueprint_facts(result: BlueprintResult, guess: str | None) -> list[Fact]:
    """When coarse and fine structure stand, beside the guess; before a guess how finely it was looked."""
    chosen = next((each for each in GUESSES if each.text == guess), None)
    steps = result.run.generated.request.steps
    if chosen is None:
        looked = f"after {len(result.run.moments.done) - 1} of {steps} steps the expectation was decoded"
        return [Fact("The layout stands", "guess first", looked, "decoder")]
    share = result.coarse_stands / steps
    verdict = "as you guessed" if chosen.above <= share < chosen.below else "not as you guessed"
    return [
        Fact("Your guess", chosen.text, "the layout stands", "text"),
        Fact("Coarse stands", f"{result.coarse_stands} of {steps} steps", verdict, "decoder"),
        Fact("Fine stands", f"{result.fine_stands} of {steps} steps", f"{STANDS:.0%} of its power, for good", "pixel"),
    ]
