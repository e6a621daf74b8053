"""The progress bar of a training."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.training.loop import StepReport


def show_progress(report: "StepReport") -> None:
    """Draw a bar that rewrites itself in a terminal; in a log, print every 50th step on a line of its own."""
    live = sys.stderr.isatty()
    if not live and report.step % 50 and report.step != report.steps:
        return
    filled = 24 * report.step // report.steps
    bar = "█" * filled + "·" * (24 - filled)
    parts = "  ".join(f"{name} {value:.4g}" for name, value in list(report.parts.items())[:3])
    minutes, seconds = divmod(round(report.seconds_left), 60)
    text = (
        f"{bar} {report.step}/{report.steps}  loss {report.loss:.4g}  {parts}  "
        f"{report.samples_per_second:.0f} samples/s  {minutes}:{seconds:02} left"
    )
    print(text, end="\r" if live else "\n", file=sys.stderr, flush=True)
