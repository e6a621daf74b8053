"""What the posterior lab shows: several draws of one picture, which pixels vary, and how that compares with a guess."""

from dataclasses import dataclass

from app.core.pictures import to_picture
from app.figures.maps import amount_legend, amount_map
from app.figures.parts import Fact, Group, Tile
from app.labs.posterior import GradientCheck, ResampleResult

STEP = 2 / 255
"""One 8-bit step, in units of a picture's range from -1 to 1."""


@dataclass(frozen=True)
class Guess:
    """How much a visitor expects the pixels to vary: at least `above` and less than `below` 8-bit steps."""

    text: str
    above: float
    below: float

    def holds(self, steps: float) -> bool:
        """Say whether a measured spread lies in the guess."""
        return self.above <= steps < self.below


GUESSES = (
    Guess("not at all: less than one of 255 steps", 0.0, 1.0),
    Guess("a little: 1 to 10 steps", 1.0, 10.0),
    Guess("clearly: more than 10 steps", 10.0, float("inf")),
)


def spread_in_steps(result: ResampleResult) -> float:
    """Return the mean spread of a pixel value over the draws, in 8-bit steps."""
    return float(result.spread.mean()) / STEP


def draw_groups(result: ResampleResult) -> list[Group]:
    """Return the draws, and the map of their spread on a scale that fits it."""
    tiles = tuple(
        Tile(f"draw {number}", "decoder", to_picture(picture), f"the picture decoded from draw {number}")
        for number, picture in enumerate(result.pictures, start=1)
    )
    spread = result.spread[0, 0] / STEP
    limit = max(float(spread.max()), 1e-3)
    where = Tile("Spread", "pixel", amount_map(spread, 0.0, limit), "how much each pixel varies between the draws")
    temperature = f"{result.request.temperature:g}"
    return [
        Group(f"{len(tiles)} draws at temperature {temperature}", tiles, "The same mean and deviation, other noise."),
        Group(
            "Which pixels depend on the draw?",
            (where,),
            "Standard deviation over the draws, in steps of 1/255; its square is the variance.",
            amount_legend(0.0, limit),
        ),
    ]


def draw_facts(result: ResampleResult, guess: Guess | None) -> list[Fact]:
    """Return guess and measurement side by side; before there is a guess, what is on the screen."""
    if guess is None:
        return [Fact("Temperature 0", "no draw yet", "all eight are the mean: commit a guess, then draw", "noise")]
    variance = float(result.pictures.var(dim=0).mean()) / STEP**2
    largest = float(result.spread.max()) / STEP
    return [
        *_guess_facts(guess, spread_in_steps(result)),
        Fact(
            "Variance",
            f"{variance:.3g} steps²",
            "mean over pixels and colours of the variance over the draws",
            "decoder",
        ),
        Fact("Most in one pixel", f"{largest:.2g} steps", "standard deviation over the draws", "decoder"),
    ]


def gradient_facts(gradient: GradientCheck | None) -> list[Fact]:
    """Return where the gradient of the error arrives, run live; None for a plain autoencoder."""
    if gradient is None:
        return [Fact("Gradient", "no draw", "a plain autoencoder has nothing to draw", "latent")]
    mean, logvar = gradient.with_trick
    return [
        Fact(
            "With the trick",
            f"{mean:.3g} and {logvar:.3g}",
            "lengths of the gradient at mean and log-variance",
            "latent",
        ),
        Fact(
            "Without it", _arrived(gradient.without), "a bare draw has no derivative: nothing would be learnt", "noise"
        ),
    ]


def _guess_facts(guess: Guess, steps: float) -> list[Fact]:
    verdict = "as you guessed" if guess.holds(steps) else "not as you guessed"
    return [
        Fact("Your guess", guess.text.split(":")[0], guess.text.partition(": ")[2], "text"),
        Fact("Measured", f"{steps:.2g} steps", f"mean spread of a pixel value, {verdict}", "decoder"),
    ]


def _arrived(lengths: tuple[float | None, float | None]) -> str:
    return "nothing" if lengths == (None, None) else " and ".join(f"{length or 0:.3g}" for length in lengths)
