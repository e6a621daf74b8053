"""What latent surgery shows: before, after, where it changed; and one cell of the posterior as numbers."""

import csv
from dataclasses import asdict, fields
from io import StringIO

from app.core.pictures import to_picture
from app.figures.latents import shown
from app.figures.maps import amount_legend, amount_map
from app.figures.parts import Fact, Group, Tile
from app.labs.encode import EncodeResult
from app.labs.posterior import CellReading
from app.labs.surgery import CopyCell, EraseCell, SurgeryResult


def surgery_group(result: SurgeryResult) -> Group:
    """Return the decoded picture before and after, and the change on a scale that fits it."""
    limit = max(float(result.change.max()), 1e-3)
    return Group(
        "Before, after, change",
        (
            Tile("Before", "decoder", shown(to_picture(result.before[0])), "decoded before the operation"),
            Tile("After", "decoder", shown(to_picture(result.after[0])), "decoded after the operation"),
            Tile("Change", "pixel", shown(amount_map(result.change[0, 0], 0.0, limit)), "how much each pixel changed"),
        ),
        _reach(result),
        amount_legend(0.0, limit),
    )


def _reach(result: SurgeryResult) -> str:
    if result.reach is None:
        return "Nothing changed by more than one 8-bit step."
    top, left, bottom, right = result.reach
    cells = all(isinstance(edit, EraseCell | CopyCell) for edit in result.edits)
    why = "as far as the change is visible" if cells else "every cell of the channel was changed"
    return f"The change reaches {right - left} × {bottom - top} pixels: {why}."


def cell_facts(readings: tuple[CellReading, ...]) -> list[Fact]:
    """Return z = mean + std * eps of one cell, a fact for each channel."""
    return [
        Fact(
            f"channel {reading.channel + 1}",
            f"{reading.z:.3f}",
            f"= {reading.mean:.3f} + {reading.std:.4f} × {reading.eps:+.2f}, costs {reading.kl_bits:.1f} bits",
            "latent",
        )
        for reading in readings
    ]


def reach_facts(result: SurgeryResult, encoded: EncodeResult) -> list[Fact]:
    """How far and how strongly the decoded picture changed, beside the size of one cell."""
    cell = encoded.picture.shape[-1] // encoded.mean.shape[-1]
    share = float((result.change > 2 / 255).float().mean())
    facts = [Fact("A cell covers", f"{cell} × {cell} pixels", "of the picture", "pixel")]
    if result.reach is not None:
        top, left, bottom, right = result.reach
        cells = f"{(right - left) / cell:.0f} × {(bottom - top) / cell:.0f} cells"
        facts.append(Fact("The change reaches", f"{right - left} × {bottom - top} pixels", f"= {cells}", "decoder"))
    largest = float(result.change.max()) * 127.5
    return [
        *facts,
        Fact("Pixels changed", f"{share:.0%}", "by more than one of 255 steps", "decoder"),
        Fact("Largest change", f"{largest:.0f} steps", "of 255", "decoder"),
    ]


def readings_csv(readings: tuple[CellReading, ...]) -> bytes:
    """The numbers of a cell, a row for each channel."""
    text = StringIO()
    rows = csv.DictWriter(text, [field.name for field in fields(CellReading)])
    rows.writeheader()
    rows.writerows(asdict(reading) for reading in readings)
    return text.getvalue().encode()
