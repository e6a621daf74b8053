"""What latent surgery shows: before, after, where it changed; and one cell of the posterior as numbers."""

from app.core.pictures import to_picture
from app.figures.maps import amount_legend, amount_map
from app.figures.parts import Fact, Group, Tile
from app.labs.posterior import CellReading
from app.labs.surgery import SurgeryResult


def surgery_group(result: SurgeryResult) -> Group:
    """Return the decoded picture before and after, and the change on a scale that fits it."""
    limit = max(float(result.change.max()), 1e-3)
    return Group(
        "Before, after, change",
        (
            Tile("Before", "decoder", to_picture(result.before[0]), "decoded before the operation"),
            Tile("After", "decoder", to_picture(result.after[0]), "decoded after the operation"),
            Tile("Change", "pixel", amount_map(result.change[0, 0], 0.0, limit), "how much each pixel changed"),
        ),
        _reach(result),
        amount_legend(0.0, limit),
    )


def _reach(result: SurgeryResult) -> str:
    if result.reach is None:
        return "Nothing changed by more than one 8-bit step."
    top, left, bottom, right = result.reach
    return f"The change reaches {right - left} x {bottom - top} pixels: as far as the decoder looks."


def cell_facts(readings: tuple[CellReading, ...]) -> list[Fact]:
    """Return z = mean + std * eps of one cell, a fact for each channel."""
    return [
        Fact(
            f"channel {reading.channel + 1}",
            f"{reading.z:.3f}",
            f"= {reading.mean:.3f} + {reading.std:.4f} x {reading.eps:+.2f}, costs {reading.kl_bits:.1f} bits",
            "latent",
        )
        for reading in readings
    ]
