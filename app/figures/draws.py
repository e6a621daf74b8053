"""What the posterior lab shows: several draws of one picture, which pixels vary, and how that compares with a guess."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from app.core.pictures import to_picture
from app.figures.parts import Fact, Group, Tile
from app.figures.value_maps import ValueMaps, amount_set, averaged, block_of
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
    """Return the draws."""
    tiles = tuple(
        Tile(f"draw {number}", "decoder", to_picture(picture), f"the picture decoded from draw {number}")
        for number, picture in enumerate(result.pictures, start=1)
    )
    temperature = f"{result.request.temperature:g}"
    return [
        Group(f"{len(tiles)} draws at temperature {temperature}", tiles, "The same mean and deviation, other noise.")
    ]


def spread_maps(result: ResampleResult) -> ValueMaps:
    """Return which pixels depend on the draw: standard deviation and variance over the draws, means over colours."""
    height, width = result.spread.shape[-2:]
    block = block_of(height, width)
    std = averaged(result.spread[0] / STEP, block)
    variance = averaged(variance_in_steps(result)[None], block)
    told = "How far a pixel is from its mean over the draws, in steps of 1/255, averaged over its three colours."
    squared = "The mean of the squares of those distances, which is what the word variance means."
    title = "over the draws, per pixel"
    sets = (
        amount_set(f"Standard deviation {title}", std, "standard deviation", told, "steps", "pixel"),
        amount_set(f"Variance {title}", variance, "variance", squared, "steps²", "pixel"),
    )
    return ValueMaps(sets, std.shape[-2], std.shape[-1], block)


def variance_in_steps(result: ResampleResult) -> Float[Tensor, "H W"]:
    """Return the variance of each pixel over the draws, averaged over its colours, in squares of 8-bit steps."""
    return result.pictures.var(dim=0).mean(dim=0) / STEP**2


def draw_facts(result: ResampleResult, guess: Guess | None) -> list[Fact]:
    """Return guess and measurement side by side; before there is a guess, what is on the screen."""
    if guess is None:
        return [Fact("Temperature 0", "no draw yet", "all eight are the mean: commit a guess, then draw", "noise")]
    variance = float(variance_in_steps(result).mean())
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


def _arrived(lengths: tuple[float, float]) -> str:
    return "nothing" if lengths == (0.0, 0.0) else " and ".join(f"{length:.3g}" for length in lengths)
