"""The budget of an encoding: what it costs in bits, beside a PNG file of the picture, and beside a guess."""

from dataclasses import dataclass

from app.figures.parts import Fact
from app.labs.encode import EncodeResult


@dataclass(frozen=True)
class BudgetGuess:
    """What the KL is expected to be as a share of the PNG's bytes: at least `above` and less than `below`."""

    text: str
    above: float
    below: float

    def holds(self, share: float) -> bool:
        """Say whether a measured share lies in the guess."""
        return self.above <= share < self.below


GUESSES = (
    BudgetGuess("less than half as much as a PNG file", 0.0, 0.5),
    BudgetGuess("about the same: half to twice as much", 0.5, 2.0),
    BudgetGuess("more than twice as much", 2.0, float("inf")),
)


NO_BUDGET = Fact("KL", "none", "a plain autoencoder has no distribution, so no budget either", "latent")


def budget_share(result: EncodeResult, png: int) -> float | None:
    """Return the KL in bytes as a share of the PNG's bytes; None for a plain autoencoder, which has none."""
    return None if result.kl_bits is None else result.kl_bits / 8 / png


def opening_facts(result: EncodeResult, png: int) -> list[Fact]:
    """What can be said before the guess: the picture's own bytes."""
    return [
        Fact("PNG", f"{png:,} bytes", "this picture as a file, every pixel exact", "pixel"),
        Fact("Uncompressed", f"{result.numbers_in:,} bytes", "one byte a colour of a pixel", "pixel"),
        Fact("The latent tells", "guess first", "the sum over the map appears with your answer", "latent"),
    ]


def guess_facts(result: EncodeResult, png: int, guess: BudgetGuess) -> list[Fact]:
    """Guess and measurement, side by side; of a plain autoencoder there is nothing to guess."""
    share = budget_share(result, png)
    if share is None:
        return []
    verdict = "as you guessed" if guess.holds(share) else "not as you guessed"
    return [
        Fact("Your guess", guess.text.split(" as")[0].split(":")[0], "compared with a PNG file", "text"),
        Fact("Measured", f"{share:.2g} times a PNG", verdict, "latent"),
    ]


def bits_facts(result: EncodeResult, png: int) -> list[Fact]:
    """The KL in all and for each cell, beside the bytes of the picture as a PNG."""
    cells = result.kl_cells
    if result.kl_bits is None or cells is None:
        return [NO_BUDGET]
    return [
        Fact("KL in all", f"{result.kl_bits:,.0f} bits", f"= {result.kl_bits / 8:,.0f} bytes of information", "latent"),
        Fact("PNG", f"{png:,} bytes", "and every pixel is exact", "pixel"),
        Fact("A cell", f"{float(cells.mean()):.1f} bits", f"from {cells.min():.1f} to {cells.max():.1f}", "latent"),
        Fact("A value", f"{result.kl_bits / result.numbers_out:.2f} bits", "mean over channels and cells", "latent"),
        Fact("Uncompressed", f"{result.numbers_in:,} bytes", "one byte a colour of a pixel", "pixel"),
        Fact("PSNR", f"{result.psnr:.1f} dB", "what the latent's bits buy", "decoder"),
    ]
